"""What the reporter does with the query code: add words, answer a question, rate the answer, ask once for it to be reopened."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import labels
from intake.db import lock
from intake.errors import InvalidAction, InvalidInput, ThreadOver, TooLate
from intake.models import Clue, Event, Message, MessageKind, Rating
from intake.rules.deadlines import Term
from intake.rules.workflow import Action, State
from intake.services import attachments, audit, merging, notify, pausing, search, terms
from intake.tools import Tools


def add_words(session: Session, clue: Clue, text: str, *, tools: Tools) -> None:
    """The reporter adds to the thread, with the files staged for it; a waiting question counts as answered.

    A clock that waited for the answer runs on. Whoever handles a merged clue's lead is told. The same words once more, with
    nothing said since, are those that are there. Raises ThreadOver for a clue that is answered or not taken up.
    """
    lock(session, clue)
    before = _just_said(session, clue, text)
    if before is None and is_over(clue, merging.lead(session, clue)):
        raise ThreadOver("nobody would read it")
    said = before or _say(session, clue, text, tools)
    attachments.claim(session, clue, tools=tools, message_id=said.id)
    if before:
        return
    paused = clue.paused_on is not None
    pausing.resume(clue, tools.today(), tools)
    clue.asked_at = None
    search.refresh(session, clue, tools.segmenter())
    audit.record(session, "reporter_wrote", at=tools.now(), clue_id=clue.id)
    if paused:
        session.flush()
        pausing.record(session, clue, tools)
    notify.tell(session, Event.ANSWERED, merging.lead(session, clue), tools=tools)


def is_over(clue: Clue, lead: Clue) -> bool:
    """Whether the reporter can add nothing any more; `lead` is what the clue is handled as."""
    return merging.shown_state(clue, lead) in (State.CLOSED, State.REJECTED)


def reopen_until(clue: Clue, lead: Clue, tools: Tools) -> date | None:
    """The last day on which the reporter may ask for a new handling; None where it is not possible, or no longer.

    What is handled as one is handled anew once, whoever of its reporters asks first.
    """
    if lead.state is not State.CLOSED or lead.reopened_at:
        return None
    last = tools.local(answered_at(clue, lead)).date() + timedelta(days=tools.terms[Term.REOPENING].count)
    return last if tools.today() <= last else None


def answered_at(clue: Clue, lead: Clue) -> datetime:
    """When the reporter had the answer: who joined what was answered already had it on joining."""
    return max(moment for moment in (lead.closed_at, clue.closed_at) if moment)


def reopen(session: Session, clue: Clue, reason: str, *, tools: Tools) -> None:
    """The reporter is not satisfied: what the clue is handled as is handled again, with a new term. Once, with a reason; the same once
    more is done. Who is handled with it reads of it.

    Raises TooLate when the time is over or it was done before, InvalidInput without a reason.
    """
    lock(session, clue)
    lead = merging.lead(session, clue)
    if lead is not clue:
        lock(session, lead)
    if lead.reopened_at and _just_said(session, clue, reason):
        return
    if reopen_until(clue, lead, tools) is None:
        raise TooLate("a clue is reopened once, while there is time")
    if not reason.strip():
        raise InvalidInput("text", "needed")
    _say(session, clue, reason, tools)
    if lead is not clue:
        audit.record(session, "reporter_wrote", at=tools.now(), clue_id=clue.id)
    with session.no_autoflush:  # the CHECKs tie state to columns: both change in one statement
        lead.state, lead.closed_at, lead.reopened_at, lead.extended = State.HANDLING, None, tools.now(), False
        lead.due_on = terms.answer_due(lead, tools.today(), tools)
    others = [one for one in (lead, *merging.together(session, lead)) if one is not clue]
    merging.say(session, others, MessageKind.REFERRAL, labels.TAKEN_UP[State.CLOSED], officer_id=None, at=tools.now())
    for one in (clue, *others):
        search.refresh(session, one, tools.segmenter())
    audit.step(session, "reporter_reopened", lead, State.CLOSED, at=tools.now())
    notify.tell(session, Event.ARRIVED, lead, tools=tools)
    notify.tell_reporters(session, lead, Action.REOPEN, tools=tools, but=clue.id)
    notify.tell_programs(session, lead, tools=tools)


def rate(session: Session, clue: Clue, rating: Rating, *, tools: Tools) -> None:
    """What the reporter says of the answer, once; the same once more is done. Raises InvalidAction for a clue without an answer or
    rated otherwise before."""
    lock(session, clue)
    if clue.rating is rating:
        return
    if clue.rating or merging.shown_state(clue, merging.lead(session, clue)) is not State.CLOSED:
        raise InvalidAction("nothing to rate")
    clue.rating = rating
    audit.record(session, "reporter_rated", at=tools.now(), clue_id=clue.id, rating=rating.value)


def _just_said(session: Session, clue: Clue, text: str) -> Message | None:
    """The last message of the thread, if it is the reporter's and in these words: a button was pressed twice."""
    last = session.scalar(select(Message).where(Message.clue_id == clue.id).order_by(Message.id.desc()).limit(1))
    return last if last and last.kind is MessageKind.REPORTER and last.text == text.strip() else None


def _say(session: Session, clue: Clue, text: str, tools: Tools) -> Message:
    said = Message(clue_id=clue.id, at=tools.now(), kind=MessageKind.REPORTER, text=text.strip())
    session.add(said)
    session.flush()
    return said
