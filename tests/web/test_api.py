"""The other systems' door: a token and its scope, one answer to one key, what an account may see, and what is said of errors."""

from __future__ import annotations

import io
import itertools
import json
import re
import shlex
import threading
import time
from datetime import timedelta

import pytest
import redis
import schemathesis
import time_machine
from hypothesis import HealthCheck, given, seed
from hypothesis import settings as extent
from openapi_spec_validator import validate
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance
from sqlalchemy import func, select

from intake import jobs
from intake.access import SYSTEMS
from intake.api import door, openapi
from intake.api.openapi import OPERATIONS
from intake.db import reading, transaction
from intake.errors import InvalidInput
from intake.models import Answered, Attachment, AuditEntry, Clue, Message, Scope
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role
from intake.security import limiter
from intake.services import attachments, audit, identity, reporter, systems
from tests import factories as make
from tests.cleaning import corpus
from tests.conftest import ROOT, on_sqlite_alone

STORY = {"text": "12345 转来：社区每周重复报三张内容一样的表，请核实。", "region": "321112"}


class Caller:
    """Another system's client: JSON in and out, a token, a new Idempotency-Key for every posting unless one is given."""

    def __init__(self, app, token: str, officer_id: int = 0) -> None:
        self._client, self._token, self._serial, self.officer_id = app.test_client(), token, 0, officer_id

    def ask(self, method: str, address: str, body=None, key: str | None = None, **headers: str):
        self._serial += 1
        given = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": key or f"key-{self._token[-6:]}-{self._serial}"}
        return self._client.open(f"/api/v1{address}", method=method, json=body, headers=given | headers)


@pytest.fixture
def system(app, database, tools):
    """Call it for the client of a new system: system(Role.HANDLER, remit="cyberspace", scopes=…)."""

    def make_one(role: Role = Role.CLERK, region: str = "321112", remit: str = "task_force", scopes=tuple(Scope)) -> Caller:
        with transaction(database) as session:
            officer = make.officer(session, tools, role, region, remit)
            until = tools.today() + timedelta(days=30)
            _, token = systems.make(session, "市 12345 平台", officer.username, scopes, until, by=None, tools=tools)
        return Caller(app, token, officer.id)

    return make_one


def test_a_clue_is_filed_followed_and_added_to_by_code(system, database):
    caller = system()
    filed = caller.ask("POST", "/clues", STORY | {"accused_name": "某街道", "times_a_month": 4})
    assert filed.status_code == 201
    assert "Set-Cookie" not in filed.headers
    code = filed.json["code"]
    seen = caller.ask("POST", "/progress", {"code": code}).json
    assert (seen["number"], seen["state"], seen["messages"]) == (filed.json["number"], "received", [])
    assert caller.ask("POST", "/progress/words", {"code": code, "text": "又多了一张表"}).status_code == 201
    assert [one["text"] for one in caller.ask("POST", "/progress", {"code": code}).json["messages"]] == ["又多了一张表"]
    with reading(database) as session:
        clue = session.scalar(select(Clue))
        assert clue.triaged_at, "it is triaged like any other"
        assert (clue.accused_name, clue.times_a_month) == ("某街道", 4)


def test_of_a_merged_clue_the_answer_is_its_lead_s_and_the_decision_its_own(system, database, tools):
    caller = system()
    filed = caller.ask("POST", "/clues", STORY).json
    with transaction(database) as session:
        older, mine = make.clue(session, tools), session.scalars(select(Clue).where(Clue.number == filed["number"])).one()
        older.created_at, older.due_on = (moment - timedelta(days=20) for moment in (older.created_at, older.due_on))
        session.flush()
        make.act(session, mine, Action.MERGE, make.viewer(session, tools, Role.CLERK, "321112"), tools, into=older.number)
    seen = caller.ask("POST", "/progress", {"code": filed["code"]}).json
    assert seen["triage_due"] == filed["triage_due"]
    assert seen["answer_due"] < filed["answer_due"]


def test_the_same_key_gives_the_same_answer_and_nothing_twice(system, database):
    caller = system()
    first, again = (caller.ask("POST", "/clues", STORY, key="one-and-the-same") for _ in range(2))
    assert first.json == again.json
    other = caller.ask("POST", "/clues", STORY | {"title": "别的"}, key="one-and-the-same")
    assert other.status_code == 422
    assert other.json["errors"][0]["field"] == "Idempotency-Key"
    assert system().ask("POST", "/clues", STORY, key="one-and-the-same").json["number"] != first.json["number"]
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) == 2
        assert first.json["code"] not in json.dumps([one.answer for one in session.scalars(select(Answered))])


