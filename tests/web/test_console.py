"""The officers' door, page by page, on both databases."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from intake import config, jobs, labels
from intake.access import ACCESS, PUBLIC, SYSTEMS
from intake.db import reading, transaction
from intake.forms import ChineseForm
from intake.models import AuditEntry, Clue, Contact, Officer
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Role, State
from intake.services import identity, keys
from intake.tools import Tools
from tests import factories as make
from tests.conftest import CONTACT_PRIVATE, on_sqlite_alone
from tests.web.client import Client, Page, code_on, file_clue
from tests.web.test_foreign import BODY

#: Views that answer 404 to everybody while no report, no public address, no notice of this place, or nothing of one's own is there.
NOTHING_YET = {
    "console.report_of", "console.report_issue", "console.report_correct",
    "console.notice_poster", "console.edit_notice", "console.notice_step", "console.end_leave", "console.hand_over",
    "console.import_batch", "console.refused_rows", "console.forget_import", "console.robot",
    "console.bulk", "console.act_on_all", "console.drop_reply", "console.drop_filter", "console.cluster",
    "console.end_sign_in", "console.reset_factor", "console.reset_password",
    "console.link_provider", "console.unlink_provider", "console.officer_link", "console.unlink_officer",
    "console.revoke_system", "console.account_of",
}  # fmt: skip
#: Views that would take the one who tries them out, or his office, out of the test.
ENDS_OWN = {"console.sign_out", "console.password", "console.officer", "console.office", "console.end_sign_ins"}
#: A body that every form takes whose token is not looked at.
GOOD = BODY | {
    "username": "new", "name": "新人", "role": "clerk", "office": "1", "title": "模板", "action": "ask", "channel": "phone",
    "region": "321112", "email": "li@example.cn", "lead": "task_force", "source": "文件", "go": "save", "slug": "new-one",
    "purpose": "说明", "scope": "会议：02", "opens_on": "2026-11-01", "scopes": "file", "expires_on": "2027-06-30",
}  # fmt: skip
DANTU = ["320000", "321100", "321112"]


@pytest.fixture
def number(database, tools) -> str:
    with transaction(database) as session:
        return make.clue(session, tools).number


@on_sqlite_alone
def test_every_text_that_is_typed_is_cleaned(app):
    """A control sign would make a report that no document can be made of; PostgreSQL refuses NUL."""
    forms = [ChineseForm]
    for form in forms:
        forms += form.__subclasses__()
    with app.test_request_context():
        given = [form(formdata=MultiDict(dict.fromkeys(form(formdata=None).data, "a\x0bb\x00"))) for form in forms]
    texts = [(form, field) for form in given for field in form if field.type in ("StringField", "TextAreaField")]
    assert len(texts) > 20
    for form, field in texts:
        assert field.data == "ab", (form, field.name)


def choose(page: Page, **fields: str) -> tuple[str, dict[str, str]]:
    """The form of the decision panel with these fields."""
    forms = page.tree.xpath("//aside//form[@method='post']")
    sent = dict(forms[0].form_values())
    return forms[0].get("action"), sent | fields


def take(client: Client, number: str, action: str, status: int = 200, **fields: str) -> Page:
    page = client.get(f"/console/clues/{number}?do={action}")
    address, sent = choose(page, **fields)
    assert address.endswith(f"/{action}")
    return client.post(address, sent, status)


def test_a_first_password_must_be_changed_before_anything_else(app, database, tools):
    with transaction(database) as session:
        office = make.office(session, "321100", "task_force")
        _, password = identity.create_officer(session, "new", "新人", Role.CLERK, office, tools=tools)
    client = Client(app)
    assert client.sign_in("new", password).h1 == "修改密码"
    page = client.get("/console/queue")
    assert page.h1 == "修改密码"
    page = client.send(page, status=422, old=password, new="123456789012", again="123456789012")
    assert any("容易被猜到" in e for e in page.errors)
    page = client.send(page, status=422, old="x", new=make.PASSWORD, again=make.PASSWORD)
    assert any("原密码不对" in e for e in page.errors)
    assert client.send(page, old=password, new=make.PASSWORD, again=make.PASSWORD).h1.startswith("待办")


def test_a_wrong_password_and_an_unknown_name_read_alike(app, desk):
    desk(Role.CLERK)
    client = Client(app)
    pages = [
        client.send(client.get("/console/sign-in"), status=422, username=u, password="x") for u in ("nobody", "clerk")
    ]
    assert pages[0].errors == pages[1].errors == ["登录名或密码不对，请核对大小写"]


def test_sign_in_is_slowed_down_not_locked(app):
    client = Client(app)
    page = client.get("/console/sign-in")
    for _ in range(app.extensions["settings"].number("LOGIN_PER_MINUTE")):
        client.send(page, status=422, username="a", password="b")
    client.send(page, status=429, username="a", password="b")


@pytest.mark.parametrize(
    ("one_line", "another"),
    [
        (("2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::3"), "2001:db8:1:3::1"),
        (("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1"), "::ffff:192.0.2.2"),
    ],
)
@on_sqlite_alone
def test_who_has_a_whole_net_to_himself_is_one_source(app, tools, one_line, another):
    tools.settings.values["LOGIN_PER_MINUTE"] = 2
    client = Client(app)
    page = client.get("/console/sign-in")
    for address, status in zip((*one_line, another), (422, 422, 429, 422), strict=True):
        client.raw.environ_base["REMOTE_ADDR"] = address
        client.send(page, status=status, username="a", password="b")


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/console/../../x", "/\\evil", "javascript:1", "/"]
)
def test_sign_in_leads_only_inside_the_console(app, database, tools, target):
    with transaction(database) as session:
        username = make.officer(session, tools, Role.CLERK, "321100").username
    client = Client(app)
    page = client.get("/console/sign-in")
    answer = client.raw.post(
        "/console/sign-in",
        query_string={"next": target},
        data=page.form()[1] | {"username": username, "password": make.PASSWORD},
    )
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/console/")


def test_a_stranger_is_sent_to_the_sign_in(app, number):
    for address in ("/console/", "/console/queue", f"/console/clues/{number}", "/console/report.xlsx"):
        assert Client(app).get(address).h1 == "工作人员登录"


def test_every_endpoint_declares_who_may_enter(app):
    assert {rule.endpoint for rule in app.url_map.iter_rules()} == set(ACCESS)


def _addresses(app, number: str) -> list[tuple[str, str, str]]:
    """(endpoint, method, address) of everything there is; an id that is not named here is 1."""
    known = {
        "number": number,
        "action": "note",
        "code": "320000",
        "slug": "zhenjiang",
        "filename": "app.css",
        "kind": "csv",
        "shape": "poster",
        "step": "close",
        "why": "many",
        "sign_in_id": "9999",
        "provision_id": "R02",
        "other": "2026-11-9999",
    }
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint in SYSTEMS:  # nobody signs in there: tests/web/test_api.py
            continue
        address = re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda argument: known.get(argument[1], "1"), rule.rule)
        found += [(rule.endpoint, method, address) for method in rule.methods & {"GET", "POST"}]
    return found


@pytest.mark.parametrize("role", list(Role))
def test_each_role_enters_the_views_that_are_its_own_and_no_other(app, desk, number, role):
    client = desk(role)
    token = client.get("/console/password").form()[1]["csrf_token"]
    for endpoint, method, address in _addresses(app, number):
        roles = ACCESS[endpoint]
        if roles is PUBLIC or endpoint in ENDS_OWN:
            continue
        answer = client.raw.open(address, method=method, data={"csrf_token": token} if method == "POST" else None)
        allowed = role in roles
        nothing_there = number in address or endpoint in NOTHING_YET
        assert (answer.status_code != 404) == allowed or (allowed and nothing_there), (
            endpoint,
            method,
            answer.status_code,
        )


@pytest.mark.parametrize("sent_by", ["", "same-origin"])
def test_a_post_without_its_token_changes_nothing(app, desk, number, database, sent_by):
    """Neither where all is refused at the door nor where a form checks its own token, to lose no words."""
    clients = [desk(role) for role in Role]
    with reading(database) as session:
        before = session.scalar(select(func.max(AuditEntry.id)))
    for client in clients:
        client.raw.environ_base["HTTP_SEC_FETCH_SITE"] = sent_by
        for endpoint, method, address in _addresses(app, number):
            if method == "POST" and endpoint.startswith("console.") and endpoint not in ("console.sign_in", "console.sign_out"):
                answer = client.raw.post(address, data=GOOD)
                assert answer.status_code in (400, 403, 404, 422), endpoint
    with reading(database) as session:
        assert session.scalar(select(Clue.state)) is State.RECEIVED
        assert session.scalar(select(func.max(AuditEntry.id))) == before


def test_the_whole_journey_over_the_pages(app, database, desk):
    reporter = Client(app)
    receipt = file_clue(
        reporter,
        make.STORY,
        DANTU,
        accused_level="township",
        accused_name="某街道",
        times_a_month="22",
        minutes_each="10",
        people="1000000",
    )
    with reading(database) as session:
        number = session.scalar(select(Clue.number))
    clerk, handler, lead = desk(Role.CLERK), desk(Role.HANDLER, remit="cyberspace"), desk(Role.LEAD, remit="cyberspace")
    queue = clerk.get("/console/queue")
    assert number[5:] in queue.words
    assert number[5:] not in handler.get("/console/queue").words
    page = clerk.get(f"/console/clues/{number}")
    assert "3666666.7 小时" in page.words
    assert "丹徒区委网信办" in page.words
    take(clerk, number, "assign", category="checkins")
    take(handler, number, "sign")
    take(handler, number, "ask", text="是哪个应用？")
    progress = reporter.send(reporter.get("/query"), code=code_on(receipt))
    assert "是哪个应用？" in progress.words
    reporter.send(progress, text="平安应用")
    assert "平安应用" in handler.get(f"/console/clues/{number}?tab=thread").words
    refused = take(handler, number, "conclude", 422, measures="取消签到", answer="")
    assert len(refused.errors) == 2
    assert "取消签到" in refused.text
    take(
        handler,
        number,
        "conclude",
        verdict="substantiated",
        measures="取消签到",
        answer="您反映的属实，签到已取消。",
        educated="2",
    )
    take(lead, number, "approve")
    progress = reporter.send(reporter.get("/query"), code=code_on(receipt))
    assert progress.h1 == "已办结，答复在下面"
    assert "签到已取消" in progress.words


def test_a_recused_office_gets_404_by_every_address(app, database, tools, desk):
    accused = desk(Role.LEAD, remit="party_office")
    with transaction(database) as session:
        clue = make.clue(
            session,
            tools,
            accused_name="区委办公室",
            accused_level=AccusedLevel.COUNTY_DEPT,
            text="区委办公室每周开七个会还要逐个写体会",
        )
        clue.office_id = make.office(session, "321112", "party_office").id
        number = clue.number
    token = accused.get("/console/password").form()[1]["csrf_token"]
    for endpoint, method, address in _addresses(app, number):
        if "number" in endpoint or number in address:
            answer = accused.raw.open(
                address,
                method=method,
                data={"csrf_token": token, "text": "x", "reason": "verify", "version": "1"}
                if method == "POST"
                else None,
            )
            assert answer.status_code == 404, (endpoint, method)
    for address in ("/console/queue", "/console/clues", "/console/clues?words=体会", f"/console/clues?words={number}"):
        page = accused.get(address)
        assert number[5:] not in page.words
        assert "0 条" in page.h1
    assert "问题线索0条" in accused.get("/console/report?month=2026-11").words
    book = openpyxl.load_workbook(io.BytesIO(accused.raw.get("/console/report.xlsx?month=2026-11").data))
    totals = [row for row in book.active.iter_rows(values_only=True) if row[0] == "合计"]
    assert totals[0][1] == 0


def test_contact_data_is_opened_with_a_reason_and_audited(app, database, tools, desk):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools, contact={"name": "王某", "way": "13800000000"})
        make.act(session, clue, make.Action.ASSIGN, clerk, tools, category="checkins")
        number = clue.number
    handler = desk(Role.HANDLER, remit="cyberspace")
    page = handler.get(f"/console/clues/{number}")
    assert "13800000000" not in page.text
    action, fields = page.form(0)
    assert handler.post(action, fields, 422).errors == ["请选择查看的理由"]
    assert "13800000000" in handler.post(action, fields | {"reason": "verify"}).words
    auditor = desk(Role.AUDITOR, "321100")
    assert "查看联系方式" in auditor.get("/console/audit").words
    assert "没有被改动" in auditor.get("/console/audit?verify=1").words


def test_contact_data_that_was_deleted_is_not_offered(database, tools, desk):
    with transaction(database) as session:
        clue = make.clue(session, tools, contact={"name": "王某", "way": "13800000000"})
        number, clue_id = clue.number, clue.id
    clerk = desk(Role.CLERK)
    assert "联系方式已密封" in clerk.get(f"/console/clues/{number}").words
    with transaction(database) as session:
        session.delete(session.get_one(Contact, clue_id))
    page = clerk.get(f"/console/clues/{number}").words
    assert "联系方式已到期删除" in page and "申请查看" not in page


def test_the_report_counts_what_the_list_shows(database, tools, desk):
    with transaction(database) as session:
        for text in (
            make.STORY,
            "村里一面墙挂了四十三块牌子，还要再做两块",
            "又要每天点赞转发截图，凑不满五百个不让下班",
        ):
            make.clue(session, tools, text=text)
    supervisor = desk(Role.SUPERVISOR)
    page = supervisor.get("/console/report?month=2026-11")
    assert "问题线索3条" in page.words
    book = openpyxl.load_workbook(io.BytesIO(supervisor.raw.get("/console/report.xlsx?month=2026-11").data))
    rows = list(book.active.iter_rows(min_row=4, values_only=True))
    assert sum(row[1] for row in rows[:-1]) == rows[-1][1] == 3
    for bad in ("2999-01", "abc", "2026-13"):
        supervisor.get(f"/console/report?month={bad}", 409)


def test_filters_narrow_the_queue_and_nonsense_is_ignored(database, tools, desk, number):
    clerk = desk(Role.CLERK)
    assert "1 条" in clerk.get("/console/queue").h1
    assert "1 条" in clerk.get("/console/queue?words=签到").h1
    assert "0 条" in clerk.get("/console/queue?words=苹果树").h1
    assert "0 条" in clerk.get("/console/queue?category=plaques").h1
    assert "1 条" in clerk.get("/console/queue?category=checkins&region=321112&due=week").h1
    for odd in ("state=moon", "after=garbage", "due=never", "region=x%27", "words=%22%27*", "state=closed"):
        clerk.get(f"/console/queue?{odd}")


def test_the_admin_makes_and_closes_accounts(app, database, desk):
    admin = desk(Role.ADMIN, "321100")
    with reading(database) as session:
        office = make.office(session, "321112", "education").id
    page = admin.get("/console/officers/new")
    _, fields = page.form(-1)
    made = admin.post(
        "/console/officers/new", fields | {"username": "zhang", "name": "张老师", "role": "handler", "office": str(office)}
    )
    assert made.h1 == "账号已建立"
    password = made.tree.xpath("string(//output)")
    assert any(
        "已经有人用了" in e
        for e in admin.post(
            "/console/officers/new",
            fields | {"username": "zhang", "name": "张", "role": "handler", "office": str(office)},
            422,
        ).errors
    )
    client = Client(app)
    assert client.sign_in("zhang", password).h1 == "修改密码"
    with reading(database) as session:
        officer_id = session.scalar(select(Officer.id).where(Officer.username == "zhang"))
    found = admin.get("/console/officers?words=张老")
    assert "1 个账号" in found.h1 and "zhang" in found.words
    assert "0 个账号" in admin.get("/console/officers?words=%25").h1
    page = admin.get(found.links(f"/{officer_id}")[0])
    assert "不能再登录" in page.words
    for _ in range(2):  # a double click, or two of them at once
        answer = admin.send(page, at=_form_at(page, f"/console/officers/{officer_id}"), button="no")
        assert "账号已停用" in answer.text
    admin.post(f"/console/officers/{officer_id}", {"csrf_token": fields["csrf_token"]}, 404)
    assert client.get("/console/queue").h1 == "工作人员登录"
    with reading(database) as session:
        assert not session.get_one(Officer, officer_id).active
    page = admin.get("/console/offices")
    address = page.tree.xpath("string(//main//form[@method='post']/@action)")
    for _ in range(2):
        assert "已停用" in admin.send(page, at=_form_at(page, address), button="no").text
    assert admin.get("/console/offices").form(_form_at(page, address), "yes")[1]["active"] == "yes"


def _form_at(page: Page, action: str) -> int:
    return page.tree.xpath("//main//form[@method='post']/@action").index(action)


def test_every_console_page_of_every_role_is_sound(desk, number):
    pages = {
        Role.CLERK: ["queue", "clues", "report", "notices", "password", f"clues/{number}", f"clues/{number}?do=reject", f"clues/{number}?do=merge", f"clues/{number}?tab=alike", f"clues/{number}?tab=notes"],
        Role.ADMIN: ["offices", "offices?region=321112", "officers", "officers?page=1", "officers/new", "routing", "notices"],
        Role.AUDITOR: ["audit", "audit?before=1"],
        Role.SUPERVISOR: ["queue", "clues", f"clues/{number}?tab=thread"],
    }  # fmt: skip
    for role, addresses in pages.items():
        client = desk(role, "321100" if role in (Role.ADMIN, Role.AUDITOR) else "321112")
        for address in addresses:
            client.get(f"/console/{address}")


def test_the_queue_says_what_is_due_and_what_is_late_and_its_links_list_just_those(database, tools, clock, desk, number):
    clock.now = datetime(2026, 11, 30, 4, tzinfo=UTC)  # the last day of the term of triage
    clerk = desk(Role.CLERK)
    assert "1 条快要到期" in clerk.get("/console/queue").text
    clock.now += timedelta(days=1)
    jobs.remind(database, tools)
    assert "1 条已经逾期" in clerk.get("/console/queue").text
    supervisor = desk(Role.SUPERVISOR)
    assert "1 条逾期还没有督办" in supervisor.get("/console/queue").text
    for due in ("late", "escalated"):
        assert number[5:] in supervisor.get(f"/console/queue?due={due}").text


def test_where_passwords_keep_the_key_one_who_may_lets_a_colleague_open_contact_data(app, database, settings, clock, desk):
    """A granted officer opens with his password, and lets in the next; a wrong password loses nothing typed."""
    public = Tools(config.load(settings | {"CONTACT_KEY_FILE": ""}), clock=clock)
    app.extensions["tools"] = public
    with transaction(database) as session:
        keys.rotate(session, CONTACT_PRIVATE, bytes(32), tools=public)
        clerk = make.viewer(session, public, Role.CLERK, "321112")
        clue = make.clue(session, public, contact={"name": "王某", "way": "13800000000"})
        make.act(session, clue, make.Action.ASSIGN, clerk, public, category="checkins")
        number = clue.number
    handler, lead = (desk(role, remit="cyberspace") for role in (Role.HANDLER, Role.LEAD))
    address = f"/console/clues/{number}"
    with transaction(database) as session:
        ids = {officer.role: officer.id for officer, key in keys.colleagues(session, clue_office(session, number)) if key}
        keys.grant(session, ids[Role.HANDLER], bytes(32), by=None, tools=public)
    action, fields = lead.get(address).form(0)
    page = lead.post(action, fields | {"reason": "verify", "password": make.PASSWORD}, 422)
    assert "还没有打开联系方式的授权" in page.errors[0]
    assert "您自己还没有授权" in lead.get("/console/grants").words
    grants = handler.get("/console/grants")
    send, chosen = grants.form(0)
    assert chosen["officer"] == ""
    assert handler.post(send, chosen | {"password": make.PASSWORD}, 422).errors == ["请选择授权给谁"]
    chosen["officer"] = str(ids[Role.LEAD])
    assert handler.post(send, chosen | {"password": "不对"}, 422).errors == ["密码不对，请核对大小写"]
    assert "没有等待授权的同事" in handler.post(send, chosen | {"password": make.PASSWORD}).words
    page = lead.post(action, fields | {"reason": "inform", "password": "不对"}, 422)
    assert page.errors == ["密码不对，请核对大小写"]
    assert page.tree.xpath("//input[@name='reason'][@checked]/@value") == ["inform"]
    assert "13800000000" in lead.post(action, fields | {"reason": "inform", "password": make.PASSWORD}).words
    assert "13800000000" not in lead.get(address).text


def clue_office(session, number):
    return session.scalars(select(Clue.office_id).where(Clue.number == number)).one()


def test_a_clue_is_found_by_its_number_and_a_wrong_one_to_merge_into_is_told_beside_the_field(app, database, desk):
    with reading(database) as session:
        assert session.scalars(select(Clue)).all() == []
    for _ in range(2):
        file_clue(Client(app), make.STORY + str(_), DANTU, accused_level="township")
    with reading(database) as session:
        one, other = session.scalars(select(Clue.number).order_by(Clue.id))
    clerk = desk(Role.CLERK)
    for typed in (one, one[5:], "".join(chr(ord(c) + 0xFEE0) if c != "-" else "－" for c in one)):
        page = clerk.get(f"/console/clues?words={typed}")
        assert "1 条" in page.h1 and one[5:] in page.words and other[5:] not in page.words
    assert "0 条" in clerk.get("/console/clues?words=2026-01-9999").h1
    refused = take(clerk, one, "merge", 422, into="2026-01-9999", text="同一件事")
    assert refused.errors == ["没有找到这个编号的线索，请核对，例如 2026-11-0001"]
    assert "同一件事" in refused.text
    looked = take(clerk, one, "merge", 422, into=other[5:], text="同一件事")
    assert f"将并入 {other}（待受理）：" in looked.words and make.STORY[:20] in looked.tree.xpath("string(//aside)")
    with reading(database) as session:
        assert session.scalars(select(Clue.merged_into_id).where(Clue.number == one)).one() is None, "nothing before the look"
    address, fields = choose(looked)
    assert clerk.post(address, fields | {"into": "2026-01-9999"}, 422).errors, "another number is looked at anew"
    done = clerk.post(address, fields)
    with reading(database) as session:
        assert session.scalars(select(Clue.merged_into_id).where(Clue.number == one)).one()
    assert f"{one} 已并入另一条" in done.words
    take_out = clerk.get(done.tree.xpath("//div[@role='status']/a/@href")[0])
    assert choose(take_out)[0].endswith("/unmerge")


def test_what_was_sent_back_is_there_to_be_mended(app, database, desk):
    file_clue(Client(app), make.STORY, DANTU, accused_level="township")
    with reading(database) as session:
        number = session.scalar(select(Clue.number))
    clerk, handler, lead = desk(Role.CLERK), desk(Role.HANDLER, remit="cyberspace"), desk(Role.LEAD, remit="cyberspace")
    take(clerk, number, "assign", category="checkins")
    take(handler, number, "sign")
    wrong = take(handler, number, "conclude", 422, verdict="partly", measures="已停", answer="停了。", educated="好几个")
    assert wrong.errors == ["请填整数，例如 12"]
    take(handler, number, "conclude", verdict="partly", measures="已停用两个应用", answer="停了。", educated="2")
    take(lead, number, "send_back", text="写清楚是哪两个应用")
    page = handler.get(f"/console/clues/{number}?do=conclude")
    assert page.tree.xpath("string(//textarea[@name='measures'])").strip() == "已停用两个应用"
    assert page.tree.xpath("//input[@name='verdict'][@checked]/@value") == ["partly"]
    assert page.tree.xpath("//input[@name='educated']/@value") == ["2"]
    assert page.tree.xpath("//aside//textarea[@name='answer']"), "the panel opens with what is to be done"
    assert handler.get("/console/queue").tree.xpath("//td/span[text()='退回重办']")
    same = take(handler, number, "conclude", 422)
    assert "和上次提交、被退回的一样" in same.words
    address, fields = choose(same)
    assert "已提交结论" in handler.post(address, fields | {"measures": "已停用甲、乙两个应用"}).words
    assert "退回重办" not in handler.get("/console/clues").words


@pytest.mark.parametrize("days", [0, 1, 3])
def test_the_day_that_signing_promises_is_the_day_that_is_due_then(database, desk, clock, number, days):
    take(desk(Role.CLERK), number, "assign", category="checkins")
    clock.now += timedelta(days=days)
    handler = desk(Role.HANDLER, remit="cyberspace")
    page = handler.get(f"/console/clues/{number}?do=sign")
    promised = re.search(r"签收后开始核查，(.+?)前办结", page.words)[1]
    take(handler, number, "sign")
    with reading(database) as session:
        assert promised == labels.long_date(session.scalar(select(Clue.due_on)))


def test_chips_count_in_the_unit_of_the_term_and_a_late_answer_to_a_supervision_has_one(database, tools, clock, desk, number):
    """Taken in on Monday: five working days to sign, sixty days to answer, five working days to answer a supervision."""
    def chips(client: Client) -> list[str]:
        return [chip.text for chip in client.get(f"/console/clues/{number}").tree.xpath("//h1/span")][1:]

    clerk = desk(Role.CLERK)
    assert chips(clerk) == ["还有 5 个工作日"]
    take(clerk, number, "assign", category="checkins")
    clock.now += timedelta(days=4)  # a Friday: due on Monday, the next working day
    supervisor, handler = desk(Role.SUPERVISOR), desk(Role.HANDLER, remit="cyberspace")
    assert handler.get(f"/console/clues/{number}").tree.xpath("//h1/span[contains(@class, 'chip--soon')]/text()") == ["还有 1 个工作日"]
    assert "1 条快要到期" in handler.get("/console/queue").words and "1 条" in handler.get("/console/queue?due=soon").h1
    take(handler, number, "sign")
    assert chips(handler) == ["还有 56 天"]
    take(supervisor, number, "supervise", text="请说明进展")
    clock.now += timedelta(days=10)
    jobs.remind(database, tools)
    assert chips(supervisor) == ["督办答复逾期 1 个工作日", "还有 46 天"]
    listed = supervisor.get("/console/queue?due=unanswered")
    assert "1 条" in listed.h1 and "督办答复逾期 1 个工作日" in listed.words
    assert "1 条督办后仍未答复" in listed.words


def test_one_s_own_step_on_another_page_is_told_as_one_s_own(database, desk, number):
    clerk, other = desk(Role.CLERK), desk(Role.CLERK)
    address, fields = choose(clerk.get(f"/console/clues/{number}?do=assign"))
    clerk.post(address, fields | {"category": "checkins"})
    assert "您在别的页面已经办过这一步" in clerk.post(address, fields | {"category": "checkins"}, 409).words
    mine = {"csrf_token": fields["csrf_token"]}
    assert "已撤销" in clerk.post(f"/console/clues/{number}/undo", mine).words
    assert "您在别的页面已经撤销过" in clerk.post(f"/console/clues/{number}/undo", mine).words
    fields["csrf_token"] = other.get("/console/password").form()[1]["csrf_token"]
    assert "刚刚被别人处理过" in other.post(address, fields | {"category": "checkins"}, 409).words


def test_a_clue_of_which_the_machine_is_unsure_says_how_sure_it_was_and_its_bar_is_not_green(database, tools, desk, number):
    with transaction(database) as session:
        clue = session.scalars(select(Clue)).one()
        clue.category, clue.suggestion.abstained, clue.suggestion.probability = None, "close", 0.91
        clue.suggestion.alternatives = [[clue.suggestion.label, 0.91], ["apps", 0.02]]
    page = desk(Role.CLERK).get(f"/console/clues/{number}")
    assert "自动分类把握 91%，没有达到自动推荐的标准，请您核对。" in page.words
    assert {bar.get("fill") for bar in page.tree.xpath("//aside//span[@class='sure']//rect[2]")} == {"#8a5000"}


def test_a_mark_nobody_gave_out_is_the_beginning(desk):
    clerk = desk(Role.CLERK)
    for mark in ("2026-01-01_99999999999999999999999", "2026-01-01_²", "2026-01-01_-1", "_", "9999-99-99_1"):
        clerk.get(f"/console/clues?after={mark}")
