"""The life of a clue, step by step, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from intake import labels
from intake.db import reading, transaction
from intake.errors import (
    Forbidden,
    InvalidAction,
    InvalidInput,
    NotFound,
    OfficeRecused,
    SameOfficer,
    StaleClue,
    TooLate,
)
from intake.models import Clue, CoHandler, Message, MessageKind, Officer, Recusal
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role, State, Verdict
from intake.services import audit, clues, handling, lists, recusing, reporter, staffing, undoing
from intake.services.lists import Filter
from tests import factories as make

CONCLUSION = {
    "verdict": "substantiated",
    "measures": "取消签到要求，解散打卡群",
    "answer": "您反映的问题属实，签到已经取消。",
    "educated": 2,
}


@pytest.fixture
def stage(database, tools):
    """A session with a triaged clue of 丹徒区 and the officers around it."""
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        lead = make.viewer(session, tools, Role.LEAD, "321112", "cyberspace")
        clue = make.clue(session, tools)
        yield session, clue, clerk, handler, lead


def test_a_clue_goes_from_the_clerk_to_its_answer(stage, tools):
    session, clue, clerk, handler, lead = stage
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    assert clue.office.name == "丹徒区委网信办"
    assert (clue.state, clue.due_on) == (State.ASSIGNED, date(2026, 11, 30))
    make.act(session, clue, Action.SIGN, handler, tools)
    assert clue.due_on == date(2027, 1, 22)
    make.act(session, clue, Action.ASK, handler, tools, text="是哪一个应用？")
    assert clue.asked_at
    reporter.add_words(session, clue, "就是那个平安应用", tools=tools)
    assert clue.asked_at is None
    make.act(session, clue, Action.CONCLUDE, handler, tools, **CONCLUSION)
    assert clue.verdict is Verdict.SUBSTANTIATED
    make.act(session, clue, Action.APPROVE, lead, tools)
    assert (clue.state, clue.due_on, clue.closed_at) == (State.CLOSED, None, tools.now())
    kinds = [m.kind for m in clues.thread(session, clue)]
    assert kinds == [MessageKind.QUESTION, MessageKind.REPORTER, MessageKind.ANSWER]
    assert [e.action for e in audit.of_clue(session, clue.id)] == [
        "filed", "triaged", "assign", "sign", "ask", "reporter_wrote", "conclude", "approve",
    ]  # fmt: skip
    assert list(audit.verify(session)) == []


def test_the_one_who_concluded_does_not_approve(stage, tools):
    session, clue, clerk, _, lead = stage
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    make.act(session, clue, Action.SIGN, lead, tools)
    make.act(session, clue, Action.CONCLUDE, lead, tools, **CONCLUSION)
    with pytest.raises(SameOfficer):
        make.act(session, clue, Action.APPROVE, lead, tools)


def test_a_return_needs_a_reason_and_comes_in_time(stage, tools, clock):
    session, clue, clerk, handler, _ = stage
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    with pytest.raises(InvalidInput):
        make.act(session, clue, Action.RETURN, handler, tools, text=" ")
    clock.now += timedelta(days=8)
    with pytest.raises(TooLate):
        make.act(session, clue, Action.RETURN, handler, tools, text="不是我们的职责")
    clock.now -= timedelta(days=3)
    make.act(session, clue, Action.RETURN, handler, tools, text="不是我们的职责")
    assert (clue.state, clue.office_id) == (State.RECEIVED, None)
    assert clue.due_on == date(2026, 12, 4)


def test_a_page_that_is_out_of_date_changes_nothing(stage, tools):
    session, clue, clerk, *_ = stage
    version = clue.version
    make.act(session, clue, Action.NOTE, clerk, tools, text="先看一下")
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    with pytest.raises(StaleClue):
        handling.act(session, clue, Action.ASSIGN, {"category": "likes"}, officer=clerk, tools=tools, version=version)


def test_out_of_scope_is_rejected_with_a_referral_never_assigned(stage, tools):
    session, clue, clerk, *_ = stage
    with pytest.raises(InvalidInput):
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="out_of_scope")
    make.act(session, clue, Action.REJECT, clerk, tools, reason="consumer", text="请拨打 12315")
    assert (clue.state, clue.reason, clue.category) == (State.REJECTED, "consumer", "out_of_scope")
    assert clues.thread(session, clue)[-1].kind is MessageKind.REFERRAL


def test_an_extension_is_given_once(stage, tools):
    session, clue, clerk, handler, lead = stage
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    make.act(session, clue, Action.SIGN, handler, tools)
    before = clue.due_on
    with pytest.raises(Forbidden):
        make.act(session, clue, Action.EXTEND, handler, tools, text="要等外地回函")
    make.act(session, clue, Action.EXTEND, lead, tools, text="要等外地回函")
    assert timedelta(days=30) <= clue.due_on - before <= timedelta(days=33)
    with pytest.raises(InvalidAction):
        make.act(session, clue, Action.EXTEND, lead, tools, text="再延")


def test_a_clue_that_is_reopened_may_be_extended_again(stage, tools):
    session, clue, clerk, handler, lead = stage
    supervisor = make.viewer(session, tools, Role.SUPERVISOR, "321100")
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    make.act(session, clue, Action.SIGN, handler, tools)
    for reopen in (lambda: reporter.reopen(session, clue, "没解决", tools=tools), lambda: make.act(session, clue, Action.REOPEN, supervisor, tools, text="再查")):
        make.act(session, clue, Action.EXTEND, lead, tools, text="要等外地回函", days=10)
        make.act(session, clue, Action.ASK, handler, tools, text="是哪个群？")
        make.act(session, clue, Action.CONCLUDE, handler, tools, **CONCLUSION)
        make.act(session, clue, Action.APPROVE, lead, tools)
        assert clue.asked_at is None, "nobody waits for an answer any more"
        reopen()
        assert Action.EXTEND in handling.possible(clue, lead)


def test_merged_clues_get_the_answer_of_the_one_they_joined(stage, tools):
    session, clue, clerk, handler, lead = stage
    other = make.clue(session, tools, text="我们社区也是，不签到就点名，一个月扣两次钱")
    make.act(session, other, Action.MERGE, clerk, tools, into=clue.number)
    assert (other.state, other.merged_into_id) == (State.MERGED, clue.id)
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    make.act(session, clue, Action.SIGN, handler, tools)
    make.act(session, clue, Action.CONCLUDE, handler, tools, **CONCLUSION)
    make.act(session, clue, Action.APPROVE, lead, tools)
    assert [m.text for m in clues.thread(session, other)] == [CONCLUSION["answer"]]


def test_a_clue_is_not_merged_into_itself_or_into_nothing(stage, tools):
    session, clue, clerk, *_ = stage
    with pytest.raises(InvalidInput):
        make.act(session, clue, Action.MERGE, clerk, tools, into=clue.number)
    with pytest.raises(InvalidInput, match="no_such_clue"):
        make.act(session, clue, Action.MERGE, clerk, tools, into="2026-11-9999")


def test_a_transferred_clue_is_seen_by_the_discipline_office_alone(stage, tools):
    session, clue, clerk, *_ = stage
    discipline = make.viewer(session, tools, Role.HANDLER, "321112", "discipline")
    make.act(session, clue, Action.TRANSFER, clerk, tools, text="涉嫌收受回扣")
    assert clue.state is State.TRANSFERRED
    assert clues.visible(session, discipline, clue.number) is clue
    with pytest.raises(NotFound):
        clues.visible(session, clerk, clue.number)


def test_a_transferred_clue_waits_for_the_discipline_office_until_it_signs(stage, tools):
    session, clue, clerk, handler, _ = stage
    discipline = make.viewer(session, tools, Role.HANDLER, "321112", "discipline")
    queue = Filter(lists.work_states(Role.HANDLER), to_do=True)
    assert lists.count(session, discipline, queue) == 0
    make.act(session, clue, Action.TRANSFER, clerk, tools, text="涉嫌收受回扣")
    assert [c.id for c in lists.listing(session, discipline, queue).rows] == [clue.id]
    assert lists.count(session, handler, queue) == 0
    make.act(session, clue, Action.SIGN, discipline, tools)
    assert (clue.state, clue.taken_over_at, clue.due_on) == (State.TRANSFERRED, tools.now(), None)
    assert (lists.count(session, discipline, queue), lists.count(session, discipline, Filter())) == (0, 1)
    for again in (Action.SIGN, Action.RETURN):
        with pytest.raises(InvalidAction):
            make.act(session, clue, again, discipline, tools, text="不归我们管")
    undoing.undo(session, clue, told={}, officer=discipline, tools=tools)
    assert (lists.count(session, discipline, queue), clue.taken_over_at) == (1, None)


def test_a_discipline_office_sends_a_clue_back_and_is_passed_by_the_next_time(stage, tools):
    session, clue, clerk, *_ = stage
    discipline = make.viewer(session, tools, Role.HANDLER, "321112", "discipline")
    make.act(session, clue, Action.TRANSFER, clerk, tools, text="涉嫌收受回扣")
    make.act(session, clue, Action.RETURN, discipline, tools, text="没有违纪的内容")
    assert (clue.state, clue.office_id, clue.closed_at, clue.due_on) == (State.RECEIVED, None, None, date(2026, 11, 30))
    assert [m.text for m in clues.thread(session, clue)] == [labels.MOVED_ON, labels.TAKEN_UP[State.TRANSFERRED]]
    assert clues.visible(session, clerk, clue.number) is clue
    make.act(session, clue, Action.TRANSFER, clerk, tools, text="还是涉嫌收受回扣")
    assert clue.office.name == "镇江市纪委监委"


def test_a_transfer_prefers_the_discipline_office_where_somebody_signs_in(stage, tools):
    session, clue, clerk, *_ = stage
    make.viewer(session, tools, Role.HANDLER, "321100", "discipline")
    make.office(session, "321112", "discipline")
    make.act(session, clue, Action.TRANSFER, clerk, tools, text="涉嫌收受回扣")
    assert clue.office.name == "镇江市纪委监委"


def test_the_last_of_an_intake_office_to_step_back_hands_the_clue_up(stage, tools):
    session, clue, clerk, *_ = stage
    supervisor = make.viewer(session, tools, Role.SUPERVISOR, "321112")
    make.act(session, clue, Action.RECUSE, clerk, tools, whom="me", text="妻子在该街道工作")
    assert clue.intake_office_id == clerk.office_id
    make.act(session, clue, Action.RECUSE, supervisor, tools, whom="me", text="弟弟在该街道工作")
    assert (clue.intake_office.name, clue.state) == (make.office(session, "321100", "task_force").name, State.RECEIVED)
    assert clues.visible(session, make.viewer(session, tools, Role.CLERK, "321100"), clue.number) is clue


def test_the_last_of_a_handling_office_to_step_back_takes_the_office_with_them(stage, tools):
    session, clue, clerk, handler, lead = stage
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    make.act(session, clue, Action.SIGN, handler, tools)
    make.act(session, clue, Action.RECUSE, handler, tools, whom="me", text="与被反映人是亲属")
    assert clue.state is State.HANDLING
    make.act(session, clue, Action.RECUSE, lead, tools, whom="me", text="与被反映人是亲属")
    assert (clue.state, clue.office_id) == (State.RECEIVED, None)
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    assert clue.office.name == "镇江市委网信办"
    assert [e.action for e in audit.of_clue(session, clue.id)][-3:] == ["recuse", "recuse_office", "assign"]


def test_who_stands_in_for_the_lead_is_one_who_is_left(stage, tools):
    session, clue, clerk, handler, lead = stage
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    make.act(session, clue, Action.SIGN, lead, tools)
    make.act(session, clue, Action.CONCLUDE, handler, tools, **CONCLUSION)
    colleague = make.officer(session, tools, Role.HANDLER, "321112", "cyberspace")
    make.act(session, clue, Action.RECUSE, lead, tools, whom="me", text="与被反映人是亲属")
    assert recusing.nobody_left(session, clue, tools.today())
    away = session.get_one(Officer, lead.id)
    staffing.delegate(session, away, str(colleague.id), tools.today(), tools.today(), by=lead.id, tools=tools)
    assert not recusing.nobody_left(session, clue, tools.today())


@pytest.mark.parametrize(
    ("accused", "level", "goes_to"),
    [
        ("丹徒区纪委监委", AccusedLevel.COUNTY_DEPT, "镇江市纪委监委"),
        ("镇江市纪委", AccusedLevel.CITY_DEPT, "江苏省纪委监委"),
        ("江苏省纪委监委", AccusedLevel.PROVINCE_DEPT, None),
    ],
)
def test_a_transfer_passes_the_accused_discipline_office_by_and_is_refused_where_nobody_is_left(
    database, tools, accused, level, goes_to
):
    """The one of the province is opened by the transfer itself, long after triage."""
    with transaction(database) as session:
        clue = make.clue(session, tools, accused_name=accused, accused_level=level)
        clerk = make.viewer(session, tools, Role.CLERK, clue.intake_region)
        if goes_to is None:
            with pytest.raises(InvalidInput, match="no_discipline_left"):
                make.act(session, clue, Action.TRANSFER, clerk, tools, text="涉嫌收受红包")
        else:
            make.act(session, clue, Action.TRANSFER, clerk, tools, text="涉嫌收受红包")
            assert clue.office.name == goes_to


def test_a_closed_office_gets_no_clue_by_rule_none_as_co_handler_and_none_by_transfer(stage, tools):
    session, clue, clerk, *_ = stage
    for remit in ("cyberspace", "gov_office", "discipline"):
        make.office(session, "321112", remit).active = False
    with pytest.raises(InvalidInput, match="office_closed"):
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    other = make.office(session, "321112", "organization")
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins", office=str(other.id))
    assert clue.office is other
    documents, money = make.clue(session, tools), make.clue(session, tools)
    make.act(session, documents, Action.ASSIGN, clerk, tools, category="documents")
    assert session.scalar(select(CoHandler).where(CoHandler.clue_id == documents.id)) is None
    make.act(session, money, Action.TRANSFER, clerk, tools, text="涉嫌收受回扣")
    assert money.office.name == "镇江市纪委监委"


def test_an_office_opened_after_triage_is_recused_like_one_that_was_there(database, tools):
    with transaction(database) as session:
        clue = make.clue(session, tools, accused_name="江苏省委网信办", accused_level=AccusedLevel.PROVINCE_DEPT)
        clerk = make.viewer(session, tools, Role.CLERK, clue.intake_region)
        accused = make.office(session, "320000", "cyberspace")
        with pytest.raises(OfficeRecused):
            make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins", office=str(accused.id))
        about_task_force = make.clue(
            session, tools, region_code="330106", accused_name="区减负办", accused_level=AccusedLevel.COUNTY_DEPT
        )
        about_task_force.intake_region = "330106"  # as where the installation reaches there
        late = make.viewer(session, tools, Role.CLERK, "330106")
        assert session.get(Recusal, (about_task_force.id, late.office_id))
        with pytest.raises(NotFound):
            clues.visible(session, late, about_task_force.number)


def test_the_accused_office_is_never_chosen_even_by_hand(database, tools):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321100")
        accused = make.office(session, "321112", "data_services")
        clue = make.clue(session, tools, accused_name="区数据局", accused_level=AccusedLevel.COUNTY_DEPT)
        with pytest.raises(OfficeRecused):
            make.act(session, clue, Action.ASSIGN, clerk, tools, category="ledgers", office=str(accused.id))
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="ledgers")
        assert clue.office.name == "镇江市数据局"


def test_co_handlers_read_and_note_but_take_no_step(stage, tools):
    session, clue, clerk, *_ = stage
    helper = make.viewer(session, tools, Role.HANDLER, "321112", "gov_office")
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="documents")
    assert session.scalar(select(CoHandler.office_id).where(CoHandler.clue_id == clue.id)) == helper.office_id
    make.act(session, clue, Action.NOTE, helper, tools, text="我们配合")
    with pytest.raises(Forbidden):
        make.act(session, clue, Action.SIGN, helper, tools)


def test_supervision_and_reopening_keep_the_clue_alive(stage, tools):
    session, clue, clerk, handler, lead = stage
    supervisor = make.viewer(session, tools, Role.SUPERVISOR, "321100")
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    make.act(session, clue, Action.SUPERVISE, supervisor, tools, text="请说明进展")
    make.act(session, clue, Action.SIGN, handler, tools)
    make.act(session, clue, Action.CONCLUDE, handler, tools, **CONCLUSION)
    make.act(session, clue, Action.SEND_BACK, lead, tools, text="措施不具体")
    make.act(session, clue, Action.CONCLUDE, handler, tools, **CONCLUSION)
    make.act(session, clue, Action.APPROVE, lead, tools)
    make.act(session, clue, Action.REOPEN, supervisor, tools, text="又开始签到了")
    assert (clue.state, clue.closed_at) == (State.HANDLING, None)
    assert clue.due_on


def test_a_clerk_of_another_city_sees_nothing(stage, tools):
    session, clue, *_ = stage
    stranger = make.viewer(session, tools, Role.CLERK, "430700")
    with pytest.raises(NotFound):
        clues.visible(session, stranger, clue.number)
    assert lists.count(session, stranger, Filter()) == 0


def test_an_action_the_state_does_not_have_is_refused(stage, tools):
    session, clue, _, handler, _ = stage
    with pytest.raises(InvalidAction):
        make.act(session, clue, Action.SIGN, handler, tools)


@pytest.mark.parametrize(
    "broken",
    [
        "state = 'assigned'", "state = 'closed', closed_at = created_at", "state = 'rejected', closed_at = created_at",
        "closed_at = created_at", "state = 'nowhere'", "accused_level = 'moon'", "merged_into_id = id",
    ],
)  # fmt: skip
def test_the_database_itself_refuses_a_state_without_its_columns(database, tools, broken):
    with transaction(database) as session:
        make.clue(session, tools)
    with pytest.raises(IntegrityError), transaction(database) as session:
        session.execute(text(f"UPDATE clue SET {broken}"))


def test_nothing_changes_when_a_step_fails_halfway(database, tools):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        number = make.clue(session, tools).number
    with pytest.raises(InvalidInput), transaction(database) as session:
        found = clues.visible(session, clerk, number)
        session.add(Message(clue_id=found.id, at=tools.now(), kind=MessageKind.QUESTION, text="残留"))
        make.act(session, found, Action.REJECT, clerk, tools, reason="consumer", text="")
    with reading(database) as session:
        found = session.scalar(select(Clue).where(Clue.number == number))
        assert found.state is State.RECEIVED
        assert not clues.thread(session, found)


def test_a_note_is_kept_whatever_has_become_of_the_clue(stage, tools):
    session, clue, clerk, *_ = stage
    rejected, moved, merged = (make.clue(session, tools, key=key) for key in ("n1", "n2", "n3"))
    make.act(session, rejected, Action.REJECT, clerk, tools, reason="consumer", text="请拨打 12315")
    make.act(session, moved, Action.TRANSFER, clerk, tools, text="涉嫌收受回扣")
    make.act(session, merged, Action.MERGE, clerk, tools, into=clue.number)
    for one in (clue, rejected, moved, merged):
        state, over = one.state, one.closed_at
        make.act(session, one, Action.NOTE, clerk, tools, text="电话里又说了一次")
        assert (one.state, one.closed_at) == (state, over)


@pytest.mark.parametrize("ended", ["rejected", "closed"])
def test_who_was_turned_away_or_answered_reads_that_his_clue_is_taken_up_again(stage, tools, ended):
    session, clue, clerk, handler, lead = stage
    supervisor = make.viewer(session, tools, Role.SUPERVISOR, "321112")
    if ended == "rejected":
        make.act(session, clue, Action.REJECT, clerk, tools, reason="consumer", text="请拨打 12315")
    else:
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
        make.act(session, clue, Action.SIGN, handler, tools)
        make.act(session, clue, Action.CONCLUDE, handler, tools, **CONCLUSION)
        make.act(session, clue, Action.APPROVE, lead, tools)
    make.act(session, clue, Action.REOPEN, supervisor, tools, text="应当受理")
    said = session.scalars(select(Message).where(Message.clue_id == clue.id).order_by(Message.id.desc())).first()
    assert "重新" in said.text and said.kind is MessageKind.REFERRAL
