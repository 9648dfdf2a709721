"""A clue and everything that hangs on it.

Text of a clue stands in clue and message only; who the reporter is stands in contact only, sealed.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    String,
    Text,
    and_,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.orm import Mapped, aliased, mapped_column, relationship

from intake.models.base import (
    Base,
    Channel,
    Hash,
    Key,
    Line,
    MessageKind,
    NoteKind,
    Rating,
    ReminderKind,
    ReporterKind,
    Slug,
    one_of,
)
from intake.models.offices import Office, Officer, Region
from intake.models.rules import Notice
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, State, Verdict


def _few(name: str, which: str) -> Index:
    """An index of those few clues that meet a condition."""
    return Index(name, "id", sqlite_where=text(which), postgresql_where=text(which))


#: Where a clue without a due date stands in the order of due dates.
FAR = date(9999, 12, 31)


class Clue(Base):
    """One person's report. A row with triaged_at NULL is itself the queue of triage."""

    __tablename__ = "clue"
    __table_args__ = (
        one_of("state", State),
        one_of("accused_level", AccusedLevel),
        one_of("reporter_kind", ReporterKind),
        one_of("channel", Channel),
        CheckConstraint(
            "state IN ('received', 'rejected', 'merged') OR office_id IS NOT NULL", name="office_once_assigned"
        ),
        CheckConstraint(
            "state NOT IN ('assigned', 'handling', 'concluded', 'closed') OR category IS NOT NULL",
            name="category_once_assigned",
        ),
        CheckConstraint(
            "state NOT IN ('concluded', 'closed') OR (verdict IS NOT NULL AND answer IS NOT NULL)",
            name="verdict_once_concluded",
        ),
        CheckConstraint(
            "(state IN ('rejected', 'merged', 'closed', 'transferred')) = (closed_at IS NOT NULL)",
            name="closed_at_when_over",
        ),
        CheckConstraint("state <> 'rejected' OR reason IS NOT NULL", name="reason_when_rejected"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into_when_merged"),
        CheckConstraint("closed_at IS NULL OR due_on IS NULL", name="no_due_date_when_over"),
        CheckConstraint(
            "paused_on IS NULL OR (state = 'handling' AND asked_at IS NOT NULL AND due_on IS NULL)",
            name="paused_while_asked",
        ),
        CheckConstraint("(paused_left IS NULL) = (paused_on IS NULL)", name="days_left_when_paused"),
        CheckConstraint(
            "extension_asked IS NULL OR (extension_asked BETWEEN 1 AND 30 AND state = 'handling')",
            name="extension_of_a_month",
        ),
        CheckConstraint("supervised_at IS NULL OR closed_at IS NULL", name="supervised_while_open"),
        one_of("rating", Rating),
        Index(
            "ix_clue_untriaged",
            "id",
            sqlite_where=text("triaged_at IS NULL"),
            postgresql_where=text("triaged_at IS NULL"),
        ),
        Index("ix_clue_due", "due_on", sqlite_where=text("due_on IS NOT NULL"), postgresql_where=text("due_on IS NOT NULL")),
        Index(
            "ix_clue_supervised",
            "supervised_at",
            sqlite_where=text("supervised_at IS NOT NULL"),
            postgresql_where=text("supervised_at IS NOT NULL"),
        ),
        _few("ix_clue_extension", "extension_asked IS NOT NULL"),
        _few("ix_clue_asked", "asked_at IS NOT NULL AND closed_at IS NULL"),
        _few("ix_clue_reopened", "reopened_at IS NOT NULL AND closed_at IS NULL"),
        Index("ix_clue_created", "created_at", "id"),
        Index("ix_clue_assigned", "assigned_at"),
        Index("ix_clue_closed", "closed_at"),
    )
    id: Mapped[Key]
    number: Mapped[str] = mapped_column(String(16), unique=True)
    code_hash: Mapped[Hash] = mapped_column(unique=True)
    channel: Mapped[Channel]
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    created_at: Mapped[datetime]
    title: Mapped[Line] = mapped_column(default="")
    text: Mapped[str] = mapped_column(Text)
    region_code: Mapped[str | None] = mapped_column(String(9), ForeignKey("region.code"))
    accused_name: Mapped[Line] = mapped_column(default="")
    accused_level: Mapped[AccusedLevel]
    since: Mapped[date | None]
    times_a_month: Mapped[int | None]
    minutes_each: Mapped[int | None]
    people: Mapped[int | None]
    reporter_kind: Mapped[ReporterKind]
    named: Mapped[bool] = mapped_column(default=False)

    triaged_at: Mapped[datetime | None]
    triage_attempts: Mapped[int] = mapped_column(default=0)
    category: Mapped[str | None] = mapped_column(String(40), ForeignKey("category.slug"))
    secondary: Mapped[list[Any]] = mapped_column(default=list)
    reason: Mapped[str | None] = mapped_column(String(40))
    intake_office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    intake_region: Mapped[str | None] = mapped_column(String(9))
    hidden_region: Mapped[str | None] = mapped_column(String(9))

    state: Mapped[State] = mapped_column(default=State.RECEIVED)
    version: Mapped[int] = mapped_column(default=1)
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"))
    due_on: Mapped[date | None]
    #: By when an answered clue had to be answered; None for one that was answered before this was written down.
    was_due_on: Mapped[date | None]
    assigned_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    #: When the office that a clue was transferred to signed for it.
    taken_over_at: Mapped[datetime | None]
    extended: Mapped[bool] = mapped_column(default=False)
    extension_asked: Mapped[int | None]
    asked_at: Mapped[datetime | None]
    paused_on: Mapped[date | None]
    paused_left: Mapped[int | None]
    supervised_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("clue.id"), index=True)
    verdict: Mapped[Verdict | None]
    measures: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    educated: Mapped[int | None]
    disciplined: Mapped[int | None]
    reopened_at: Mapped[datetime | None]
    rating: Mapped[Rating | None]
    concluded_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))

    region: Mapped[Region | None] = relationship()
    notice: Mapped[Notice | None] = relationship()
    office: Mapped[Office | None] = relationship(foreign_keys=[office_id])
    intake_office: Mapped[Office | None] = relationship(foreign_keys=[intake_office_id])
    suggestion: Mapped[Suggestion | None] = relationship(back_populates="clue")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


