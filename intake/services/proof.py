"""The proof that a clue is still there as it was filed: its seal in the audit chain, and the chain's published heads.

The seal is an HMAC-SHA256 (RFC 2104) under the installation's key: who can write to the database alone cannot make a
new one, and who holds the key as well cannot take back the heads that were published or printed on a receipt.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, String, and_, func, select, type_coerce
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased, load_only

from intake.models import AuditEntry, ChainHead, ChainProblem, Clue
from intake.services import audit
from intake.services.audit import Break
from intake.tools import Tools


@dataclass(frozen=True)
class Proof:
    """What a reporter can be shown: when the clue entered the chain, under which hash, and what is wrong (nothing, one hopes).

    `head` is the first published head that covers the filing, None on the day of filing.
    """

    at: datetime
    hash: str
    head: ChainHead | None
    problems: tuple[ChainProblem, ...]


#: How many clues are looked at to see whether the key is theirs.
NEWEST = 20
#: What of a clue its seal is made of.
_SEALED = (Clue.number, Clue.created_at, Clue.title, Clue.text, Clue.code_hash)


def seal(clue: Clue, pepper: bytes) -> str:
    """The fingerprint of a clue as it was filed: 64 hexadecimal digits that say nothing without the key."""
    fields = [clue.number, clue.created_at.isoformat(), clue.title, clue.text, clue.code_hash]
    return hmac.new(pepper, json.dumps(fields, ensure_ascii=False).encode(), hashlib.sha256).hexdigest()


def filing(session: Session, clue: Clue) -> AuditEntry | None:
    """The entry that says a clue was filed."""
    entries = select(AuditEntry).where(AuditEntry.clue_id == clue.id, AuditEntry.action == "filed")
    return session.scalar(entries.order_by(AuditEntry.id).limit(1))


def sealed_otherwise(session: Session, *, tools: Tools) -> bool:
    """Whether the installation's key is not the one that its clues were sealed with since the last time somebody said that it is new:
    it fits none of the newest, and these are several. Somebody who changed all of their texts would look the same; what cannot be read
    speaks against no key.
    """
    filed = select(Clue, AuditEntry).join(AuditEntry, and_(AuditEntry.clue_id == Clue.id, AuditEntry.action == "filed"))
    filed = filed.where(AuditEntry.id > _key_new_since(session))
    filed = filed.options(load_only(*_SEALED), load_only(AuditEntry.keys))
    try:
        newest = session.execute(filed.order_by(Clue.id.desc()).limit(NEWEST)).all()
    except (ValueError, DBAPIError):  # only SQLite keeps what is no date and no JSON
        return False
    seals = [(entry.keys["seal"], seal(clue, tools.settings.pepper)) for clue, entry in newest if "seal" in entry.keys]
    return len(seals) > 2 and not any(hmac.compare_digest(*pair) for pair in seals)


def accept_key(session: Session, *, tools: Tools) -> None:
    """Say that the key is lost and another is there: the seals and query codes of before are void, those of from now on hold."""
    audit.record(session, "pepper_replaced", at=tools.now())


def _key_new_since(session: Session) -> int:
    return session.scalar(select(func.max(AuditEntry.id)).where(AuditEntry.action == "pepper_replaced")) or 0


def prove(session: Session, clue: Clue, *, tools: Tools) -> Proof:
    """The proof for one clue: the chain from the head before its filing to the head after, its text and its state.

    Reads the entries of about two days, however long the chain is.
    """
    entry = filing(session, clue)
    if entry is None:
        return Proof(clue.created_at, "", None, (ChainProblem.NOT_FILED,))
    before = session.scalar(select(func.max(ChainHead.entry_id)).where(ChainHead.entry_id < entry.id))
    head = session.scalar(select(ChainHead).where(ChainHead.entry_id >= entry.id).order_by(ChainHead.day).limit(1))
    found = [one.problem for one in audit.verify(session, before or 0, head.entry_id if head else None)]
    found += [ChainProblem.HEAD_DIFFERS for one in (head,) if one and _differs(session, one.entry_id, one.hash)]
    found += _changed(clue, clue.state, entry, _last_move(session, clue), tools)
    return Proof(entry.at, entry.hash, head, tuple(dict.fromkeys(found)))


def check(session: Session, *, tools: Tools) -> Iterator[Break]:
    """Everything that does not hold in the whole installation: the chain, its published heads, every clue against it."""
    yield from audit.verify(session)
    for entry_id, published in session.execute(select(ChainHead.entry_id, ChainHead.hash).order_by(ChainHead.day)):
        if _differs(session, entry_id, published):
            yield Break(entry_id, ChainProblem.HEAD_DIFFERS)
    new_since = _key_new_since(session)
    if other_key := sealed_otherwise(session, tools=tools):
        yield Break(0, ChainProblem.KEY_CHANGED)
    try:
        for found in _clues_against_the_chain(session, tools):
            if found.problem is not ChainProblem.TEXT_CHANGED or not (other_key or found.entry_id < new_since):
                yield found
    except (ValueError, DBAPIError):  # only SQLite keeps what is no date and no JSON
        yield Break(0, ChainProblem.ILLEGIBLE)


def heads(session: Session, most: int = 60) -> Sequence[ChainHead]:
    """The published heads, the newest day first."""
    return session.scalars(select(ChainHead).order_by(ChainHead.day.desc()).limit(most)).all()


def publish(session: Session, *, tools: Tools) -> bool:
    """Fix the head of yesterday's chain; False if that is done, or nothing was ever written."""
    day = tools.today() - timedelta(days=1)
    if session.get(ChainHead, day):
        return False
    midnight = tools.midnight(tools.today())
    newest = select(AuditEntry).where(AuditEntry.at < midnight).order_by(AuditEntry.id.desc()).limit(1)
    entry = session.scalar(newest)
    if entry is None:
        return False
    session.add(ChainHead(day=day, entry_id=entry.id, hash=entry.hash))
    return True


