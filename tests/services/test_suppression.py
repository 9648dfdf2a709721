"""Nobody computes a hidden number: an attacker with every published figure tries, and fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from intake.services.reports import MonthlyReport, Table
from intake.services.reports.public import public_figures
from intake.services.reports.suppress import THRESHOLD, Sum, hidden, small

#: Categories of a small taxonomy with the roll-ups each stands in; "c" stands in two parts.
MEMBERS = {
    "six": {"1": ("a", "b"), "2": ("c",), "3": ("d", "e", "f"), "rest": ("g",)},
    "discipline": {"1": ("a", "c"), "2": ("b",), "other": ("d", "e", "f"), "rest": ("g",)},
    "parts": {"1": ("a",), "2": ("b", "c"), "3": ("c", "d"), "rest": ("e", "f", "g")},
}
SLUGS = ("a", "b", "c", "d", "e", "f", "g")
PLACES = ("p", "q", "r", "s")
VERDICTS = ("substantiated", "partly", "unsubstantiated", "unverifiable")
counts = st.one_of(st.integers(0, 6), st.integers(0, 60))


def month_of(counted: Mapping[tuple[str, str], int], results: list[int], month: date) -> MonthlyReport:
    """A report whose received clues are `counted` by place and category, closed with `results` by verdict."""
    by_slug = {s: sum(n for (_, c), n in counted.items() if c == s) for s in SLUGS}
    by_place = {p: sum(n for (q, _), n in counted.items() if q == p) for p in PLACES}
    total = sum(by_slug.values())
    columns = ("received", "accepted", "rejected", "closed", *VERDICTS)
    rest = (results[0], results[1], sum(results[2:6]), *results[2:6])
    rows = [(n, *([0] * 7)) for n in by_slug.values()]
    tables = [
        Table("categories", (*SLUGS, "total"), columns, (*rows, (total, *rest))),
        Table("places", (*PLACES, "total"), ("total",), (*((n,) for n in by_place.values()), (total,))),
    ]
    for key, groups in MEMBERS.items():
        cells = tuple((sum(by_slug[s] for s in slugs),) for slugs in groups.values())
        tables.append(Table(key, (*groups, "total"), ("received",), (*cells, (total,))))
    roll_ups = tuple((key, tuple(groups.items())) for key, groups in MEMBERS.items())
    made = datetime(2026, 11, 1, tzinfo=UTC)
    return MonthlyReport(month, 1, "甲", "321100", made, "t", (), (), tuple(tables), roll_ups)


months = st.builds(
    month_of,
    st.fixed_dictionaries({(p, s): st.one_of(st.just(0), st.integers(0, 4), counts) for p in PLACES for s in SLUGS}),
    st.lists(counts, min_size=6, max_size=6),
    st.just(date(2026, 10, 1)),
)


class Attacker:
    """Knows the layout of every publication and the numbers that are shown, and solves for the others in whole numbers."""

    def __init__(self, publications: list[Mapping[str, Any]]) -> None:
        self.unknown: list[tuple[int, str, str]] = []
        self.known: dict[tuple[int, str, str], int] = {}
        for n, one in enumerate(publications):
            for table, rows in one["tables"].items():
                for row, value in rows.items():
                    if value is None:
                        self.unknown.append((n, table, row))
                    else:
                        self.known[n, table, row] = value
        self.equations = [e for n in range(len(publications)) for e in self._equations(n)]

    def _equations(self, n: int) -> list[tuple[tuple[int, str, str], list[tuple[int, str, str]]]]:
        total = (n, "categories", "total")
        found = [
            (total, [(n, "categories", s) for s in SLUGS]),
            (total, [(n, "places", p) for p in PLACES]),
            ((n, "results", "closed"), [(n, "results", v) for v in VERDICTS]),
        ]
        for table, groups in MEMBERS.items():
            found += [((n, table, row), [(n, "categories", s) for s in slugs]) for row, slugs in groups.items()]
            if table != "parts":
                found.append((total, [(n, table, row) for row in groups]))
        return found

    def extremes(self, cell: tuple[int, str, str]) -> tuple[int, int | None]:
        """The least and the most a hidden number can be; None where nothing bounds it."""
        at = {key: i for i, key in enumerate(self.unknown)}
        matrix, right = [], []
        for whole, parts in self.equations:
            row, value = np.zeros(len(at)), 0
            for key, sign in [(whole, -1), *((p, 1) for p in parts)]:
                if key in at:
                    row[at[key]] += sign
                else:
                    value -= sign * self.known[key]
            if row.any():
                matrix.append(row)
                right.append(value)
        aim = np.zeros(len(at))
        aim[at[cell]] = 1
        constraints = LinearConstraint(np.array(matrix), right, right) if matrix else ()
        found: list[int | None] = []
        for sign in (1, -1):
            done = milp(sign * aim, constraints=constraints, integrality=np.ones(len(at)), bounds=Bounds(0, 10_000))
            assert done.success, done.message
            found.append(round(sign * done.fun))
        return found[0] or 0, found[1] if (found[1] or 0) < 10_000 else None


def true_value(report: MonthlyReport, table: str, row: str) -> int:
    if table == "places":
        return report.figure("places", row, "total")
    if table == "results":
        return report.figure("categories", "total", row)
    return report.figure(table, row, "received")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(reports=st.lists(months, min_size=1, max_size=2))
def test_no_small_number_can_be_computed_from_rows_totals_roll_ups_and_other_months(reports):
    reports = [replace(r, month=date(2026, 9 + n, 1)) for n, r in enumerate(reports)]
    publications = [public_figures(r) for r in reports]
    attacker = Attacker(publications)
    for n, (report, one) in enumerate(zip(reports, publications, strict=True)):
        for table, rows in one["tables"].items():
            for row, shown in rows.items():
                value = true_value(report, table, row)
                assert shown is None or shown == value
                if not small(value):
                    continue
                assert shown is None, (table, row, value)
                least, most = attacker.extremes((n, table, row))
                assert least <= value and (most is None or value <= most)
                assert most is None or most >= THRESHOLD, f"{table} {row} is known to be small"
                assert most is None or most > least, f"{table} {row} = {value} can be computed"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(grid=st.lists(st.lists(counts, min_size=4, max_size=4), min_size=3, max_size=3))
def test_no_small_cell_of_a_table_with_row_and_column_sums_can_be_computed(grid):
    cells, sums = {}, []
    for r, row in enumerate(grid):
        cells |= {(r, c): n for c, n in enumerate(row)} | {(r, "sum"): sum(row)}
        sums.append(Sum((r, "sum"), tuple((r, c) for c in range(4))))
    for c in range(4):
        cells["sum", c] = sum(row[c] for row in grid)
        sums.append(Sum(("sum", c), tuple((r, c) for r in range(3))))
    cells["sum", "sum"] = sum(map(sum, grid))
    sums += [
        Sum(("sum", "sum"), tuple((r, "sum") for r in range(3))),
        Sum(("sum", "sum"), tuple(("sum", c) for c in range(4))),
    ]
    gone = hidden(cells, sums)
    assert {key for key, n in cells.items() if small(n)} <= gone
    for key in gone:
        if small(cells[key]):
            assert len(_solutions(key, cells, sums, gone)) == 2, key


def _solutions(key, cells, sums, gone) -> set[float]:
    """Least and most in whole numbers, as a set: one member if the cell is determined."""
    order = sorted(gone, key=repr)
    rows, right = [], []
    for one in sums:
        signed = [(one.whole, -1), *((p, 1) for p in one.parts)]
        rows.append([sum(s for k, s in signed if k == o) for o in order])
        right.append(-sum(s * cells[k] for k, s in signed if k not in gone))
    aim = np.array([float(o == key) for o in order])
    limits = LinearConstraint(np.array(rows), right, right)
    answers = (
        milp(s * aim, constraints=limits, integrality=np.ones(len(order)), bounds=Bounds(0, 999)) for s in (1, -1)
    )
    return {round(s * a.fun) for s, a in zip((1, -1), answers, strict=True)}


@pytest.mark.parametrize(
    ("values", "gone"),
    [
        ({"a": 10, "b": 20, "c": 30}, set()),
        ({"a": 3, "b": 20, "c": 30}, {"a", "b"}),
        ({"a": 1, "b": 1, "c": 30}, {"a", "b", "c"}),
        ({"a": 4, "b": 4, "c": 30}, {"a", "b"}),
        ({"a": 3, "b": 0, "c": 30}, {"a", "c"}),
        ({"a": 1, "b": 1, "c": 0}, {"a", "b", "total"}),
    ],
)
def test_as_many_are_hidden_as_it_takes(values, gone):
    cells = values | {"total": sum(values.values())}
    assert hidden(cells, [Sum("total", ("a", "b", "c"))]) == gone


def test_the_attacker_would_find_a_number_that_is_hidden_alone():
    report = month_of({(p, s): 10 for p in PLACES for s in SLUGS}, [9] * 6, date(2026, 10, 1))
    one = public_figures(report)
    one["tables"]["categories"]["a"] = None
    assert Attacker([one]).extremes((0, "categories", "a")) == (40, 40)


def test_a_publication_says_nothing_about_other_months():
    report = month_of({(p, s): 10 for p in PLACES for s in SLUGS}, [9] * 6, date(2026, 10, 1))
    assert set(public_figures(report)["tables"]) == {"categories", "places", "results", "six", "discipline", "parts"}
