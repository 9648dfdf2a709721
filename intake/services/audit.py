"""The audit log: a hash chain that only grows. No clue text and no person's name ever enters it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from intake.models import AuditEntry, ChainProblem, Clue
from intake.rules.workflow import State

GENESIS = "0" * 64
_CLUE_STEP = frozenset({"from", "to", "office", "due_on", "behalf"})

#: Every action that may be written, with the keys its entry may carry; values are codes, numbers and dates.
KEYS: dict[str, frozenset[str]] = {
    "filed": frozenset({"channel", "notice", "region", "seal"}),
    "triaged": frozenset({"model", "label", "probability", "abstained", "office", "due_on"}),
    "triage_failed": frozenset({"attempt", "error"}),
    "opened": frozenset(),
    "held": frozenset({"why"}),
    "released": frozenset({"why"}),
    "reporter_wrote": frozenset(),
    "reporter_reopened": _CLUE_STEP,
    "reporter_rated": frozenset({"rating"}),
    "resumed": _CLUE_STEP,
    "dated": _CLUE_STEP,
    "recused_again": frozenset(),
    "escalated": _CLUE_STEP | {"why"},
    "file_attached": frozenset({"attachment", "kind", "hash"}),
    "file_opened": frozenset({"attachment"}),
    "file_infected": frozenset({"attachment"}),
    "files_deleted": frozenset({"count"}),
    "contact_opened": frozenset({"reason"}),
    "contact_deleted": frozenset(),
    "contact_granted": frozenset({"officer"}),
    "contact_key_made": frozenset({"key", "kept", "public"}),
    "contacts_resealed": frozenset({"count"}),
    "news_sent": frozenset(),
    "pepper_replaced": frozenset(),
    "signed_in": frozenset({"way"}),
    "provider_linked": frozenset({"officer", "confirmed"}),
    "provider_unlinked": frozenset({"officer"}),
    "signed_out": frozenset({"officer", "count"}),
    "factor_changed": frozenset({"active"}),
    "factor_reset": frozenset({"officer"}),
    "password_reset": frozenset({"officer"}),
    "recovery_code_used": frozenset({"left"}),
    "password_changed": frozenset(),
    "office_changed": frozenset({"office", "active"}),
    "delegated": frozenset({"officer", "to", "since", "until"}),
    "import_begun": frozenset({"batch", "rows"}),
    "import_finished": frozenset({"batch", "taken", "refused"}),
    "provision_judged": frozenset({"provision", "confirmed"}),
    "notifications_changed": frozenset(),
    "webhook_changed": frozenset({"webhook", "office", "active"}),
    "system_changed": frozenset({"system", "officer", "until", "active"}),
    "handed_over": frozenset({"officer", "to"}),
    "officer_created": frozenset({"officer", "role", "office"}),
    "officer_changed": frozenset({"officer", "role", "office", "active"}),
    "notice_changed": frozenset({"notice", "state", "closes_on"}),
    "routing_changed": frozenset({"rule", "category", "region", "level", "lead", "from", "to"}),
    "model_changed": frozenset({"model", "previous"}),
    "template_changed": frozenset({"template", "active"}),
    "report_drafted": frozenset({"report", "hash"}),
    "report_issued": frozenset({"report", "number", "hash"}),
    "report_corrected": frozenset({"report", "revision", "hash", "previous"}),
    "assign": _CLUE_STEP | {"category", "suggested", "overridden"},
    "reject": _CLUE_STEP | {"reason", "category"},
    "merge": _CLUE_STEP | {"into"},
    "unmerge": _CLUE_STEP | {"out_of"},
    "conclude": _CLUE_STEP | {"verdict", "educated", "disciplined"},
    **dict.fromkeys(
        ("transfer", "sign", "ask", "note", "approve", "send_back", "supervise", "reopen"), _CLUE_STEP
    ),
    **dict.fromkeys(("decline_extension", "report_back"), _CLUE_STEP),
    "ask_extension": _CLUE_STEP | {"days"},
    "extend": _CLUE_STEP | {"days", "start"},
    "recuse": _CLUE_STEP | {"recused_officer", "recused_office"},
    "recuse_office": _CLUE_STEP | {"recused_office"},
    "return": _CLUE_STEP | {"returned_by"},
    "undo": _CLUE_STEP | {"undone"},
}


@dataclass(frozen=True)
class Break:
    """Where the chain does not hold: the entry's id and what is wrong with it."""

    entry_id: int
    problem: ChainProblem


