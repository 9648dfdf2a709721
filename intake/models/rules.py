"""What an admin can change without a release: notices, categories, routing."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    String,
    Text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.models.base import Base, Key, Line, NoticeState, RegionCode, Slug, one_of
from intake.models.offices import Office, Region
from intake.rules.routing import AccusedLevel


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
    """Which remit answers for a category in a region at a level; the most specific row wins.

    A row holds from `valid_from` to `valid_to`, both days included; NULL is always.
    """

    __tablename__ = "routing_rule"
    __table_args__ = (CheckConstraint("valid_to >= valid_from", name="dates_in_order"),)
    id: Mapped[Key]
    category: Mapped[Slug] = mapped_column(ForeignKey("category.slug"))
    region_prefix: Mapped[str] = mapped_column(String(9), default="")
    level: Mapped[AccusedLevel | None]
    lead: Mapped[Slug]
    co: Mapped[list[Any]]
    source: Mapped[Line] = mapped_column(default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
