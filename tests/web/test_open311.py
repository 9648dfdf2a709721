"""Open311 GeoReport v2: found, filed, looked up by those who brought it, in both formats, with errors as the standard writes them."""

from __future__ import annotations

import io
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from intake.db import reading, transaction
from intake.models import Attachment, Clue, Contact, Scope
from intake.rules.workflow import Action, Role
from intake.services import systems, terms
from tests import factories as make
from tests.cleaning import corpus
from tests.conftest import on_sqlite_alone

BASE = "/api/open311/v2"
REQUEST = {"service_code": "clue", "description": "村里的公厕每天早晚各拍一次照上传，没拍就扣分。", "address_id": "321112"}


@pytest.fixture
def token(database, tools):
    """Call it for the token of a new system of an office, with the username of its account."""

    def make_one(region: str = "321112", scopes=tuple(Scope)) -> str:
        with transaction(database) as session:
            username = make.officer(session, tools, Role.CLERK, region).username
            return systems.make(session, "随手拍", username, scopes, tools.today() + timedelta(days=30), by=None, tools=tools)[1]

    return make_one


@pytest.fixture
def ask(app):
    """One call as a client of GeoReport v2 makes it; the answer of JSON, or the status and the answer."""

    def call(method: str, address: str, token: str = "", expected: int = 200, **fields: str):
        headers = {"Authorization": f"Bearer {token}"} if token and method == "GET" else {}
        given = fields | ({"api_key": token} if method == "POST" else {})
        where = {"data": given} if method == "POST" else {"query_string": given}
        answer = app.test_client().open(BASE + address, method=method, headers=headers, **where)
        assert answer.status_code == expected, answer.text
        return answer

    return call


def test_a_request_is_filed_and_its_state_is_told_to_who_brought_it(ask, token, database, tools):
    ours, others = token(), token("430702")
    [filed] = ask("POST", "/requests.json", ours, 201, **REQUEST, address_string="某镇某村", phone="13800000000").json
    assert set(filed) == {"service_request_id", "service_notice", "account_id"}
    number = filed["service_request_id"]
    with reading(database) as session:
        clue = session.scalars(select(Clue).where(Clue.number == number)).one()
        assert clue.text == REQUEST["description"] + "\n地点：某镇某村"
        assert session.scalars(select(Contact.clue_id)).all() == [clue.id]
    [shown] = ask("GET", f"/requests/{number}.json", ours).json
    assert (shown["service_request_id"], shown["status"], shown["service_code"]) == (number, "open", "clue")
    assert "公厕" not in str(shown)
    assert shown["requested_datetime"].endswith("Z")
    assert ask("GET", "/requests.json", ours).json == [shown] == ask("GET", "/requests.json", ours, service_request_id=number).json
    ask("GET", f"/requests/{number}.json", others, 404)
    assert ask("GET", "/requests.json", others).json == []
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        make.act(session, session.get_one(Clue, clue.id), Action.REJECT, clerk, tools, reason="consumer", text="请拨打 12315")
    assert [one["status"] for one in ask("GET", "/requests.json", ours, status="closed").json] == ["closed"]
    assert ask("GET", "/requests.json", ours, status="open").json == []
    assert ask("GET", "/requests.json", ours, start_date="2099-01-01T00:00:00Z", end_date="2099-02-01T00:00:00Z").json == []


@on_sqlite_alone
def test_a_merged_request_stands_as_what_it_is_handled_as(ask, token, database, tools, clock):
    ours = token()
    number = ask("POST", "/requests.json", ours, 201, **REQUEST).json[0]["service_request_id"]
    clock.now += timedelta(days=20)
    with transaction(database) as session:
        clerk, lead = make.viewer(session, tools, Role.CLERK, "321112"), make.clue(session, tools)
        clue = session.scalars(select(Clue).where(Clue.number == number)).one()
        make.act(session, clue, Action.MERGE, clerk, tools, into=lead.number)
        expected = terms.promised(lead, tools)
    [shown] = ask("GET", f"/requests/{number}.json", ours).json
    assert shown["status"] == "open"
    assert shown["expected_datetime"] == f"{expected:%Y-%m-%d}T16:00:00Z"
    with transaction(database) as session:
        lead = session.get_one(Clue, lead.id)
        make.act(session, lead, Action.REJECT, clerk, tools, reason="public_service", text="请打 12345。")
    [shown] = ask("GET", f"/requests/{number}.json", ours).json
    assert (shown["status"], shown["status_notes"][:8]) == ("closed", "不属于这里受理的")


def test_the_notice_holds_the_code_that_opens_it(ask, token, app, database):
    [filed] = ask("POST", "/requests.json", token(), 201, **REQUEST).json
    code = filed["service_notice"].removeprefix("查询码 ").split("，")[0]
    caller = token(scopes=(Scope.FOLLOW,))
    seen = app.test_client().post("/api/v1/progress", json={"code": code}, headers={"Authorization": f"Bearer {caller}"})
    assert seen.json["number"] == filed["service_request_id"]


@on_sqlite_alone
def test_without_a_key_every_posting_is_a_clue_and_with_one_the_same(ask, app, token, database):
    ours = token()
    numbers = {ask("POST", "/requests.json", ours, 201, **REQUEST).json[0]["service_request_id"] for _ in range(2)}
    assert len(numbers) == 2
    again = {
        app.test_client().post(f"{BASE}/requests.json", data=REQUEST | {"api_key": ours}, headers={"Idempotency-Key": "k1"}).json[0]["service_request_id"]
        for _ in range(2)
    }
    assert len(again) == 1
    assert not again & numbers


