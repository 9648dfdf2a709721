"""One action on many clues: tried first without a trace, then taken clue by clue, each as if it were alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from intake.errors import DomainError, NotFound
from intake.models import Clue, Office
from intake.rules.workflow import Action
from intake.services import clues, directory, handling, placing
from intake.services.clues import Viewer
from intake.services.handling import Words
from intake.tools import Tools

MOST = 200
ACTIONS = (Action.ASSIGN, Action.REJECT, Action.MERGE)


@dataclass(frozen=True)
class Outlook:
    """What an action would do to a clue: the office it would go to ("" for none), with its region's code and its remit, and
    whether somebody signs in there; or why it is refused. `unsaid` names whom only the text complains of (services.placing)."""

    number: str
    version: int
    text: str
    category: str | None
    office: str = ""
    seat: tuple[str, str] = ("", "")
    staffed: bool = True
    refusal: DomainError | None = None
    unsaid: str = ""


def outlooks(
    session: Session, numbers: Iterable[str], action: Action, words: Words, *, officer: Viewer, tools: Tools
) -> list[Outlook]:
    """What would happen to each clue; a number that `officer` may not know of is left out. Everything is undone."""
    found = []
    for number in list(dict.fromkeys(numbers))[:MOST]:
        try:
            clue = clues.visible(session, officer, number)
        except NotFound:
            continue
        found.append(_outlook(session, clue, action, words, officer, tools))
    staffed = directory.staffed(session, {one.seat[0] for one in found})
    return [replace(one, staffed=not one.office or one.seat in staffed) for one in found]


def _outlook(session: Session, clue: Clue, action: Action, words: Words, officer: Viewer, tools: Tools) -> Outlook:
    unsaid = placing.unsaid_of(session, clue)
    before = Outlook(clue.number, clue.version, clue.text, clue.category, unsaid=unsaid.name if unsaid else "")
    trial = session.begin_nested()
    try:
        handling.act(session, clue, action, words, officer=officer, tools=tools, version=clue.version)
        if action is not Action.ASSIGN:
            return before
        office = session.get_one(Office, clue.office_id)
        return replace(before, office=office.name, seat=(office.region_code, office.remit))
    except DomainError as error:
        return replace(before, refusal=error)
    finally:
        trial.rollback()
