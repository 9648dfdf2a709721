"""What each column of a report counts, as a condition: figures and the lists behind them use the same one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, false, or_
from sqlalchemy.sql.elements import SQLColumnExpression

from intake.errors import InvalidInput, NotFound
from intake.models import Channel, Clue
from intake.rules.workflow import State, Verdict
from intake.services.directory import region_prefix
from intake.services.reports.months import Span, last_day, month_span, parse_month
from intake.services.reports.value import UNDECIDED
from intake.tools import Tools

VERDICTS = tuple(verdict.value for verdict in Verdict)
#: The columns of a report that count clues.
COUNTS = ("received", "accepted", "rejected", "merged", "closed", *VERDICTS, "overdue")
#: Verdicts under which the problem was there.
FOUND = (Verdict.SUBSTANTIATED, Verdict.PARTLY)


@dataclass(frozen=True)
class Counted:
    """A number of a report as a question: which column of which month, narrowed to a row."""

    column: str
    month: date
    category: str = ""
    region: str = ""
    notice: str = ""
    channel: str = ""
    reason: str = ""


def within(moment: SQLColumnExpression[object], span: Span) -> ColumnElement[bool]:
    """The moment lies in the span."""
    return and_(moment >= span.first, moment < span.last)


def ended(state: State, span: Span) -> ColumnElement[bool]:
    """The clue ended in this state within the span."""
    return and_(Clue.state == state, within(Clue.closed_at, span))


def overdue(month: date, tools: Tools) -> ColumnElement[bool]:
    """Open with a date that had passed at the end of the month, or until yesterday where the month still runs."""
    until = min(last_day(month), tools.today() - timedelta(days=1))
    return and_(Clue.closed_at.is_(None), Clue.due_on <= until, Clue.created_at < month_span(month, tools).last)


def condition(column: str, month: date, tools: Tools) -> ColumnElement[bool]:
    """The clues that a column of COUNTS counts in a month. Raises NotFound for an unknown column."""
    span = month_span(month, tools)
    if column in VERDICTS:
        return and_(ended(State.CLOSED, span), Clue.verdict == Verdict(column))
    found = {
        "received": within(Clue.created_at, span),
        "accepted": within(Clue.assigned_at, span),
        "rejected": ended(State.REJECTED, span),
        "merged": ended(State.MERGED, span),
        "closed": ended(State.CLOSED, span),
        "overdue": overdue(month, tools),
    }
    if column not in found:
        raise NotFound("no such column")
    return found[column]


def behind(question: Counted, tools: Tools) -> ColumnElement[bool]:
    """The clues behind a number. Raises NotFound for a column no report has."""
    parts = [condition(question.column, question.month, tools)]
    if question.category:
        wanted = Clue.category.is_(None) if question.category == UNDECIDED else Clue.category == question.category
        parts.append(wanted)
    if question.region:
        parts.append(_in_region(question.region))
    if question.notice.isdigit():
        parts.append(Clue.notice_id == int(question.notice))
    if question.channel in set(Channel):
        parts.append(Clue.channel == Channel(question.channel))
    if question.reason:
        parts.append(Clue.reason == question.reason)
    return and_(*parts)


def asked(question: Callable[[date], Counted], month: str, tools: Tools) -> ColumnElement[bool]:
    """The clues behind a number that an address names; none at all where it names no month or no column."""
    try:
        return behind(question(parse_month(month, tools.today())), tools)
    except (InvalidInput, NotFound):
        return false()


def _in_region(code: str) -> ColumnElement[bool]:
    """In the region; `~code` for those that name it and nothing below it."""
    if code.startswith("~"):
        return Clue.region_code == code[1:]
    prefix = region_prefix(code)
    return or_(Clue.region_code == code, and_(Clue.region_code >= prefix, Clue.region_code < prefix + ":"))
