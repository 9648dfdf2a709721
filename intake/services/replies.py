"""Wordings that offices keep for what goes to a reporter, and the second look before it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from intake.errors import NotFound
from intake.models import Clue, ReplyTemplate
from intake.rules.replies import Doubt, Finding, find
from intake.rules.workflow import Action, Role
from intake.services import audit, contacts
from intake.services.clues import Viewer
from intake.services.directory import read_rows
from intake.tools import DATA, Tools

#: The field of an action's form that the reporter will read.
SENT = {Action.CONCLUDE: "answer", Action.ASK: "text", Action.REJECT: "text", Action.EXTEND: "text"}


def load_templates(session: Session) -> None:
    """The wordings of replies.csv for every office, where there are none."""
    if session.scalar(select(func.count()).where(ReplyTemplate.office_id.is_(None))):
        return
    for row in read_rows(DATA / "replies.csv"):
        session.add(ReplyTemplate(action=Action(row["action"]), title=row["title"], text=row["text"]))


def templates(session: Session, viewer: Viewer, action: Action | None = None) -> Sequence[ReplyTemplate]:
    """What the viewer's office may start from, its own first."""
    mine = or_(ReplyTemplate.office_id == viewer.office_id, ReplyTemplate.office_id.is_(None))
    query = select(ReplyTemplate).where(mine).order_by(ReplyTemplate.office_id.is_(None), ReplyTemplate.id)
    return session.scalars(query.where(ReplyTemplate.action == action) if action else query).all()


def add_template(
    session: Session, action: Action, title: str, text: str, *, everyone: bool, officer: Viewer, tools: Tools
) -> ReplyTemplate:
    """A wording for the officer's office, or for every office if he may speak for all."""
    office_id = None if everyone and for_everyone(officer) else officer.office_id
    template = ReplyTemplate(office_id=office_id, action=action, title=title, text=text)
    session.add(template)
    session.flush()
    audit.record(session, "template_changed", at=tools.now(), officer_id=officer.id, template=template.id, active=True)
    return template


def drop_template(session: Session, template_id: int, *, officer: Viewer, tools: Tools) -> None:
    """Take a wording away. Raises NotFound if it is not this officer's to take."""
    template = session.get(ReplyTemplate, template_id)
    if template is None or not may_drop(template, officer):
        raise NotFound("no such template")
    session.delete(template)
    audit.record(session, "template_changed", at=tools.now(), officer_id=officer.id, template=template_id, active=False)


def may_drop(template: ReplyTemplate, officer: Viewer) -> bool:
    return for_everyone(officer) if template.office_id is None else template.office_id == officer.office_id


def for_everyone(officer: Viewer) -> bool:
    """Whether the officer keeps the wordings of every office: the supervisor of the installation's first office."""
    return officer.home and officer.role is Role.SUPERVISOR


def doubts(
    session: Session, clue: Clue | None, action: Action, words: Mapping[str, Any], *, officer: Viewer, tools: Tools
) -> list[Finding]:
    """What to look at twice in the words that `action` would send; empty for what the reporter does not read.

    Without a clue (words for many at once) no reporter's own name is looked for.
    """
    if action not in SENT:
        return []
    text = str(words.get(SENT[action]) or "")
    name = contacts.name_if_opened(session, clue, officer.id, tools) if clue else ""
    found = find(text, names=[name], templates=[t.text for t in templates(session, officer, action)])
    again = action is Action.CONCLUDE and clue is not None and _as_before(clue, words)
    return [Finding(0, len(text), Doubt.AGAIN), *found] if again else found


def _as_before(clue: Clue, words: Mapping[str, Any]) -> bool:
    """Whether a conclusion is word for word the one that the clue has already."""
    said = {name: str(words.get(name) or "").strip() for name in ("verdict", "measures", "answer")}
    counted = {name: words.get(name) or 0 for name in ("educated", "disciplined")}
    kept = {name: getattr(clue, name) for name in said | counted}
    return kept == said | counted
