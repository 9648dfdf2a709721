"""What opens contact data: the installation's public keys, and the officers to whose passwords the private one is sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from intake.models.base import Base, Key, KeyKept, one_of
from intake.models.offices import Officer


class ContactKey(Base):
    """A public key that contact data is sealed to, the newest in use; the private one is in no row that opens by itself."""

    __tablename__ = "contact_key"
    __table_args__ = (one_of("kept", KeyKept),)
    id: Mapped[Key]
    public: Mapped[bytes]
    kept: Mapped[KeyKept]
    made_at: Mapped[datetime]


class OfficerKey(Base):
    """The key that an officer's password stands for; `sealed` is the installation's private key, NULL until granted."""

    __tablename__ = "officer_key"
    __table_args__ = (CheckConstraint("(sealed IS NULL) = (granted_at IS NULL)", name="granted_when_sealed"),)
    officer_id: Mapped[int] = mapped_column(ForeignKey("officer.id"), primary_key=True)
    salt: Mapped[bytes]
    public: Mapped[bytes]
    sealed: Mapped[bytes | None]
    granted_at: Mapped[datetime | None]
    officer: Mapped[Officer] = relationship(lazy="joined", innerjoin=True)