def test_a_picture_in_the_form_is_cleaned_and_comes_with_the_clue_once(app, token, database):
    ours = token()

    def post(key: str, content: bytes, field: str = "media"):
        body = REQUEST | {"api_key": ours, field: (io.BytesIO(content), "现场.jpg")}
        return app.test_client().post(f"{BASE}/requests.json", data=body, headers={"Idempotency-Key": key})

    answers = [post("k1", corpus.jpeg()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json == answers[1].json
    assert post("k1", corpus.png()).status_code == 400, "the same key, another picture"
    assert "media：“现场.jpg”没有附上" in post("k2", b"MZ no picture").text
    assert "附件请放在 media 这一项里" in post("k3", corpus.jpeg(), "photo").text
    with reading(database) as session:
        (clue,), (found,) = session.scalars(select(Clue)).all(), session.scalars(select(Attachment)).all()
        assert (found.clue_id, found.name) == (clue.id, "现场.jpg")


@on_sqlite_alone
def test_a_key_with_another_content_is_refused_and_gives_nobody_the_first_ones_code(app, token, database):
    ours, known = token(), {"Idempotency-Key": "k1"}
    body, header = REQUEST | {"api_key": ours}, known | {"Authorization": f"Bearer {ours}"}

    def post(fields, headers, **named):
        answer = app.test_client().post(f"{BASE}/requests.json", data=fields, headers=headers, **named)
        return answer.status_code, answer.json

    status, first = post(body, known)
    assert status == 201
    for named in ({}, {"content_type": "multipart/form-data"}):
        assert post(body, known, **named) == post(REQUEST, header, **named) == (201, first), "wherever the token, whatever the boundary"
        status, answer = post(body | {"description": "完全不同的另一件事情，每天两次"}, known, **named)
        assert (status, "查询码" in str(answer)) == (400, False)
    with reading(database) as session:
        assert [clue.text for clue in session.scalars(select(Clue))] == [REQUEST["description"]]


@on_sqlite_alone
def test_xml_says_the_same(ask, token):
    services = ask("GET", "/services.xml")
    assert services.content_type == "text/xml; charset=utf-8"
    tree = ElementTree.fromstring(services.data)
    assert [(one.tag, one.findtext("service_code"), one.findtext("metadata")) for one in tree] == [("service", "clue", "false")]
    assert ask("GET", "/services.json").json[0]["service_name"] == tree[0].findtext("service_name")
    ours = token()
    filed = ElementTree.fromstring(ask("POST", "/requests.xml", ours, 201, **REQUEST).data)
    number = filed.findtext("request/service_request_id")
    found = ElementTree.fromstring(ask("GET", f"/requests/{number}.xml", ours).data)
    assert (filed.tag, found.tag, found.findtext("request/status")) == ("service_requests", "service_requests", "open")
    endpoint = ElementTree.fromstring(ask("GET", "/discovery.xml").data).find("endpoints/endpoint")
    assert endpoint.findtext("url").endswith(BASE)
    assert [one.text for one in endpoint.find("formats")] == ["text/xml", "application/json"]


@on_sqlite_alone
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"service_code": "pothole"}, "service_code"),
        ({"service_code": ""}, "service_code"),
        ({"description": ""}, "description：请填写这一项"),
        ({"description": "字" * 10_000, "address_string": "某镇某村"}, "description：地点写在正文后面，加在一起太长：正文最多 9992 个字"),
        ({"address_id": "12"}, "address_id"),
        ({"address_id": "999999"}, "找不到这个地区"),
        ({"lat": "200"}, "lat"),
        ({"email": "nobody"}, "email"),
        ({"media_url": "https://example.cn/a.jpg"}, "不从别处取图片"),
    ],
)
def test_what_does_not_fit_is_said_as_the_standard_writes_errors(ask, token, database, changed, sentence):
    ours = token()
    [error, *_] = ask("POST", "/requests.json", ours, 400, **(REQUEST | changed)).json
    assert error["code"] == 400
    assert sentence in error["description"]
    tree = ElementTree.fromstring(ask("POST", "/requests.xml", ours, 400, **(REQUEST | changed)).data)
    assert (tree.tag, tree[0].tag, tree[0].findtext("code"), tree[0].findtext("description")) == ("errors", "error", "400", error["description"])
    with reading(database) as session:
        assert session.scalars(select(Clue)).all() == []


@on_sqlite_alone
def test_nobody_without_a_token_or_with_one_in_the_address_comes_in(ask, token, app):
    ours = token()
    ask("POST", "/requests.json", "songbang_wrong", 401, **REQUEST)
    ask("GET", "/requests.json", "", 401)
    ask("GET", "/requests.json", "", 401, api_key=ours)
    ask("POST", "/requests.json", token(scopes=(Scope.READ,)), 403, **REQUEST)
    assert app.test_client().get(f"{BASE}/nothing.json").json == [{"code": 404, "description": "这个请求办不到，请对照接口说明核对地址、方法和大小"}]
    assert app.test_client().delete(f"{BASE}/requests.xml").data.startswith(b"<?xml")
