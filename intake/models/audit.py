"""The audit chain."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.models.base import Base, Hash, Key, Slug
from intake.models.offices import Officer


class ChainProblem(enum.StrEnum):
    """What a check of the chain can find."""

    GAP = "gap"
    ENTRY_CHANGED = "entry_changed"
    HEAD_DIFFERS = "head_differs"
    NOT_FILED = "not_filed"
    CLUE_GONE = "clue_gone"
    TEXT_CHANGED = "text_changed"
    KEY_CHANGED = "key_changed"
    STATE_CHANGED = "state_changed"
    ILLEGIBLE = "illegible"


class AuditEntry(Base):
    """A link of the audit chain; insert-only by trigger. `keys` holds codes and numbers, never words of a person."""

    __tablename__ = "audit"
    id: Mapped[Key]
    at: Mapped[datetime] = mapped_column(index=True)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    action: Mapped[Slug]
    clue_id: Mapped[int | None] = mapped_column(ForeignKey("clue.id"), index=True)
    keys: Mapped[dict[str, Any]]
    previous: Mapped[Hash]
    hash: Mapped[Hash] = mapped_column(unique=True)
    officer: Mapped[Officer | None] = relationship()


class ChainHead(Base):
    """The hash of the last audit entry of a day (China time), published and never changed."""

    __tablename__ = "chain_head"
    day: Mapped[date] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit.id"))
    hash: Mapped[Hash]
