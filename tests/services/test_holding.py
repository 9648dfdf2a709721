"""Clues that are kept out of the queue: taken in whole, seen by those who may, let go in one action."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from intake.db import reading, transaction
from intake.models import AuditEntry, Clue, Hold, Outgoing, TextMark
from intake.rules.workflow import Role, State
from intake.services import holding, lists, triage
from intake.services.lists import Filter
from tests import factories as make

QUEUE = Filter((State.RECEIVED,), to_do=True)


def arrive(session, tools, text: str, suspicion: Hold | None = None) -> TextMark:
    noted = holding.take_in(session, make.submission(text=text), suspicion, tools=tools)
    triage.triage(session, noted.clue_id, tools=tools)
    return noted


def test_the_same_text_is_held_together_after_a_few_and_let_go_in_one_action(database, tools):
    tools.settings.values["SAME_TEXTS"] = 2
    spellings = [
        make.STORY,
        make.STORY.replace("，", ","),
        f" {make.STORY}！",
        make.STORY,
        "别的事：一周开了六个会，件件都要陪会",
    ]
    with transaction(database) as session:
        held = [arrive(session, tools, text).hold for text in spellings]
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        assert held == [None, None, Hold.SAME, Hold.SAME, None]
        assert lists.count(session, clerk, QUEUE) == 3
        assert lists.count(session, clerk, Filter((State.RECEIVED,))) == 5
        [group] = holding.groups(session, clerk)
        assert (group.why, group.total, group.first.text) == (Hold.SAME, 2, spellings[2])
        stranger = make.viewer(session, tools, Role.CLERK, "430700")
        assert holding.groups(session, stranger) == []
        assert holding.release(session, Hold.SAME, group.mark, officer=stranger, tools=tools) == 0
        assert holding.release(session, Hold.SAME, group.mark, officer=clerk, tools=tools) == 2
        assert lists.count(session, clerk, QUEUE) == 5
        entries = session.execute(
            select(AuditEntry.action, AuditEntry.officer_id).where(AuditEntry.action != "triaged")
        )
        assert [row for row in entries if row[0] in ("held", "released")] == [
            ("held", None), ("held", None), ("released", clerk.id), ("released", clerk.id),
        ]  # fmt: skip


def test_a_clue_is_noted_once_however_often_its_form_is_sent(database, tools):
    with transaction(database) as session:
        sent = make.submission()
        first = holding.take_in(session, sent, None, tools=tools)
        again = holding.take_in(session, sent, Hold.MANY, tools=tools)
        assert (again.clue_id, again.hold) == (first.clue_id, None)


def test_a_form_sent_again_is_known_also_where_its_text_was_marked_otherwise(database, tools):
    """As after a release that reads texts in another normal form."""
    with transaction(database) as session:
        sent = make.submission()
        first = holding.take_in(session, sent, Hold.ROBOT, tools=tools)
        first.mark = "0" * 64
        again = holding.take_in(session, sent, None, tools=tools)
        assert (again.clue_id, again.hold) == (first.clue_id, Hold.ROBOT)
        assert session.scalar(select(func.count()).select_from(TextMark)) == 1


def test_what_came_too_fast_is_let_go_after_a_day_and_the_rest_waits_for_a_clerk(database, tools, clock):
    with transaction(database) as session:
        marks = {why: arrive(session, tools, f"{why.value}：{make.STORY}", why).clue_id for why in Hold}
    clock.now += timedelta(hours=holding.HOURS - 1)
    with transaction(database) as session:
        assert holding.release_waited(session, tools=tools) == 0
    clock.now += timedelta(hours=1)
    with transaction(database) as session:
        assert holding.release_waited(session, tools=tools) == 2
    with reading(database) as session:
        still = set(session.scalars(select(TextMark.clue_id).where(TextMark.hold.is_not(None))))
    assert still == {marks[Hold.SAME], marks[Hold.ROBOT]}


def test_old_marks_are_forgotten_and_those_of_held_clues_kept(database, tools, clock):
    with transaction(database) as session:
        arrive(session, tools, make.STORY)
        arrive(session, tools, f"机器：{make.STORY}", Hold.ROBOT)
    clock.now += timedelta(days=holding.MARK_DAYS, seconds=1)
    with transaction(database) as session:
        holding.release_waited(session, tools=tools)
        assert list(session.scalars(select(TextMark.hold))) == [Hold.ROBOT]


def test_offices_hear_of_a_held_clue_when_it_is_let_go(database, tools):
    tools.settings.values.update(SMTP_HOST="127.0.0.1", SMTP_FROM="a@example.cn")
    with transaction(database) as session:
        clerk = make.officer(session, tools, Role.CLERK, "321112")
        clerk.email = "clerk@example.cn"
        who = make.viewer(session, tools, Role.CLERK, "321112")
        told = select(func.count()).select_from(Outgoing).where(Outgoing.officer_id == clerk.id)
        arrive(session, tools, make.STORY, Hold.MANY)
        assert session.scalar(told) == 0
        holding.release(session, Hold.MANY, "", officer=who, tools=tools)
        assert session.scalar(told) == 1
        assert session.scalars(select(Clue.state)).one() is State.RECEIVED
