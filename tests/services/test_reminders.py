"""Offices are reminded once of what comes near, supervisors told once of what is late; and what still holds is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from intake import jobs
from intake.db import reading, transaction
from intake.models import Clue, Reminder
from intake.rules.workflow import Action, Role
from intake.services import audit, lists, proof, reminders, terms
from intake.services.lists import Filter
from tests import factories as make

ESCALATED, UNANSWERED = Filter(waiting="escalated"), Filter(waiting="unanswered")


@pytest.fixture
def people(database, tools, clock):
    """It is June. Officers of 丹徒, and a clue that its 网信办 has signed for."""
    clock.now = datetime(2026, 6, 1, 4, 0, tzinfo=UTC)
    with transaction(database) as session:
        people = {
            "clerk": make.viewer(session, tools, Role.CLERK, "321112"),
            "supervisor": make.viewer(session, tools, Role.SUPERVISOR, "321112"),
            "handler": make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace"),
            "elsewhere": make.viewer(session, tools, Role.SUPERVISOR, "320400"),
        }
        clue = make.clue(session, tools)
        make.act(session, clue, Action.ASSIGN, people["clerk"], tools, category="checkins")
        make.act(session, clue, Action.SIGN, people["handler"], tools)
    return people


def due(database) -> Clue:
    with reading(database) as session:
        return session.scalars(select(Clue)).one()


def kinds(database) -> list[str]:
    with reading(database) as session:
        return [r.kind.value for r in session.scalars(select(Reminder).order_by(Reminder.made_at, Reminder.kind))]


def test_every_date_is_reminded_of_once_when_it_comes_near_and_once_when_it_has_passed(database, tools, clock, people):
    day = due(database).due_on
    for left, made in ((2, 0), (1, 1), (1, 0), (0, 0), (-1, 1), (-1, 0), (-20, 0)):
        clock.now = clock.now + (day - timedelta(days=left) - tools.today())
        assert jobs.remind(database, tools) == made, left
    assert kinds(database) == ["due_soon", "overdue"]
    with transaction(database) as session:
        lead = make.viewer(session, tools, Role.LEAD, "321112", "cyberspace")
        make.act(session, session.scalars(select(Clue)).one(), Action.EXTEND, lead, tools, text="取证未完", days=30)
    clock.now = clock.now + (due(database).due_on - tools.today())
    assert jobs.remind(database, tools) == 1, "a new date is reminded of anew"


def test_a_late_clue_is_told_to_its_supervisor_until_he_presses(database, tools, clock, people):
    clock.now = clock.now + (due(database).due_on + timedelta(days=1) - tools.today())
    with reading(database) as session:
        assert lists.count(session, people["supervisor"], ESCALATED) == 0, "nobody has been told yet"
    jobs.remind(database, tools)
    with transaction(database) as session:
        assert reminders.counts(session, people["supervisor"], tools) == {"late": 1, "escalated": 1}
        assert reminders.counts(session, people["handler"], tools) == {"late": 1}
        assert reminders.counts(session, people["elsewhere"], tools) == {}
        clue = lists.listing(session, people["supervisor"], ESCALATED).rows[0]
        assert [e.keys["why"] for e in audit.of_clue(session, clue.id) if e.action == "escalated"] == ["overdue"]
        assert list(proof.check(session, tools=tools)) == []
        clock.now += timedelta(hours=1)
        make.act(session, clue, Action.SUPERVISE, people["supervisor"], tools, text="请三日内办结")
        assert reminders.counts(session, people["supervisor"], tools) == {"late": 1}


def test_a_supervision_that_nobody_answers_comes_back_to_the_supervisor(database, tools, clock, people):
    with transaction(database) as session:
        clue = session.scalars(select(Clue)).one()
        make.act(session, clue, Action.SUPERVISE, people["supervisor"], tools, text="请说明进展")
        last = terms.report_back_by(clue, tools)
    clock.now = clock.now + (last - tools.today())
    assert jobs.remind(database, tools) == 0
    clock.now += timedelta(days=1)
    assert jobs.remind(database, tools) == 1
    assert jobs.remind(database, tools) == 0
    with transaction(database) as session:
        assert reminders.counts(session, people["supervisor"], tools) == {"unanswered": 1}
        assert lists.count(session, people["supervisor"], ESCALATED) == 0
        make.act(
            session,
            session.scalars(select(Clue)).one(),
            Action.REPORT_BACK,
            people["handler"],
            tools,
            text="已核实一半",
        )
        assert lists.count(session, people["supervisor"], UNANSWERED) == 0
    assert kinds(database) == ["unanswered"]


def test_a_big_backlog_is_reminded_of_in_batches(database, tools, clock, people, monkeypatch):
    monkeypatch.setattr(reminders, "BATCH", 2)
    with transaction(database) as session:
        for _ in range(4):
            make.clue(session, tools)
    clock.now += timedelta(days=90)
    assert jobs.remind(database, tools) == 5
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Reminder)) == 5
