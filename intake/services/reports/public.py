"""What of a report anybody may see: counts of the month alone, with small ones hidden so that none can be computed.

A publication holds no comparison with another month and no sum over months, so two publications share no cell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from intake.services.reports.counted import VERDICTS
from intake.services.reports.suppress import THRESHOLD, Sum, hidden
from intake.services.reports.value import TOTAL, MonthlyReport

Cell = tuple[str, str]
_ROLL_UPS = ("six", "discipline", "parts")
_RESULTS = ("accepted", "rejected", "closed", *VERDICTS)


def public_figures(report: MonthlyReport) -> dict[str, Any]:
    """The publication of a report as JSON values; a hidden count is None."""
    cells = dict(_cells(report))
    gone = hidden(cells, sums(report))
    tables: dict[str, dict[str, int | None]] = {}
    for (table, row), value in cells.items():
        tables.setdefault(table, {})[row] = None if (table, row) in gone else value
    shown = {row for rows in tables.values() for row in rows}
    return {
        "month": f"{report.month:%Y-%m}",
        "office": report.office_name,
        "region": report.region_code,
        "taxonomy": report.taxonomy,
        "threshold": THRESHOLD,
        "tables": tables,
        "names": {key: name for key, name in report.names if key in shown},
    }


def names_of(publication: Mapping[str, Any]) -> dict[str, str]:
    """The names that a publication carries for keys that come from data."""
    return dict(publication["names"])


def sums(report: MonthlyReport) -> list[Sum[Cell]]:
    """Every sum that a reader of the publication can form among its cells."""
    total: Cell = ("categories", TOTAL)
    found = [Sum(total, tuple(("categories", row) for row in report.table("categories").rows if row != TOTAL))]
    found.append(Sum(total, tuple(("places", row) for row in report.table("places").rows if row != TOTAL)))
    found.append(Sum(("results", "closed"), tuple(("results", verdict) for verdict in VERDICTS)))
    for table in _ROLL_UPS:
        for row, members in report.members(table):
            found.append(Sum((table, row), tuple(("categories", slug) for slug in members)))
    return found


def _cells(report: MonthlyReport) -> Iterator[tuple[Cell, int]]:
    for row in report.table("categories").rows:
        yield ("categories", row), report.figure("categories", row, "received")
    for row in report.table("places").rows:
        if row != TOTAL:
            yield ("places", row), report.figure("places", row, TOTAL)
    for row in _RESULTS:
        yield ("results", row), report.figure("categories", TOTAL, row)
    for table in _ROLL_UPS:
        for row in report.table(table).rows:
            if row != TOTAL:
                yield (table, row), report.figure(table, row, "received")