def record(
    session: Session,
    action: str,
    *,
    at: datetime,
    officer_id: int | None = None,
    clue_id: int | None = None,
    **keys: Any,
) -> AuditEntry:
    """Append one entry to the chain; the transaction that holds it is its proof of order.

    Raises KeyError for an action that is not declared, ValueError for a key that is not.
    """
    undeclared = keys.keys() - KEYS[action]
    if undeclared:
        raise ValueError(f"{action} does not declare {sorted(undeclared)}")
    previous = _head(session)
    keys = {name: value for name, value in keys.items() if value is not None}
    entry = AuditEntry(at=at, officer_id=officer_id, action=action, clue_id=clue_id, keys=keys, previous=previous)
    entry.hash = _digest(entry)
    session.add(entry)
    session.flush()
    return entry


def take_turn(session: Session) -> None:
    """Let nobody else append an entry until the transaction ends: for what must be read as the one before left it."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(7106)"))


def step(
    session: Session, action: str, clue: Clue, before: State, *, at: datetime, officer_id: int | None = None, **keys: Any
) -> AuditEntry:
    """Append what a step did to a clue: from `before` to its state now, the office, and the date that is due."""
    moved: dict[str, Any] = {"from": before.value, "to": clue.state.value, "office": clue.office_id}
    due = clue.due_on and clue.due_on.isoformat()
    return record(session, action, at=at, officer_id=officer_id, clue_id=clue.id, **moved, due_on=due, **keys)


def verify(session: Session, after: int = 0, until: int | None = None) -> Iterator[Break]:
    """Every place where the chain does not hold, oldest first, from the entry after id `after` to id `until`."""
    previous = session.scalar(select(AuditEntry.hash).where(AuditEntry.id == after)) if after else GENESIS
    for entry_id, entry in _entries(session, after, until):
        if entry is None:
            yield Break(entry_id, ChainProblem.ENTRY_CHANGED)
            previous = session.scalar(select(AuditEntry.hash).where(AuditEntry.id == entry_id))
            continue
        if entry.previous != previous:
            yield Break(entry.id, ChainProblem.GAP)
        if not is_whole(entry):
            yield Break(entry.id, ChainProblem.ENTRY_CHANGED)
        previous = entry.hash


def _entries(session: Session, after: int, until: int | None) -> Iterator[tuple[int, AuditEntry | None]]:
    """Every entry with its id, oldest first; None for one that was changed into what cannot be read."""
    ids = select(AuditEntry.id).where(AuditEntry.id > after).order_by(AuditEntry.id)
    for some in session.scalars(ids.where(AuditEntry.id <= until) if until else ids).yield_per(1000).partitions():
        found = _legible(session, some[0], some[-1])
        yield from ((one, found.get(one)) for one in some)


def _legible(session: Session, first: int, last: int) -> dict[int, AuditEntry]:
    try:
        return {entry.id: entry for entry in session.scalars(select(AuditEntry).where(AuditEntry.id.between(first, last)))}
    except ValueError:
        middle = (first + last) // 2
        return {} if first == last else _legible(session, first, middle) | _legible(session, middle + 1, last)


def is_whole(entry: AuditEntry) -> bool:
    """Whether an entry is what its hash says."""
    return entry.hash == _digest(entry)


def has_done(session: Session, officer_id: int, action: str, clue_id: int) -> bool:
    """Whether an officer has taken that action on a clue before."""
    known = select(AuditEntry.id).where(
        AuditEntry.clue_id == clue_id, AuditEntry.officer_id == officer_id, AuditEntry.action == action
    )
    return session.scalar(known.limit(1)) is not None


def latest(session: Session, action: str) -> AuditEntry | None:
    """The newest entry of an action, whatever it is about."""
    return session.scalar(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id.desc()).limit(1))


def of_clue(session: Session, clue_id: int) -> Sequence[AuditEntry]:
    """The life of one clue, oldest first."""
    query = select(AuditEntry).options(joinedload(AuditEntry.officer)).where(AuditEntry.clue_id == clue_id)
    return session.scalars(query.order_by(AuditEntry.id)).all()


def last_step_by(session: Session, clue_id: int) -> int | None:
    """The officer who took the last step with a clue; None where nobody has, or its reporter or the clock moved it."""
    entries = select(AuditEntry).where(AuditEntry.clue_id == clue_id).order_by(AuditEntry.id.desc())
    return next((entry.officer_id for entry in session.scalars(entries) if "to" in entry.keys or entry.officer_id is None), None)


def _head(session: Session) -> str:
    take_turn(session)
    return session.scalar(select(AuditEntry.hash).order_by(AuditEntry.id.desc()).limit(1)) or GENESIS


def _digest(entry: AuditEntry) -> str:
    fields = [entry.previous, entry.at.isoformat(), entry.officer_id, entry.action, entry.clue_id, entry.keys]
    return hashlib.sha256(json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