def test_the_same_key_at_the_same_moment_files_once(system, database):
    caller = system()
    answers = []
    together = threading.Barrier(4)

    def send() -> None:
        together.wait()
        answers.append(caller.ask("POST", "/clues", STORY, key="at-once"))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.status_code for one in answers] == [201] * 4
    assert len({one.json["code"] for one in answers}) == 1
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) == 1


def test_a_key_is_forgotten_after_a_day_and_another_text_is_another_clue(system, database, tools, clock):
    caller = system()
    first = caller.ask("POST", "/clues", STORY, key="daily")
    clock.now += timedelta(hours=25)
    with transaction(database) as session:
        assert systems.forget(session, tools=tools) == 1
    assert caller.ask("POST", "/clues", STORY | {"text": "完全另一件事，夜里开会点名"}, key="daily").json["number"] != first.json["number"]


def test_a_ticket_number_is_taken_in_once(system):
    caller = system()
    first = caller.ask("POST", "/clues", STORY | {"external_number": "GD-7"})
    assert first.status_code == 201
    again = caller.ask("POST", "/clues", STORY | {"external_number": "GD-7"})
    assert (again.status_code, again.json["errors"][0]["detail"]) == (422, f"这个编号已经导入过，线索编号是 {first.json['number']}")


def test_a_batch_is_taken_in_row_by_row_and_only_once(system, database, tools):
    caller = system()
    rows = [STORY | {"external_number": f"GD-{n}"} for n in range(3)] + [STORY | {"external_number": "GD-1"}, STORY | {"region": "999999"}]
    first = caller.ask("POST", "/clues/batch", {"clues": rows}, key="batch")
    told = first.json["clues"]
    assert [bool(row["number"]) for row in told] == [bool(row["code"]) for row in told] == [True, True, True, False, False]
    assert [row["detail"] for row in told[3:]] == [f"这个编号已经导入过，线索编号是 {told[1]['number']}", "找不到这个地区，或者不在本机构的范围内"]
    assert caller.ask("POST", "/clues/batch", {"clues": rows}, key="batch").json == first.json
    assert {caller.ask("POST", "/progress", {"code": row["code"]}).json["number"] for row in told[:3]} == {row["number"] for row in told[:3]}
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) == 3
        assert list(audit.verify(session)) == []
    assert jobs.sweep(database, tools) == 3
    mixed = [{"text": "短", "external_number": "GD-7"}, 5, STORY | {"colour": "red", "people": "3"}, STORY | {"since": "2026-01-05", "channel": "phone"}]
    told = caller.ask("POST", "/clues/batch", {"clues": mixed}).json["clues"]
    assert [row["detail"] for row in told] == ["text：至少 4 个字", "这一项不对，请对照接口说明", "people：应当是整数；colour：没有这一项，请去掉", ""]
    assert [bool(row["code"]) for row in told] == [False, False, False, True]
    assert told[0]["external_number"] == "GD-7"
    for empty in ({"clues": []}, {"clues": [STORY], "more": 1}, {"clues": [STORY] * 101}):
        assert caller.ask("POST", "/clues/batch", empty).status_code == 422


def test_files_are_cleaned_sealed_and_attached_once(system, app, database, tools):
    caller = system()
    code = caller.ask("POST", "/clues", STORY).json["code"]

    def send(content: bytes, key: str, code: str = code):
        headers = {"Authorization": f"Bearer {caller._token}", "Idempotency-Key": key}
        body = {"code": code, "files": (io.BytesIO(content), "张三拍的.jpg")}
        return app.test_client().post("/api/v1/clues/files", data=body, headers=headers)

    assert [send(corpus.jpeg(), "photo").status_code for _ in range(2)] == [201, 201]
    assert send(b"MZ no picture", "other").json["errors"][0]["field"] == "files"
    assert send(corpus.jpeg(), "foreign", "AAAAA-AAAAA-AAAAA-AAAAA").status_code == 422
    assert caller.ask("POST", "/clues/files", {}).status_code == 422
    with reading(database) as session:
        (found,) = session.scalars(select(Attachment))
        assert found.clue_id
        kept = [path for path in (tools.settings.instance / "attachments").rglob("*") if path.is_file()]
        assert len(kept) == 1 and corpus.MARK not in kept[0].read_bytes()


