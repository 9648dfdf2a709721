"""A row in every table, made from what the tables themselves say, so that migrations never run on empty ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, Column, Connection, Table, func, insert, select

from intake.models import Base

#: Where the rules of a table ask for more than a value of the right kind.
PARTICULAR: dict[str, dict[str, Any]] = {
    "attachment": {"clue_id": 1, "sealed_size": 2, "state": "infected"},
    "delegation": {"from_id": 1, "to_id": 2},
    "outgoing": {"event": "test", "officer_id": 1},
}
_VALUES: dict[type, Any] = {
    str: "x", int: 1, float: 0.5, bool: False, bytes: b"x", date: date(2026, 11, 23),
    datetime: datetime(2026, 11, 23, 4, tzinfo=UTC), dict: {}, list: [],
}  # fmt: skip


def plant(connection: Connection) -> None:
    """One row into every table of the models that has none."""
    for table in Base.metadata.sorted_tables:
        if not connection.scalar(select(func.count()).select_from(table)):
            row = {column.name: value for column, value in _row(connection, table)}
            connection.execute(insert(table).values(row | PARTICULAR.get(table.name, {})))


def _row(connection: Connection, table: Table) -> Iterator[tuple[Column[Any], Any]]:
    """Values for every column that must have one: of a parent's row, of those its CHECK allows, of its kind."""
    allowed = dict(
        found.groups()
        for rule in table.constraints
        if (found := re.match(r"(\w+) IN \('(\w+)'", str(getattr(rule, "sqltext", ""))))
    )
    for column in table.columns:
        if column.nullable:
            continue
        if column.foreign_keys:
            [key] = column.foreign_keys
            yield column, connection.scalar(select(key.column).limit(1))
        else:
            kind = dict if isinstance(column.type, JSON) else getattr(column.type, "impl", column.type).python_type
            yield column, allowed.get(column.name) or _VALUES[kind]
