"""The one value that every format of a monthly report is made from, and its canonical form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from intake.errors import NotFound

TOTAL = "total"
UNDECIDED = "undecided"
REST = "rest"
Cell = int | float | str | None


@dataclass(frozen=True)
class Table:
    """Figures in a grid: `rows` and `columns` are keys, `cells[r][c]` a number, a code, or None for "not to be said"."""

    key: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]

    def at(self, row: str, column: str) -> Cell:
        """The cell of a row and a column. Raises NotFound."""
        if row not in self.rows or column not in self.columns:
            raise NotFound("no such cell")
        return self.cells[self.rows.index(row)][self.columns.index(column)]

    def number(self, row: str, column: str) -> int:
        """A count; 0 where the table has no such row."""
        if row not in self.rows:
            return 0
        value = self.at(row, column)
        return int(value) if isinstance(value, (int, float)) else 0

    def __iter__(self) -> Iterator[tuple[str, tuple[Cell, ...]]]:
        return iter(zip(self.rows, self.cells, strict=True))


@dataclass(frozen=True)
class MonthlyReport:
    """The figures of one month of one office; `made_at` is aware UTC, `names` gives the words of keys that data brings.

    `roll_ups` says for each roll-up table which categories each of its rows adds up; `taxonomy` is the digest of the categories in force, `models` the versions whose predictions the month holds.
    """

    month: date
    office_id: int
    office_name: str
    region_code: str
    made_at: datetime
    taxonomy: str
    models: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]
    roll_ups: tuple[tuple[str, tuple[tuple[str, tuple[str, ...]], ...]], ...]

    def table(self, key: str) -> Table:
        """The table of that key. Raises NotFound."""
        for table in self.tables:
            if table.key == key:
                return table
        raise NotFound("no such table")

    def figure(self, table: str, row: str, column: str) -> int:
        """A count of a table, 0 where there is no such row."""
        return self.table(table).number(row, column)

    def name(self, key: str) -> str:
        """What a key that comes from data is called; "" for one the labels know."""
        return dict(self.names).get(key, "")

    def members(self, table: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The rows of a roll-up with the categories that each adds up."""
        return dict(self.roll_ups)[table]

    @property
    def digest(self) -> str:
        """SHA-256 over everything but the time of the query: the same data give the same digest."""
        payload = to_payload(self)
        del payload["made_at"]
        return digest_of(payload)


@dataclass(frozen=True)
class Change:
    """A cell that a correction changed."""

    table: str
    row: str
    column: str
    old: Cell
    new: Cell


def digest_of(payload: Any) -> str:
    """SHA-256 of a value in canonical JSON."""
    text = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def to_payload(report: MonthlyReport) -> dict[str, Any]:
    """The report as plain JSON values; from_payload brings it back."""
    return {
        "month": f"{report.month:%Y-%m}",
        "office_id": report.office_id,
        "office_name": report.office_name,
        "region_code": report.region_code,
        "made_at": report.made_at.astimezone(UTC).isoformat(),
        "taxonomy": report.taxonomy,
        "models": list(report.models),
        "names": dict(report.names),
        "tables": [
            {"key": t.key, "rows": list(t.rows), "columns": list(t.columns), "cells": [list(row) for row in t.cells]}
            for t in report.tables
        ],
        "roll_ups": {table: {row: list(slugs) for row, slugs in rows} for table, rows in report.roll_ups},
    }


def from_payload(payload: dict[str, Any]) -> MonthlyReport:
    """The report that to_payload wrote."""
    tables = tuple(
        Table(t["key"], tuple(t["rows"]), tuple(t["columns"]), tuple(tuple(row) for row in t["cells"]))
        for t in payload["tables"]
    )
    return MonthlyReport(
        date.fromisoformat(f"{payload['month']}-01"), payload["office_id"], payload["office_name"],
        payload["region_code"], datetime.fromisoformat(payload["made_at"]), payload["taxonomy"],
        tuple(payload["models"]), tuple(payload["names"].items()), tables,
        tuple((t, tuple((row, tuple(slugs)) for row, slugs in rows.items())) for t, rows in payload["roll_ups"].items()),
    )  # fmt: skip


def changes(old: MonthlyReport, new: MonthlyReport) -> tuple[Change, ...]:
    """Every cell that differs, in the order of the new report's tables; a cell that is gone is new=None.

    One that the old report did not have and that counts nothing is no change: a later version may count more columns.
    """
    return tuple(change for key in _keys(old, new) for change in _table_changes(key, old, new))


def _keys(old: MonthlyReport, new: MonthlyReport) -> tuple[str, ...]:
    return tuple(dict.fromkeys([t.key for t in new.tables] + [t.key for t in old.tables]))


def _table_changes(key: str, old: MonthlyReport, new: MonthlyReport) -> Iterator[Change]:
    before, after = _cells(old, key), _cells(new, key)
    for row, column in dict.fromkeys([*after, *before]):
        left, right = before.get((row, column)), after.get((row, column))
        if left != right and ((row, column) in before or right):
            yield Change(key, row, column, left, right)


def _cells(report: MonthlyReport, key: str) -> dict[tuple[str, str], Cell]:
    found = [t for t in report.tables if t.key == key]
    return {(r, c): cell for t in found for r, row in t for c, cell in zip(t.columns, row, strict=True)}