def over_before(moment: datetime) -> ColumnElement[bool]:
    """The condition that a clue was closed before `moment`; a merged one is over when the one it was merged into is."""
    lead = aliased(Clue)
    led = select(lead.id).where(lead.closed_at < moment)
    merged: ColumnElement[bool] = Clue.merged_into_id.in_(led)
    return or_(merged, and_(Clue.merged_into_id.is_(None), Clue.closed_at < moment))


# What the lists go by (services.lists). What stands in an index must stand in a query letter by letter: no bound values.
due_order: ColumnElement[date] = func.coalesce(Clue.due_on, literal_column(f"'{FAR}'"), type_=Date())
#: The digits that tell a province, a city and a county of the intake office apart, by their number.
_DIGITS = {
    n: func.substr(Clue.intake_region, literal_column("1"), literal_column(str(n)), type_=String()) for n in (2, 4, 6)
}
for _name, _way in (
    ("office", Clue.office_id), ("intake_office", Clue.intake_office_id), *((f"intake_{n}", way) for n, way in _DIGITS.items()),
):  # fmt: skip
    # The last two only spare a look at the table: SQLite asks an index for all that a condition needs, PostgreSQL for the category.
    Index(f"ix_clue_{_name}", _way, Clue.state, due_order, Clue.id, Clue.category, Clue.hidden_region)  # type: ignore[arg-type]