def _differs(session: Session, entry_id: int, published: str) -> bool:
    return session.scalar(select(AuditEntry.hash).where(AuditEntry.id == entry_id)) != published


def _moves() -> Select[int | None, int]:
    """For every clue the id of the newest entry that says in which state it left the clue."""
    leaves = AuditEntry.keys["to"].as_string().is_not(None)
    return (
        select(AuditEntry.clue_id, func.max(AuditEntry.id).label("entry_id")).where(leaves).group_by(AuditEntry.clue_id)
    )


def _last_move(session: Session, clue: Clue) -> AuditEntry | None:
    newest = _moves().where(AuditEntry.clue_id == clue.id).subquery()
    return session.scalar(select(AuditEntry).join(newest, newest.c.entry_id == AuditEntry.id))


def _changed(clue: Clue, state: str, filed: AuditEntry, last: AuditEntry | None, tools: Tools) -> list[ChainProblem]:
    """What is not as the chain says: the text by its seal (clues filed before seals have none), the state."""
    found = []
    sealed = filed.keys.get("seal")
    if sealed and not hmac.compare_digest(sealed, seal(clue, tools.settings.pepper)):
        found.append(ChainProblem.TEXT_CHANGED)
    if state != (last.keys["to"] if last else "received"):
        found.append(ChainProblem.STATE_CHANGED)
    return found


def _clues_against_the_chain(session: Session, tools: Tools) -> Iterator[Break]:
    """Clues without a filing, filings without a clue, texts and states that were changed by hand."""
    filed, last, moves = aliased(AuditEntry), aliased(AuditEntry), _moves().subquery()
    query = (
        select(Clue, type_coerce(Clue.state, String), filed, last)  # a state that is none is to be named as well
        .options(load_only(*_SEALED), load_only(filed.keys), load_only(last.keys))
        .outerjoin(filed, and_(filed.clue_id == Clue.id, filed.action == "filed"))
        .outerjoin(moves, moves.c.clue_id == Clue.id)
        .outerjoin(last, last.id == moves.c.entry_id)
    )
    for clue, state, entry, moved in session.execute(query.order_by(Clue.id)).yield_per(500):
        problems = _changed(clue, state, entry, moved, tools) if entry else [ChainProblem.NOT_FILED]
        yield from (Break(entry.id if entry else 0, problem) for problem in problems)
    gone = select(filed.id).outerjoin(Clue, Clue.id == filed.clue_id).where(filed.action == "filed", Clue.id.is_(None))
    yield from (Break(entry_id, ChainProblem.CLUE_GONE) for entry_id in session.scalars(gone))
