"""All tables: columns, constraints, relationships; no rules.

Text of a clue stands in clue and message only; who the reporter is stands in contact only, sealed.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from intake.db import UtcDateTime
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Role, State, Verdict


class ReporterKind(enum.StrEnum):
    CADRE = "cadre"
    COMMUNITY_WORKER = "community_worker"
    TEACHER = "teacher"
    MEDIC = "medic"
    BUSINESS = "business"
    CITIZEN = "citizen"
    UNSAID = "unsaid"


class Channel(enum.StrEnum):
    WEB = "web"
    PHONE = "phone"
    LETTER = "letter"
    VISIT = "visit"
    IMPORT = "import"


class NoticeState(enum.StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CLOSED = "closed"


class MessageKind(enum.StrEnum):
    """Who speaks in the thread that the query code opens: a question, a reporter's words, the answer, a referral."""

    QUESTION = "question"
    REPORTER = "reporter"
    ANSWER = "answer"
    REFERRAL = "referral"


class NoteKind(enum.StrEnum):
    """Internal words, never shown to the reporter."""

    NOTE = "note"
    RETURN = "return"
    SEND_BACK = "send_back"
    EXTEND = "extend"
    SUPERVISE = "supervise"
    REOPEN = "reopen"
    TRANSFER = "transfer"
    MERGE = "merge"


class ReportState(enum.StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"


class EnumText(TypeDecorator[enum.StrEnum]):
    """A StrEnum stored as its value; the CHECK that ties it is written beside the table, so it can be dropped."""

    impl = String(24)
    cache_ok = True

    def __init__(self, kind: type[enum.StrEnum]) -> None:
        super().__init__(24)
        self.kind = kind

    def process_bind_param(self, value: enum.StrEnum | str | None, dialect: Dialect) -> str | None:
        return None if value is None else self.kind(value).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> enum.StrEnum | None:
        return None if value is None else self.kind(value)


def one_of(column: str, kind: type[enum.StrEnum]) -> CheckConstraint:
    """A CHECK that `column` holds a value of `kind`."""
    values = ", ".join(f"'{member.value}'" for member in kind)
    return CheckConstraint(f"{column} IN ({values})", name=f"{column}_known")


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        int: BigInteger().with_variant(Integer, "sqlite"),
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
        AccusedLevel: EnumText(AccusedLevel),
        Role: EnumText(Role),
        State: EnumText(State),
        Verdict: EnumText(Verdict),
        ReporterKind: EnumText(ReporterKind),
        Channel: EnumText(Channel),
        NoticeState: EnumText(NoticeState),
        MessageKind: EnumText(MessageKind),
        NoteKind: EnumText(NoteKind),
        ReportState: EnumText(ReportState),
    }


Key = Annotated[int, mapped_column(primary_key=True)]
RegionCode = Annotated[str, mapped_column(String(9))]
Slug = Annotated[str, mapped_column(String(40))]
Hash = Annotated[str, mapped_column(String(64))]
Line = Annotated[str, mapped_column(String(200))]


class Region(Base):
    """A division of the country; `code` has six digits, nine for a township."""

    __tablename__ = "region"
    code: Mapped[str] = mapped_column(String(9), primary_key=True)
    name: Mapped[Line]
    level: Mapped[str] = mapped_column(String(10))
    parent_code: Mapped[str | None] = mapped_column(String(9), ForeignKey("region.code"), index=True)


class Office(Base):
    """An office that answers for a remit in a region; one row for each pair."""

    __tablename__ = "office"
    __table_args__ = (UniqueConstraint("region_code", "remit"),)
    id: Mapped[Key]
    name: Mapped[Line]
    region_code: Mapped[RegionCode] = mapped_column(ForeignKey("region.code"))
    remit: Mapped[Slug]
    is_home: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)


