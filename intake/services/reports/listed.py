"""From a number of a report to the condition of the list behind it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, false, not_, or_, select
from sqlalchemy.orm import Session

from intake.errors import CalendarUnpublished, InvalidInput, NotFound
from intake.models import Channel, Clue, ProvisionLink
from intake.rules.numbers import whole
from intake.rules.routing import AccusedLevel
from intake.services.directory import region_prefix
from intake.services.reports.counted import Counted, condition
from intake.services.reports.months import parse_month
from intake.services.reports.punctual import punctual, unpunctual
from intake.services.reports.rollups import rank
from intake.services.reports.value import UNDECIDED
from intake.tools import Tools


def behind(session: Session, question: Counted, tools: Tools) -> ColumnElement[bool]:
    """The clues behind a number. Raises NotFound for a column no report has."""
    parts = [_column(session, question, tools)]
    if question.category:
        parts.append(_of_categories(question.category.split(",")))
    if question.region:
        parts.append(_in_region(question.region))
    if notice_id := whole(question.notice):
        parts.append(Clue.notice_id == notice_id)
    if question.channel in set(Channel):
        parts.append(Clue.channel == Channel(question.channel))
    if question.reason:
        parts.append(Clue.reason == question.reason)
    if question.clause:
        parts.append(Clue.id.in_(touching(question.clause)))
    if question.rank:
        parts.append(Clue.accused_level.in_([level for level in AccusedLevel if rank(level) == question.rank]))
    return and_(*parts)


def touching(clause: str) -> Select[int]:
    """The ids of clues that a person confirmed to touch a provision; `any` for whatever provision."""
    query = select(ProvisionLink.clue_id).where(ProvisionLink.confirmed)
    return query if clause == "any" else query.where(ProvisionLink.provision_id == clause)


def asked(
    session: Session, question: Callable[[date, date | None], Counted], month: str, since: str, tools: Tools
) -> ColumnElement[bool]:
    """The clues behind a number that an address names; none at all where it names no month or no column."""
    try:
        today = tools.today()
        first = parse_month(since, today) if since else None
        return behind(session, question(parse_month(month, today), first), tools)
    except (InvalidInput, NotFound, CalendarUnpublished):
        return false()


def _column(session: Session, question: Counted, tools: Tools) -> ColumnElement[bool]:
    """The clues of a column; `triage_within`, `close_late` and the like are those in and out of time."""
    row, _, how = question.column.partition("_")
    judge = {"within": punctual, "late": unpunctual}.get(how)
    if judge and row in ("triage", "close"):
        return judge(session, row, question.month, tools)
    return condition(question.column, question.month, tools, question.since)


def _of_categories(slugs: list[str]) -> ColumnElement[bool]:
    known = Clue.category.in_([slug for slug in slugs if slug != UNDECIDED])
    return or_(known, Clue.category.is_(None)) if UNDECIDED in slugs else known


def _in_region(code: str) -> ColumnElement[bool]:
    """In the region; `~code` for those that name it and nothing below it, `!code` for those that lie elsewhere."""
    if code.startswith("~"):
        return Clue.region_code == code[1:]
    if code.startswith("!"):
        return or_(Clue.region_code.is_(None), not_(_in_region(code[1:])))
    prefix = region_prefix(code)
    return or_(Clue.region_code == code, and_(Clue.region_code >= prefix, Clue.region_code < prefix + ":"))
