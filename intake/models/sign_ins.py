"""How officers sign in: a row for each device signed in, and the second factor beside the password."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.models.base import Base, Hash, Key, Line, one_of
from intake.models.offices import Officer
from intake.rules.devices import Device


class SignIn(Base):
    """One sign-in of an officer, until it ends; `mark` is the hash of what the cookie holds, `seen_at` is to the minute."""

    __tablename__ = "sign_in"
    __table_args__ = (one_of("device", Device),)
    id: Mapped[Key]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), index=True)
    mark: Mapped[Hash] = mapped_column(unique=True)
    device: Mapped[Device]
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    officer: Mapped[Officer] = relationship(lazy="joined", innerjoin=True)


class SecondFactor(Base):
    """The secret that an officer's phone makes codes from, sealed; asked for once `confirmed_at` is set."""

    __tablename__ = "second_factor"
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True, autoincrement=False)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)


class ProviderLink(Base):
    """Whom the identity provider's `subject` stands for; in force once the officer showed the password too, at `confirmed_at`."""

    __tablename__ = "provider_link"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True, autoincrement=False)
    issuer: Mapped[Line]
    subject: Mapped[str] = mapped_column(String(255))
    confirmed_at: Mapped[datetime | None]
    officer: Mapped[Officer] = relationship(lazy="joined", innerjoin=True)


class RecoveryCode(Base):
    """A code that stands in once for a lost phone; only its keyed hash is kept, and not even that once it is used."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("officer_id", "hash"),)
    id: Mapped[Key]
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"))
    hash: Mapped[Hash]
