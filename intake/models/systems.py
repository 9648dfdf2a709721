"""Other systems that come through the API, and what they were answered."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.models.base import Base, Hash, Key, Line
from intake.models.offices import Officer


class Scope(enum.StrEnum):
    """What a token opens: file clues, follow them by query code, read what lies with the office, report back."""

    FILE = "clues:file"
    FOLLOW = "clues:follow"
    READ = "assigned:read"
    REPORT = "assigned:report"


class System(Base):
    """Another system, by the hash of its token; it sees and does what the officer's account it goes by may, within `scopes`."""

    __tablename__ = "system"
    id: Mapped[Key]
    name: Mapped[Line]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), index=True)
    token_hash: Mapped[Hash] = mapped_column(unique=True)
    scopes: Mapped[list[Any]]
    made_at: Mapped[datetime]
    expires_on: Mapped[date]
    revoked_at: Mapped[datetime | None]
    used_on: Mapped[date | None]
    officer: Mapped[Officer] = relationship(lazy="joined", innerjoin=True)


class Answered(Base):
    """What a system was answered under an Idempotency-Key: numbers and states, never a query code or a text."""

    __tablename__ = "answered"
    system_id: Mapped[int] = mapped_column(ForeignKey("system.id"), primary_key=True)
    key_hash: Mapped[Hash] = mapped_column(primary_key=True)
    request_hash: Mapped[Hash]
    answer: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)
