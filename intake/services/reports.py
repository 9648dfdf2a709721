"""Monthly figures: a month's clues by category and state, with the month before beside it. No unit is ever ranked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.errors import InvalidInput
from intake.models import Clue
from intake.rules.workflow import State
from intake.services.clues import Viewer, categories, visible_to
from intake.tools import Tools

UNDECIDED = "undecided"


@dataclass(frozen=True)
class Row:
    """A category's month: counts by state, all received, and all received the month before."""

    code: str
    slug: str
    name: str
    by_state: Mapping[State, int]
    received: int
    before: int

    @property
    def change(self) -> int:
        return self.received - self.before

    @property
    def change_percent(self) -> float | None:
        """Change in per cent of the month before; None where that was zero."""
        return 100 * self.change / self.before if self.before else None


@dataclass(frozen=True)
class MonthlyReport:
    """The figures of one month as one officer's office may see them; `made_at` is aware UTC."""

    month: date
    office_name: str
    made_at: datetime
    rows: tuple[Row, ...]
    total: Row
    hours_reported: float


def monthly(session: Session, viewer: Viewer, month: date, *, tools: Tools) -> MonthlyReport:
    """The report for the month that begins on `month`."""
    current = _counts(session, viewer, month, tools)
    previous = _counts(session, viewer, month_before(month), tools)
    known = [(c.code, c.slug, c.name) for c in categories(session)]
    rows = [_row(key, current, previous) for key in [*known, ("", UNDECIDED, "")]]
    rows = [row for row in rows if row.slug != UNDECIDED or row.received or row.before]
    hours = _hours(session, viewer, month, tools)
    return MonthlyReport(month, viewer.office_name, tools.now(), tuple(rows), _total(rows), hours)


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


def _bounds(month: date, tools: Tools) -> tuple[datetime, datetime]:
    zone = ZoneInfo(tools.settings.text("TIMEZONE"))
    first, last = (datetime.combine(m, time(), zone).astimezone(UTC) for m in (month, month_after(month)))
    return first, last


def _counts(session: Session, viewer: Viewer, month: date, tools: Tools) -> dict[tuple[str, State], int]:
    first, last = _bounds(month, tools)
    slug = func.coalesce(Clue.category, UNDECIDED)
    query = select(slug, Clue.state, func.count()).where(
        Clue.created_at >= first, Clue.created_at < last, visible_to(viewer)
    )
    return {(slug, state): n for slug, state, n in session.execute(query.group_by(slug, Clue.state))}


def _hours(session: Session, viewer: Viewer, month: date, tools: Tools) -> float:
    """Hours a month that reporters themselves said the burden takes, summed."""
    first, last = _bounds(month, tools)
    minutes = func.sum(Clue.times_a_month * Clue.minutes_each * func.coalesce(Clue.people, 1))
    query = select(minutes).where(Clue.created_at >= first, Clue.created_at < last, visible_to(viewer))
    return float(session.scalar(query) or 0) / 60


def _row(
    key: tuple[str, str, str], current: Mapping[tuple[str, State], int], previous: Mapping[tuple[str, State], int]
) -> Row:
    slug = key[1]
    by_state = {state: current.get((slug, state), 0) for state in State}
    return Row(*key, by_state, sum(by_state.values()), sum(previous.get((slug, state), 0) for state in State))


def _total(rows: list[Row]) -> Row:
    by_state = {state: sum(row.by_state[state] for row in rows) for state in State}
    return Row("", "total", "", by_state, sum(r.received for r in rows), sum(r.before for r in rows))
