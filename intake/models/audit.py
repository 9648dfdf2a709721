"""The audit chain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ForeignKey,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.models.base import Base, Hash, Key, Slug
from intake.models.offices import Officer


class AuditEntry(Base):
    """A link of the audit chain; insert-only by trigger. `keys` holds codes and numbers, never words of a person."""

    __tablename__ = "audit"
    id: Mapped[Key]
    at: Mapped[datetime]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    action: Mapped[Slug]
    clue_id: Mapped[int | None] = mapped_column(ForeignKey("clue.id"), index=True)
    keys: Mapped[dict[str, Any]]
    previous: Mapped[Hash]
    hash: Mapped[Hash] = mapped_column(unique=True)
    officer: Mapped[Officer | None] = relationship()
