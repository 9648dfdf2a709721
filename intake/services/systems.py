"""Other systems: their tokens, and one answer to one Idempotency-Key.

A system goes by an officer's account made for it, so that what it sees, may do and is recused from is decided where it
is decided for people, and the audit log names it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from intake.errors import ImportedBefore, InvalidInput, NotFound
from intake.models import Answered, AuditEntry, Clue, Imported, Region, Scope, System
from intake.rules.workflow import READERS
from intake.services import audit, clues, identity
from intake.services.clues import Submission, Viewer, recused
from intake.tools import Tools

#: Tells a token from other secrets, in files that are searched for forgotten ones.
PREFIX = "songbang_"
#: Days that a token is good for at most.
LONGEST = 730
#: Hours for which a key gives the same answer (draft-ietf-httpapi-idempotency-key-header, 2.3: the server says how long).
HOURS = 24


def make(
    session: Session, name: str, username: str, scopes: Sequence[Scope], expires_on: date, *, by: int | None, tools: Tools
) -> tuple[System, str]:
    """A system with its token, which is shown this once (256 random bits). Raises InvalidInput."""
    try:
        officer = identity.by_username(session, username.strip())
    except NotFound as error:
        raise InvalidInput("username", "choose_account") from error
    if not officer.active or officer.role not in READERS:
        raise InvalidInput("username", "choose_account")
    if not scopes:
        raise InvalidInput("scopes", "choose_scopes")
    if not tools.today() <= expires_on <= tools.today() + timedelta(days=LONGEST):
        raise InvalidInput("expires_on", "token_term")
    token = PREFIX + secrets.token_urlsafe(32)
    made = System(
        name=name, officer=officer, token_hash=_hash(token), scopes=[scope.value for scope in scopes], made_at=tools.now(),
        expires_on=expires_on,
    )  # fmt: skip
    session.add(made)
    session.flush()
    _record(session, made, by, tools, until=expires_on.isoformat())
    return made, token


def listed(session: Session) -> Sequence[System]:
    """All systems, the newest first."""
    return session.scalars(select(System).order_by(System.id.desc())).all()


def revoke(session: Session, system_id: int, *, by: int | None, tools: Tools) -> System:
    """End a token at once. Raises NotFound for one that is not there or ended before."""
    found = session.get(System, system_id)
    if found is None or found.revoked_at:
        raise NotFound("no such system")
    found.revoked_at = tools.now()
    _record(session, found, by, tools)
    return found


def by_token(session: Session, token: str, *, tools: Tools) -> System:
    """The system of a token that holds. Raises NotFound."""
    found = session.scalar(select(System).where(System.token_hash == _hash(token), System.revoked_at.is_(None)))
    if found is None or found.expires_on < tools.today() or not found.officer.active:
        raise NotFound("no such token")
    return found


def see(session: Session, system_id: int, *, tools: Tools) -> None:
    """Remember the day on which a system last came."""
    session.get_one(System, system_id).used_on = tools.today()


def once(
    session: Session, system_id: int, key: str, request: bytes, do: Callable[[], Mapping[str, Any]], *, tools: Tools
) -> dict[str, Any]:
    """The answer to a request: made by `do` the first time, the same one afterwards.

    Raises InvalidInput if the key came with another request before, IntegrityError if one is being answered at this moment.
    """
    key_hash, request_hash = _hash(key), hashlib.sha256(request).hexdigest()
    known = session.get(Answered, (system_id, key_hash))
    if known is None:
        known = Answered(system_id=system_id, key_hash=key_hash, request_hash=request_hash, answer={}, at=tools.now())
        session.add(known)
        session.flush()  # whoever comes with the same key now waits for this one's end
        known.answer = dict(do())
    if known.request_hash != request_hash:
        raise InvalidInput("Idempotency-Key", "key_used_otherwise")
    return known.answer


def file(session: Session, submission: Submission, external_number: str, by: Viewer, *, tools: Tools) -> Clue:
    """File what another system took in; a number of its own (a 12345 ticket's) is taken in once. Raises InvalidInput."""
    known = session.get(Imported, (by.office_id, external_number)) if external_number else None
    if known:
        raise ImportedBefore(_known_as(session, external_number, by))
    if session.get(Region, submission.region_code) is None:
        raise InvalidInput("region", "place_unknown")
    clue = clues.submit(session, submission, tools=tools)
    if external_number:
        session.add(Imported(office_id=by.office_id, external_number=external_number, clue_id=clue.id))
        session.flush()
    return clue


def _known_as(session: Session, external_number: str, by: Viewer) -> str:
    """The number here of what an office brought under a number of its own; "" once it is hidden from it."""
    query = select(Clue.number).join(Imported, Imported.clue_id == Clue.id)
    query = query.where(Imported.office_id == by.office_id, Imported.external_number == external_number, ~recused(by))
    return session.scalar(query) or ""


def keep_number(session: Session, clue: Clue, office_id: int) -> None:
    """Remember that an office's system brought a clue that has no other number there than ours."""
    if session.get(Imported, (office_id, number := Imported.OURS + clue.number)) is None:
        session.add(Imported(office_id=office_id, external_number=number, clue_id=clue.id))


def brought(
    session: Session, by: Viewer, *, numbers: Sequence[str] = (), between: tuple[datetime, datetime] | None = None, most: int = 1
) -> list[tuple[Clue, datetime]]:
    """Clues that the systems of an office brought, of those numbers or filed in that time, the newest first, each with when it
    last changed; without those that have come to be hidden from it."""
    changed = select(func.max(AuditEntry.at)).where(AuditEntry.clue_id == Clue.id).correlate(Clue).scalar_subquery()
    query = select(Clue, changed).options(joinedload(Clue.notice)).join(Imported, Imported.clue_id == Clue.id)
    query = query.where(Imported.office_id == by.office_id, ~recused(by))
    if between:
        query = query.where(Clue.created_at.between(*between))
    else:
        query = query.where(Clue.number.in_(numbers[:most]))
    rows = session.execute(query.order_by(Clue.id.desc()).limit(most))
    return [(clue, at or clue.created_at) for clue, at in rows]


def form_key(system_id: int, key: str, request: bytes, row: int = 0) -> str:
    """The one-time key of a clue (of a batch: the one in that row) filed by that request: its code need not be kept for a second answer."""
    return f"api-{system_id}-{_hash(key)}-{hashlib.sha256(request).hexdigest()[:16]}-{row}"


def forget(session: Session, *, tools: Tools) -> int:
    """Delete answers older than HOURS; returns how many."""
    old = Answered.at < tools.now() - timedelta(hours=HOURS)
    return len(session.scalars(delete(Answered).where(old).returning(Answered.system_id)).all())


def _record(session: Session, system: System, by: int | None, tools: Tools, until: str | None = None) -> None:
    audit.record(
        session, "system_changed", at=tools.now(), officer_id=by, system=system.id, officer=system.officer_id, until=until,
        active=system.revoked_at is None,
    )  # fmt: skip


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
