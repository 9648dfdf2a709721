"""Clues that are taken in but kept out of the queue until somebody has looked: nothing is refused, nothing is dropped.

A held clue has its number, its query code and its due date like any other. The same text sent again and again, and what
only a robot fills in, waits for a clerk; what came too fast is let go by the worker after HOURS at the latest.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, delete, exists, func, select
from sqlalchemy.orm import Session

from classifier import normalise
from intake.models import Clue, Event, Hold, TextMark
from intake.services import audit, clues, notify
from intake.services.clues import HELD, Submission, Viewer, visible_to
from intake.tools import Tools

HOURS = 24
#: Marks older than this are deleted, so that a text is not known for ever.
MARK_DAYS = 30
#: How many clues are let go at once.
MOST = 500
_BY_ITSELF = (Hold.MANY, Hold.FLOOD)
_group_mark = case((TextMark.hold == Hold.SAME, TextMark.mark), else_="")


@dataclass(frozen=True)
class Group:
    """Clues held for one reason (`mark` is that of their text where it is the same): how many, since when, and one of them."""

    why: Hold
    mark: str
    total: int
    since: datetime
    first: Clue


def take_in(session: Session, submission: Submission, suspicion: Hold | None, *, tools: Tools) -> TextMark:
    """Store a clue that came through the door, held for `suspicion` or because its text came often before."""
    clue = clues.submit(session, submission, tools=tools)
    mark = _mark(clue.text, tools.settings.pepper)
    count, known = _seen(session, mark, clue.id)
    if known:  # the same form once more
        return session.get_one(TextMark, clue.id)
    often = count >= tools.settings.number("SAME_TEXTS")
    noted = TextMark(clue_id=clue.id, at=tools.now(), mark=mark, hold=suspicion or (Hold.SAME if often else None))
    session.add(noted)
    session.flush()
    if noted.hold:
        audit.record(session, "held", at=tools.now(), clue_id=clue.id, why=noted.hold.value)
    return noted


def why(session: Session, clue: Clue) -> Hold | None:
    """Why a clue is held; None for any other."""
    return session.scalar(select(TextMark.hold).join(Clue).where(Clue.id == clue.id, HELD))


def groups(session: Session, viewer: Viewer) -> Sequence[Group]:
    """What is held of the clues that `viewer` sees, in the groups in which it is let go, the oldest first."""
    since = func.min(TextMark.at)
    query = select(TextMark.hold, _group_mark, func.count(), since, func.min(Clue.id)).join(Clue)
    query = query.where(visible_to(viewer, rowwise=True), HELD).group_by(TextMark.hold, _group_mark).order_by(since)
    rows = session.execute(query).all()
    first = {clue.id: clue for clue in session.scalars(select(Clue).where(Clue.id.in_([row[4] for row in rows])))}
    return [Group(hold, mark, total, at, first[clue_id]) for hold, mark, total, at, clue_id in rows if hold is not None]


def count(session: Session, viewer: Viewer) -> int:
    """How many of the clues that `viewer` sees are held."""
    return session.scalar(select(func.count()).select_from(Clue).where(visible_to(viewer, rowwise=True), HELD)) or 0


def release(session: Session, why: Hold, mark: str, *, officer: Viewer, tools: Tools) -> int:
    """Let a group go into the queue, as far as `officer` sees it, MOST at once; returns how many."""
    return _let_go(session, and_(visible_to(officer), TextMark.hold == why, _group_mark == mark), officer.id, tools)


def release_waited(session: Session, *, tools: Tools) -> int:
    """Let go what came too fast and has waited HOURS, and forget old marks; returns how many clues were let go."""
    old = TextMark.at < tools.now() - timedelta(days=MARK_DAYS)
    session.execute(delete(TextMark).where(old, TextMark.hold.is_(None)))
    waited = TextMark.at <= tools.now() - timedelta(hours=HOURS)
    return _let_go(session, and_(waited, TextMark.hold.in_(_BY_ITSELF)), None, tools)


def _let_go(session: Session, which: ColumnElement[bool], officer_id: int | None, tools: Tools) -> int:
    query = select(TextMark, Clue).join(Clue).where(HELD, which).order_by(Clue.id).limit(MOST)
    rows = session.execute(query).all()
    for noted, clue in rows:
        audit.record(
            session,
            "released",
            at=tools.now(),
            officer_id=officer_id,
            clue_id=clue.id,
            why=noted.hold and noted.hold.value,
        )
        noted.hold = None
        if clue.triaged_at:
            notify.tell(session, Event.ARRIVED, clue, tools=tools)
    return len(rows)


def _seen(session: Session, mark: str, clue_id: int) -> tuple[int, bool]:
    """How many clues have this mark, and whether this one was noted before, under whatever mark; both in one question."""
    count = select(func.count()).select_from(TextMark).where(TextMark.mark == mark).scalar_subquery()
    total, known = session.execute(select(count, exists().where(TextMark.clue_id == clue_id))).one()
    return total, bool(known)


def _mark(text: str, pepper: bytes) -> str:
    """A keyed hash of a text's letters and digits: blanks, signs and widths make no difference."""
    plain = "".join(c for c in normalise(text).lower() if c.isalnum())
    return hmac.new(pepper, b"text-mark\0" + plain.encode(), hashlib.sha256).hexdigest()