def assigned(session, tools) -> Clue:
    """A clue that lies with an office of 丹徒区."""
    clerk = make.viewer(session, tools, Role.CLERK, "321112")
    clue = make.clue(session, tools)
    return make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")


def test_an_office_fetches_what_lies_with_it_and_reports_back(system, database, tools):
    with transaction(database) as session:
        clue = assigned(session, tools)
        number, office = clue.number, clue.office
        region, remit = office.region_code, office.remit
    caller = system(Role.HANDLER, region, remit)
    (row,) = caller.ask("GET", "/assigned").json["clues"]
    assert row["number"] == number
    assert "text" not in row
    whole = caller.ask("GET", f"/assigned/{number}").json
    assert whole["text"] == make.STORY
    assert "sign" in whole["actions"]
    signed = caller.ask("POST", f"/assigned/{number}/steps", {"step": {"action": "sign", "version": whole["version"]}})
    assert (signed.status_code, signed.json["state"]) == (201, "handling")
    stale = caller.ask("POST", f"/assigned/{number}/steps", {"step": {"action": "sign", "version": whole["version"]}})
    assert (stale.status_code, stale.json["type"]) == (409, "urn:songbang:stale-clue")
    end = {"action": "conclude", "version": signed.json["version"], "verdict": "substantiated", "measures": "取消了打卡", "answer": "已经取消。"}
    done = caller.ask("POST", f"/assigned/{number}/steps", {"step": end})
    assert (done.status_code, done.json["state"]) == (201, "concluded")
    with reading(database) as session:
        audited = session.scalars(select(AuditEntry.action).where(AuditEntry.clue_id == select(Clue.id).scalar_subquery())).all()
        assert audited[-3:] == ["opened", "sign", "conclude"]
    with transaction(database) as session:
        lead = make.viewer(session, tools, Role.LEAD, region, remit)
        make.act(session, session.scalars(select(Clue)).one(), Action.SEND_BACK, lead, tools, text="写清楚取消了哪些打卡")
    assert (whole["again"], caller.ask("GET", f"/assigned/{number}").json["again"]) == (None, "写清楚取消了哪些打卡")


def test_a_system_reads_the_answer_of_the_reporter_and_fetches_the_files_as_an_officer_does(system, app, database, tools):
    taker = system()
    filed = taker.ask("POST", "/clues", STORY).json
    jobs.sweep(database, tools)
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue, joins = session.scalars(select(Clue)).one(), make.clue(session, tools)
        make.act(session, joins, Action.MERGE, clerk, tools, into=clue.number)
        reporter.add_words(session, joins, "我们村也一样。", tools=tools)
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
        region, remit = clue.office.region_code, clue.office.remit
    handler, reader = system(Role.HANDLER, region, remit), system(Role.HANDLER, region, remit, scopes=(Scope.READ,))
    where = f"/assigned/{filed['number']}"
    taken = handler.ask("GET", where).json["actions"]
    assert (taken, reader.ask("GET", where).json["actions"]) == (["sign", "return", "note"], [])
    version = handler.ask("POST", f"{where}/steps", {"step": {"action": "sign", "version": handler.ask("GET", where).json["version"]}}).json["version"]
    handler.ask("POST", f"{where}/steps", {"step": {"action": "ask", "version": version, "text": "是哪三张表？"}})
    taker.ask("POST", "/progress/words", {"code": filed["code"], "text": "人口、矛盾、消防三张。"})
    body = {"code": filed["code"], "files": (io.BytesIO(corpus.jpeg()), "三张表.jpg")}
    app.test_client().post("/api/v1/clues/files", data=body, headers={"Authorization": f"Bearer {taker._token}", "Idempotency-Key": "photo"})
    waiting = handler.ask("GET", where).json
    assert [(one["kind"], one["text"]) for one in waiting["messages"]] == [("question", "是哪三张表？"), ("reporter", "人口、矛盾、消防三张。")]
    assert [[one["text"] for one in other["messages"]] for other in waiting["joined"]] == [["我们村也一样。"]]
    (file,) = waiting["files"]
    assert (file["name"], file["of"], file["state"]) == ("三张表.jpg", "clue", "waiting")
    assert handler.ask("GET", f"{where}/files/{file['id']}").status_code == 404, "it has not been looked at yet"
    jobs.prepare_files(database, tools)
    got = handler.ask("GET", f"{where}/files/{file['id']}")
    assert (got.status_code, got.content_type, len(got.data)) == (200, "image/jpeg", file["size"])
    assert got.headers["Content-Disposition"].startswith("attachment") and corpus.MARK not in got.data
    for strange in ("0", "9" * 19, "9" * 40):
        assert handler.ask("GET", f"{where}/files/{strange}").status_code == 404
    assert system(Role.HANDLER, "321111", remit).ask("GET", f"{where}/files/{file['id']}").status_code == 404
    with reading(database) as session:
        taken = select(AuditEntry.officer_id, AuditEntry.clue_id).where(AuditEntry.action == "file_opened")
        assert session.execute(taken).all() == [(handler.officer_id, 1)]


