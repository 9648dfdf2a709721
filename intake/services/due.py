"""How a due date came about, step by step, from the audit log: what began, from which day, how long, what was skipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from intake.errors import CalendarUnpublished
from intake.models import AuditEntry, Clue
from intake.rules.deadlines import Length, Term, Unit, due_on
from intake.rules.workflow import STEPS, Action, Clock, State
from intake.services import audit
from intake.services.terms import handling_length
from intake.tools import Tools

#: What sets the date that counts from the filing.
_FILED = ("triaged", "dated")


@dataclass(frozen=True)
class Reckoning:
    """One setting of a due date: the audit action behind it, the term and the day it runs from where a term began,
    the days off that were passed over, and the date that came out (None where the clock stopped, and with a term where the
    calendar was not published).

    `days_off` are (first day, last day, name of the holiday or "" for a weekend); given only where the term counted
    again gives the recorded date, else None.
    """

    at: datetime
    action: str
    term: Term | None
    start: date | None
    length: Length | None
    days_off: tuple[tuple[date, date, str], ...] | None
    due_on: date | None


def explain(session: Session, clue: Clue, *, tools: Tools) -> tuple[Reckoning, ...]:
    """Every setting of the clue's due date, oldest first."""
    return tuple(_reckonings(clue, audit.of_clue(session, clue.id), tools))


def _reckonings(clue: Clue, trail: Sequence[AuditEntry], tools: Tools) -> Iterator[Reckoning]:
    before: date | None = None
    accepted: date | None = None
    for entry in trail:
        if "to" not in entry.keys and entry.action != "triaged":
            continue
        day, due = tools.local(entry.at).date(), _date(entry.keys.get("due_on"))
        accepted = day if entry.action in (Action.ASSIGN, Action.REOPEN, "reporter_reopened") else accepted
        term = _term(entry)
        if due != before or term:
            yield _reckoning(clue, entry, term, _start(clue, entry, term, accepted or day, before, tools), due, tools)
        before = due


def _reckoning(
    clue: Clue, entry: AuditEntry, term: Term | None, start: date | None, due: date | None, tools: Tools
) -> Reckoning:
    length = _length(clue, entry, term, tools)
    off = None
    with suppress(CalendarUnpublished):  # the recorded date stands; what was skipped cannot be told
        if start and length and due and due_on(start, length, tools.calendar) == due:
            off = tuple(_days_off(start, due, length, tools))
    return Reckoning(entry.at, entry.action, term, start, length, off, due)


def _term(entry: AuditEntry) -> Term | None:
    """The term that an entry began."""
    if entry.action in _FILED:
        return Term.TRIAGE
    if entry.action == "reporter_reopened":
        return Term.HANDLING
    if entry.action not in set(Action):
        return None
    step = STEPS.get((State(entry.keys["from"]), Action(entry.action)))
    return step.term if step and step.clock is Clock.START else None


def _start(
    clue: Clue, entry: AuditEntry, term: Term | None, accepted: date, before: date | None, tools: Tools
) -> date | None:
    """The day a term runs from; None where an old entry does not tell."""
    if entry.action in _FILED:
        return tools.local(clue.created_at).date()
    extended = _date(entry.keys.get("start")) or before
    day = tools.local(entry.at).date()
    return {None: None, Term.HANDLING: accepted, Term.EXTENSION: extended}.get(term, day)


def _length(clue: Clue, entry: AuditEntry, term: Term | None, tools: Tools) -> Length | None:
    if term is None:
        return None
    length = handling_length(clue, tools) if term is Term.HANDLING else tools.terms[term]
    return replace(length, count=entry.keys["days"]) if term is Term.EXTENSION and "days" in entry.keys else length


def _days_off(start: date, due: date, length: Length, tools: Tools) -> Iterator[tuple[date, date, str]]:
    """Runs of days off that the term passed over: all of them in working days, those it would have ended on in calendar days."""
    first = start + timedelta(days=1 if length.unit is Unit.WORKING_DAYS else length.count)
    run: list[date] = []
    for day in (first + timedelta(days=n) for n in range((due - first).days + 1)):
        name = tools.calendar.day_off(day)
        if name is not None and run and tools.calendar.day_off(run[-1]) == name:
            run.append(day)
            continue
        if run:
            yield run[0], run[-1], tools.calendar.day_off(run[-1]) or ""
        run = [day] if name is not None else []


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
