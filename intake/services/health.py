"""How an installation is: what it needs before it is ready, and figures about it without anything of a person.

Every figure is read from an index of few rows or from a file's time, so that asking costs the same however many clues
there are, and every process gives the same answer.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from classifier import ModelError
from intake import db
from intake.models import ChainHead, Clue, Counter
from intake.rules.faults import BACKLOG_SECONDS, Need
from intake.services import notify
from intake.tools import LAST_BACKUP, Tools

_YEARS_AHEAD = 3


@dataclass(frozen=True)
class Figure:
    """One figure as a monitoring system takes it; `name` says the unit, `rises` that it never falls."""

    name: str
    meaning: str
    value: float
    rises: bool = False


def unready(session: Session, *, tools: Tools) -> dict[Need, str]:
    """What is missing, each with a reason in a few words; {} when everything is there.

    With a schema of another version only that is said: the rest could not be read.
    """
    at, wanted = db.schema(session.connection()), db.revisions()[0]
    if at != wanted:
        return {Need.SCHEMA: f"at {at}, wanted {wanted}"}
    waits = _oldest_waiting(session, tools)
    reasons = {
        Need.BACKLOG: f"oldest waits {waits:.0f} s" if waits > BACKLOG_SECONDS else "",
        Need.MODEL: _model(tools),
        Need.CALENDAR: "" if calendar_days(tools) else f"no working days of {tools.today().year}",
    }
    return {need: reason for need, reason in reasons.items() if reason}


def figures(session: Session, *, tools: Tools) -> Iterator[Figure]:
    """Every figure of the installation; one that cannot be told (no backup yet) is left out."""
    waiting = select(func.count()).select_from(Clue).where(Clue.triaged_at.is_(None))
    late = select(func.count()).select_from(Clue).where(Clue.due_on < tools.today())
    filed = select(func.coalesce(func.sum(Counter.last), 0))
    yield Figure("songbang_clues_filed", "Clues ever filed", _number(session.scalar(filed)), rises=True)
    yield Figure("songbang_clues_overdue", "Open clues past their date", _number(session.scalar(late)))
    yield Figure("songbang_triage_waiting", "Clues not triaged yet", _number(session.scalar(waiting)))
    yield Figure("songbang_triage_oldest_seconds", "Age of the oldest of them", _oldest_waiting(session, tools))
    yield from _messages(session, tools)
    yield Figure("songbang_calendar_days", "Days ahead for which working days are known", calendar_days(tools))
    yield Figure("songbang_disk_free_bytes", "Free space where the instance lies", _free(tools))
    yield from _ages(session, tools)


def calendar_days(tools: Tools) -> int:
    """For how many days from today on, whole years taken together, working days are known; 0 if today's are not."""
    today, year = tools.today(), tools.today().year
    while year < today.year + _YEARS_AHEAD and tools.has_workdays(year):
        year += 1
    return max(0, (date(year, 1, 1) - today).days)


def _model(tools: Tools) -> str:
    try:
        tools.classifier()
    except ModelError as error:
        return error.problem
    return ""


def _oldest_waiting(session: Session, tools: Tools) -> float:
    """Seconds that the first clue in the queue has waited; 0 when nothing waits."""
    oldest = session.scalar(select(Clue.created_at).where(Clue.triaged_at.is_(None)).order_by(Clue.id).limit(1))
    return _seconds(tools.now() - oldest) if oldest else 0.0


def _messages(session: Session, tools: Tools) -> Iterator[Figure]:
    """What waits to be sent and should have gone out by now."""
    count, waited = notify.stuck(session, tools=tools)
    yield Figure("songbang_messages_waiting", "Messages that should have gone out", count)
    yield Figure("songbang_messages_oldest_seconds", "How long the first of them has waited", _seconds(waited))


def _ages(session: Session, tools: Tools) -> Iterator[Figure]:
    """How long ago the last backup and the last day's work of the worker were."""
    stamp = tools.settings.instance / LAST_BACKUP
    if stamp.exists():
        made = datetime.fromtimestamp(stamp.stat().st_mtime, UTC)
        yield Figure("songbang_backup_age_seconds", "Age of the last finished backup", _seconds(tools.now() - made))
    if day := session.scalar(select(func.max(ChainHead.day))):
        yield Figure(
            "songbang_daily_work_age_days", "Days since the last published chain head", (tools.today() - day).days
        )


def _free(tools: Tools) -> float:
    return float(shutil.disk_usage(tools.settings.instance).free)


def _seconds(span: timedelta) -> float:
    return max(0.0, span.total_seconds())


def _number(value: int | None) -> float:
    return float(value or 0)
