"""Months as the installation's clock has them, and the periods a report compares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, literal_column
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import SQLColumnExpression

from intake.errors import InvalidInput
from intake.tools import Tools


@dataclass(frozen=True)
class Span:
    """From `first` up to, but without, `last`; aware UTC."""

    first: datetime
    last: datetime


def parse_month(text: str, today: date) -> date:
    """The first day of a month written `2026-11`; the current month for "". Raises InvalidInput for a future one."""
    if not text:
        return today.replace(day=1)
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise InvalidInput("month", "unknown_month") from error
    if month > today or month.year < 2000:
        raise InvalidInput("month", "unknown_month")
    return month


def month_before(month: date) -> date:
    """The first day of the month before."""
    return date(month.year - (month.month == 1), (month.month - 2) % 12 + 1, 1)


def month_after(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + (month.month == 12), month.month % 12 + 1, 1)


def year_ago(month: date) -> date:
    """The same month of the year before."""
    return month.replace(year=month.year - 1)


def last_day(month: date) -> date:
    """The last day of a month."""
    return month_after(month) - timedelta(days=1)


def span(first: date, after: date, tools: Tools) -> Span:
    """From the beginning of the day `first` to the beginning of the day `after`, on the installation's clock."""
    zone = ZoneInfo(tools.settings.text("TIMEZONE"))
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, after))
    return Span(start, end)


def month_span(month: date, tools: Tools) -> Span:
    """A month's span."""
    return period(month, month, tools)


def period(first: date, last: date, tools: Tools) -> Span:
    """From the beginning of the month `first` to the end of the month `last`."""
    return span(first, month_after(last), tools)


def local_day(session: Session, moment: SQLColumnExpression[Any], tools: Tools) -> ColumnElement[str]:
    """SQL for the local calendar day of a moment, as `2026-11-22`."""
    return _local(session, moment, tools, "YYYY-MM-DD", "%Y-%m-%d")


def local_month(session: Session, moment: SQLColumnExpression[Any], tools: Tools) -> ColumnElement[str]:
    """SQL for the local month of a moment, as `2026-11`."""
    return _local(session, moment, tools, "YYYY-MM", "%Y-%m")


def _local(
    session: Session, moment: SQLColumnExpression[Any], tools: Tools, postgresql: str, sqlite: str
) -> ColumnElement[str]:
    if session.get_bind().dialect.name == "postgresql":
        zone = tools.settings.text("TIMEZONE").replace("'", "")
        return func.to_char(func.timezone(literal_column(f"'{zone}'"), moment), literal_column(f"'{postgresql}'"))
    offset = int((tools.local(tools.now()).utcoffset() or timedelta()).total_seconds() // 60)
    return func.strftime(literal_column(f"'{sqlite}'"), moment, literal_column(f"'{offset:+d} minutes'"))
