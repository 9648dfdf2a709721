"""Every row of the database in a form that either kind of database takes: column name → JSON value.

Read from the database as it is, not from the models: an archive of an older schema goes into that schema again.
"""

from __future__ import annotations

import base64
import hashlib
import json
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Connection, ForeignKeyConstraint, MetaData, Table, func, insert, select, text
from sqlalchemy.schema import AddConstraint, DropConstraint

from intake.services import search

Row = dict[str, Any]
#: The search index: a virtual table on SQLite, a column of a type of its own on PostgreSQL.
WORDS = "clue_words"
_BATCH = 1000
_DECODED: dict[type, Callable[[Any], Any]] = {
    datetime: datetime.fromisoformat,
    date: date.fromisoformat,
    bytes: base64.b64decode,
}


@dataclass
class Tally:
    """How many rows, and a sum of their hashes that does not depend on their order."""

    rows: int = 0
    total: int = 0

    def count(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows, counted as they pass."""
        for row in rows:
            line = json.dumps(row, ensure_ascii=False, sort_keys=True).encode()
            self.rows += 1
            self.total = (self.total + int.from_bytes(hashlib.sha256(line).digest(), "big")) % 2**256
            yield row

    @property
    def digest(self) -> str:
        return f"{self.total:064x}"


class Tables:
    """All tables behind one open transaction, parents before children, the search index last."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        metadata = MetaData()
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Skipped unsupported reflection of expression-based index")  # rows, not indexes
            metadata.reflect(connection, only=lambda name, _: not name.startswith((WORDS, "alembic_version")))
        self._tables = {table.name: table for table in metadata.sorted_tables}
        for table in self._tables.values():
            for column in table.columns:
                if isinstance(column.type, JSON):
                    column.type = JSON(none_as_null=True)
        self.names = (*self._tables, WORDS)

    def rows(self, name: str) -> Iterator[Row]:
        """Every row of a table, read a thousand at a time."""
        if name == WORDS:
            query = text(self._words["all"])
        else:
            query = select(self._tables[name])  # type: ignore[assignment]
        for row in self._connection.execute(query, execution_options={"yield_per": _BATCH}).mappings():
            plain = {key: _portable(value) for key, value in row.items()}
            yield indexed(plain) if name == WORDS else plain

    def fill(self, name: str, rows: Iterable[Row]) -> None:
        """Write `rows` into a table as they are, ids included."""
        if name == WORDS:
            statement, decode = text(self._words["insert"]), _word_parameters
        else:
            statement = insert(self._tables[name])  # type: ignore[assignment]
            decode = _decoder(self._tables[name])
        waiting = iter(rows)
        while batch := [decode(row) for row in islice(waiting, _BATCH)]:
            self._connection.execute(statement, batch)

    def tally(self, name: str) -> Tally:
        """What stands in a table now."""
        found = Tally()
        for _ in found.count(self.rows(name)):
            pass
        return found

    def are_empty(self) -> bool:
        """Whether no table has a row."""
        counts = (self._connection.scalar(select(func.count()).select_from(t)) for t in self._tables.values())
        return not any(counts)

    @contextmanager
    def in_any_order(self) -> Iterator[None]:
        """While it lasts, a row may come before the row of its own table that it names; afterwards everything is checked."""
        if self._connection.dialect.name == "sqlite":
            self._connection.execute(text("PRAGMA defer_foreign_keys = ON"))
            yield
            return
        own = [key for table in self._tables.values() for key in _to_itself(table)]
        for key in own:
            self._connection.execute(DropConstraint(key))
        yield
        for key in own:
            self._connection.execute(AddConstraint(key))
        self._move_sequences()

    def _move_sequences(self) -> None:
        """Let PostgreSQL number new rows after the highest id that came in."""
        for name, table in self._tables.items():
            if "id" in table.columns:
                highest = select(func.max(table.c.id)).scalar_subquery()
                self._connection.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), highest)))

    @property
    def _words(self) -> dict[str, str]:
        return search.STATEMENTS[self._connection.dialect.name]


def indexed(row: Row) -> Row:
    """A row of the search index with its words in one order, which PostgreSQL does not keep, and as long as it takes them."""
    return row | {"words": " ".join(sorted({word[: search.LONGEST] for word in row["words"].split()}))}


def _to_itself(table: Table) -> Iterator[ForeignKeyConstraint]:
    return (key for key in table.foreign_key_constraints if key.referred_table is table)


def _portable(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _word_parameters(row: Row) -> Row:
    return {"id": row["clue_id"], "words": row["words"]}


def _decoder(table: Table) -> Callable[[Row], Row]:
    kinds = {c.name: _DECODED.get(c.type.python_type) for c in table.columns if not isinstance(c.type, JSON)}
    own = {name: kind for name, kind in kinds.items() if kind}

    def decode(row: Row) -> Row:
        return row | {name: kind(row[name]) for name, kind in own.items() if row[name] is not None}

    return decode
