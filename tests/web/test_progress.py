"""The page behind the query code after the answer, and the officer's page about dates."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from intake import jobs, labels
from intake.db import reading, transaction
from intake.models import Attachment, Clue, Message, MessageKind
from intake.rules.workflow import Action, Role
from intake.services import clues, terms
from intake.tools import WorkCalendar
from tests import factories as make
from tests.cleaning import corpus
from tests.conftest import on_sqlite_alone
from tests.web.client import Client, code_on, file_clue


def answer(session, clue, tools) -> None:
    """Have a clue of 丹徒区 handled and closed."""
    lead = make.viewer(session, tools, Role.LEAD, "321112", "cyberspace")
    handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
    make.act(
        session, clue, Action.ASSIGN, make.viewer(session, tools, Role.CLERK, "321112"), tools, category="checkins"
    )
    make.act(session, clue, Action.SIGN, handler, tools)
    words = {"verdict": "partly", "measures": "取消签到", "answer": "签到已经取消。"}
    make.act(session, clue, Action.CONCLUDE, handler, tools, **words)
    make.act(session, clue, Action.APPROVE, lead, tools)


@pytest.fixture
def answered(app, database, tools) -> tuple[Client, str]:
    """A reporter with the code open, whose clue has been answered; and its number."""
    client = Client(app)
    code = code_on(file_clue(client, make.STORY, ["320000", "321100", "321112"], accused_level="township"))
    with transaction(database) as session:
        clue = session.scalars(select(Clue)).one()
        answer(session, clue, tools)
        number = clue.number
    client.send(client.get("/query"), code=code)
    return client, number


def test_an_answer_is_rated_and_reopened_on_the_page(answered, database):
    client, _number = answered
    page = client.get("/clue")
    forms = [form.get("action") for form in page.tree.xpath("//main//form[@method='post']")]
    rating, reopening = forms.index("/clue/rating"), forms.index("/clue/reopening")
    assert "请选一项" in client.send(page, 422, at=rating).errors
    refused = client.send(page, 422, at=reopening, reason="  ")
    assert refused.errors == ["请写下为什么要重新办理，例如哪一点没有解决"]
    page = client.send(client.get("/clue"), at=rating, rating="unsolved")
    assert "您的评价：没有解决" in page.words
    assert "核查结论：部分属实" in page.words
    page = client.send(page, at=0, reason="群换了个名字还在")
    assert page.h1 == "承办单位正在核查"
    assert "已收到您的请求，重新办理" in page.words
    assert "群换了个名字还在" in page.words
    with reading(database) as session:
        assert session.scalars(select(Clue)).one().reopened_at


def test_what_is_pressed_twice_on_the_page_is_done_once_and_said_to_be_done(answered, database):
    """The second answer is the one that the browser shows."""
    client, page = answered[0], answered[0].get("/clue")
    forms = [form.get("action") for form in page.tree.xpath("//main//form[@method='post']")]
    for _ in range(2):
        rated = client.send(page, at=forms.index("/clue/rating"), rating="unsolved")
        assert "您的评价：没有解决" in rated.words
    for _ in range(2):
        reopened = client.send(page, at=forms.index("/clue/reopening"), button="send", reason="群换了个名字还在")
        assert "已收到您的请求，重新办理" in reopened.words
    for words in ("还在签到", "还在签到", "今天也签了"):
        client.send(client.get("/clue"), button="send", text=words)
    with reading(database) as session:
        said = session.scalars(select(Message.text).where(Message.kind == MessageKind.REPORTER).order_by(Message.id)).all()
    assert said == ["群换了个名字还在", "还在签到", "今天也签了"]


@pytest.mark.parametrize("end", ["closed", "rejected"])
def test_words_for_a_clue_that_has_ended_meanwhile_are_refused_and_come_back(app, database, tools, end):
    client = Client(app)
    code = code_on(file_clue(client, make.STORY, ["320000", "321100", "321112"], accused_level="township"))
    page = client.send(client.get("/query"), code=code)
    with transaction(database) as session:
        clue = session.scalars(select(Clue)).one()
        if end == "closed":
            answer(session, clue, tools)
        else:
            clerk = make.viewer(session, tools, Role.CLERK, "321112")
            make.act(session, clue, Action.REJECT, clerk, tools, reason="public_service", text="请打 12345。")
    page = client.send(page, 422, button="send", text="群名叫平安签到")
    assert "刚才写的没有发送" in page.words and "请求重新办理" in page.words
    assert page.tree.xpath("string(//textarea[@name='text'])").strip() == "群名叫平安签到"
    assert page.links("/clues/new")
    with reading(database) as session:
        assert session.scalar(select(Message).where(Message.kind == MessageKind.REPORTER)) is None


def test_an_officer_reads_how_a_date_came_about_and_others_do_not(answered, desk):
    _, number = answered
    page = desk(Role.HANDLER, remit="cyberspace").get(f"/console/clues/{number}/due")
    assert "受理期限：5 个工作日，从 2026 年 11 月 23 日的次日算起" in page.words
    assert "2026-11-28 至 2026-11-29 周末" in page.words
    desk(Role.HANDLER, "321111", "cyberspace").get(f"/console/clues/{number}/due", 404)


@on_sqlite_alone
def test_a_date_set_while_the_clock_waited_is_told_too(app, database, tools, desk):
    file_clue(Client(app), make.STORY, ["320000", "321100", "321112"], accused_level="township")
    with transaction(database) as session:
        clue = session.scalars(select(Clue)).one()
        handler, lead = (make.viewer(session, tools, role, "321112", "cyberspace") for role in (Role.HANDLER, Role.LEAD))
        make.act(session, clue, Action.ASSIGN, make.viewer(session, tools, Role.CLERK, "321112"), tools, category="checkins")
        make.act(session, clue, Action.SIGN, handler, tools)
        make.act(session, clue, Action.ASK, handler, tools, text="哪个群？", pause=True)
        make.act(session, clue, Action.EXTEND, lead, tools, text="要等外地回函", days=10)
        number = clue.number
    page = desk(Role.HANDLER, remit="cyberspace").get(f"/console/clues/{number}/due")
    assert "延期：10 天，从 2027 年 1 月 22 日的次日算起" in page.words


def test_the_promised_date_is_the_one_that_holds(app, database, tools, clock):
    """As the clue stands: from the day it was accepted, with its extension, without a date that has passed."""
    client = Client(app)
    code = code_on(file_clue(client, make.STORY, ["320000", "321100", "321112"], accused_level="township"))
    handler, lead, clerk = people = [None] * 3

    def step(action, who, **words):
        with transaction(database) as session:
            make.act(session, session.scalars(select(Clue)).one(), action, who, tools, **words)
            return session.scalars(select(Clue)).one().due_on

    def told() -> str:
        client.send(client.get("/query"), code=code)
        return client.get("/clue").words

    with transaction(database) as session:
        people = [make.viewer(session, tools, role, "321112", "cyberspace") for role in (Role.HANDLER, Role.LEAD)]
        handler, lead = people
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
    assert "2026 年 11 月 30 日前工作人员核对" in told() and "2027 年 1 月 29 日前核查" in told()
    clock.now += timedelta(days=3)
    step(Action.ASSIGN, clerk, category="checkins")
    due = step(Action.SIGN, handler)
    assert f"{due.year} 年 {due.month} 月 {due.day} 日前核查" in told()
    assert "已受理2026-11-26" in told().replace("已受理 ", "已受理") and "核对后受理" not in told()
    longer = step(Action.EXTEND, lead, text="案情复杂", days=20)
    assert longer > due
    assert f"{longer.year} 年 {longer.month} 月 {longer.day} 日前核查" in told()
    step(Action.CONCLUDE, handler, verdict="partly", measures="已停", answer="已经停了。")
    step(Action.APPROVE, lead)
    assert "已答复" in told() and "日前核查" not in told()


def test_a_clue_that_is_not_taken_up_is_promised_no_answer(app, database, tools):
    client = Client(app)
    code = code_on(file_clue(client, make.STORY, ["320000", "321100", "321112"], accused_level="township"))
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        make.act(session, session.scalars(select(Clue)).one(), Action.REJECT, clerk, tools, reason="public_service", text="请找物业。")
    client.send(client.get("/query"), code=code)
    page = client.get("/clue")
    assert "前核查" not in page.words
    assert "不予受理的理由" in page.words and page.links("/clues/new"), "and is told where to turn"


@on_sqlite_alone
def test_who_joined_a_clue_that_was_not_taken_up_reads_so_and_is_promised_no_answer(app, database, tools):
    client = Client(app)
    code = code_on(file_clue(client, make.STORY, ["320000", "321100", "321112"], accused_level="township"))
    with transaction(database) as session:
        mine, lead_clue = session.scalars(select(Clue)).one(), make.clue(session, tools)
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        make.act(session, mine, Action.ASK, clerk, tools, text="是哪个群？")
        make.act(session, mine, Action.MERGE, clerk, tools, into=lead_clue.number)
        make.act(session, lead_clue, Action.REJECT, clerk, tools, reason="public_service", text="请打 12345。")
    page = client.send(client.get("/query"), code=code)
    assert "不属于这里受理的范围" in page.h1
    assert "请打 12345。" in page.words
    assert "前核查" not in page.words and "有问题想问您" not in page.words


def test_who_joined_another_s_clue_sees_when_that_was_answered(app, database, tools, clock):
    client = Client(app)
    code = code_on(file_clue(client, make.STORY, ["320000", "321100", "321112"], accused_level="township"))
    with transaction(database) as session:
        mine, lead_clue = session.scalars(select(Clue)).one(), make.clue(session, tools)
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        handler, lead = (make.viewer(session, tools, role, "321112", "cyberspace") for role in (Role.HANDLER, Role.LEAD))
        make.act(session, mine, Action.MERGE, clerk, tools, into=lead_clue.number)
        make.act(session, lead_clue, Action.ASSIGN, clerk, tools, category="checkins")
        make.act(session, lead_clue, Action.SIGN, handler, tools)
        due = lead_clue.due_on
    client.send(client.get("/query"), code=code)
    assert f"{due.year} 年 {due.month} 月 {due.day} 日前核查" in client.get("/clue").words
    clock.now += timedelta(days=1)
    with transaction(database) as session:
        lead_clue = session.get_one(Clue, lead_clue.id)
        make.act(session, lead_clue, Action.CONCLUDE, handler, tools, verdict="partly", measures="已停", answer="已经停了。")
        make.act(session, lead_clue, Action.APPROVE, lead, tools)
    client.send(client.get("/query"), code=code)  # the code holds for a while only
    page = client.get("/clue")
    assert "已答复2026-11-24 12:00" in page.words.replace("已答复 ", "已答复")
    assert "日前核查" not in page.words


@pytest.fixture
def two(app, database, tools) -> tuple[Client, str, str]:
    """A reporter with the page of a first clue before him, and the codes of this one and of a second."""
    client = Client(app)
    codes = [code_on(file_clue(client, text, ["320000", "321100", "321112"])) for text in (make.STORY, "乡里要求天天填表，一式三份。")]
    client.send(client.get("/query"), code=codes[0])
    return client, *codes


def said(database) -> list[tuple[int, str]]:
    with reading(database) as session:
        return [(one.clue_id, one.text) for one in session.scalars(select(Message).order_by(Message.id))]


def test_words_go_to_the_clue_they_were_written_under_or_come_back(two, database):
    client, first, second = two
    page = client.get("/clue")
    assert make.STORY in page.words, "he sees what he wrote"
    client.send(client.get("/query"), code=second)
    back = client.send(page, 422, button="send", text="还要拍照", files=(io.BytesIO(corpus.jpeg()), "a.jpg"))
    assert "您在别处打开了另一条线索" in back.words and said(database) == []
    with reading(database) as session:
        assert session.scalars(select(Attachment)).all() == []
    back = client.send(back, 422, code="22222" * 4)
    page = client.send(back, code=first)
    client.send(page, button="send")
    assert said(database) == [(1, "还要拍照")]


def test_words_outlast_the_session_they_were_written_in(two, database):
    client, first, _ = two
    page = client.get("/clue")
    client.raw.delete_cookie("songbang")
    back = client.send(page, 422, button="send", text="还要拍照")
    assert back.tree.xpath("string(//textarea)").strip() == "还要拍照"
    back = client.send(back, code=first)
    assert "还没有发送，请再点一次" in back.words
    assert "还没有发送" not in client.send(back, button="send").words
    assert said(database) == [(1, "还要拍照")]
    action, fields = client.get("/clue").form(button="send")
    refused = client.post(action, fields | {"csrf_token": "x", "text": "再说一句"}, 422)
    assert "请再点一次" in refused.words and refused.tree.xpath("string(//textarea)").strip() == "再说一句"


def test_what_could_tell_who_wrote_is_pointed_out_once_before_it_is_sent(two, database):
    client, _, _ = two
    asked = client.send(client.get("/clue"), button="send", text="打我电话13812345678")
    assert "遮住电话号码“13812345678”" in asked.words and "还没有发送" in asked.words and said(database) == []
    client.send(asked, button="send", blur=asked.tree.xpath("//input[@name='blur']/@value"))
    asked = client.send(client.get("/clue"), button="send", text="就打13812345678")
    client.send(asked, button="send")
    assert [text for _, text in said(database)] == ["打我电话" + "×" * 11, "就打13812345678"]


def test_the_reason_for_a_new_handling_is_looked_through_too(answered, database):
    client, _ = answered
    asked = client.send(client.get("/clue"), at=1, reason="没解决，找我13812345678")
    assert "遮住电话号码“13812345678”" in asked.words
    client.send(asked, at=1, button="send")
    assert said(database)[-1][1] == "没解决，找我13812345678"


def test_what_is_wrong_is_said_at_the_top_with_the_way_to_it(two):
    client, _, _ = two
    page = client.send(client.get("/clue"), 422, button="send", text=" ")
    assert page.tree.xpath("//h1/following-sibling::*[1][@role='alert']//a/@href") == ["#text"]
    assert page.tree.xpath("//button[@value='attach']/@formaction") == ["/clue#files"]


def test_of_a_clue_that_came_back_the_reporter_reads_the_dates_that_hold_now(app, database, tools, clock):
    with transaction(database) as session:
        clue = make.clue(session, tools, key="k" * 32)
        clerk, handler = make.viewer(session, tools, Role.CLERK, "321112"), make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        clock.now += timedelta(days=7)
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
        clock.now += timedelta(days=7)
        make.act(session, clue, Action.RETURN, handler, tools, text="不归我们")
        code, due, answer = clues.code_of(tools, "k" * 32), clue.due_on, terms.promised(clue, tools)
    assert due > tools.today() and answer > due + timedelta(days=59)
    client = Client(app)
    client.send(client.get("/query"), code=code)
    words = client.get("/clue").words
    assert f"{labels.long_date(due)}前工作人员核对" in words and f"{labels.long_date(answer)}前核查" in words


def test_a_clue_that_came_while_the_calendar_was_missing_gets_its_date_once_it_is_there(desk, database, tools, clock):
    clock.now = datetime(2026, 12, 29, 4, 0, tzinfo=UTC)
    with transaction(database) as session:
        number = make.clue(session, tools).number
    clerk = desk(Role.CLERK)
    assert "工作日历还没有公布" in clerk.get(f"/console/clues/{number}").words
    words = clerk.get(f"/console/clues/{number}/due").words
    assert "那时工作日历还没有公布" in words and "计时停止" not in words
    assert jobs.set_due(database, tools) == 0
    tools.calendar = WorkCalendar({"published": [2027]})
    assert [jobs.set_due(database, tools) for _ in range(2)] == [1, 0]
    with reading(database) as session:
        due = session.scalars(select(Clue.due_on)).one()
    assert due == date(2027, 1, 5)
    words = clerk.get(f"/console/clues/{number}/due").words
    assert f"到期日 {labels.long_date(due)}" in words and "从 2026 年 12 月 29 日的次日算起" in words
