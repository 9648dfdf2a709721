"""Who is signed in where: a row for each sign-in, bound to its cookie, over after a while or when somebody ends it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, not_, select, update
from sqlalchemy.orm import Session

from intake.errors import NotFound
from intake.models import Officer, SignIn
from intake.rules.devices import Device
from intake.services import audit
from intake.tools import Tools

#: How exactly it is known when a device was last in use; no request in between writes anything.
SEEN_EVERY = timedelta(minutes=1)


def begin(session: Session, officer: Officer, device: Device, *, tools: Tools, way: str | None = None) -> str:
    """Sign an officer in on a device, by which way if not the password; returns the mark (256 random bits) that its cookie holds, of which a hash is kept."""
    session.execute(delete(SignIn).where(not_(_lasting(tools))))
    mark = secrets.token_urlsafe(32)
    now = tools.now()
    session.add(SignIn(officer_id=officer.id, mark=_hash(mark), device=device, since=now, seen_at=now))
    audit.record(session, "signed_in", at=now, officer_id=officer.id, way=way)
    return mark


def find(session: Session, mark: str, *, tools: Tools) -> SignIn | None:
    """The sign-in that a cookie's mark stands for, unless it is over or the account was closed."""
    return session.scalar(
        select(SignIn).where(SignIn.mark == _hash(mark), _lasting(tools), SignIn.officer.has(active=True))
    )


def is_seen(found: SignIn, *, tools: Tools) -> bool:
    """Whether it is known to the minute that a sign-in is in use."""
    return tools.now() - found.seen_at < SEEN_EVERY


def see(session: Session, sign_in_id: int, *, tools: Tools) -> None:
    """Remember that a sign-in is in use now, unless it has just ended."""
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=tools.now()))


def of(session: Session, officer_id: int, *, tools: Tools) -> Sequence[SignIn]:
    """Where an officer is signed in, the one used last first."""
    query = select(SignIn).where(SignIn.officer_id == officer_id, _lasting(tools))
    return session.scalars(query.order_by(SignIn.seen_at.desc(), SignIn.id.desc())).all()


def end(session: Session, sign_in_id: int, *, officer_id: int, tools: Tools) -> None:
    """End one sign-in of an officer. Raises NotFound for one that is not his."""
    if not _end(session, officer_id, officer_id, tools, SignIn.id == sign_in_id):
        raise NotFound("no such sign-in")


def end_others(session: Session, officer_id: int, *, keep: int, tools: Tools) -> int:
    """End every sign-in of an officer but one; returns how many."""
    return _end(session, officer_id, officer_id, tools, SignIn.id != keep)


def end_all(session: Session, officer_id: int, *, by: int | None, tools: Tools) -> int:
    """End every sign-in of an officer; `by` is None for the operator. Returns how many."""
    return _end(session, officer_id, by, tools)


def _end(session: Session, officer_id: int, by: int | None, tools: Tools, *which: ColumnElement[bool]) -> int:
    ended: Any = session.execute(delete(SignIn).where(SignIn.officer_id == officer_id, *which))
    count = int(ended.rowcount)
    if count:
        audit.record(session, "signed_out", at=tools.now(), officer_id=by, officer=officer_id, count=count)
    return count


def _lasting(tools: Tools) -> ColumnElement[bool]:
    """The condition that a sign-in is not over by either limit, from when it began and from when it was last used."""
    now, settings = tools.now(), tools.settings
    return and_(
        SignIn.since > now - timedelta(hours=settings.number("SESSION_HOURS")),
        SignIn.seen_at > now - timedelta(minutes=settings.number("IDLE_MINUTES")),
    )


def _hash(mark: str) -> str:
    """No key: a mark has 256 random bits, nobody guesses what it is the hash of."""
    return hashlib.sha256(mark.encode()).hexdigest()
