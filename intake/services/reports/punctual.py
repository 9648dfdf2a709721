"""Which clues were decided or answered within their terms, as conditions: what the times of a report count, listed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import product

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from intake.models import Clue, Notice
from intake.rules.deadlines import Length, Term, Unit, due_on, working_days_between
from intake.services.reports.counted import condition, within
from intake.services.reports.months import last_day, span
from intake.tools import Tools

Kept = Callable[[date, date], bool]
#: A term never reaches further back than its own length and the longest run of days off.
_DAYS_OFF = 15


def answer_by(start: date, own: int | None, extended: bool, tools: Tools) -> date:
    """The day by which a clue accepted on `start` is to be answered, where nobody wrote it down; `own` is the notice's term in days."""
    general = tools.terms[Term.HANDLING]
    length = Length(own, Unit.DAYS, "") if own and own < general.count else general
    by = due_on(start, length, tools.calendar)
    return due_on(by, tools.terms[Term.EXTENSION], tools.calendar) if extended else by


def punctual(session: Session, row: str, month: date, tools: Tools) -> ColumnElement[bool]:
    """Of the clues that the row "triage" or "close" counts in a month those within the term. Raises CalendarUnpublished."""
    days = {"triage": _decided_in_time, "close": _answered_in_time}[row](session, month, tools)
    return and_(condition(row, month, tools), or_(*days))


def unpunctual(session: Session, row: str, month: date, tools: Tools) -> ColumnElement[bool]:
    """The others of the row."""
    return and_(condition(row, month, tools), not_(punctual(session, row, month, tools)))


def _decided_in_time(session: Session, month: date, tools: Tools) -> Iterator[ColumnElement[bool]]:
    term = tools.terms[Term.TRIAGE].count
    ended = func.coalesce(Clue.assigned_at, Clue.closed_at)

    def kept(first: date, last: date) -> bool:
        return working_days_between(first, last, tools.calendar) <= term

    for last in _days(month):
        first = _earliest(last, 2 * term + _DAYS_OFF, kept)
        yield and_(
            within(ended, span(last, last + timedelta(days=1), tools)),
            Clue.created_at >= span(first, last, tools).first,
        )


def _answered_in_time(session: Session, month: date, tools: Tools) -> Iterator[ColumnElement[bool]]:
    for day in _days(month):
        yield and_(within(Clue.closed_at, span(day, day + timedelta(days=1), tools)), Clue.was_due_on.is_not(None), Clue.was_due_on >= day)
    reach = tools.terms[Term.HANDLING].count + tools.terms[Term.EXTENSION].count + 2 * _DAYS_OFF
    for (own, whose), extended in product(_own_terms(session, tools), (False, True)):
        for last in _days(month):
            first = _earliest(last, reach, lambda a, b, o=own, e=extended: b <= answer_by(a, o, e, tools))  # type: ignore[misc]
            yield and_(
                Clue.was_due_on.is_(None), whose, Clue.extended == extended, Clue.assigned_at >= span(first, last, tools).first,
                within(Clue.closed_at, span(last, last + timedelta(days=1), tools)),
            )  # fmt: skip


def _own_terms(session: Session, tools: Tools) -> Iterator[tuple[int | None, ColumnElement[bool]]]:
    """Each handling term in days that a notice has for itself, None for the general one, and whose it is."""
    shorter = Notice.handling_days < tools.terms[Term.HANDLING].count
    of_notice = select(Notice.id).where(shorter)
    yield None, or_(Clue.notice_id.is_(None), Clue.notice_id.not_in(of_notice))
    for own in session.scalars(select(Notice.handling_days).where(shorter).distinct()).all():
        yield own, Clue.notice_id.in_(select(Notice.id).where(Notice.handling_days == own))


def _days(month: date) -> list[date]:
    return [month.replace(day=n) for n in range(1, last_day(month).day + 1)]


def _earliest(last: date, reach: int, kept: Kept) -> date:
    """The earliest day from which `last` is still in time; the later the start, the likelier."""
    return next(day for n in range(reach, -1, -1) if kept(day := last - timedelta(days=n), last))