def test_another_office_and_the_one_complained_of_see_nothing(system, database, tools):
    with transaction(database) as session:
        number = assigned(session, tools).number
        hidden = make.clue(session, tools, accused_name="区委办公室", accused_level=AccusedLevel.COUNTY_DEPT)
        hidden.office_id = make.office(session, "321112", "party_office").id
        recused = hidden.number
    caller = system(Role.LEAD, "321112", "party_office")
    assert caller.ask("GET", "/assigned").json["clues"] == []
    assert caller.ask("GET", f"/assigned/{recused}").status_code == 404
    for caller in (system(Role.HANDLER, "420902", "organization"), system(Role.CLERK, "420900")):
        assert caller.ask("GET", "/assigned").json["clues"] == []
        assert caller.ask("GET", f"/assigned/{number}").status_code == 404
        step = {"step": {"action": "note", "version": 1, "text": "x"}}
        assert caller.ask("POST", f"/assigned/{number}/steps", step).status_code == 404
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0


def test_what_is_wrong_is_said_field_by_field_in_chinese(system):
    caller = system()
    answer = caller.ask("POST", "/clues", {"text": "短", "region": "3211", "people": 0, "colour": "red", "since": "1970-01-01"})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert {one["field"]: one["detail"] for one in answer.json["errors"]} == {
        "text": "至少 4 个字", "region": "格式不对，请对照接口说明", "people": "不能小于 1", "colour": "没有这一项，请去掉",
        "since": "请核对年份，只受理 1990 年以后的事",
    }  # fmt: skip
    for hidden in ("\u200b" * 20 + "短", "\u200b" * 10_001):  # what nobody sees counts for the most, and not for the least
        assert caller.ask("POST", "/clues", STORY | {"text": hidden}).json["errors"][0]["field"] == "text"
    assert caller.ask("POST", "/clues", STORY | {"since": "2027-01-01"}).json["errors"][0]["field"] == "since"
    assert caller.ask("POST", "/clues", STORY | {"region": "999999"}).json["errors"][0]["field"] == "region"
    assert caller.ask("POST", "/clues", STORY, key="有汉字".encode().decode("latin-1")).json["errors"][0]["field"] == "Idempotency-Key"
    assert caller.ask("POST", "/progress", {"code": "AAAA"}).status_code == 422
    assert caller.ask("GET", "/assigned?size=1000").status_code == 422
    assert caller.ask("GET", "/nowhere").content_type == "application/problem+json"
    assert caller.ask("GET", "/clues").status_code == 405


