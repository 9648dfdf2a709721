"""Once a day: offices are reminded of what is due soon, and what is overdue is told to the supervisor.

A reminder is a row, made once for each date that comes near or passes; the queue page counts what still holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from intake.errors import CalendarUnpublished
from intake.models import Clue, Event, Reminder, ReminderKind
from intake.rules.deadlines import Term, due_on, last_within
from intake.rules.workflow import RUNS
from intake.services import audit, lists, notify
from intake.services.clues import Viewer
from intake.services.lists import Filter
from intake.tools import Tools

#: Clues of a kind in one transaction: other writers wait no longer than for these.
BATCH = 200


def remind(session: Session, *, tools: Tools) -> int:
    """Make reminders that are missing, up to BATCH of each kind; returns how many, 0 once the day's work is done."""
    made = list(_missing(session, tools))
    for reminder in made:
        session.add(reminder)
        clue = session.get_one(Clue, reminder.clue_id)
        soon_or_late = Event.DUE_SOON if reminder.kind is ReminderKind.DUE_SOON else Event.OVERDUE
        notify.tell(session, soon_or_late, clue, tools=tools)
        if reminder.kind is not ReminderKind.DUE_SOON:
            audit.step(session, "escalated", clue, clue.state, at=tools.now(), why=reminder.kind.value)
    session.flush()
    return len(made)


def counts(session: Session, viewer: Viewer, tools: Tools) -> dict[str, int]:
    """How many clues that wait for `viewer` are due soon, late and (for a supervisor) late without supervision or supervised
    without an answer in time; by the queue's filter, which leaves out what is
    held."""
    states = lists.work_states(viewer.role)
    wanted = {"soon": Filter(states, until=soon(tools)), "late": Filter(states, due=late(tools))}
    if viewer.role == "supervisor":
        wanted |= {kind: Filter(states, waiting=kind) for kind in ("escalated", "unanswered")}
    found = {name: lists.count(session, viewer, replace(narrowed, to_do=True)) for name, narrowed in wanted.items()}
    return {name: number for name, number in found.items() if number}


def soon(tools: Tools) -> lists.Until:
    """The dates on which the light is yellow: from today to the last of them, for each term in its own unit."""
    last = {
        state: last_within(tools.today(), tools.warnings.yellow, tools.terms[term].unit, tools.calendar)
        for state, term in RUNS.items()
    }
    return lists.Until(tools.today(), last)


def late(tools: Tools) -> tuple[date, date]:
    """The first and the last of all dates that have passed."""
    return date.min, tools.today() - timedelta(days=1)


def _missing(session: Session, tools: Tools) -> Iterator[Reminder]:
    for kind, window in (
        (ReminderKind.OVERDUE, Clue.due_on.between(*late(tools))), (ReminderKind.DUE_SOON, soon(tools).holds(Clue.due_on))
    ):  # fmt: skip
        for clue in _unreminded(session, kind, window, Reminder.due_on == Clue.due_on):
            assert clue.due_on is not None
            yield Reminder(clue_id=clue.id, kind=kind, due_on=clue.due_on, made_at=tools.now())
    asked = Clue.supervised_at < _answers_late_if_asked_before(tools)
    for clue in _unreminded(session, ReminderKind.UNANSWERED, asked, Reminder.made_at > Clue.supervised_at):
        yield Reminder(clue_id=clue.id, kind=ReminderKind.UNANSWERED, due_on=tools.today(), made_at=tools.now())


def _unreminded(
    session: Session, kind: ReminderKind, window: ColumnElement[bool], same: ColumnElement[bool]
) -> Iterator[Clue]:
    """Clues in `window` of which no reminder of that kind was made that is about the `same` thing."""
    known = exists().where(Reminder.clue_id == Clue.id, Reminder.kind == kind, same)
    return iter(session.scalars(select(Clue).where(window, ~known).order_by(Clue.id).limit(BATCH)).all())


def _answers_late_if_asked_before(tools: Tools) -> datetime:
    """The moment such that a supervision from before it should have been answered by yesterday."""
    day = tools.today()
    while not _answer_was_due(day, tools):
        day -= timedelta(days=1)
    return tools.midnight(day + timedelta(days=1))


def _answer_was_due(asked: date, tools: Tools) -> bool:
    """Whether a supervision of that day is late; not while its last day cannot be told."""
    try:
        return due_on(asked, tools.terms[Term.SUPERVISION], tools.calendar) < tools.today()
    except CalendarUnpublished:
        return False
