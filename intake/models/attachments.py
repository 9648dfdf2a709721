"""Files that came with a clue: what is known of each; the bytes lie sealed outside the database."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.cleaning import Format
from intake.models.base import Base, EnumText, Hash, Key, Line, one_of
from intake.models.clues import Clue


class AttachmentState(enum.StrEnum):
    """Waiting for the worker, which scans it and makes its pictures; ready for officers; or put away as infected."""

    WAITING = "waiting"
    READY = "ready"
    INFECTED = "infected"


class Attachment(Base):
    """A cleaned file. Until it is sent with a clue or words it is staged: `staged_for` is the hash of the code it waits for.

    `size` is in bytes, cleaned; `stored` the random name of the sealed file, `sealed_size` and `sealed_hash` what that
    file must be. `removed` lists keys of cleaning.Removal. `text` is what a machine read in its pictures, NULL while
    nothing has read it. A note's file is an officer's evidence.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        one_of("format", Format),
        one_of("state", AttachmentState),
        CheckConstraint("(clue_id IS NULL) = (staged_for IS NOT NULL)", name="staged_or_sent"),
        CheckConstraint("message_id IS NULL OR note_id IS NULL", name="of_one_side"),
        CheckConstraint("size > 0 AND sealed_size > size", name="has_bytes"),
    )
    id: Mapped[Key]
    clue_id: Mapped[int | None] = mapped_column(ForeignKey("clue.id"), index=True)
    staged_for: Mapped[str | None] = mapped_column(String(64), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))
    note_id: Mapped[int | None] = mapped_column(ForeignKey("note.id"))
    received_at: Mapped[datetime]
    format: Mapped[Format] = mapped_column(EnumText(Format))
    name: Mapped[Line]
    size: Mapped[int]
    width: Mapped[int | None]
    height: Mapped[int | None]
    pages: Mapped[int | None]
    removed: Mapped[list[Any]]
    stored: Mapped[str] = mapped_column(String(32), unique=True)
    sealed_size: Mapped[int]
    sealed_hash: Mapped[Hash]
    state: Mapped[AttachmentState] = mapped_column(EnumText(AttachmentState), index=True)
    text: Mapped[str | None] = mapped_column(Text)
    clue: Mapped[Clue | None] = relationship()


class AttachmentPreview(Base):
    """A picture of a page of an attachment (from 1), painted for officers; it lies sealed beside the file."""

    __tablename__ = "attachment_preview"
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachment.id"), primary_key=True)
    page: Mapped[int] = mapped_column(primary_key=True)
    stored: Mapped[str] = mapped_column(String(32), unique=True)
    width: Mapped[int]
    height: Mapped[int]
