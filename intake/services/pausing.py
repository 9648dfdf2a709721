"""The clock stands still while the reporter is asked: the days that were left are kept, and counted on afterwards."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.errors import CalendarUnpublished, TooLate
from intake.models import Clue
from intake.rules.deadlines import Length, Term, Unit, due_on
from intake.services import audit
from intake.tools import Tools


def pause(clue: Clue, tools: Tools) -> None:
    """Stop the clock of a clue in handling. Raises TooLate for one that is overdue or already waits."""
    if clue.due_on is None or clue.due_on < tools.today():
        raise TooLate("there is no time left to keep")
    clue.paused_on, clue.paused_left = tools.today(), (clue.due_on - tools.today()).days
    clue.due_on = None


def resume(clue: Clue, on: date, tools: Tools) -> None:
    """Let the clock of a paused clue run from the day `on`: with as many calendar days as were left, on a working day."""
    if clue.paused_on is None or clue.paused_left is None:
        return
    end = due_on(on, Length(clue.paused_left, Unit.DAYS, ""), tools.calendar)
    clue.due_on, clue.paused_on, clue.paused_left = end, None, None


def pause_ends(clue: Clue, tools: Tools) -> date | None:
    """The last day that a pause may take; None where there is none, or that year's calendar is not published."""
    try:
        return clue.paused_on and due_on(clue.paused_on, tools.terms[Term.PAUSE], tools.calendar)
    except CalendarUnpublished:
        return None


def overlong(session: Session, *, tools: Tools) -> list[int]:
    """The ids of the clues whose pause has lasted its whole term."""
    paused = session.scalars(select(Clue).where(Clue.paused_on.is_not(None)).order_by(Clue.id))
    return [clue.id for clue in paused if _ended(clue, tools)]


def resume_overlong(session: Session, clue_id: int, *, tools: Tools) -> bool:
    """Let the clock of such a clue run, in a transaction of its own; False if somebody is at it, or was."""
    query = select(Clue).where(Clue.id == clue_id).with_for_update(skip_locked=True, key_share=True)
    clue = session.scalar(query)
    if clue is None or not (end := _ended(clue, tools)):
        return False
    resume(clue, end, tools)
    record(session, clue, tools)
    return True


def _ended(clue: Clue, tools: Tools) -> date | None:
    """The last day that a pause might take, once it is past."""
    end = pause_ends(clue, tools)
    return end if end and end < tools.today() else None


def record(session: Session, clue: Clue, tools: Tools) -> None:
    """Say in the audit log that a clock runs again, and until when."""
    audit.step(session, "resumed", clue, clue.state, at=tools.now())