class Officer(Base):
    """A person who signs in; the password is kept as an argon2id hash."""

    __tablename__ = "officer"
    __table_args__ = (one_of("role", Role),)
    id: Mapped[Key]
    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[Role]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    must_change_password: Mapped[bool] = mapped_column(default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    active: Mapped[bool] = mapped_column(default=True)
    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True)


class Notice(Base):
    """A call for clues (征集公告); `scope` is a list of {wording, categories}, `exclusions` of {what, where}."""

    __tablename__ = "notice"
    __table_args__ = (one_of("state", NoticeState), CheckConstraint("closes_on >= opens_on", name="dates_in_order"))
    id: Mapped[Key]
    slug: Mapped[Slug] = mapped_column(String(40), unique=True)
    title: Mapped[Line]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"))
    region_code: Mapped[RegionCode] = mapped_column(ForeignKey("region.code"))
    purpose: Mapped[str] = mapped_column(Text)
    scope: Mapped[list[Any]]
    exclusions: Mapped[list[Any]]
    promises: Mapped[list[Any]]
    opens_on: Mapped[date]
    closes_on: Mapped[date]
    handling_days: Mapped[int | None]
    state: Mapped[NoticeState]
    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True)
    region: Mapped[Region] = relationship(lazy="joined", innerjoin=True)


class Category(Base):
    """One of the 19 categories of taxonomy.md; `roll_ups` holds the three tables a report prints."""

    __tablename__ = "category"
    slug: Mapped[Slug] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(2), unique=True)
    name: Mapped[Line]
    short: Mapped[str] = mapped_column(String(24))
    definition: Mapped[str] = mapped_column(Text)
    examples: Mapped[str] = mapped_column(Text)
    roll_ups: Mapped[dict[str, Any]]


class RoutingRule(Base):
    """Which remit answers for a category in a region at a level; the most specific row wins."""

    __tablename__ = "routing_rule"
    __table_args__ = (UniqueConstraint("category", "region_prefix", "level"),)
    id: Mapped[Key]
    category: Mapped[Slug] = mapped_column(ForeignKey("category.slug"))
    region_prefix: Mapped[str] = mapped_column(String(9), default="")
    level: Mapped[AccusedLevel | None]
    lead: Mapped[Slug]
    co: Mapped[list[Any]]
    source: Mapped[Line] = mapped_column(default="")


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
        Index(
            "ix_clue_untriaged",
            "id",
            sqlite_where=text("triaged_at IS NULL"),
            postgresql_where=text("triaged_at IS NULL"),
        ),
        Index("ix_clue_intake", "intake_region", "state", "due_on", "id"),
        Index("ix_clue_office", "office_id", "state", "due_on", "id"),
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
    assigned_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    extended: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("clue.id"), index=True)
    verdict: Mapped[Verdict | None]
    measures: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    educated: Mapped[int | None]
    disciplined: Mapped[int | None]
    concluded_by_id: Mapped[int | None] = mapped_column(ForeignKey("officer.id"))

    region: Mapped[Region | None] = relationship()
    notice: Mapped[Notice | None] = relationship()
    office: Mapped[Office | None] = relationship(foreign_keys=[office_id])
    intake_office: Mapped[Office | None] = relationship(foreign_keys=[intake_office_id])
    suggestion: Mapped[Suggestion | None] = relationship(back_populates="clue")
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012


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


class Contact(Base):
    """How to reach a named reporter, sealed with AES-GCM under a key that is not in the database."""

    __tablename__ = "contact"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    sealed: Mapped[bytes]


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


class Band(Base):
    """A band of a clue's fingerprint; clues that share one are candidates for being near duplicates."""

    __tablename__ = "band"
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True, index=True)


class Likeness(Base):
    """Two clues that look alike; `score` is 0..1, the older clue is `other_id`."""

    __tablename__ = "likeness"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True, index=True)
    score: Mapped[float]


class Counter(Base):
    """The last clue number of a month (`2026-11`)."""

    __tablename__ = "counter"
    month: Mapped[str] = mapped_column(String(7), primary_key=True)
    last: Mapped[int]


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
