"""What leaves the house: who is told of what, by which way, and what still waits to be sent.

No row holds a word of a clue; the message is made from its number when it is sent.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.models.base import Base, Event, Key, Line, Pace, Robot, one_of
from intake.models.offices import Office, Officer


class Subscription(Base):
    """How soon an officer wants to hear of a kind of event; where there is no row, services.notify.USUAL holds."""

    __tablename__ = "subscription"
    __table_args__ = (one_of("event", Event), one_of("pace", Pace))
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True)
    event: Mapped[Event] = mapped_column(primary_key=True)
    pace: Mapped[Pace]


class Webhook(Base):
    """A group robot of an office, or a program; `sealed` holds its address and secret, `shown` what may be seen of the address."""

    __tablename__ = "webhook"
    __table_args__ = (one_of("robot", Robot), one_of("pace", Pace))
    id: Mapped[Key]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    robot: Mapped[Robot]
    pace: Mapped[Pace]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    shown: Mapped[Line]
    active: Mapped[bool] = mapped_column(default=True)
    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True)


class Outgoing(Base):
    """One event that one officer or one robot is to be told of, until it is sent or dropped.

    Without an event it is for the reporter, who is told by mail that there is news.
    """

    __tablename__ = "outgoing"
    __table_args__ = (
        one_of("event", Event),
        CheckConstraint("officer_id IS NULL OR webhook_id IS NULL", name="one_receiver"),
        CheckConstraint("(event IS NULL) = (officer_id IS NULL AND webhook_id IS NULL)", name="no_event_for_reporter"),
        CheckConstraint("(coalesce(event, '') = 'test') = (clue_id IS NULL)", name="clue_unless_test"),
        CheckConstraint("sent_at IS NULL OR dropped_at IS NULL", name="sent_or_dropped"),
        Index("ix_outgoing_waiting", "not_before", sqlite_where=text("sent_at IS NULL AND dropped_at IS NULL"),
              postgresql_where=text("sent_at IS NULL AND dropped_at IS NULL")),
    )  # fmt: skip
    id: Mapped[Key]
    event: Mapped[Event | None]
    clue_id: Mapped[int | None] = mapped_column(ForeignKey("clue.id"), index=True)
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"), index=True)
    webhook_id: Mapped[int | None] = mapped_column(ForeignKey("webhook.id"), index=True)
    made_at: Mapped[datetime]
    not_before: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    problem: Mapped[str] = mapped_column(String(60), default="")
    sent_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]
    officer: Mapped[Officer | None] = relationship()
    webhook: Mapped[Webhook | None] = relationship()
