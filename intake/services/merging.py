"""One handling for several clues: what was merged into what, and what follows for offices, answers and reporters.

Each reporter keeps code and thread. The answer goes to all of them, questions to whose clue is handled; what any of them
adds is shown to whoever handles.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import not_, select
from sqlalchemy.orm import Session

from intake.db import lock
from intake.errors import InvalidInput, NotFound
from intake.models import Clue, Message, MessageKind
from intake.rules.numbers import clue_number
from intake.rules.workflow import State
from intake.services import clues, directory, placing
from intake.services.clues import Viewer

#: Where the handling of a clue, and of what was merged into it, is over for the reporter.
ENDS = frozenset({State.REJECTED, State.TRANSFERRED, State.CLOSED})


def target(session: Session, clue: Clue, number: str, officer: Viewer, today: date) -> Clue:
    """The clue of that number as a person types it, if `clue` may be merged into it.

    Raises InvalidInput where `officer` sees none, it is itself merged or rejected, or lies with an office that must not
    know of `clue`.
    """
    try:
        found = clues.visible(session, officer, clue_number(number, today))
    except NotFound as error:
        raise InvalidInput("into", "no_such_clue") from error
    lock(session, found)
    if found.id == clue.id or found.state in (State.MERGED, State.REJECTED):
        raise InvalidInput("into", "not_a_target")
    if found.office and is_kept_from(session, clue, found.office.region_code, found.office.remit):
        raise InvalidInput("into", "target_recused")
    return found


def is_kept_from(session: Session, clue: Clue, region_code: str, remit: str) -> bool:
    """Whether the office for a remit in a region must not know of `clue`, or of one that is merged into it.

    Asks the names anew: an office that was opened after triage has no Recusal row.
    """
    return any(_is_hidden(session, one, region_code, remit) for one in (clue, *together(session, clue)))


def together(session: Session, clue: Clue) -> list[Clue]:
    """The clues that are handled with `clue`: merged into it, or into one that is; without itself."""
    found: list[Clue] = []
    latest = [clue.id]
    while latest:
        merged = session.scalars(select(Clue).where(Clue.merged_into_id.in_(latest)).order_by(Clue.id)).all()
        found += merged
        latest = [one.id for one in merged]
    return found


def lead(session: Session, clue: Clue) -> Clue:
    """The clue that `clue` is handled as: itself unless it is merged."""
    while clue.merged_into_id is not None:
        clue = session.get_one(Clue, clue.merged_into_id)
    return clue


def handled_as(session: Session, clue: Clue, viewer: Viewer) -> Clue | None:
    """The clue that a merged one is handled as, if `viewer` may see it."""
    if clue.merged_into_id is None:
        return None
    query = select(Clue).where(Clue.id == lead(session, clue).id, clues.visible_to(viewer))
    return session.scalar(query)


def joined(session: Session, clue: Clue, viewer: Viewer) -> list[tuple[Clue, Sequence[Message]]]:
    """The clues handled with `clue`, each with what its reporter added; without those that `viewer` is recused from.

    Whoever may see `clue` reads them here, though the merged clues themselves lie with no office.
    """
    ids = [one.id for one in together(session, clue)]
    if not ids:
        return []
    seen = session.scalars(select(Clue).where(Clue.id.in_(ids), not_(clues.recused(viewer))).order_by(Clue.id)).all()
    said = select(Message).where(Message.clue_id.in_(ids), Message.kind == MessageKind.REPORTER).order_by(Message.id)
    words = session.scalars(said).all()
    return [(one, [message for message in words if message.clue_id == one.id]) for one in seen]


def _is_hidden(session: Session, clue: Clue, region_code: str, remit: str) -> bool:
    placed = placing.place_of(session, clue)
    regions = {code for code in (clue.hidden_region, placed.hidden_region) if code}
    return (region_code, remit) in placed.recused or any(directory.is_within(region_code, code) for code in regions)


def shown_state(clue: Clue, lead: Clue) -> State:
    """Where a clue stands for its reporter: where it is merged, at the end of what it is handled as once that has one."""
    return lead.state if lead.state in ENDS else clue.state


def say(session: Session, told: Sequence[Clue], kind: MessageKind, text: str, *, officer_id: int | None, at: datetime) -> None:
    """Put the same words into the thread of each of these clues; without an officer where no officer caused them."""
    session.add_all(Message(clue_id=clue.id, at=at, kind=kind, officer_id=officer_id, text=text) for clue in told)