Index("ix_clue_unplaced", Clue.id, sqlite_where=Clue.intake_region.is_(None), postgresql_where=Clue.intake_region.is_(None))


def taken_in_within(prefix: str) -> ColumnElement[bool]:
    """The condition that a clue's intake office is in the region of these leading digits."""
    wide = _DIGITS[min(len(prefix), 6)] == prefix[:6]
    return wide if len(prefix) <= 6 else and_(wide, Clue.intake_region == prefix)


class Suggestion(Base):
    """What triage found for a clue: the prediction with its evidence, and the route with its steps."""

    __tablename__ = "suggestion"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    made_at: Mapped[datetime]
    model_version: Mapped[str] = mapped_column(String(60))
    label: Mapped[Slug]
    probability: Mapped[float]
    alternatives: Mapped[list[Any]]
    secondary: Mapped[list[Any]]
    evidence: Mapped[list[Any]]
    abstained: Mapped[str | None] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(40))
    office_name: Mapped[str | None] = mapped_column(String(200))
    clue: Mapped[Clue] = relationship(back_populates="suggestion")


class CoHandler(Base):
    """An office that works beside the responsible one on a clue."""

    __tablename__ = "co_handler"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True, index=True)


class Recusal(Base):
    """An office from which a clue is hidden altogether."""

    __tablename__ = "recusal"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True, index=True)


class OfficerRecusal(Base):
    """An officer from whom a clue is hidden, whatever the office."""

    __tablename__ = "officer_recusal"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True, index=True)


class ReturnedBy(Base):
    """An office that has sent a clue back: it gets the clue a second time only if a person insists."""

    __tablename__ = "returned_by"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), primary_key=True)


class Reversible(Base):
    """How a clue stood before its last step, while that may be taken back: codes, dates and offices, no text.

    `version` is the clue's after the step: once it has another, something followed.
    """

    __tablename__ = "reversible"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    action: Mapped[Action]
    at: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[int]
    before: Mapped[dict[str, Any]]


class ProvisionLink(Base):
    """What a person said of a clue and a provision (its id in provisions.csv): touched, or not."""

    __tablename__ = "provision_link"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    provision_id: Mapped[str] = mapped_column(String(10), primary_key=True)
    confirmed: Mapped[bool]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    at: Mapped[datetime]


class Reminder(Base):
    """What the daily reminder said of a clue: once for each date that came near or passed."""

    __tablename__ = "reminder"
    __table_args__ = (one_of("kind", ReminderKind), Index("ix_reminder_kind_due_on", "kind", "due_on"))
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    kind: Mapped[ReminderKind] = mapped_column(primary_key=True)
    due_on: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime]


class Contact(Base):
    """How to reach a named reporter, sealed to a public key; key_id NULL is the shared key of older versions.

    `wants_news`: a mail address is sealed too, and the reporter asked to be told by mail that there is news.
    """

    __tablename__ = "contact"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    key_id: Mapped[int | None] = mapped_column(ForeignKey("contact_key.id"), index=True)
    sealed: Mapped[bytes]
    wants_news: Mapped[bool] = mapped_column(default=False)


class Message(Base):
    """A line of the thread that the query code opens; officer_id is NULL when the reporter speaks."""

    __tablename__ = "message"
    __table_args__ = (one_of("kind", MessageKind),)
    id: Mapped[Key]
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[MessageKind]
    officer_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))
    text: Mapped[str] = mapped_column(Text)


class Note(Base):
    """An officer's words for other officers."""

    __tablename__ = "note"
    __table_args__ = (one_of("kind", NoteKind),)
    id: Mapped[Key]
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), index=True)
    at: Mapped[datetime]
    kind: Mapped[NoteKind]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    text: Mapped[str] = mapped_column(Text)
    officer: Mapped[Officer] = relationship()


class Counter(Base):
    """The last clue number of a month (`2026-11`)."""

    __tablename__ = "counter"
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    last: Mapped[int]
