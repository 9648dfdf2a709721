"""Demonstration clues: filed, triaged and handled through the same verbs as real ones, on a clock set back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.models import Clue, Office, Officer, ReporterKind
from intake.rules.codes import code_hash
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role, State
from intake.services import clues, directory, handling, identity, reporter, triage
from intake.services.clues import Submission, Viewer
from intake.tools import DATA, Tools

KEY = "demo-{:027d}"
Told = dict[str, Any]


@dataclass
class Stage:
    """What the telling of one clue's life needs: its place in time, and the officers who act."""

    session: Session
    tools: Tools
    now: datetime
    present: datetime

    def later(self, days: float) -> None:
        """Let time pass, but never into the future."""
        self.now = min(self.now + timedelta(days=days), self.present)
        self.tools.clock = lambda: self.now


def read() -> list[Told]:
    """The stories of demo.jsonl, oldest first, each with its line number."""
    lines = (DATA / "demo.jsonl").read_text("utf-8").splitlines()
    stories = [json.loads(line) | {"line": n} for n, line in enumerate(lines)]
    return sorted(stories, key=lambda story: (-story["days_ago"], story["hour"]))


def tell(session: Session, story: Told, *, tools: Tools) -> Clue | None:
    """File one story and bring it to its state; None if it is there already."""
    clock = {"hour": (story["hour"] - 8) % 24, "minute": story["line"] * 7 % 60}
    start = min(tools.now(), tools.now().replace(**clock) - timedelta(days=story["days_ago"]))
    own = replace(tools, clock=lambda: start)
    key = KEY.format(story["line"])
    if _known(session, own, key):
        return None
    stage = Stage(session, own, start, tools.now())
    clue = clues.submit(session, _submission(story, key), tools=own)
    triage.triage(session, clue.id, tools=own)
    session.flush()
    _lead_on(stage, clue, story)
    return clue


def _known(session: Session, tools: Tools, key: str) -> bool:
    code = code_hash(tools.settings.pepper, clues.code_of(tools, key))
    return session.scalar(select(Clue.id).where(Clue.code_hash == code)) is not None


def _submission(story: Told, key: str) -> Submission:
    contact = {"name": "", "way": story["contact"]} if story["contact"] else None
    return Submission(
        key=key, text=story["text"], region_code=story["region"], accused_name=story["accused"],
        accused_level=AccusedLevel(story["level"]), times_a_month=story["times"], minutes_each=story["minutes"],
        people=story["people"], reporter_kind=ReporterKind(story["kind"]), contact=contact, notice_slug=story["notice"],
    )  # fmt: skip


def _lead_on(stage: Stage, clue: Clue, story: Told) -> None:
    """From received to the state the story ends in."""
    state, words = State(story["state"]), story["words"]
    if state is State.RECEIVED:
        return
    clerk = _officer(
        stage, clue.intake_office or directory.office(stage.session, "321100", directory.INTAKE), Role.CLERK
    )
    stage.later(1 + story["line"] % 3)
    if state is State.REJECTED:
        _act(stage, clue, Action.REJECT, clerk, reason=story["reason"], text=words["referral"])
    elif state is State.MERGED:
        city = directory.office(stage.session, f"{story['region'][:4]}00", directory.INTAKE)  # sees both counties
        _act(stage, clue, Action.MERGE, _officer(stage, city, Role.CLERK), into=_number(stage, words["into"]))
    elif state is State.TRANSFERRED:
        _act(stage, clue, Action.TRANSFER, clerk, text=words["note"])
        stage.later(2)
        _act(stage, clue, Action.SIGN, _responsible(stage, clue, Role.HANDLER))
    else:
        _through_the_office(stage, clue, clerk, story["category"], state, words)


def _through_the_office(stage: Stage, clue: Clue, clerk: Viewer, category: str, state: State, words: Told) -> None:
    _act(stage, clue, Action.ASSIGN, clerk, category=category)
    if "return" in words:
        stage.later(1)
        _act(stage, clue, Action.RETURN, _responsible(stage, clue, Role.HANDLER), text=words["return"])
        stage.later(1)
        _act(stage, clue, Action.ASSIGN, clerk, category=category, again=True)
    if state is State.ASSIGNED:
        return
    stage.later(1)
    handler, lead = (_responsible(stage, clue, role) for role in (Role.HANDLER, Role.LEAD))
    _act(stage, clue, Action.SIGN, handler)
    _talk(stage, clue, handler, words)
    if "extend" in words:
        _act(stage, clue, Action.EXTEND, lead, text=words["extend"])
    if "supervise" in words:
        supervisor = _officer(
            stage, directory.office(stage.session, clerk.region_code, directory.INTAKE), Role.SUPERVISOR
        )
        _act(stage, clue, Action.SUPERVISE, supervisor, text=words["supervise"])
    if state is State.HANDLING:
        return
    stage.later(9)
    conclusion = {name: words[name] for name in ("verdict", "measures", "answer", "educated", "disciplined")}
    _act(stage, clue, Action.CONCLUDE, handler, **conclusion)
    if state is State.CLOSED:
        stage.later(1)
        _act(stage, clue, Action.APPROVE, lead)


def _talk(stage: Stage, clue: Clue, handler: Viewer, words: Told) -> None:
    if "question" not in words:
        return
    stage.later(1)
    _act(stage, clue, Action.ASK, handler, text=words["question"])
    if "reply" in words:
        stage.later(1)
        reporter.add_words(stage.session, clue, words["reply"], tools=stage.tools)


def _act(stage: Stage, clue: Clue, action: Action, officer: Viewer, **words: Any) -> None:
    handling.act(stage.session, clue, action, words, officer=officer, tools=stage.tools, version=clue.version)


def _number(stage: Stage, line: int) -> str:
    code = clues.code_of(stage.tools, KEY.format(line))
    return clues.by_code(stage.session, code, stage.tools.settings.pepper).number


def _responsible(stage: Stage, clue: Clue, role: Role) -> Viewer:
    return _officer(stage, stage.session.get_one(Office, clue.office_id), role)


def _officer(stage: Stage, office: Office, role: Role) -> Viewer:
    """An officer of the office in that role; one is made where there is none, whom no password lets in."""
    found = stage.session.scalar(select(Officer).where(Officer.office_id == office.id, Officer.role == role))
    if found is None:
        username = f"demo-{office.region_code}-{office.remit}-{role.value}"
        found = identity.enter_officer(stage.session, username, "演示人员", role, office, tools=stage.tools)
    return identity.viewer(found)


def stories(session: Session) -> Iterator[Told]:
    """The stories of places in which this installation has offices."""
    here = {code for (code,) in session.execute(select(Office.region_code).distinct())}
    return (story for story in read() if story["region"][:6] in here)
