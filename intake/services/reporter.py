"""What the reporter does with the query code: add words, answer a question, rate the answer, ask once for it to be reopened."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.db import lock
from intake.errors import InvalidAction, InvalidInput, ThreadOver, TooLate
from intake.models import Clue, Event, Message, MessageKind, Rating
from intake.rules.deadlines import Term
from intake.rules.workflow import State
from intake.services import attachments, audit, handling, merging, notify, pausing, search
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
    return clue.state is State.CLOSED or merging.shown_state(clue, lead) is State.REJECTED


def reopen_until(clue: Clue, tools: Tools) -> date | None:
    """The last day on which the reporter may ask for a new handling; None where it is not possible, or no longer."""
    if clue.state is not State.CLOSED or clue.reopened_at or clue.closed_at is None:
        return None
    last = tools.local(clue.closed_at).date() + timedelta(days=tools.terms[Term.REOPENING].count)
    return last if tools.today() <= last else None


def reopen(session: Session, clue: Clue, reason: str, *, tools: Tools) -> None:
    """The reporter is not satisfied: the clue is handled again, with a new term. Once, with a reason; the same once more is done.

    Raises TooLate when the time is over or it was done before, InvalidInput without a reason.
    """
    lock(session, clue)
    if clue.reopened_at and _just_said(session, clue, reason):
        return
    if reopen_until(clue, tools) is None:
        raise TooLate("a clue is reopened once, while there is time")
    if not reason.strip():
        raise InvalidInput("text", "needed")
    _say(session, clue, reason, tools)
    with session.no_autoflush:  # the CHECKs tie state to columns: both change in one statement
        clue.state, clue.closed_at, clue.reopened_at, clue.extended = State.HANDLING, None, tools.now(), False
        clue.due_on = handling.answer_due(clue, tools.today(), tools)
    search.refresh(session, clue, tools.segmenter())
    audit.step(session, "reporter_reopened", clue, State.CLOSED, at=tools.now())
    notify.tell(session, Event.ARRIVED, clue, tools=tools)
    notify.tell_programs(session, clue, tools=tools)


def rate(session: Session, clue: Clue, rating: Rating, *, tools: Tools) -> None:
    """What the reporter says of the answer, once; the same once more is done. Raises InvalidAction for a clue without an answer or
    rated otherwise before."""
    lock(session, clue)
    if clue.rating is rating:
        return
    if clue.state is not State.CLOSED or clue.rating:
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
