"""Clues that come in a spreadsheet: the rows while they are taken in, and what was taken."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from intake.models.base import Base, Key, Line


class ImportBatch(Base):
    """A spreadsheet on its way in. `rows` holds its cells until they are taken in, afterwards only what was refused.

    `mapping` is field to column; `refused` a list of [number of the row in the file from 1, problem, what it was about].
    """

    __tablename__ = "import_batch"
    __table_args__ = (CheckConstraint("finished_at IS NULL OR mapping IS NOT NULL", name="mapped_before_finished"),)
    id: Mapped[Key]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    region_code: Mapped[str] = mapped_column(String(9))
    made_at: Mapped[datetime]
    name: Mapped[Line]
    header: Mapped[list[Any]]
    rows: Mapped[list[Any]]
    mapping: Mapped[dict[str, Any] | None]
    done: Mapped[int] = mapped_column(default=0)
    taken: Mapped[int] = mapped_column(default=0)
    refused: Mapped[list[Any]] = mapped_column(default=list)
    finished_at: Mapped[datetime | None]


class Imported(Base):
    """A number of another system that an office has taken in: the same ticket is taken in once.

    A row without a number goes by a hash of its words, a system's clue without one by ours behind OURS.
    """

    __tablename__ = "imported"
    OURS, HASHED = "ours:", "sha256:"
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)
    external_number: Mapped[str] = mapped_column(String(100), primary_key=True)
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), index=True)
