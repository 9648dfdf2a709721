"""Divisions, offices, the people in them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.models.base import Base, Key, Line, RegionCode, Slug, one_of
from intake.rules.workflow import Role


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
    """A person who signs in; the password is kept as an argon2id hash; `factor_reset_at` until he was told."""

    __tablename__ = "officer"
    __table_args__ = (one_of("role", Role),)
    id: Mapped[Key]
    username: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    role: Mapped[Role]
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(254), default="", server_default="")
    must_change_password: Mapped[bool] = mapped_column(default=True)
    factor_reset_at: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    office: Mapped[Office] = relationship(lazy="joined", innerjoin=True)


class Delegation(Base):
    """A colleague of the same office who may act in an officer's role from one day to another, both included."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="dates_in_order"),
        CheckConstraint("from_id <> to_id", name="to_another"),
    )
    id: Mapped[Key]
    from_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), index=True)
    to_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), index=True)
    first_on: Mapped[date]
    last_on: Mapped[date]
    away: Mapped[Officer] = relationship(foreign_keys=[from_id], lazy="joined", innerjoin=True)
    stands_in: Mapped[Officer] = relationship(foreign_keys=[to_id], lazy="joined", innerjoin=True)
