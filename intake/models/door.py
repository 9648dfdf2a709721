"""What the reporter's door notes of a clue: the mark of its text, and why it is kept apart for the moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from intake.models.base import Base, Hash, Hold, one_of


class TextMark(Base):
    """A keyed hash of a clue's text, to find the same text again; `hold` is why the clue is kept out of the queue."""

    __tablename__ = "text_mark"
    __table_args__ = (one_of("hold", Hold),)
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    mark: Mapped[Hash] = mapped_column(index=True)
    hold: Mapped[Hold | None] = mapped_column(index=True)