@on_sqlite_alone
def test_a_body_that_is_no_json_is_said_to_be_none(system, app):
    caller = system()
    for content, kind, status in ((b"{", "application/json", 400), (b"{}", "text/plain", 415), (b"\xff", "application/json", 400)):
        headers = {"Authorization": f"Bearer {caller._token}", "Idempotency-Key": "k"}
        answer = app.test_client().post("/api/v1/clues", data=content, content_type=kind, headers=headers)
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def addresses(app) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of everything behind this door that asks for a token."""
    return [
        (rule.endpoint, "POST" if "POST" in rule.methods else "GET", rule.rule.removeprefix("/api/v1").replace("<number>", "2026-11-0001").replace("<int:attachment_id>", "1"))
        for rule in app.url_map.iter_rules() if rule.endpoint in OPERATIONS
    ]  # fmt: skip


@on_sqlite_alone
@pytest.mark.parametrize("scope", list(Scope))
def test_every_address_is_shut_to_a_token_without_its_scope(system, app, scope):
    caller = system(scopes=(scope,))
    for endpoint, method, address in addresses(app):
        status = caller.ask(method, address, {} if method == "POST" else None).status_code
        assert (status == 403) is (SYSTEMS[endpoint] is not scope), (endpoint, status)


def test_a_token_that_does_not_hold_opens_nothing(system, app, database, tools, clock):
    with reading(database) as session:
        assert len(addresses(app)) == len(OPERATIONS)
    for wrong in ("", "songbang_x", "中文".encode().decode("latin-1")):
        for _, method, address in addresses(app):
            answer = Caller(app, wrong).ask(method, address)
            assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer realm="songbang"')
    revoked, expired, shut = (system() for _ in range(3))
    with transaction(database) as session:
        first, _, third = reversed(systems.listed(session))
        systems.revoke(session, first.id, by=None, tools=tools)
        identity.switch_officer(session, third.officer_id, False, by=first.officer_id, tools=tools)
    assert revoked.ask("GET", "/assigned").status_code == 401
    assert shut.ask("GET", "/assigned").status_code == 401
    assert expired.ask("GET", "/assigned").status_code == 200
    clock.now += timedelta(days=31)
    assert expired.ask("GET", "/assigned").status_code == 401


@on_sqlite_alone
def test_a_system_is_told_its_rate_and_held_to_it(system, tools):
    tools.settings.values["API_PER_MINUTE"] = 3
    caller = system()
    with time_machine.travel(time.time(), tick=False):  # a minute may begin in between
        answers = [caller.ask("GET", "/assigned") for _ in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert [one.headers["RateLimit-Remaining"] for one in answers] == ["2", "1", "0", "0"]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert system().ask("GET", "/assigned").status_code == 200, "another system has a rate of its own"


@on_sqlite_alone
def test_a_store_of_counts_that_is_gone_keeps_no_system_out(system, monkeypatch):
    def gone(*_) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(limiter.limiter, "hit", gone)
    assert system().ask("GET", "/assigned").status_code == 200


@on_sqlite_alone
def test_whoever_guesses_tokens_is_held_back_and_nobody_else(system, app):
    with time_machine.travel(time.time(), tick=False):
        guesses = [Caller(app, f"songbang_{n}").ask("GET", "/assigned").status_code for n in range(door.REFUSED_PER_MINUTE + 1)]
    assert set(guesses[:-1]) == {401}
    assert guesses[-1] == 429
    assert system().ask("GET", "/assigned").status_code == 200


@on_sqlite_alone
def test_a_token_is_made_only_for_an_account_that_handles_clues(database, tools):
    with transaction(database) as session:
        admin = make.officer(session, tools, Role.ADMIN, "321112").username
        for name, scopes, days in ((admin, (Scope.READ,), 1), ("nobody", (Scope.READ,), 1), (admin, (), 1)):
            with pytest.raises(InvalidInput):
                systems.make(session, "x", name, scopes, tools.today() + timedelta(days=days), by=None, tools=tools)
        clerk = make.officer(session, tools, Role.CLERK, "321112").username
        for days in (-1, 731):
            with pytest.raises(InvalidInput):
                systems.make(session, "x", clerk, (Scope.READ,), tools.today() + timedelta(days=days), by=None, tools=tools)


def test_the_admin_gives_out_a_token_on_a_page_once_and_ends_it(app, database, tools, desk):
    with transaction(database) as session:
        account = make.officer(session, tools, Role.CLERK, "321112").username
    admin = desk(Role.ADMIN)
    form = {"name": "市 12345 平台", "username": "nobody", "scopes": ["clues:file", "assigned:read"], "expires_on": "2027-06-30"}
    refused = admin.send(admin.get("/console/systems"), 422, **form)
    assert "请填写一个启用中的" in refused.words
    assert 'value="市 12345 平台"' in refused.text
    page = admin.send(refused, **form | {"username": account})
    token = re.search(r"songbang_[\w-]{43}", page.words).group()
    caller = Caller(app, token)
    assert caller.ask("GET", "/assigned").status_code == 200
    assert caller.ask("POST", "/progress", {"code": "x"}).status_code == 403
    assert token not in admin.get("/console/systems").text
    assert "2026-11-23" in admin.get("/console/systems").words, "the day it last came"
    assert "已经吊销" in admin.send(admin.get("/console/systems"), at=0).words
    assert caller.ask("GET", "/assigned").status_code == 401


def test_the_examples_of_the_documentation_do_what_they_say(app, system, database, tools):
    caller = system(Role.SUPERVISOR, "321112")
    known = {"SONGBANG": "", "TOKEN": caller._token}
    for example in re.findall(r"```sh\ncurl (.*?)```", (ROOT / "docs" / "api.md").read_text("utf-8"), re.DOTALL):
        for name, value in known.items():
            example = example.replace(f"'\"${name}\"'", value).replace(f"${name}", value)
        words = shlex.split(example)
        options = dict(itertools.pairwise(words))
        address = next(word for word in words if word.startswith("/api/"))
        if address.startswith("/api/open311"):
            form = dict(value.split("=", 1) for name, value in itertools.pairwise(words) if name in ("-d", "--data-urlencode"))
            answer = app.test_client().open(address, method=options.get("-X", "GET"), data=form)
            assert answer.status_code in (200, 201), (example, answer.json)
            continue
        address = address.removeprefix("/api/v1")
        body = json.loads(options["-d"]) if "-d" in options else None
        answer = caller.ask(options.get("-X", "GET"), address, body)
        assert answer.status_code in (200, 201), (example, answer.json)
        found = answer.json | {"number": known.get("NUMBER", answer.json.get("number"))}
        known |= {name: str(found[name.lower()]) for name in ("CODE", "NUMBER", "VERSION") if found.get(name.lower())}
    assert known.keys() == {"SONGBANG", "TOKEN", "CODE", "NUMBER", "VERSION"}


def test_only_what_was_done_since_a_moment_is_asked_for(system, database, tools, clock):
    with transaction(database) as session:
        number = assigned(session, tools).number
    caller = system(Role.SUPERVISOR, "321112")
    later = (clock.now + timedelta(hours=1)).isoformat().replace("+", "%2B")
    assert [one["number"] for one in caller.ask("GET", "/assigned").json["clues"]] == [number]
    assert caller.ask("GET", f"/assigned?changed_since={later}").json["clues"] == []
    assert len(caller.ask("GET", "/assigned?changed_since=2026-01-01T00:00:00Z&state=assigned").json["clues"]) == 1


@on_sqlite_alone
def test_the_description_is_valid_and_fits_what_is_answered(system, app, database, tools, monkeypatch):
    """schemathesis sends what the description allows and what it forbids to every operation, and checks every answer against it."""
    described = openapi.describe(app.url_map.iter_rules())
    validate(described)
    assert app.test_client().get("/api/v1/openapi.json").json == described
    tools.settings.values["API_PER_MINUTE"] = 10**6
    monkeypatch.setattr(door, "REFUSED_PER_MINUTE", 10**6)
    with transaction(database) as session:
        number = assigned(session, tools).number
    caller = system(Role.SUPERVISOR, "321112")
    attach_a_file(database, tools, number)
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    assert len(list(schema.get_all_operations())) == len(OPERATIONS)
    for found in schema.get_all_operations():
        allowed, forbidden = (_try(found.ok(), mode, caller._token, number) for mode in GenerationMode)
        assert 4 in {status // 100 for status in forbidden}
        assert 2 in {status // 100 for status in allowed} or found.ok().method == "post"
        assert len(allowed) >= 20


def attach_a_file(database, tools, number: str) -> None:
    """A file of that clue, the first of the installation, ready to be fetched."""
    kept = attachments.receive(io.BytesIO(corpus.jpeg()), "现场.jpg", tools)
    with transaction(database) as session:
        clue = session.scalars(select(Clue).where(Clue.number == number)).one()
        attachments.attach(session, clue, [kept], officer_id=1, tools=tools)
    jobs.prepare_files(database, tools)


def _try(operation, mode: GenerationMode, token: str, number: str) -> list[int]:
    """The statuses of what was answered to data of that kind; a number is given, a code, a version, a region are hit upon by chance only."""
    seen: list[int] = []
    by_item = operation.path.endswith("/batch")  # an item that is forbidden is answered by itself
    unchecked = [positive_data_acceptance, *([negative_data_rejection] if by_item else [])]

    @seed(7)
    @extent(max_examples=25, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(mode))
    def one(case) -> None:
        if mode is GenerationMode.POSITIVE and "number" in case.path_parameters:
            case.path_parameters |= {"number": number} | ({"attachment_id": 1} if "attachment_id" in case.path_parameters else {})
        headers = {"Authorization": f"Bearer {token}"}
        seen.append(case.call_and_validate(headers=headers, excluded_checks=unchecked).status_code)

    one()
    return seen
