"""What can happen on a clue's way: returned, extended on request, paused, supervised, reopened by the reporter; and its dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from intake import jobs
from intake.db import transaction
from intake.errors import Forbidden, InvalidAction, InvalidInput, TooLate
from intake.models import Clue, Office, Rating
from intake.rules.deadlines import Length, Unit, due_on
from intake.rules.workflow import Action, Role, State
from intake.services import audit, clues, due, handling, lists, pausing, proof, reporter, reports, terms
from intake.services.lists import Filter
from intake.services.reports import Counted, monthly
from intake.tools import WorkCalendar
from tests import factories as make

CONCLUSION = {"verdict": "substantiated", "measures": "取消签到", "answer": "签到已经取消。"}


@pytest.fixture
def stage(database, tools):
    """A session with a clue that 丹徒区委网信办 handles, and the officers around it."""
    with transaction(database) as session:
        people = {
            "clerk": make.viewer(session, tools, Role.CLERK, "321112"),
            "supervisor": make.viewer(session, tools, Role.SUPERVISOR, "321112"),
            "handler": make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace"),
            "lead": make.viewer(session, tools, Role.LEAD, "321112", "cyberspace"),
        }
        clue = make.clue(session, tools)

        def act(who: str, action: Action, **words: object) -> None:
            make.act(session, clue, action, people[who], tools, **words)

        act("clerk", Action.ASSIGN, category="checkins")
        yield session, clue, act, people


def test_an_office_that_returned_a_clue_gets_it_again_only_if_a_person_insists(stage, tools):
    session, clue, act, _ = stage
    office = clue.office_id
    act("handler", Action.RETURN, text="应由组织部门办理")
    assert [o.id for o in clues.returned_by(session, clue)] == [office]
    for chosen in ("", str(office)):
        with pytest.raises(InvalidInput, match="returned_before") as refused:
            act("clerk", Action.ASSIGN, category="checkins", office=chosen)
        assert refused.value.field == "office"
    act("clerk", Action.ASSIGN, category="checkins", office=str(make.office(session, "321112", "organization").id))
    act("clerk", Action.NOTE, text="已与两家商定")
    people = make.viewer(session, tools, Role.HANDLER, "321112", "organization")
    make.act(session, clue, Action.RETURN, people, tools, text="还是网信的事")
    act("clerk", Action.ASSIGN, category="checkins", again=True)
    assert clue.office_id == office


def test_more_time_is_asked_for_by_the_handler_and_given_or_refused_by_the_lead(stage, tools):
    session, clue, act, people = stage
    act("handler", Action.SIGN)
    with pytest.raises(InvalidAction):
        act("lead", Action.DECLINE_EXTENSION, text="没有人申请")
    act("handler", Action.ASK_EXTENSION, days=10, text="要等外地回函")
    assert lists.count(session, people["lead"], Filter(waiting="extension")) == 1
    with pytest.raises(InvalidAction):
        act("handler", Action.ASK_EXTENSION, days=5, text="再申请")
    act("lead", Action.DECLINE_EXTENSION, text="先办起来")
    assert (clue.extension_asked, clue.extended) == (None, False)
    act("handler", Action.ASK_EXTENSION, days=10, text="还是要等")
    before = clue.due_on
    act("lead", Action.EXTEND, days=7, text="给七天")
    assert clue.due_on == due_on(before, Length(7, Unit.DAYS, ""), tools.calendar)
    assert (clue.extension_asked, clue.extended) == (None, True)
    assert Action.EXTEND not in handling.possible(clue, people["lead"])


def test_the_clock_waits_for_the_reporter_and_keeps_what_was_left(stage, tools, clock):
    session, clue, act, _people = stage
    act("handler", Action.SIGN)
    before = clue.due_on
    act("handler", Action.ASK, text="是哪一天的会？", pause=True)
    assert (clue.due_on, clue.paused_left) == (None, (before - tools.today()).days)
    clock.now += timedelta(days=9)
    reporter.add_words(session, clue, "上周三", tools=tools)
    assert clue.due_on == due_on(before + timedelta(days=8), Length(1, Unit.DAYS, ""), tools.calendar)
    assert (clue.paused_on, clue.paused_left, clue.asked_at) == (None, None, None)
    act("handler", Action.ASK, text="还有一问", pause=True)
    clock.now += timedelta(days=2)
    act("handler", Action.CONCLUDE, **CONCLUSION)
    assert clue.paused_on is None
    assert clue.due_on > before


def test_a_pause_ends_by_itself_after_its_term_and_the_log_says_so(database, tools, clock):
    with transaction(database) as session:
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        clue = make.clue(session, tools)
        make.act(
            session, clue, Action.ASSIGN, make.viewer(session, tools, Role.CLERK, "321112"), tools, category="checkins"
        )
        make.act(session, clue, Action.SIGN, handler, tools)
        make.act(session, clue, Action.ASK, handler, tools, text="是哪一天？", pause=True)
        ends, left, clue_id = pausing.pause_ends(clue, tools), clue.paused_left, clue.id
    assert ends == date(2026, 12, 14)
    clock.now += timedelta(days=21)
    assert jobs.resume_overlong(database, tools) == 0
    clock.now += timedelta(days=1)
    assert jobs.resume_overlong(database, tools) == 1
    with transaction(database) as session:
        found = session.get_one(Clue, clue_id)
        assert found.due_on >= ends + timedelta(days=left)
        assert "resumed" in [entry.action for entry in audit.of_clue(session, clue_id)]
        assert list(proof.check(session, tools=tools)) == []


def test_what_is_overdue_cannot_be_paused(stage, clock):
    _, _clue, act, _ = stage
    act("handler", Action.SIGN)
    clock.now += timedelta(days=70)
    with pytest.raises(TooLate):
        act("handler", Action.ASK, text="是哪一天？", pause=True)


def test_a_supervision_has_to_be_answered(stage, tools):
    session, clue, act, people = stage
    with pytest.raises(InvalidAction):
        act("handler", Action.REPORT_BACK, text="没有督办")
    act("supervisor", Action.SUPERVISE, text="请三日内签收")
    assert terms.report_back_by(clue, tools) == date(2026, 11, 30)
    assert lists.count(session, people["handler"], Filter(waiting="supervised")) == 1
    with pytest.raises(Forbidden):
        act("clerk", Action.REPORT_BACK, text="我来答")
    act("handler", Action.REPORT_BACK, text="今天签收")
    assert clue.supervised_at is None
    assert [note.text for note in clues.notes(session, clue)] == ["请三日内签收", "今天签收"]


@pytest.fixture
def closed(stage):
    """The same clue, answered."""
    session, clue, act, people = stage
    act("handler", Action.SIGN)
    act("handler", Action.CONCLUDE, **CONCLUSION)
    act("lead", Action.APPROVE)
    return session, clue, act, people


def test_the_reporter_asks_once_and_in_time_for_a_new_handling(closed, tools, clock):
    session, clue, act, people = closed
    assert reporter.reopen_until(clue, clue, tools) == date(2026, 12, 23)
    with pytest.raises(InvalidInput):
        reporter.reopen(session, clue, "  ", tools=tools)
    clock.now += timedelta(days=3)
    reporter.reopen(session, clue, "群还在，只是换了名字", tools=tools)
    assert (clue.state, clue.closed_at) == (State.HANDLING, None)
    assert clue.due_on >= tools.today() + timedelta(days=60)
    assert lists.count(session, people["supervisor"], Filter(waiting="reopened")) == 1
    act("handler", Action.CONCLUDE, **CONCLUSION)
    act("lead", Action.APPROVE)
    with pytest.raises(TooLate):
        reporter.reopen(session, clue, "再来一次", tools=tools)
    assert list(proof.check(session, tools=tools)) == []


def test_thirty_days_after_the_end_it_is_too_late(closed, tools, clock):
    session, clue, _, _ = closed
    clock.now += timedelta(days=31)
    with pytest.raises(TooLate):
        reporter.reopen(session, clue, "来晚了", tools=tools)


def test_an_answer_is_rated_once(closed, tools):
    session, clue, _, _ = closed
    reporter.rate(session, clue, Rating.PARTLY, tools=tools)
    with pytest.raises(InvalidAction):
        reporter.rate(session, clue, Rating.SOLVED, tools=tools)
    assert clue.rating is Rating.PARTLY


@pytest.mark.parametrize(
    "change",
    [
        "paused_on = '2026-11-23'",
        "paused_left = 3",
        "extension_asked = 31",
        "extension_asked = 5",
        "rating = 'wonderful'",
    ],
)
def test_the_database_ties_the_new_columns_to_the_state(stage, change):
    session, clue, _, _ = stage
    session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(text(f"UPDATE clue SET {change} WHERE id = {clue.id}"))


def test_an_extension_is_explained_by_the_days_granted_and_the_day_they_run_from_also_after_a_pause(stage, tools, clock):
    session, clue, act, _ = stage
    act("handler", Action.SIGN)
    act("handler", Action.ASK, text="是哪一天的会？", pause=True)
    clock.now += timedelta(days=3)
    runs_again = due_on(tools.today(), Length(clue.paused_left, Unit.DAYS, ""), tools.calendar)
    act("handler", Action.ASK_EXTENSION, days=10, text="要等外地回函")
    act("lead", Action.EXTEND, text="同意")
    step = due.explain(session, clue, tools=tools)[-1]
    assert (step.start, step.length.count, step.due_on) == (runs_again, 10, clue.due_on)
    assert due_on(step.start, step.length, tools.calendar) == step.due_on


def test_a_clue_that_waits_for_a_decision_again_is_explained_from_the_day_it_came_back(database, tools, clock):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue, other = make.clue(session, tools), make.clue(session, tools)
        make.act(session, clue, Action.MERGE, clerk, tools, into=other.number)
        clock.now += timedelta(days=10)
        make.act(session, clue, Action.UNMERGE, clerk, tools, text="不是一回事")
        steps = due.explain(session, clue, tools=tools)
        assert (steps[0].start, steps[-1].start) == (tools.local(clue.created_at).date(), tools.today())


def test_every_date_is_explained_with_the_days_it_passed_over(stage, tools, clock):
    session, clue, act, _ = stage
    act("handler", Action.SIGN)
    act("handler", Action.ASK, text="是哪一天？", pause=True)
    clock.now += timedelta(days=9)
    reporter.add_words(session, clue, "上周三", tools=tools)
    act("lead", Action.EXTEND, text="等回函")
    steps = due.explain(session, clue, tools=tools)
    assert [step.action for step in steps] == ["triaged", "assign", "sign", "ask", "resumed", "extend"]
    assert [step.due_on for step in steps] == [
        date(2026, 11, 30), date(2026, 11, 30), date(2027, 1, 22), None, date(2027, 1, 31), clue.due_on
    ]  # fmt: skip
    assert steps[0].days_off == ((date(2026, 11, 28), date(2026, 11, 29), ""),)
    assert steps[3].length is None
    assert (steps[5].start, steps[5].length.count) == (steps[4].due_on, 30)


def test_holidays_are_named(tools):
    assert tools.calendar.day_off(date(2026, 10, 1)) == "国庆节"
    assert tools.calendar.day_off(date(2026, 11, 28)) == ""
    assert tools.calendar.day_off(date(2026, 10, 10)) is None  # a Saturday that is worked


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dates(date(2024, 1, 1), date(2026, 9, 30)), st.integers(1, 60), st.integers(0, 21))
def test_a_pause_never_shortens_a_term_and_never_ends_it_on_a_day_off(start, count, waited):
    calendar = WorkCalendar()
    before = due_on(start, Length(count, Unit.DAYS, ""), calendar)
    left = (before - start).days
    after = due_on(start + timedelta(days=waited), Length(left, Unit.DAYS, ""), calendar)
    assert after >= before
    assert calendar.is_workday(after)


@pytest.mark.parametrize(("course", "within"), [("plain", 1), ("reopened", 1), ("paused", 1), ("extended by a day", 0)])
def test_what_was_in_time_is_judged_by_the_day_that_was_due(database, tools, clock, course, within):
    """With pauses, a short extension and a reopening; the list behind the number says the same."""
    clock.now = datetime(2026, 6, 1, 4, tzinfo=UTC)
    with transaction(database) as session:
        clue = make.clue(session, tools)
        make.act(session, clue, Action.ASSIGN, make.viewer(session, tools, Role.CLERK, "321112"), tools, category="checkins")
        handler, lead = (make.viewer(session, tools, role, "321112", "cyberspace") for role in (Role.HANDLER, Role.LEAD))
        supervisor = make.viewer(session, tools, Role.SUPERVISOR, "321112")

        def answer():
            make.act(session, clue, Action.CONCLUDE, handler, tools, verdict="partly", measures="已停", answer="已经停了。")
            make.act(session, clue, Action.APPROVE, lead, tools)

        make.act(session, clue, Action.SIGN, handler, tools)
        if course == "paused":
            clock.now += timedelta(days=20)
            make.act(session, clue, Action.ASK, handler, tools, text="哪个群？", pause=True)
            clock.now += timedelta(days=15)
            reporter.add_words(session, clue, "工作群", tools=tools)
            clock.now = datetime(2026, 8, 5, 4, tzinfo=UTC)
        elif course == "reopened":
            clock.now += timedelta(days=30)
            answer()
            clock.now += timedelta(days=2)
            reporter.reopen(session, clue, "没有解决", tools=tools)
            clock.now = datetime(2026, 8, 20, 4, tzinfo=UTC)
        elif course == "extended by a day":
            make.act(session, clue, Action.EXTEND, lead, tools, text="案情复杂", days=1)
            clock.now = datetime(2026, 8, 20, 4, tzinfo=UTC)
        due = clue.due_on
        answer()
        month = tools.local(clock.now).date().replace(day=1)
        assert (tools.local(clock.now).date() <= due) == bool(within), "the example is one"
        session.flush()
        table = monthly(session, supervisor, month, tools=tools).table("times")
        assert (table.at("close", "within"), table.at("close", "late")) == (within, 1 - within)
        for column, n in (("close_within", within), ("close_late", 1 - within)):
            behind = reports.behind(session, Counted(column, month), tools)
            assert lists.count(session, supervisor, Filter(counted=behind)) == n


def test_an_office_that_takes_over_owes_nothing_of_the_one_before(stage, tools, database):
    """Its own term, with its own extension; what the office before was pressed for stays with that one."""
    session, clue, act, _ = stage
    act("handler", Action.SIGN)
    act("lead", Action.EXTEND, text="案情复杂", days=10)
    act("supervisor", Action.SUPERVISE, text="请抓紧")
    act("lead", Action.RECUSE_OFFICE, text="当事人就在本单位")
    assert (clue.state, clue.extended, clue.supervised_at) == (State.RECEIVED, False, None)
    higher = make.viewer(session, tools, Role.SUPERVISOR, "321100")
    make.act(session, clue, Action.ASSIGN, higher, tools, category="checkins")
    where = session.get_one(Office, clue.office_id)
    handler = make.viewer(session, tools, Role.HANDLER, where.region_code, where.remit)
    make.act(session, clue, Action.SIGN, handler, tools)
    offered = handling.possible(clue, handler)
    assert Action.ASK_EXTENSION in offered and Action.REPORT_BACK not in offered


def test_a_clue_that_is_returned_takes_no_pressing_with_it(stage):
    _, clue, act, _ = stage
    act("supervisor", Action.SUPERVISE, text="请抓紧")
    act("handler", Action.RETURN, text="应由组织部门办理")
    assert clue.supervised_at is None
