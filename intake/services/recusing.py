"""Recusal that people declare: an officer or an office that has a stake in a clue knows nothing of it afterwards.

Recusal by the name of the accused is found at triage (rules/routing.py); both are the same to visibility and routing.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.errors import InvalidInput
from intake.models import Clue, CoHandler, Delegation, Event, Office, Officer, OfficerRecusal, Recusal
from intake.rules.workflow import READERS, Role, State, movers
from intake.services import audit, directory, merging, notify, placing, triage
from intake.services.clues import Viewer
from intake.tools import Tools

ME = "me"


def choices(session: Session, clue: Clue, viewer: Viewer, on: date) -> dict[str, str]:
    """Whom `viewer` may declare recused on a day: himself; for the intake office also its people, and offices that are not responsible."""
    mine = {ME: ""}
    if viewer.role not in (Role.CLERK, Role.SUPERVISOR):
        return mine
    near = (clue.office_id, clue.intake_office_id)
    people = select(Officer).where(
        Officer.office_id.in_(near), Officer.active, Officer.role.in_(READERS), Officer.id != viewer.id
    )
    offices = select(Office).where(Office.id.in_(_offices(session, clue, on)))
    mine |= {f"officer-{o.id}": f"{o.office.name} {o.name}" for o in session.scalars(people.order_by(Officer.id))}
    return mine | {f"office-{o.id}": o.name for o in session.scalars(offices.order_by(Office.name))}


def declare(session: Session, clue: Clue, whom: str, *, by: Viewer, tools: Tools) -> dict[str, Any]:
    """Hide a clue from one of the choices; returns what the audit entry says. Raises InvalidInput.

    Where nobody of the intake office is left who could decide, the clue goes to the next above, as if the office were recused.
    """
    if whom not in choices(session, clue, by, tools.today()):
        raise InvalidInput("whom", "choose_whom")
    kind, _, key = whom.partition("-")
    if kind == "office":
        return hide_from_office(session, clue, int(key), tools)
    officer_id = by.id if whom == ME else int(key)
    session.merge(OfficerRecusal(clue_id=clue.id, officer_id=officer_id))
    session.flush()
    keys = {"recused_officer": officer_id}
    if clue.state is State.RECEIVED and clue.intake_office_id and nobody_left(session, clue, tools.today()):
        keys |= hide_from_office(session, clue, clue.intake_office_id, tools)
    return keys


def hide_from_office(session: Session, clue: Clue, office_id: int, tools: Tools) -> dict[str, Any]:
    """Hide a clue from an office; one that took it in gives it to the next above, which is told.

    Raises InvalidInput if none is there.
    """
    session.merge(Recusal(clue_id=clue.id, office_id=office_id))
    if helps := session.get(CoHandler, (clue.id, office_id)):
        session.delete(helps)
    session.flush()
    if clue.intake_office_id == office_id:
        triage.take_in_again(session, clue, tools.today())
        if clue.state is State.RECEIVED:
            notify.tell(session, Event.ARRIVED, clue, tools=tools)
    return {"recused_office": office_id}


@dataclass(frozen=True)
class Renewed:
    """What asking the names anew came to: the last clue's id (0 for none), how many clues are hidden from more than before, and
    the numbers of open ones that lie with an office that must not handle them, which a person has to take back."""

    last: int
    hidden: int
    lie: list[str]


def renew(session: Session, after: int, *, tools: Tools, most: int = 200) -> Renewed:
    """Find by the name of the accused, as it is read now, who must not know of the next clues after the id `after`.

    Nobody loses a recusal. An intake office that is recused by it gives the clue to the next above, where there is one.
    """
    query = select(Clue).where(Clue.id > after, Clue.triage_attempts > 0).order_by(Clue.id).limit(most)
    found = session.scalars(query).all()
    hidden = [clue for clue in found if triage.hide(session, clue, placing.place_of(session, clue))]
    for clue in hidden:
        audit.record(session, "recused_again", at=tools.now(), clue_id=clue.id)
        if clue.intake_office and clue.closed_at is None and _is_kept_from(session, clue, clue.intake_office):
            with suppress(InvalidInput):
                triage.take_in_again(session, clue, tools.today())
    lie = [one.number for one in hidden if one.office and one.closed_at is None and _is_kept_from(session, one, one.office)]
    return Renewed(found[-1].id if found else 0, len(hidden), lie)


def _is_kept_from(session: Session, clue: Clue, office: Office) -> bool:
    return merging.is_kept_from(session, clue, office.region_code, office.remit)


def nobody_left(session: Session, clue: Clue, on: date) -> bool:
    """Whether recusals leave nobody in the office whose turn it is who could take a clue on that day, or who may know of it at all.

    Who stands in for another counts; an office where nobody ever could is not one that recusals emptied.
    """
    recused = set(session.scalars(select(OfficerRecusal.officer_id).where(OfficerRecusal.clue_id == clue.id)))
    office_id = clue.intake_office_id if clue.state is State.RECEIVED else clue.office_id
    if not recused or office_id is None:
        return False
    people = dict(session.execute(select(Officer.id, Officer.role).where(Officer.office_id == office_id, Officer.active)).all())
    standing_in = select(Delegation.to_id, Officer.role).join(Officer, Officer.id == Delegation.from_id)
    today = (Delegation.to_id.in_(people), Delegation.first_on <= on, Delegation.last_on >= on)
    roles = [*people.items(), *session.execute(standing_in.where(*today))]
    able = {who for who, role in roles if role in movers(clue.state)}
    if clue.state is State.CONCLUDED:
        able -= {clue.concluded_by_id}
    able = able or {who for who, role in roles if role in READERS}
    return bool(able) and able <= recused


def _offices(session: Session, clue: Clue, on: date) -> set[int]:
    """Offices that know of the clue or by the rules of a day are about to, without the responsible one: that is the office's
    own step."""
    helping = set(session.scalars(select(CoHandler.office_id).where(CoHandler.clue_id == clue.id)))
    category = clue.category or (clue.suggestion.label if clue.suggestion else "")
    route = placing.route_for(session, clue, category, on)
    ruled = directory.find_office(session, route.place.code, route.remit) if route.place and route.remit else None
    intake = {clue.intake_office_id} if clue.intake_office_id else set()
    return (helping | ({ruled.id} if ruled else set()) | intake) - {clue.office_id}
