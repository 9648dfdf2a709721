"""By when: how long an office has for a clue, and the days that follow from it."""

from __future__ import annotations

from datetime import date

from intake.errors import CalendarUnpublished
from intake.models import Clue
from intake.rules.deadlines import Length, Term, Unit, due_on
from intake.rules.workflow import State
from intake.services.triage import decided_by
from intake.tools import Tools


def report_back_by(clue: Clue, tools: Tools) -> date | None:
    """The day by which a supervision is to be answered; None without one, or while that year's calendar is missing."""
    try:
        start = clue.supervised_at and tools.local(clue.supervised_at).date()
        return start and due_on(start, tools.terms[Term.SUPERVISION], tools.calendar)
    except CalendarUnpublished:
        return None


def handling_length(clue: Clue, tools: Tools) -> Length:
    """The handling term: the notice's if it is shorter, else the general one."""
    general = tools.terms[Term.HANDLING]
    own = clue.notice.handling_days if clue.notice else None
    return Length(own, Unit.DAYS, clue.notice.title) if own and own < general.count and clue.notice else general


def answer_due(clue: Clue, start: date, tools: Tools) -> date:
    """The day by which the answer is due if the clue is taken up on `start`."""
    return due_on(start, handling_length(clue, tools), tools.calendar)


def due_once_signed(clue: Clue, tools: Tools) -> date:
    """The day by which the answer is due once an office has signed for the clue: counted from the day it was accepted, today if
    nobody has accepted it yet."""
    return answer_due(clue, tools.local(clue.assigned_at).date() if clue.assigned_at else tools.today(), tools)


def promised(clue: Clue, tools: Tools) -> date:
    """The day by which the reporter may expect the answer, as things stand: of a clue in handling the day that is due; a
    clock that waits for the reporter counts as if it ran on today; of one that waits for its acceptance as if that came on its
    last day. A merged clue is answered when its lead is."""
    if clue.state in (State.HANDLING, State.CONCLUDED):
        left = Length(clue.paused_left or 0, Unit.DAYS, "")
        return clue.due_on or due_on(tools.today(), left, tools.calendar)
    if clue.assigned_at:
        return answer_due(clue, tools.local(clue.assigned_at).date(), tools)
    return answer_due(clue, decided_by(clue, tools) or tools.local(clue.created_at).date(), tools)
