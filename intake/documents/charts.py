"""Charts as geometry: a template draws them as SVG without script or style; every bar carries its figure in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intake.services.reports import MonthlyReport, Table
from intake.services.reports.value import TOTAL

#: Narrow, so that a phone shows it legibly without scrolling.
WIDTH = 480
#: Rows of one chart: it stays under 320 pixels, and a longer table becomes two charts, side by side where there is room.
MOST_ROWS = 10
_ROW = 30
_LEFT = 215
_RIGHT = 6


@dataclass(frozen=True)
class Bar:
    """A pair of bars: now and before, in pixels, with the figures written beside them."""

    key: str
    name: str
    y: int
    now: int
    before: int
    now_width: float
    before_width: float


@dataclass(frozen=True)
class Bars:
    """A chart of horizontal bars; `height` in pixels."""

    height: int
    left: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Column:
    """A column of the year: its place and height in pixels, and its figure."""

    name: str
    x: float
    y: float
    width: float
    height: float
    value: int


def bars(table: Table, names: Sequence[str], column: str = "now", beside: str = "before") -> tuple[Bars, ...]:
    """Rows of a table in the table's order (never sorted by size), with the month before under each; one scale for all."""
    rows = [(r, n) for r, n in zip(table.rows, names, strict=True) if r != TOTAL]
    rows = [(r, n) for r, n in rows if table.number(r, column) or table.number(r, beside)]
    most = max([table.number(r, c) for r, _ in rows for c in (column, beside)], default=0) or 1
    scale = (WIDTH - _LEFT - _RIGHT) / most
    drawn = [
        Bar(
            row, name, 6 + n % MOST_ROWS * _ROW, now := table.number(row, column), before := table.number(row, beside),
            round(now * scale, 1), round(before * scale, 1),
        )
        for n, (row, name) in enumerate(rows)
    ]  # fmt: skip
    parts = [tuple(drawn[start : start + MOST_ROWS]) for start in range(0, len(drawn), MOST_ROWS)]
    return tuple(Bars(12 + _ROW * len(part), _LEFT, part) for part in parts)


def year(report: MonthlyReport, column: str = "received") -> tuple[Column, ...]:
    """The months of the year so far as columns, 200 pixels high at most, on a ground line at 220."""
    table = report.table("year")
    values = [table.number(row, column) for row in table.rows]
    most = max(values, default=0) or 1
    step = WIDTH / 12
    return tuple(
        Column(
            f"{int(row[5:])}月", round(n * step + 6, 1), round(220 - 190 * value / most, 1), round(step - 12, 1),
            round(190 * value / most, 1), value,
        )
        for n, (row, value) in enumerate(zip(table.rows, values, strict=True))
    )  # fmt: skip
