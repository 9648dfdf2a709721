"""Triage: from a stored clue to a category, an office, a deadline, and the places where it can be found.

Idempotent. A clue with triaged_at NULL is the queue; whatever fails leaves it there and it is tried again.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from classifier import ModelError, Prediction
from intake.errors import CalendarUnpublished, InvalidInput
from intake.models import Clue, Event, Office, Recusal, Suggestion, TextMark
from intake.rules.deadlines import Term, due_on
from intake.rules.naming import Place
from intake.rules.routing import Route, handling_place
from intake.rules.workflow import State
from intake.services import audit, duplicates, notify, search
from intake.services.directory import INTAKE, find_office, is_within, offices_named
from intake.services.placing import Placed, place_of, route_for
from intake.tools import Tools

OUT_OF_SCOPE = "out_of_scope"
_UNDATED = and_(Clue.state == State.RECEIVED, Clue.due_on.is_(None), Clue.triaged_at.is_not(None))


def pending(session: Session, most: int = 100) -> list[int]:
    """The ids of clues that wait for triage, oldest first."""
    query = select(Clue.id).where(Clue.triaged_at.is_(None)).order_by(Clue.triage_attempts, Clue.id).limit(most)
    return list(session.scalars(query))


def triage(session: Session, clue_id: int, *, tools: Tools) -> bool:
    """Classify, route and index one clue; False if somebody else has done it or is at it.

    Where the model cannot be used the clue still gets its intake office, so that a person can decide, and waits
    with triaged_at NULL for the next try.
    """
    clue = _claim(session, clue_id)
    if clue is None:
        return False
    clue.triage_attempts += 1
    placed = place_of(session, clue)
    hide(session, clue, placed)
    try:
        prediction = tools.classifier().predict(clue.text, clue.title)
    except ModelError as error:
        _postpone(session, clue, placed, error, tools)
        return False
    untouched = _untouched(clue)
    route = _suggest(session, clue, placed, prediction, tools)
    if untouched:
        _take_over(clue, prediction)
        _give_to_intake(session, clue, placed, route.place if clue.category else None)
        clue.due_on = triage_due(clue, tools)
    search.refresh(session, clue, tools.segmenter(), prediction.tokens)
    duplicates.find(session, clue)
    _close_triage(session, clue, prediction, tools.now())
    if untouched and session.scalar(select(TextMark.hold).where(TextMark.clue_id == clue.id)) is None:
        notify.tell(session, Event.ARRIVED, clue, tools=tools)
    return True


def take_in_again(session: Session, clue: Clue, on: date) -> None:
    """Give a clue whose intake office is recused to the next one above. Raises InvalidInput where there is none."""
    placed = place_of(session, clue)
    route = route_for(session, clue, clue.category, on, placed) if clue.category else None
    _give_to_intake(session, clue, placed, route.place if route else None)
    if clue.intake_office_id is None:
        raise InvalidInput("whom", "nobody_above")


def triage_due(clue: Clue, tools: Tools) -> date | None:
    """The day by which a person must have decided; None while that year's calendar is not published."""
    try:
        return due_on(tools.local(clue.created_at).date(), tools.terms[Term.TRIAGE], tools.calendar)
    except CalendarUnpublished:
        return None


def decided_by(clue: Clue, tools: Tools) -> date | None:
    """The day by which a person must have decided, as the reporter is told: while the clue waits, the one that is due, also where
    it came back; else counted from its filing."""
    if clue.state is State.RECEIVED and clue.due_on:
        return clue.due_on
    return triage_due(clue, tools)


def undated(session: Session, *, tools: Tools) -> list[int]:
    """The ids of the clues that were triaged while the calendar was missing and whose due date it gives now."""
    waiting = session.scalars(select(Clue).where(_UNDATED).order_by(Clue.id))
    return [clue.id for clue in waiting if triage_due(clue, tools)]


def set_due(session: Session, clue_id: int, *, tools: Tools) -> bool:
    """Give such a clue its due date, counted from its filing; False if somebody is at it, or was.

    No other state can lack one: a step that begins a term of working days is refused while they cannot be counted.
    """
    query = select(Clue).where(Clue.id == clue_id, _UNDATED).with_for_update(skip_locked=True, key_share=True)
    clue = session.scalar(query)
    if clue is None or not (due := triage_due(clue, tools)):
        return False
    clue.due_on = due
    audit.step(session, "dated", clue, clue.state, at=tools.now())
    return True


