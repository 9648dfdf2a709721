"""Things that tests need often, made through the services that the application uses."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from intake.models import Clue, Office, Officer, Report
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role
from intake.services import clues, directory, handling, identity, keys, triage
from intake.services.clues import Submission, Viewer
from intake.services.reports import freeze
from intake.tools import Tools

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
PASSWORD = "竹影扫阶尘不动-月穿潭底"
_serial = itertools.count(1)

STORY = "街道要求社区每天早上八点前在应用里签到，晚一分钟就在群里点名，月底按签到率给社区排名。"


def officer(session: Session, tools: Tools, role: Role, region: str, remit: str = "task_force") -> Officer:
    """An officer of that role in the office for a remit, with PASSWORD, past the first sign-in."""
    office = directory.office(session, region, remit)
    username = f"{role.value}-{region}-{remit}-{next(_serial)}"
    entered = identity.enter_officer(session, username, "李老师", role, office, tools=tools)
    entered.password_hash, entered.must_change_password = _hash(), False
    keys.enrol(session, entered, PASSWORD)
    return entered


@cache
def _hash() -> str:
    """PASSWORD as it is kept, once for all officers of a run: four fifths of what making one costs."""
    return identity.hasher.hash(PASSWORD)


def viewer(session: Session, tools: Tools, role: Role, region: str, remit: str = "task_force") -> Viewer:
    """The same as what visibility takes."""
    return identity.viewer(officer(session, tools, role, region, remit))


def submission(**changed: Any) -> Submission:
    """A clue about a street of 丹徒区, 镇江."""
    given = Submission(
        key=f"key-{next(_serial):028d}", text=STORY, region_code="321112", accused_name="某街道办事处",
        accused_level=AccusedLevel.TOWNSHIP,
    )  # fmt: skip
    return replace(given, **changed)


def clue(session: Session, tools: Tools, **changed: Any) -> Clue:
    """A clue filed and triaged."""
    filed = clues.submit(session, submission(**changed), tools=tools)
    assert triage.triage(session, filed.id, tools=tools)
    session.flush()
    return filed


def act(session: Session, found: Clue, action: Action, who: Viewer, tools: Tools, **words: Any) -> Clue:
    """One step, with the version the clue has now."""
    return handling.act(session, found, action, words, officer=who, tools=tools, version=found.version)


def office(session: Session, region: str, remit: str) -> Office:
    return directory.office(session, region, remit)


def draft(session: Session, tools: Tools, office_id: int, month: date) -> Report:
    """The draft of an office's month."""
    return freeze.draft(session, freeze.counted(session, office_id, month, tools=tools), tools=tools)
