"""What makes the desk quick: wordings for replies, filters an officer keeps."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from intake.models.base import Base, Key
from intake.rules.workflow import Action


class ReplyTemplate(Base):
    """A wording for what goes to a reporter; of one office, or of every office where office_id is NULL."""

    __tablename__ = "reply_template"
    __table_args__ = (CheckConstraint("action IN ('reject', 'ask', 'conclude')", name="goes_to_the_reporter"),)
    id: Mapped[Key]
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    action: Mapped[Action]
    title: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(Text)


class SavedFilter(Base):
    """A list that an officer comes back to: `query` is its address's parameters, with the list under "list"."""

    __tablename__ = "saved_filter"
    __table_args__ = (UniqueConstraint("officer_id", "name"),)
    id: Mapped[Key]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    name: Mapped[str] = mapped_column(String(20))
    query: Mapped[dict[str, Any]]
