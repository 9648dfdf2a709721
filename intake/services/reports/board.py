"""The running month of an office that has too many clues to count them at every look (docs/scale.md).

What took longer than SLOW to count is kept. Whoever looks next sees what is kept, with its hour, and has the worker count
again: at most every AGAIN, and only while somebody looks. What can be counted quickly is always counted at the look.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, and_, delete, or_, select, update
from sqlalchemy.orm import Session

from intake.db import add_unless_there
from intake.models import Board, Office
from intake.services.clues import Viewer
from intake.services.reports.figures import monthly
from intake.services.reports.freeze import hides_from, office_viewer
from intake.services.reports.value import MonthlyReport, from_payload, to_payload
from intake.tools import Tools

#: Seconds that a page may count for; what takes longer is kept for the next look.
SLOW = 1.0
AGAIN = timedelta(minutes=10)


@dataclass(frozen=True)
class Look:
    """Figures as somebody sees them: `kept` from before, or counted for this look, perhaps a `slow` one; `news` where
    that is to be noted, `hidden` where something is left out of them that the office counts."""

    figures: MonthlyReport
    kept: bool = False
    slow: bool = False
    news: bool = False
    hidden: bool = False


def look(session: Session, viewer: Viewer, month: date, *, tools: Tools) -> Look:
    """The figures of a month that is not frozen, for an officer who may see all that his office counts.

    From an officer who is recused in person something is hidden: for him it is counted, and what he sees is not kept.
    """
    hidden = hides_from(session, viewer, month, tools)
    shared = month == _running(tools) and not hidden
    row = session.get(Board, viewer.office_id) if shared else None
    if row is not None and row.month == f"{month:%Y-%m}":
        return Look(from_payload(row.figures), kept=True, news=row.asked_at <= row.tried_at)
    counted = _count(session, viewer, month, tools)
    return replace(counted, news=shared and counted.slow, hidden=hidden)


def again(session: Session, office_id: int, *, tools: Tools) -> Look:
    """An office's running month, counted again."""
    return _count(session, office_viewer(session.get_one(Office, office_id)), _running(tools), tools)


def note(session: Session, seen: Look, *, tools: Tools) -> None:
    """Remember that somebody looked at what is kept; keep what took long to count; what did not is counted at every look."""
    office_id, month = seen.figures.office_id, f"{seen.figures.month:%Y-%m}"
    row = Board.office_id == office_id
    if seen.kept:
        session.execute(update(Board).where(row).values(asked_at=tools.now()))
    elif seen.slow:
        counted = {"month": month, "figures": to_payload(seen.figures)}
        add_unless_there(session, Board, office_id=office_id, tried_at=tools.now(), asked_at=tools.now(), **counted)
        session.execute(update(Board).where(row).values(**counted))
    else:
        session.execute(delete(Board).where(row))


def due(session: Session, tools: Tools) -> list[int]:
    """The offices whose kept month is to be counted again."""
    return list(session.scalars(select(Board.office_id).where(_due(tools)).order_by(Board.office_id)))


def claim(session: Session, office_id: int, tools: Tools) -> bool:
    """Whether it falls to the one who asks to count an office's month again; of several workers it falls to one."""
    mine = update(Board).where(Board.office_id == office_id, _due(tools)).values(tried_at=tools.now())
    return cast("CursorResult[object]", session.execute(mine)).rowcount == 1


def _count(session: Session, viewer: Viewer, month: date, tools: Tools) -> Look:
    begun = time.perf_counter()
    figures = monthly(session, viewer, month, tools=tools)
    return Look(figures, slow=time.perf_counter() - begun > SLOW)


def _due(tools: Tools) -> ColumnElement[bool]:
    wanted = or_(Board.asked_at > Board.tried_at, Board.month != f"{_running(tools):%Y-%m}")
    return and_(wanted, Board.tried_at <= tools.now() - AGAIN)


def _running(tools: Tools) -> date:
    return tools.today().replace(day=1)