def _claim(session: Session, clue_id: int) -> Clue | None:
    query = select(Clue).where(Clue.id == clue_id, Clue.triaged_at.is_(None)).with_for_update(skip_locked=True, key_share=True)
    return session.scalar(query)


def hide(session: Session, clue: Clue, placed: Placed) -> bool:
    """Write down who is recused, before anything else can show the clue to anybody; whether that was not known already."""
    known = set(session.scalars(select(Recusal.office_id).where(Recusal.clue_id == clue.id)))
    named = [office for office in offices_named(session, placed.recused) if office.id not in known]
    session.add_all(Recusal(clue_id=clue.id, office_id=office.id) for office in named)
    wider = placed.hidden_region not in (None, clue.hidden_region)
    clue.hidden_region = placed.hidden_region if wider else clue.hidden_region
    session.flush()
    return wider or bool(named)


def _suggest(session: Session, clue: Clue, placed: Placed, prediction: Prediction, tools: Tools) -> Route:
    """Store the prediction; returns the route for its label."""
    route = route_for(session, clue, prediction.label, tools.today(), placed)
    session.merge(
        Suggestion(
            clue_id=clue.id, made_at=tools.now(), model_version=tools.classifier().version, label=prediction.label,
            probability=prediction.probability, alternatives=[list(a) for a in prediction.alternatives],
            secondary=list(prediction.secondary), evidence=[list(span) for span in prediction.evidence],
            abstained=prediction.abstained, reason=prediction.reason, office_name=route.office,
        )
    )  # fmt: skip
    return route


def _untouched(clue: Clue) -> bool:
    """Whether nobody has decided anything yet: while the model was missing people may have, and what they did stands."""
    return clue.state is State.RECEIVED and clue.category is None


def _take_over(clue: Clue, prediction: Prediction) -> None:
    if prediction.abstained is None:
        clue.category = prediction.label
        clue.reason = prediction.reason if prediction.label == OUT_OF_SCOPE else None


def _give_to_intake(session: Session, clue: Clue, placed: Placed, answers: Place | None) -> None:
    """The task force nearest to where the clue is answered takes it in; never one that is recused, never one below."""
    answers = answers or handling_place(clue.accused_level, placed.place, placed.named)[0]
    office = _intake_office(session, clue, placed, answers)
    clue.intake_office_id = office.id if office else None
    clue.intake_region = office.region_code if office else None


def _intake_office(session: Session, clue: Clue, placed: Placed, answers: Place | None) -> Office | None:
    for step in answers.chain() if answers else ():
        office = find_office(session, step.code, INTAKE)
        if office and office.active and not _is_hidden(step.code, placed) and (step.code, INTAKE) not in placed.recused:
            return office
    own = clue.notice.office if answers is None and clue.notice else None
    if own and own.active and not _is_hidden(own.region_code, placed) and (own.region_code, own.remit) not in placed.recused:
        return own
    return None


def _is_hidden(code: str, placed: Placed) -> bool:
    """Whether a region is the accused's own, or lies in it, where the accused is its committee or government."""
    return placed.hidden_region is not None and is_within(code, placed.hidden_region)


def _postpone(session: Session, clue: Clue, placed: Placed, error: ModelError, tools: Tools) -> None:
    if _untouched(clue):
        _give_to_intake(session, clue, placed, None)
        clue.due_on = triage_due(clue, tools)
    search.refresh(session, clue, tools.segmenter())
    audit.record(
        session, "triage_failed", at=tools.now(), clue_id=clue.id, attempt=clue.triage_attempts, error=error.problem
    )


def _close_triage(session: Session, clue: Clue, prediction: Prediction, now: datetime) -> None:
    clue.triaged_at = now
    audit.record(
        session, "triaged", at=now, clue_id=clue.id, label=prediction.label, probability=round(prediction.probability, 4),
        abstained=prediction.abstained, due_on=clue.due_on and clue.due_on.isoformat(),
    )  # fmt: skip
