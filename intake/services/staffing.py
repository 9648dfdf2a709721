"""Who does whose work: a colleague stands in during leave, and takes over from one who leaves.

Clues belong to offices, not to people; what a person has of his own is his role. Whoever stands in acts under his own
name, and never approves what he concluded himself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from intake.errors import InvalidInput, NotFound
from intake.models import Clue, Delegation, Officer
from intake.rules.workflow import READERS
from intake.services import audit, identity
from intake.services.clues import Viewer
from intake.tools import Tools

#: Days for which a successor may act in the role of one who left, until a new officer is appointed.
INTERIM = 90
#: Days from which a delegation is more likely a slip of the pen than a leave.
LONG = 366


def colleagues(session: Session, officer: Officer) -> Sequence[Officer]:
    """Those of the same office who could do an officer's work."""
    query = select(Officer).where(
        Officer.office_id == officer.office_id, Officer.id != officer.id, Officer.active, Officer.role.in_(READERS)
    )
    return session.scalars(query.order_by(Officer.name, Officer.id)).all()


def delegate(
    session: Session, officer: Officer, to_id: str, first_on: date, last_on: date, *, by: int, tools: Tools, sure: bool = False
) -> Delegation:
    """Let a colleague act in an officer's role for some days. Raises InvalidInput, for more than LONG days unless `sure`."""
    to = _colleague(session, officer, to_id)
    if last_on < max(first_on, tools.today()):
        raise InvalidInput("last_on", "day_has_passed")
    if (last_on - first_on).days >= LONG and not sure:
        raise InvalidInput("last_on", "long_delegation")
    made = Delegation(from_id=officer.id, to_id=to.id, first_on=first_on, last_on=last_on)
    session.add(made)
    session.flush()
    audit.record(
        session, "delegated", at=tools.now(), officer_id=by, officer=officer.id, to=to.id, until=last_on.isoformat(),
        since=first_on.isoformat(),
    )  # fmt: skip
    return made


def end(session: Session, delegation_id: int, *, by: Officer, tools: Tools) -> None:
    """Take a delegation back; both sides may. Raises NotFound."""
    found = session.get(Delegation, delegation_id)
    if found is None or by.id not in (found.from_id, found.to_id):
        raise NotFound("no such delegation")
    _end(session, found, by.id, tools)


def given(session: Session, officer_id: int, on: date) -> Sequence[Delegation]:
    """What an officer delegates on a day or later."""
    return _of(session, Delegation.from_id == officer_id, on)


def received(session: Session, officer_id: int, on: date) -> Sequence[Delegation]:
    """In whose place an officer may act on a day."""
    return [d for d in _of(session, Delegation.to_id == officer_id, on) if d.first_on <= on]


def acting(session: Session, officer: Officer, delegation_id: int, on: date) -> Viewer | None:
    """The officer in the role of the one he stands in for; None if he may not, or not any more."""
    for found in received(session, officer.id, on):
        if found.id == delegation_id and found.away.office_id == officer.office_id:
            return replace(identity.viewer(officer), role=found.away.role, behalf=found.from_id)
    return None


def open_work(session: Session, office_id: int) -> int:
    """How many open clues lie with an office."""
    query = select(func.count()).select_from(Clue).where(Clue.office_id == office_id, Clue.closed_at.is_(None))
    return session.scalar(query) or 0


def hand_over(session: Session, officer_id: int, to_id: str, *, by: int, tools: Tools) -> Officer:
    """Close the account of one who leaves and let a colleague act in that role until another is appointed.

    Raises NotFound, InvalidInput.
    """
    officer = identity.colleague(session, officer_id, of=by)
    to = _colleague(session, officer, to_id)
    for old in session.scalars(
        select(Delegation).where(or_(Delegation.from_id == officer.id, Delegation.to_id == officer.id))
    ):
        if old.last_on >= tools.today():
            _end(session, old, by, tools)
    if to.role is not officer.role and officer.role in READERS:
        last = tools.today() + timedelta(days=INTERIM)
        delegate(session, officer, to_id, tools.today(), last, by=by, tools=tools)
    identity.switch_officer(session, officer.id, False, by=by, tools=tools)
    audit.record(session, "handed_over", at=tools.now(), officer_id=by, officer=officer.id, to=to.id)
    return to


def _colleague(session: Session, officer: Officer, to_id: str) -> Officer:
    found = {str(o.id): o for o in colleagues(session, officer)}.get(to_id)
    if found is None:
        raise InvalidInput("to", "choose_colleague")
    return found


def _of(session: Session, whose: object, on: date) -> Sequence[Delegation]:
    query = select(Delegation).where(whose, Delegation.last_on >= on)  # type: ignore[arg-type]
    return session.scalars(query.order_by(Delegation.first_on, Delegation.id)).all()


def _end(session: Session, found: Delegation, by: int, tools: Tools) -> None:
    """Yesterday was the last day; what has not lasted a day is gone."""
    last = tools.today() - timedelta(days=1)
    if last < found.first_on:
        session.delete(found)
    else:
        found.last_on = last
    audit.record(
        session,
        "delegated",
        at=tools.now(),
        officer_id=by,
        officer=found.from_id,
        to=found.to_id,
        until=last.isoformat(),
    )
