"""Several clues, one handling: every reporter is answered, whoever handles reads all, and a merge can be undone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from intake import labels
from intake.db import transaction
from intake.errors import Forbidden, InvalidAction, InvalidInput, OfficeRecused, ThreadOver, TooLate
from intake.models import MessageKind, OfficerRecusal, Rating, Recusal
from intake.rules.workflow import Action, Role, State
from intake.services import audit, clues, merging, proof, reporter, undoing
from tests import factories as make
from tests.services.test_handling import CONCLUSION


@pytest.fixture
def three(database, tools):
    """A session, three clues of which the last is merged into the second and this into the first, and the officers."""
    with transaction(database) as session:
        people = {
            role: make.viewer(session, tools, role, "321112", "task_force" if role is Role.CLERK else "cyberspace")
            for role in (Role.CLERK, Role.HANDLER, Role.LEAD)
        }
        first, second, third = (make.clue(session, tools) for _ in range(3))
        make.act(session, third, Action.MERGE, people[Role.CLERK], tools, into=second.number)
        make.act(session, second, Action.MERGE, people[Role.CLERK], tools, into=first.number)
        yield session, [first, second, third], people


def close(session, clue, people, tools) -> None:
    make.act(session, clue, Action.ASSIGN, people[Role.CLERK], tools, category="checkins")
    make.act(session, clue, Action.SIGN, people[Role.HANDLER], tools)
    make.act(session, clue, Action.CONCLUDE, people[Role.HANDLER], tools, **CONCLUSION)
    make.act(session, clue, Action.APPROVE, people[Role.LEAD], tools)


def kinds(session, clue) -> list[MessageKind]:
    return [message.kind for message in clues.thread(session, clue)]


def test_the_answer_reaches_every_thread_and_who_is_merged_later_has_it_at_once(three, tools):
    session, merged, people = three
    close(session, merged[0], people, tools)
    assert [kinds(session, clue) for clue in merged] == [[MessageKind.ANSWER]] * 3
    late = make.clue(session, tools)
    make.act(session, late, Action.MERGE, people[Role.CLERK], tools, into=merged[0].number)
    assert [message.text for message in clues.thread(session, late)] == [CONCLUSION["answer"]]


def test_who_joined_rates_the_answer_and_asks_once_for_all_that_it_is_handled_anew(three, tools):
    session, merged, people = three
    first, second, third = merged
    with pytest.raises(InvalidAction):
        reporter.rate(session, third, Rating.SOLVED, tools=tools)
    close(session, first, people, tools)
    reporter.rate(session, third, Rating.UNSOLVED, tools=tools)
    assert (first.rating, third.rating) == (None, Rating.UNSOLVED)
    with pytest.raises(ThreadOver):
        reporter.add_words(session, third, "还有一件事", tools=tools)
    assert reporter.reopen_until(third, first, tools) == date(2026, 12, 23)
    for _ in range(2):  # a button is pressed twice
        reporter.reopen(session, third, "我们村的群还在", tools=tools)
    assert (first.state, third.state, third.reopened_at) == (State.HANDLING, State.MERGED, None)
    assert [m.text for m in clues.thread(session, third)] == [CONCLUSION["answer"], "我们村的群还在"]
    for told in (first, second):
        assert [m.text for m in clues.thread(session, told)] == [CONCLUSION["answer"], labels.TAKEN_UP[State.CLOSED]]
    read = {clue.id: [m.text for m in said] for clue, said in merging.joined(session, first, people[Role.HANDLER])}
    assert read[third.id] == ["我们村的群还在"]
    reporter.add_words(session, third, "补充一张照片的说明", tools=tools)
    make.act(session, first, Action.CONCLUDE, people[Role.HANDLER], tools, **CONCLUSION)
    make.act(session, first, Action.APPROVE, people[Role.LEAD], tools)
    for again in merged:
        with pytest.raises(TooLate):
            reporter.reopen(session, again, "还是没有解决", tools=tools)
    assert list(proof.check(session, tools=tools)) == []
    assert list(audit.verify(session)) == []


def test_who_joins_an_answered_clue_has_his_own_time_to_ask(three, tools, clock):
    session, merged, people = three
    close(session, merged[0], people, tools)
    clock.now += timedelta(days=29)
    late = make.clue(session, tools)
    make.act(session, late, Action.MERGE, people[Role.CLERK], tools, into=merged[0].number)
    clock.now += timedelta(days=10)
    assert reporter.reopen_until(merged[0], merged[0], tools) is None
    reporter.reopen(session, late, "我这里没有解决", tools=tools)
    assert merged[0].state is State.HANDLING


@pytest.mark.parametrize(
    ("action", "words", "told"),
    [
        (Action.REJECT, {"reason": "public_service", "text": "请打 12345"}, "请打 12345"),
        (Action.TRANSFER, {"text": "涉嫌收受回扣"}, labels.MOVED_ON),
    ],
)
def test_how_it_ended_elsewhere_reaches_every_thread_and_so_does_its_withdrawal(three, tools, action, words, told):
    session, merged, people = three
    make.act(session, merged[0], action, people[Role.CLERK], tools, **words)
    session.flush()
    assert [[(m.kind, m.text) for m in clues.thread(session, clue)] for clue in merged] == [[(MessageKind.REFERRAL, told)]] * 3
    assert {merging.shown_state(clue, merged[0]) for clue in merged} == {merged[0].state}
    if action is Action.REJECT:
        undoing.undo(session, merged[0], told={Action.REJECT: "撤回"}, officer=people[Role.CLERK], tools=tools)
        session.flush()
        assert [clues.thread(session, clue)[-1].text for clue in merged] == ["撤回"] * 3
        assert merging.shown_state(merged[2], merged[0]) is State.MERGED


def test_whoever_handles_reads_what_the_merged_told_and_added_unless_recused_from_it(three, tools):
    session, (first, second, third), people = three
    handler = people[Role.HANDLER]
    make.act(session, first, Action.ASSIGN, people[Role.CLERK], tools, category="checkins")
    reporter.add_words(session, third, "昨天又点名了", tools=tools)
    session.flush()
    seen = merging.joined(session, first, handler)
    assert [(clue.id, [m.text for m in said]) for clue, said in seen] == [(second.id, []), (third.id, ["昨天又点名了"])]
    assert kinds(session, first) == [], "threads stay apart"
    session.add(OfficerRecusal(clue_id=third.id, officer_id=handler.id))
    session.flush()
    assert [clue.id for clue, _ in merging.joined(session, first, handler)] == [second.id]


def test_no_office_handles_what_it_must_not_know_of(three, tools):
    session, (first, _, third), people = three
    office = make.office(session, "321112", "cyberspace")
    session.add(Recusal(clue_id=third.id, office_id=office.id))
    session.flush()
    with pytest.raises(OfficeRecused):
        make.act(session, first, Action.ASSIGN, people[Role.CLERK], tools, category="checkins")
    other, again = make.clue(session, tools), make.clue(session, tools)
    make.act(session, other, Action.ASSIGN, people[Role.CLERK], tools, category="checkins")
    session.add(Recusal(clue_id=again.id, office_id=office.id))
    session.flush()
    session.refresh(other)
    with pytest.raises(InvalidInput, match="target_recused"):
        make.act(session, again, Action.MERGE, people[Role.CLERK], tools, into=other.number)


def test_a_clue_taken_out_again_waits_for_a_decision_and_keeps_what_was_merged_into_it(three, tools):
    session, (first, second, third), people = three
    with pytest.raises(Forbidden):
        make.act(session, second, Action.UNMERGE, people[Role.HANDLER], tools, text="不是一回事")
    make.act(session, second, Action.UNMERGE, people[Role.CLERK], tools, text="不是一回事")
    session.flush()
    assert (second.state, second.merged_into_id, second.closed_at) == (State.RECEIVED, None, None)
    assert second.due_on is not None
    assert [clue.id for clue in merging.together(session, second)] == [third.id]
    assert merging.together(session, first) == []
    close(session, second, people, tools)
    assert [kinds(session, clue) for clue in (first, second, third)] == [[], [MessageKind.ANSWER], [MessageKind.ANSWER]]


def test_a_short_number_means_the_clue_of_this_winter_whenever_the_other_was_filed(database, tools, clock):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clock.now = datetime(2026, 1, 5, 4, tzinfo=UTC)
        make.clue(session, tools)
        clock.now = datetime(2026, 12, 31, 18, tzinfo=UTC)  # 2027 in China, 2026 by UTC
        target = make.clue(session, tools)
        clock.now = datetime(2026, 12, 30, 4, tzinfo=UTC)
        clue = make.clue(session, tools)
        clock.now = datetime(2027, 1, 4, 4, tzinfo=UTC)
        assert (target.number, clue.number) == ("2027-01-0001", "2026-12-0001")
        make.act(session, clue, Action.MERGE, clerk, tools, into=" 01-0001 ")
        assert clue.merged_into_id == target.id
