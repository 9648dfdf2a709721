"""A step just taken is taken back, and leaves nothing but its trace in the audit log."""

from __future__ import annotations

from datetime import timedelta

import pytest

from intake.db import transaction
from intake.errors import NotFound, StaleClue, TooLate
from intake.models import CoHandler, Reversible
from intake.rules.workflow import REVERSIBLE, Action, Role, State
from intake.services import audit, clues, due, handling, proof, undoing
from tests import factories as make

CONCLUSION = {"verdict": "partly", "measures": "合并台账", "answer": "台账已经合并。", "educated": 1}
TOLD = "前面发错了"


@pytest.fixture
def stage(database, tools):
    """A session with a clue of 丹徒区, its clerk, and the handler, lead and supervisor beside it."""
    with transaction(database) as session:
        roles = {role: make.viewer(session, tools, role, "321112", "cyberspace") for role in (Role.HANDLER, Role.LEAD)}
        roles |= {role: make.viewer(session, tools, role, "321112") for role in (Role.CLERK, Role.SUPERVISOR)}
        yield session, make.clue(session, tools), roles


def back(session, clue, who, tools):
    return undoing.undo(session, clue, told=dict.fromkeys((Action.REJECT, Action.EXTEND), TOLD), officer=who, tools=tools)


#: How each step is reached and taken: the steps before it, then itself.
WAYS = {
    Action.ASSIGN: [(Action.ASSIGN, Role.CLERK, {"category": "checkins"})],
    Action.REJECT: [(Action.REJECT, Role.CLERK, {"reason": "other", "text": "请找物业"})],
}
WAYS[Action.SIGN] = [*WAYS[Action.ASSIGN], (Action.SIGN, Role.HANDLER, {})]
WAYS[Action.SUPERVISE] = [*WAYS[Action.SIGN], (Action.SUPERVISE, Role.SUPERVISOR, {"text": "请抓紧"})]
WAYS[Action.REPORT_BACK] = [*WAYS[Action.SUPERVISE], (Action.REPORT_BACK, Role.HANDLER, {"text": "正在核实"})]
WAYS[Action.ASK_EXTENSION] = [
    *WAYS[Action.SIGN],
    (Action.ASK_EXTENSION, Role.HANDLER, {"text": "要现场核实", "days": 5}),
]
WAYS[Action.EXTEND] = [*WAYS[Action.ASK_EXTENSION], (Action.EXTEND, Role.LEAD, {"text": "同意"})]
WAYS[Action.DECLINE_EXTENSION] = [*WAYS[Action.ASK_EXTENSION], (Action.DECLINE_EXTENSION, Role.LEAD, {"text": "不必"})]
WAYS[Action.CONCLUDE] = [*WAYS[Action.SIGN], (Action.CONCLUDE, Role.HANDLER, CONCLUSION)]
WAYS[Action.SEND_BACK] = [*WAYS[Action.CONCLUDE], (Action.SEND_BACK, Role.LEAD, {"text": "请写明日期"})]


def test_a_co_handling_office_that_was_recused_since_does_not_come_back(stage, tools):
    session, clue, roles = stage
    organization = make.viewer(session, tools, Role.HANDLER, "321112", "organization")
    make.act(session, clue, Action.ASSIGN, roles[Role.CLERK], tools, category="responsibility")
    session.flush()
    [beside] = clues.co_handlers(session, clue)
    make.act(session, clue, Action.SIGN, organization, tools)
    session.flush()
    make.act(session, clue, Action.RECUSE, roles[Role.CLERK], tools, text="有利害关系", whom=f"office-{beside.id}")
    session.flush()
    back(session, clue, organization, tools)
    session.flush()
    assert clues.co_handlers(session, clue) == []


def test_every_step_that_may_be_taken_back_is_tried_below():
    assert set(WAYS) == REVERSIBLE


