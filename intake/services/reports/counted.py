"""What each column of a report counts, as a condition: figures and the lists behind them use the same one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import SQLColumnExpression

from intake.errors import NotFound
from intake.models import AuditEntry, Clue, Rating, Suggestion
from intake.rules.workflow import State, Verdict
from intake.services.learning import DECIDED
from intake.services.reports.months import Span, last_day, month_span, period
from intake.tools import Tools

VERDICTS = tuple(verdict.value for verdict in Verdict)
#: The columns of a report that count clues.
COUNTS = ("received", "accepted", "rejected", "merged", "transferred", "closed", *VERDICTS, "overdue")
#: Verdicts under which the problem was there.
FOUND = (Verdict.SUBSTANTIATED, Verdict.PARTLY)


@dataclass(frozen=True)
class Counted:
    """A number of a report as a question: which column of which month, narrowed to a row.

    `since` is the first month of a period that ends with `month`; `category` one slug or several with commas.
    """

    column: str
    month: date
    category: str = ""
    region: str = ""
    notice: str = ""
    channel: str = ""
    reason: str = ""
    rank: str = ""
    clause: str = ""
    since: date | None = None


def within(moment: SQLColumnExpression[object], span: Span) -> ColumnElement[bool]:
    """The moment lies in the span."""
    return and_(moment >= span.first, moment < span.last)


def ended(state: State, span: Span) -> ColumnElement[bool]:
    """The clue ended in this state within the span."""
    return and_(Clue.state == state, within(Clue.closed_at, span))


def overdue(month: date, tools: Tools) -> ColumnElement[bool]:
    """Open with a date that had passed at the end of the month, or until yesterday where the month still runs.

    What took a step since then is judged by the date that its last step before set, and by that alone, so that a
    month counted again later has the same figure.
    """
    end, until = month_span(month, tools).last, min(last_day(month), tools.today() - timedelta(days=1))
    open_then = or_(Clue.closed_at.is_(None), Clue.closed_at >= end)
    moved_since = exists().where(AuditEntry.clue_id == Clue.id, AuditEntry.at >= end, _is_step(AuditEntry))
    still = and_(Clue.closed_at.is_(None), Clue.due_on <= until, ~moved_since)
    came = func.coalesce(Clue.created_at, Clue.closed_at) < end  # in words no index begins with: nearly all came before
    return and_(came, open_then, or_(still, and_(moved_since, _due_at(end) <= until.isoformat())))


def _is_step(entry: type[AuditEntry]) -> ColumnElement[bool]:
    """The entry set, or left, a clue's due date."""
    return or_(entry.action == "triaged", entry.keys["to"].as_string().is_not(None))


def _due_at(moment: datetime) -> ColumnElement[str]:
    """SQL for the due date, as `2026-11-22`, that a clue's last step before `moment` left it with."""
    entry, steps = aliased(AuditEntry), aliased(AuditEntry)
    last = select(func.max(steps.id)).where(steps.clue_id == Clue.id, steps.at < moment, _is_step(steps))
    return (
        select(entry.keys["due_on"].as_string())
        .where(entry.id == last.correlate(Clue).scalar_subquery())
        .correlate(Clue)
        .scalar_subquery()
    )


def condition(column: str, month: date, tools: Tools, since: date | None = None) -> ColumnElement[bool]:
    """The clues that a column counts in a month, or from the month `since` to it. Raises NotFound for an unknown one."""
    span = period(since or month, month, tools)
    if column in VERDICTS:
        return and_(ended(State.CLOSED, span), Clue.verdict == Verdict(column))
    if column == "overdue":
        return overdue(month, tools)
    if column not in _CONDITIONS:
        raise NotFound("no such column")
    return _CONDITIONS[column](span)


def decided(span: Span) -> ColumnElement[bool]:
    """Accepted in the span, or turned away, merged or transferred in it without ever having been accepted."""
    over = Clue.state.in_((State.REJECTED, State.MERGED, State.TRANSFERRED))
    return or_(within(Clue.assigned_at, span), and_(Clue.assigned_at.is_(None), over, within(Clue.closed_at, span)))


def burdened(span: Span) -> ColumnElement[bool]:
    """Received in the span with a burden in figures."""
    return and_(within(Clue.created_at, span), Clue.times_a_month.is_not(None), Clue.minutes_each.is_not(None))


def had_answer(span: Span) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Answered within the span: closed itself, or merged into one that was."""
    lead = aliased(Clue)
    leads = select(lead.id).where(lead.state == State.CLOSED, within(lead.closed_at, span))
    return ended(State.CLOSED, span), Clue.merged_into_id.in_(leads)


def _rated(*ratings: Rating) -> Callable[[Span], ColumnElement[bool]]:
    return lambda span: and_(Clue.rating.in_(ratings), or_(*had_answer(span)))


def _answered(span: Span, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(ended(State.CLOSED, span), *more)


def _found(span: Span, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    return _answered(span, Clue.verdict.in_(FOUND), *more)


def _predicted(span: Span, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(within(Clue.created_at, span), Clue.suggestion.has(and_(*more) if more else None))


_BY_PERSON = Clue.state.in_(DECIDED)
_OTHERWISE = func.coalesce(Clue.category, "") != Suggestion.label
#: Columns that count clues, with what each counts in a span; what the calendar has a say in is in punctual.py.
_CONDITIONS: dict[str, Callable[[Span], ColumnElement[bool]]] = {
    "received": lambda span: within(Clue.created_at, span),
    "accepted": lambda span: within(Clue.assigned_at, span),
    "rejected": lambda span: ended(State.REJECTED, span),
    "merged": lambda span: ended(State.MERGED, span),
    "transferred": lambda span: ended(State.TRANSFERRED, span),
    "closed": lambda span: ended(State.CLOSED, span),
    "triage": decided,
    "close": lambda span: _answered(span, Clue.assigned_at.is_not(None)),
    "measures": lambda span: _answered(span, func.coalesce(Clue.measures, "") != ""),
    "educated": lambda span: _answered(span, Clue.educated > 0),
    "disciplined": lambda span: _answered(span, Clue.disciplined > 0),
    "problems": _found,
    "people": lambda span: _found(span, func.coalesce(Clue.educated, 0) + func.coalesce(Clue.disciplined, 0) > 0),
    "sanctioned": lambda span: _found(span, Clue.disciplined > 0),
    "said": burdened,
    "rated": _rated(*Rating),
    **{f"rated_{rating.value}": _rated(rating) for rating in Rating},
    "triaged": _predicted,
    "sure": lambda span: _predicted(span, Suggestion.abstained.is_(None)),
    "decided": lambda span: _predicted(span, _BY_PERSON),
    "changed": lambda span: _predicted(span, _BY_PERSON, _OTHERWISE),
}
