"""A step just taken is taken back: by who took it, within half an hour, while nothing has followed.

`keep` notes before a step how the clue stood, `undo` puts it back. Steps whose words have left the house are not
in rules.workflow.REVERSIBLE; a rejection is, and the reporter is told that it is withdrawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from intake.db import lock
from intake.errors import StaleClue, TooLate
from intake.models import Clue, CoHandler, MessageKind, Recusal, Reversible
from intake.rules.workflow import REVERSIBLE, Action, State
from intake.services import audit, merging, notify, search
from intake.services.clues import Viewer
from intake.tools import Tools

WITHIN = timedelta(minutes=30)
_PLAIN = (
    "state", "category", "secondary", "reason", "office_id", "extended", "extension_asked", "paused_left", "concluded_by_id",
)  # fmt: skip
_DAYS = ("due_on", "paused_on")
_MOMENTS = ("assigned_at", "closed_at", "taken_over_at", "asked_at", "supervised_at")


def picture(session: Session, clue: Clue) -> dict[str, Any]:
    """How a clue stands, as JSON values: what a reversible step may change, no text."""
    beside = session.scalars(
        select(CoHandler.office_id).where(CoHandler.clue_id == clue.id).order_by(CoHandler.office_id)
    )
    dated = {name: (value := getattr(clue, name)) and value.isoformat() for name in (*_DAYS, *_MOMENTS)}
    return {name: getattr(clue, name) for name in _PLAIN} | dated | {"co_handlers": list(beside)}


def keep(session: Session, clue: Clue, action: Action, before: dict[str, Any], *, by: Viewer, tools: Tools) -> None:
    """Remember how the clue stood before the step that `by` has taken, if that step may be taken back."""
    if action not in REVERSIBLE:
        return
    session.flush()  # settles the version that the clue has after the step
    session.merge(
        Reversible(
            clue_id=clue.id, officer_id=by.id, action=action, at=tools.now(), version=clue.version, before=before
        )
    )  # fmt: skip


def offered(session: Session, clue: Clue, officer: Viewer, tools: Tools) -> Reversible | None:
    """The step that `officer` may take back now; None for none."""
    kept = _last_step(session, clue, officer)
    return kept if kept and tools.now() <= kept.at + WITHIN else None


def undo(session: Session, clue: Clue, *, told: Mapping[Action, str], officer: Viewer, tools: Tools) -> Action:
    """Put a clue that `officer` may see back to how it stood before their last step, and return that step.

    `told` is what reporters read now who were told of such a step: they may have read of it, so that stays.
    Raises StaleClue if that step was somebody else's or something has followed it, TooLate after WITHIN.
    """
    lock(session, clue)
    kept = _last_step(session, clue, officer)
    if kept is None:
        raise StaleClue("something followed the step")
    if tools.now() > kept.at + WITHIN:
        raise TooLate("the step stands by now")
    stood, action = clue.state, kept.action
    with session.no_autoflush:  # the CHECKs tie state to columns: all change in one statement
        _restore(session, clue, kept.before)
        session.delete(kept)
    reached = [clue]
    if words := told.get(action):
        reached += merging.together(session, clue)
        merging.say(session, reached, MessageKind.REFERRAL, words, officer_id=officer.id, at=tools.now())
        notify.tell_reporters(session, clue, action, tools=tools)
    notify.tell_programs(session, clue, tools=tools)
    for one in reached:
        search.refresh(session, one, tools.segmenter())
    audit.step(
        session, "undo", clue, stood, at=tools.now(), officer_id=officer.id, behalf=officer.behalf, undone=action.value
    )
    return action


def forget(session: Session, *, tools: Tools) -> None:
    """Drop what can be taken back no more."""
    session.execute(delete(Reversible).where(Reversible.at < tools.now() - WITHIN))


def _last_step(session: Session, clue: Clue, officer: Viewer) -> Reversible | None:
    """The step that `officer` took last with a clue, if nothing has followed it."""
    kept = session.get(Reversible, clue.id)
    return kept if kept and kept.officer_id == officer.id and kept.version == clue.version else None


def _restore(session: Session, clue: Clue, before: dict[str, Any]) -> None:
    for name in _PLAIN:
        setattr(clue, name, before[name])
    clue.state = State(before["state"])
    for name in _DAYS:
        setattr(clue, name, before[name] and date.fromisoformat(before[name]))
    for name in _MOMENTS:
        kept = before.get(name)  # the release before knew fewer
        setattr(clue, name, kept and datetime.fromisoformat(kept))
    session.execute(delete(CoHandler).where(CoHandler.clue_id == clue.id))
    recused = set(session.scalars(select(Recusal.office_id).where(Recusal.clue_id == clue.id)))
    beside = (office_id for office_id in before["co_handlers"] if office_id not in recused)
    session.add_all(CoHandler(clue_id=clue.id, office_id=office_id) for office_id in beside)
