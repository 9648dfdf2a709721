"""What the auditor looks for in the log: by person, event, clue and days, in steps that cost the same however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, false, func, not_, select
from sqlalchemy.orm import Session, joinedload

from intake import labels
from intake.models import AuditEntry, Clue, Office, Officer
from intake.rules.numbers import LARGEST
from intake.services.clues import Viewer, recused
from intake.tools import Tools

#: Entries that one look goes through: persons and events have no index, and one who did little is not looked for in all.
LOOK = 100_000
#: Entries by which the order of ids and of moments may differ: who writes at once takes the moment first.
_SLACK = 1000


@dataclass(frozen=True)
class Sought:
    """What is looked for; empty for whatever there is. `officer` is a user name, `number` a clue's."""

    officer: str = ""
    action: str = ""
    number: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class Line:
    """An entry, the number of its clue ("" without one, or where the auditor is recused), and what it is about."""

    entry: AuditEntry
    number: str
    about: str


@dataclass(frozen=True)
class Found:
    """Entries, the newest first; how far back the look went, and the id from which to look on (None at the end)."""

    lines: Sequence[Line]
    down_to: int
    before: int | None


def look(session: Session, viewer: Viewer, sought: Sought, before: int | None, most: int, *, tools: Tools) -> Found:
    """At most `most` entries older than id `before`, of the LOOK entries before it."""
    top, floor = _span(session, sought, before, tools)
    query = select(AuditEntry).options(joinedload(AuditEntry.officer)).order_by(AuditEntry.id.desc()).limit(most)
    within = (AuditEntry.id < top, AuditEntry.id >= floor)
    entries = session.scalars(query.where(*within, *_conditions(session, viewer, sought, tools))).all()
    lines = _told(session, viewer, entries)
    if len(entries) == most:
        return Found(lines, entries[-1].id, entries[-1].id)
    return Found(lines, floor, floor if floor > 1 and floor > _first(session, sought, tools) else None)


def _span(session: Session, sought: Sought, before: int | None, tools: Tools) -> tuple[int, int]:
    """The ids to look through: from the second up to, and without, the first."""
    top = (session.scalar(select(func.max(AuditEntry.id))) or 0) + 1
    if sought.until and (later := _at(session, sought.until + timedelta(days=1), tools)):
        top = min(top, later + _SLACK)
    top = min(top, before or top)
    if sought.number:  # indexed, and few
        return top, 1
    return top, max(1, top - LOOK, _first(session, sought, tools))


def _first(session: Session, sought: Sought, tools: Tools) -> int:
    """The id before which nothing of the days that are looked for can be."""
    return (_at(session, sought.since, tools) or LARGEST) - _SLACK if sought.since else 1


def _at(session: Session, day: date, tools: Tools) -> int | None:
    """The id of the first entry of a day or later."""
    later = select(AuditEntry.id).where(AuditEntry.at >= tools.midnight(day))
    return session.scalar(later.order_by(AuditEntry.at).limit(1))


def _conditions(session: Session, viewer: Viewer, sought: Sought, tools: Tools) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if sought.officer:
        who = session.scalar(select(Officer.id).where(Officer.username == sought.officer))
        found.append(AuditEntry.officer_id == who if who else false())
    if sought.action:
        found.append(AuditEntry.action == sought.action)
    if sought.number:
        clue = session.scalar(select(Clue.id).where(Clue.number == sought.number, not_(recused(viewer))))
        found.append(AuditEntry.clue_id == clue if clue else false())
    if sought.since:
        found.append(AuditEntry.at >= tools.midnight(sought.since))
    if sought.until:
        found.append(AuditEntry.at < tools.midnight(sought.until + timedelta(days=1)))
    return found


def _told(session: Session, viewer: Viewer, entries: Sequence[AuditEntry]) -> list[Line]:
    """The entries with numbers and names in place of ids; of a clue from which the auditor is recused, none."""
    clues = {entry.clue_id for entry in entries} - {None}
    known = select(Clue.id, Clue.number).where(Clue.id.in_(clues), not_(recused(viewer)))
    numbers: dict[int | None, str] = dict(session.execute(known).all())
    officers = _names(session, Officer.id, Officer.username, entries, labels.OF_OFFICERS)
    offices = _names(session, Office.id, Office.name, entries, labels.OF_OFFICES)
    return [
        Line(one, numbers.get(one.clue_id, ""), labels.audited(one.keys, officers, offices))
        if one.clue_id is None or one.clue_id in numbers else Line(one, "", "")
        for one in entries
    ]  # fmt: skip


def _names(session: Session, key: Any, name: Any, entries: Sequence[AuditEntry], kinds: Sequence[str]) -> dict[object, str]:
    ids = {one.keys[kind] for one in entries for kind in kinds if isinstance(one.keys.get(kind), int)}
    return dict(session.execute(select(key, name).where(key.in_(ids))).all())
