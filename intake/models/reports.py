"""Monthly reports and their revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.models.base import Base, Hash, Key, Line, ReportState, one_of
from intake.models.offices import Office


class Report(Base):
    """The monthly report of an office: a draft until a supervisor issues it under a number of the year.

    `month` is written `2026-11`. `public` holds what anybody may see of it, fixed when it is issued.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("office_id", "month"),
        UniqueConstraint("office_id", "year", "number"),
        one_of("state", ReportState),
        CheckConstraint(
            "(state = 'issued') = (issued_at IS NOT NULL AND number IS NOT NULL AND public IS NOT NULL)",
            name="number_once_issued",
        ),
        Index("ix_report_month", "month"),
    )
    id: Mapped[Key]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    month: Mapped[str] = mapped_column(String(7))
    state: Mapped[ReportState] = mapped_column(default=ReportState.DRAFT)
    year: Mapped[int | None]
    number: Mapped[int | None]
    addressee: Mapped[Line] = mapped_column(default="")
    issued_at: Mapped[datetime | None]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    public: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True)
    revisions: Mapped[list[ReportRevision]] = relationship(
        back_populates="report", order_by="ReportRevision.number", lazy="selectin"
    )


class ReportRevision(Base):
    """A state of a report's figures, frozen; number 0 is the first, later ones say what they changed and why."""

    __tablename__ = "report_revision"
    __table_args__ = (UniqueConstraint("report_id", "number"),)
    id: Mapped[Key]
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    number: Mapped[int]
    queried_at: Mapped[datetime]
    models: Mapped[list[Any]]
    taxonomy: Mapped[str] = mapped_column(String(12))
    hash: Mapped[Hash]
    figures: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]]
    reason: Mapped[Line] = mapped_column(default="")
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    report: Mapped[Report] = relationship(back_populates="revisions")


class Board(Base):
    """The running month of an office with many clues, as it was counted last.

    `tried_at` is when a count was begun, `asked_at` when somebody first looked after it (before that the same moment).
    """

    __tablename__ = "board"
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True, autoincrement=False)
    month: Mapped[str] = mapped_column(String(7))
    figures: Mapped[dict[str, Any]]
    tried_at: Mapped[datetime]
    asked_at: Mapped[datetime]
