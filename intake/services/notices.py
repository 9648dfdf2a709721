"""Notices: the calls for clues (征集公告), drafted, published, extended and closed by those who run them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from intake.errors import InvalidAction, InvalidInput, NotFound
from intake.models import Category, Clue, Notice, NoticeState
from intake.rules.workflow import Role
from intake.services import audit
from intake.services.clues import Viewer, countable
from intake.services.directory import find_office, is_within, office
from intake.tools import Tools


@dataclass(frozen=True)
class Wording:
    """What a notice says, already checked for shape.

    `scope` holds (the notice's own words, codes of categories), `exclusions` (what, where it goes instead).
    """

    slug: str
    title: str
    region_code: str
    remit: str
    purpose: str
    scope: Sequence[tuple[str, Sequence[str]]]
    exclusions: Sequence[tuple[str, str]]
    promises: Sequence[str]
    opens_on: date
    closes_on: date
    handling_days: int | None


@dataclass(frozen=True)
class Count:
    """How many clues came under a notice, how many of them are over, and how many were outside its scope."""

    received: int = 0
    over: int = 0
    outside: int = 0


def open_notices(session: Session, today: date) -> Sequence[Notice]:
    """The notices one can answer today, the newest first."""
    query = select(Notice).where(
        Notice.state == NoticeState.PUBLISHED, Notice.opens_on <= today, Notice.closes_on >= today
    )
    return session.scalars(query.order_by(Notice.opens_on.desc(), Notice.id)).all()


def published(session: Session, slug: str) -> Notice:
    """The notice of a short address, open or over. Raises NotFound."""
    notice = session.scalar(select(Notice).where(Notice.slug == slug, Notice.state != NoticeState.DRAFT))
    if notice is None:
        raise NotFound("no such notice")
    return notice


def open_one(session: Session, slug: str, today: date) -> Notice | None:
    """The notice of a short address if one can answer it today."""
    notice = session.scalar(select(Notice).where(Notice.slug == slug))
    return notice if notice and is_open(notice, today) else None


def every(session: Session) -> Sequence[Notice]:
    """All notices, the newest first."""
    return session.scalars(select(Notice).order_by(Notice.opens_on.desc(), Notice.id)).all()


def of_slug(session: Session, slug: str) -> Notice:
    """The notice of a short address, drafts too. Raises NotFound."""
    notice = session.scalar(select(Notice).where(Notice.slug == slug))
    if notice is None:
        raise NotFound("no such notice")
    return notice


def is_open(notice: Notice, today: date) -> bool:
    """Whether one can answer a notice today."""
    return notice.state is NoticeState.PUBLISHED and notice.opens_on <= today <= notice.closes_on


def is_over(session: Session, slug: str, today: date) -> bool:
    """Whether there was a notice of that address, which one can no longer answer."""
    notice = session.scalar(select(Notice).where(Notice.slug == slug, Notice.state != NoticeState.DRAFT))
    return notice is not None and not is_open(notice, today) and notice.opens_on <= today


def is_run_by(notice: Notice, viewer: Viewer) -> bool:
    """Whether an officer may change a notice: an admin all, a supervisor those of the places that are his."""
    mine = viewer.role is Role.SUPERVISOR and is_within(notice.office.region_code, viewer.region_code)
    return viewer.role is Role.ADMIN or mine


def covers(notice: Notice, category: str) -> bool:
    """Whether a category is in a notice's scope."""
    return any(category in item["categories"] for item in notice.scope)


def is_outside(clue: Clue) -> bool:
    """Whether a clue came under a notice whose scope its category is not in; it is handled all the same."""
    return bool(clue.notice and clue.category) and not covers(clue.notice, clue.category)  # type: ignore[arg-type]


def write(session: Session, wording: Wording, slug: str | None, *, by: Viewer, tools: Tools) -> Notice:
    """A new draft (`slug` None), or the draft of that address with other words.

    Raises NotFound for a notice that is not the officer's, InvalidAction for one that is published already, InvalidInput
    for a short address that is taken, an unknown category, a place or an office that the officer cannot speak for.
    """
    notice = _mine(session, slug, by) if slug else Notice(state=NoticeState.DRAFT)
    if notice.state is not NoticeState.DRAFT:
        raise InvalidAction("what is published stays as it was")
    if wording.slug != slug and session.scalar(select(Notice.id).where(Notice.slug == wording.slug)):
        raise InvalidInput("slug", "slug_taken")
    _fill(session, notice, wording, by)
    session.add(notice)
    session.flush()
    _record(session, notice, by, tools)
    return notice


def publish(session: Session, slug: str, *, by: Viewer, tools: Tools) -> Notice:
    """A draft goes public. Raises NotFound, InvalidAction, InvalidInput where its last day has passed."""
    notice = _in_state(session, slug, by, NoticeState.DRAFT)
    if notice.closes_on < tools.today():
        raise InvalidInput("closes_on", "day_has_passed")
    return _move(session, notice, NoticeState.PUBLISHED, by, tools)


def close(session: Session, slug: str, *, by: Viewer, tools: Tools) -> Notice:
    """End a published notice before its day; its page stays. Raises NotFound, InvalidAction."""
    return _move(session, _in_state(session, slug, by, NoticeState.PUBLISHED), NoticeState.CLOSED, by, tools)


def extend(session: Session, slug: str, closes_on: date, *, by: Viewer, tools: Tools) -> Notice:
    """Give a published notice a later last day. Raises NotFound, InvalidAction, InvalidInput for an earlier day."""
    notice = _in_state(session, slug, by, NoticeState.PUBLISHED)
    if closes_on <= max(notice.closes_on, tools.today()):
        raise InvalidInput("closes_on", "later_day_needed")
    notice.closes_on = closes_on
    return _move(session, notice, NoticeState.PUBLISHED, by, tools)


def counts(session: Session, viewer: Viewer) -> dict[int, Count]:
    """What came under each notice, of what the viewer's figures are of."""
    over = func.sum(case((Clue.closed_at.is_not(None), 1), else_=0))
    query = select(Clue.notice_id, Clue.category, func.count(), over).where(Clue.notice_id.is_not(None))
    rows = session.execute(query.where(countable(session, viewer)).group_by(Clue.notice_id, Clue.category)).all()
    known = {notice.id: notice for notice in every(session)}
    found = dict.fromkeys(known, Count())
    for notice_id, category, received, ended in rows:
        outside = received if category and not covers(known[notice_id], category) else 0
        old = found[notice_id]
        found[notice_id] = Count(old.received + received, old.over + ended, old.outside + outside)
    return found


def load_notices(session: Session, path: Path) -> int:
    """Add the notices of a seed file whose region has offices here; returns how many are new."""
    known = set(session.scalars(select(Notice.slug)))
    new = [row for row in tomllib.loads(path.read_text("utf-8"))["notice"] if row["slug"] not in known]
    for row in new:
        remit = row.pop("remit")
        session.add(Notice(**row, office_id=office(session, row["region_code"], remit).id, state=NoticeState.PUBLISHED))
    session.flush()
    return len(new)


def _mine(session: Session, slug: str, by: Viewer) -> Notice:
    notice = of_slug(session, slug)
    if not is_run_by(notice, by):
        raise NotFound("the notice is somebody else's")
    return notice


def _in_state(session: Session, slug: str, by: Viewer, state: NoticeState) -> Notice:
    notice = _mine(session, slug, by)
    if notice.state is not state:
        raise InvalidAction(f"the notice is {notice.state}")
    return notice


def _move(session: Session, notice: Notice, state: NoticeState, by: Viewer, tools: Tools) -> Notice:
    notice.state = state
    session.flush()
    _record(session, notice, by, tools)
    return notice


def _record(session: Session, notice: Notice, by: Viewer, tools: Tools) -> None:
    audit.record(
        session, "notice_changed", at=tools.now(), officer_id=by.id, notice=notice.id, state=notice.state.value,
        closes_on=notice.closes_on.isoformat(),
    )  # fmt: skip


def _fill(session: Session, notice: Notice, wording: Wording, by: Viewer) -> None:
    if by.role is not Role.ADMIN and not is_within(wording.region_code, by.region_code):
        raise InvalidInput("region", "not_your_region")
    runs = find_office(session, wording.region_code, wording.remit)
    if runs is None or not runs.active:
        raise InvalidInput("remit", "no_such_office")
    notice.office, notice.region_code = runs, wording.region_code
    for name in ("slug", "title", "purpose", "opens_on", "closes_on", "handling_days"):
        setattr(notice, name, getattr(wording, name))
    slugs = {row.code: row.slug for row in session.execute(select(Category.code, Category.slug))}
    if {code for _, codes in wording.scope for code in codes} - slugs.keys():
        raise InvalidInput("scope", "unknown_category")
    notice.scope = [{"wording": words, "categories": [slugs[code] for code in codes]} for words, codes in wording.scope]
    notice.exclusions = [{"what": what, "where": where} for what, where in wording.exclusions]
    notice.promises = list(wording.promises)
