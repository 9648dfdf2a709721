"""Base, its column types, and the enums a column may hold."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Dialect,
    Integer,
    MetaData,
    String,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.types import TypeDecorator

from intake.db import UtcDateTime
from intake.rules.devices import Device
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role, State, Verdict


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


class Rating(enum.StrEnum):
    """What the reporter says of the answer, once."""

    SOLVED = "solved"
    PARTLY = "partly"
    UNSOLVED = "unsolved"


class ReminderKind(enum.StrEnum):
    """Why an office is reminded: a date comes near, a date has passed, a supervision was not answered in time."""

    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    UNANSWERED = "unanswered"


class Event(enum.StrEnum):
    """What an officer is told of: something new to do, a date that comes near or has passed, a reporter's words, a supervision.

    A program is also told of every other state that a clue has come to.
    """

    ARRIVED = "arrived"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    ANSWERED = "answered"
    SUPERVISED = "supervised"
    CHANGED = "changed"
    TEST = "test"


class KeyKept(enum.StrEnum):
    """Where the private key of contact data is: in a file, or sealed to the passwords of entitled officers."""

    FILE = "file"
    PASSWORDS = "passwords"


class Pace(enum.StrEnum):
    """How soon an officer wants to be told."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NEVER = "never"


class Robot(enum.StrEnum):
    """What a webhook speaks to: a group robot of 企业微信, 钉钉 or 飞书, or a program."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    PROGRAM = "program"


class ReportState(enum.StrEnum):
    DRAFT = "draft"
    ISSUED = "issued"


class Hold(enum.StrEnum):
    """Why a clue is kept out of the queue: its text came often, its source sent very many, a rush, a robot's marks."""

    SAME = "same"
    MANY = "many"
    FLOOD = "flood"
    ROBOT = "robot"


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
        Action: EnumText(Action),
        State: EnumText(State),
        Verdict: EnumText(Verdict),
        ReporterKind: EnumText(ReporterKind),
        Channel: EnumText(Channel),
        NoticeState: EnumText(NoticeState),
        MessageKind: EnumText(MessageKind),
        NoteKind: EnumText(NoteKind),
        Rating: EnumText(Rating),
        ReminderKind: EnumText(ReminderKind),
        ReportState: EnumText(ReportState),
        Event: EnumText(Event),
        Pace: EnumText(Pace),
        KeyKept: EnumText(KeyKept),
        Robot: EnumText(Robot),
        Device: EnumText(Device),
        Hold: EnumText(Hold),
    }


Key = Annotated[int, mapped_column(primary_key=True)]
RegionCode = Annotated[str, mapped_column(String(9))]
Slug = Annotated[str, mapped_column(String(40))]
Hash = Annotated[str, mapped_column(String(64))]
Line = Annotated[str, mapped_column(String(200))]
