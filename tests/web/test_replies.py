"""A reply that could harm or mislead is held back once; wordings of the office; filters an officer keeps."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from intake.db import reading, transaction
from intake.models import AuditEntry, Clue, ReplyTemplate
from intake.rules.workflow import Action, Role, State
from tests import factories as make
from tests.conftest import on_sqlite_alone

CONCLUSION = {"verdict": "substantiated", "measures": "取消"}


@pytest.fixture
def number(database, tools) -> str:
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools, contact={"name": "阿依古丽", "way": "13800000000"})
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
        lead = make.viewer(session, tools, Role.LEAD, "321112", "cyberspace")
        make.act(session, clue, Action.SIGN, lead, tools)
        return clue.number


def state(database) -> State:
    with reading(database) as session:
        return session.scalars(select(Clue.state)).one()


def conclude(desk_of, number, answer, status=200, template="", **fields):
    page = desk_of.get(f"/console/clues/{number}?do=conclude{template}")
    at = [form.get("action").endswith("/conclude") for form in page.tree.xpath("//main//form[@method='post']")].index(
        True
    )
    if answer is not None:
        fields["answer"] = answer
    return desk_of.send(page, status, at=at, **CONCLUSION, **fields), at


def test_a_doubtful_answer_is_sent_only_with_the_tick_for_what_is_doubtful(desk, number, database):
    handler = desk(Role.HANDLER, remit="cyberspace")
    page, at = conclude(handler, number, "王先生：我们将整改<b>。", 422)
    assert page.tree.xpath("//aside//mark/text()") == ["王先生", "将"]
    assert "有承诺，没有日期" in page.words
    assert "<b>" in page.tree.xpath("string(//textarea[@name='answer'])")
    assert state(database) is State.HANDLING
    page = handler.send(page, 422, at=at, answer="王先生：我们将整改，电话 13812345678。", sure="name promise")
    assert "有手机号码" in page.words
    handler.send(page, at=at, sure="name promise phone")
    assert state(database) is State.CONCLUDED


def test_the_name_is_checked_for_whom_has_opened_it_alone(desk, number, database):
    handler, other = desk(Role.HANDLER, remit="cyberspace"), desk(Role.LEAD, remit="cyberspace")
    page = handler.get(f"/console/clues/{number}")
    handler.post(f"/console/clues/{number}/contact", page.form(0)[1] | {"reason": "verify"})
    page, _ = conclude(handler, number, "阿依古丽，已取消。", 422)
    assert page.tree.xpath("//aside//mark/text()") == ["阿依古丽"]
    conclude(other, number, "阿依古丽，已取消。")
    assert state(database) is State.CONCLUDED


def test_a_template_fills_the_answer_and_is_not_sent_as_it_is(desk, number, database):
    lead, stranger = desk(Role.LEAD, remit="cyberspace"), desk(Role.LEAD, remit="task_force")
    page = lead.get("/console/replies")
    assert page.words.count("所有机构") == 9
    assert not page.links("drop")
    page = lead.send(page, at=0, action="conclude", title="取消签到", text="签到已取消。", everyone="y")
    assert "取消签到" in page.words
    assert "取消签到" not in stranger.get("/console/replies").words
    with reading(database) as session:
        own = session.scalars(select(ReplyTemplate).where(ReplyTemplate.office_id.is_not(None))).one().id
        shared = session.scalars(select(ReplyTemplate.id).where(ReplyTemplate.office_id.is_(None))).first()
    page, _ = conclude(lead, number, None, 422, f"&template={own}")
    assert "一字不差" in page.words
    page, _ = conclude(lead, number, None, 422, f"&template={shared}")
    assert "【】还没有填" in page.words
    token = page.form(0)[1]["csrf_token"]
    stranger.post(
        f"/console/replies/{own}/drop", {"csrf_token": stranger.get("/console/replies").form()[1]["csrf_token"]}, 404
    )
    lead.post(f"/console/replies/{shared}/drop", {"csrf_token": token}, 404)
    assert "取消签到" not in lead.post(f"/console/replies/{own}/drop", {"csrf_token": token}).words
    with reading(database) as session:
        entries = session.scalars(select(AuditEntry.keys).where(AuditEntry.action == "template_changed")).all()
    assert [entry["active"] for entry in entries] == [True, False]


def test_filters_are_kept_counted_and_forgotten_by_their_officer(desk, number):
    lead = desk(Role.LEAD, remit="cyberspace")
    page = lead.get("/console/queue?state=handling")
    page = lead.send(page, name="核查中的")
    assert page.tree.xpath("string(//ul[@class='kept']//a)").split() == ["核查中的", "1"]
    assert lead.get(page.tree.xpath("//ul[@class='kept']//a/@href")[0]).h1 == "待办 1 条"
    page = lead.get("/console/clues?state=closed&words=无")
    page = lead.send(page, 422, at=1, name="核查中的")
    assert page.errors == ["这个名称已经用过，请换一个"]
    assert lead.send(page, 422, name="").errors == ["请填写名称"]
    for n in range(11):
        page = (
            lead.send(page, name=f"第 {n} 组")
            if n == 0
            else lead.send(lead.get("/console/clues?state=closed"), at=n + 1, name=f"第 {n} 组")
        )
    page = lead.send(lead.get("/console/clues?state=closed"), 422, at=12, name="多了")
    assert page.errors == ["最多保存 12 组，请先删去不用的"]
    colleague = desk(Role.LEAD, remit="cyberspace")
    assert "核查中的" not in colleague.get("/console/queue").words
    colleague.post(
        "/console/filters/1/drop", {"csrf_token": colleague.get("/console/replies").form()[1]["csrf_token"]}, 404
    )
    assert "核查中的" not in lead.send(lead.get("/console/queue"), at=0).tree.xpath("string(//ul)")


def test_why_a_clue_is_rejected_brings_its_wording_without_script(desk, database, tools):
    with transaction(database) as session:
        number = make.clue(session, tools).number
    page = desk(Role.CLERK).get(f"/console/clues/{number}?do=reject")
    link = page.tree.xpath("//a[@data-reason='litigation']/@href")[0]
    assert link.endswith("#decide") and page.tree.xpath("//aside[@id='decide']")
    filled = desk(Role.CLERK).get(link)
    assert filled.tree.xpath("//input[@name='reason'][@checked]/@value") == ["litigation"]
    assert "诉讼" in filled.tree.xpath("string(//textarea[@name='text'])")


@on_sqlite_alone
def test_who_reads_the_words_is_said_and_what_is_missing_is_named_at_the_top(desk, number):
    lead = desk(Role.LEAD, remit="cyberspace")
    for action in ("note", "recuse", "return", "ask_extension"):
        page = lead.get(f"/console/clues/{number}?do={action}")
        assert page.tree.xpath("//aside//p[@id='text-hint'][normalize-space()]") or not page.tree.xpath("//aside//textarea")
    refused = lead.send(lead.get(f"/console/clues/{number}?do=note"), 422, at=1, text="")
    alarm = refused.tree.xpath("//h1/following-sibling::div[@role='alert'][1]")[0]
    assert alarm.xpath(".//a/@href") == ["#text"] and "请填写备注" in alarm.text_content()