@pytest.mark.parametrize("action", sorted(WAYS))
def test_a_clue_stands_as_before(stage, tools, clock, action):
    session, clue, roles = stage
    *before, (last, role, words) = WAYS[action]
    for step, by, given in before:
        make.act(session, clue, step, roles[by], tools, **given)
        clock.now += timedelta(days=1)
    stood, offered = undoing.picture(session, clue), handling.possible(clue, roles[role])
    make.act(session, clue, last, roles[role], tools, **words)
    session.flush()
    assert undoing.picture(session, clue) != stood
    assert undoing.offered(session, clue, roles[role], tools).action is action
    assert back(session, clue, roles[role], tools) is action
    session.flush()
    session.expire(clue)
    assert undoing.picture(session, clue) == stood
    assert handling.possible(clue, roles[role]) == offered
    assert undoing.offered(session, clue, roles[role], tools) is None
    assert audit.of_clue(session, clue.id)[-1].keys["undone"] == action.value
    assert list(audit.verify(session)) == [] and list(proof.check(session, tools=tools)) == []
    assert due.explain(session, clue, tools=tools)[-1].due_on == clue.due_on


def test_an_office_that_was_given_a_clue_knows_of_it_no_more(stage, tools):
    session, clue, roles = stage
    make.act(session, clue, Action.ASSIGN, roles[Role.CLERK], tools, category="checkins")
    session.add(CoHandler(clue_id=clue.id, office_id=make.office(session, "321112", "organization").id))
    back(session, clue, roles[Role.CLERK], tools)
    with pytest.raises(NotFound):
        clues.visible(session, roles[Role.HANDLER], clue.number)
    assert clues.co_handlers(session, clue) == []


def test_the_reporter_is_told_that_a_rejection_is_withdrawn(stage, tools):
    session, clue, roles = stage
    make.act(session, clue, Action.REJECT, roles[Role.CLERK], tools, reason="other", text="请找物业")
    back(session, clue, roles[Role.CLERK], tools)
    assert [message.text for message in clues.thread(session, clue)] == ["请找物业", TOLD]
    assert clue.state is State.RECEIVED and clue.due_on and clue.closed_at is None


def test_the_reporter_is_told_why_it_takes_longer_and_that_it_does_not_after_all(stage, tools):
    session, clue, roles = stage
    merged = make.clue(session, tools, text="居委会也要天天签到，还要晒排名。")
    make.act(session, merged, Action.MERGE, roles[Role.CLERK], tools, into=clue.number)
    for step, role, words in WAYS[Action.SIGN]:
        make.act(session, clue, step, roles[role], tools, **words)
    make.act(session, clue, Action.EXTEND, roles[Role.LEAD], tools, text="要到县里核对台账", days=20)
    session.flush()
    back(session, clue, roles[Role.LEAD], tools)
    for one in (clue, merged):
        assert [message.text for message in clues.thread(session, one)] == ["办理期限延长了 20 天，理由：要到县里核对台账", TOLD]


def test_nobody_else_and_nothing_later_takes_a_step_back(stage, tools, clock):
    session, clue, roles = stage
    clerk = roles[Role.CLERK]
    make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    with pytest.raises(StaleClue):
        back(session, clue, roles[Role.SUPERVISOR], tools)
    make.act(session, clue, Action.SIGN, roles[Role.HANDLER], tools)
    with pytest.raises(StaleClue):
        back(session, clue, clerk, tools)
    clock.now += timedelta(minutes=31)
    assert undoing.offered(session, clue, roles[Role.HANDLER], tools) is None
    with pytest.raises(TooLate):
        back(session, clue, roles[Role.HANDLER], tools)
    undoing.forget(session, tools=tools)
    assert session.get(Reversible, clue.id) is None


def test_a_note_by_another_does_not_stand_in_the_way(stage, tools, clock):
    session, clue, roles = stage
    make.act(session, clue, Action.ASSIGN, roles[Role.CLERK], tools, category="checkins")
    make.act(session, clue, Action.NOTE, roles[Role.HANDLER], tools, text="先记一笔")
    clock.now += timedelta(minutes=29)
    assert back(session, clue, roles[Role.CLERK], tools) is Action.ASSIGN
