"""What other systems ask for: file a clue, follow it by its code, fetch what lies with the office, report back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import Response, current_app, request
from sqlalchemy.orm import Session

from intake import labels, uploads
from intake.access import SYSTEMS
from intake.api import blueprint, door, openapi, taking
from intake.api.shapes import (
    REPORTED,
    Assigned,
    Batch,
    Code,
    Done,
    File,
    FileOf,
    Joined,
    Listed,
    NewClue,
    Page,
    Progress,
    Report,
    Row,
    Rows,
    Said,
    Wanted,
    WordsByCode,
)
from intake.cleaning import FORMATS
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.models import Attachment, Clue, Message
from intake.rules.codes import parse_code
from intake.rules.workflow import Action
from intake.services import attachments, clues, handling, lists, merging, reporter
from intake.services.lists import Filter


@blueprint.get("/openapi.json")
def description() -> Response:
    """What this door understands, for programs."""
    return Response(openapi.as_json(current_app.url_map.iter_rules()), content_type="application/json")


@blueprint.post("/clues")
def file_clue() -> Response:
    """The clue is stored once for one Idempotency-Key; the query code is for the reporter alone."""
    return door.shown(taking.take(door.sent(NewClue)), 201)


@blueprint.post("/clues/batch")
def file_batch() -> Response:
    """One row after another: what cannot be taken in is said in its row and keeps none of the others out."""
    rows = taking.take_rows(door.sent(Batch).clues)
    return door.shown(Rows(clues=[Row(**row) for row in rows]), 201)


@blueprint.post("/clues/files")
def attach() -> Response:
    """Files for a clue, by its query code; cleaned as those of the form, and kept only by the request that is the first with its key."""
    with taking.keeping(door.files("files", needed=True)) as attach_to:

        def add(database: Session) -> Mapping[str, Any]:
            clue = clues.by_code(database, parse_code(request.form.get("code", "")), tools().settings.pepper)
            attach_to(database, clue)
            return _done(clue)

        return door.shown(Done(**taking.once(add)), 201)


@blueprint.post("/progress")
def follow() -> Response:
    """What the query code shows the reporter."""
    code = parse_code(door.sent(Code).code)
    with reading(engine()) as database:
        clue = clues.by_code(database, code, tools().settings.pepper)
        lead = merging.lead(database, clue)
        return door.shown(
            Progress(
                number=clue.number, state=clue.state, told=labels.PUBLIC_STATES[merging.shown_state(clue, lead)], asked=clue.asked_at is not None,
                messages=_said(clues.thread(database, clue)), **taking.dates(clue, lead),
            )
        )  # fmt: skip


@blueprint.post("/progress/words")
def add_words() -> Response:
    """The reporter adds something, or answers a question."""
    given = door.sent(WordsByCode)
    code = parse_code(given.code)

    def add(database: Session) -> Mapping[str, Any]:
        clue = clues.by_code(database, code, tools().settings.pepper)
        reporter.add_words(database, clue, given.text, tools=tools())
        return _done(clue)

    return door.shown(Done(**taking.once(add)), 201)


@blueprint.get("/assigned")
def assigned() -> Response:
    """What the account's office may see, the first due first; without a word of the text."""
    wanted = door.asked(Wanted)
    changed = lists.changed_since(wanted.changed_since) if wanted.changed_since else None
    narrowed = Filter(states=(wanted.state,) if wanted.state else (), counted=changed)
    with reading(engine()) as database:
        page = lists.listing(database, door.caller().viewer, narrowed, wanted.after, wanted.size)
        return door.shown(Page(clues=[Listed(**_listed(clue)) for clue in page.rows], after=page.after))


@blueprint.get("/assigned/<number>")
def assigned_clue(number: str) -> Response:
    """A clue with its text; that it was opened is written down as for an officer."""
    with transaction(engine()) as database:
        viewer = door.caller().viewer
        clue = clues.visible(database, viewer, number)
        handling.opened(database, clue, viewer, tools())
        again = clues.again(clue, clues.notes(database, clue))
        return door.shown(
            Assigned(
                **_listed(clue), **{name: getattr(clue, name) for name in _OWN}, again=again and again.text, actions=_actions(clue),
                messages=_said(clues.thread(database, clue)), files=[_file(one) for one in attachments.of_clue(database, clue)],
                joined=[Joined(number=one.number, text=one.text, messages=_said(words)) for one, words in merging.joined(database, clue, viewer)],
            )
        )  # fmt: skip


@blueprint.get("/assigned/<number>/files/<int:attachment_id>")
def assigned_file(number: str, attachment_id: int) -> Response:
    """A file of such a clue; the download is written down as an officer's is."""
    with transaction(engine()) as database:
        viewer = door.caller().viewer
        clue = clues.visible(database, viewer, number)
        found = attachments.download(database, clue, attachment_id, officer_id=viewer.id, tools=tools())
    return uploads.saved(found, number, tools())


@blueprint.post("/assigned/<number>/steps")
def report(number: str) -> Response:
    """One step with a clue that lies with the office, under the rules that hold for officers."""
    step = door.sent(Report).step

    def act(database: Session) -> Mapping[str, Any]:
        viewer = door.caller().viewer
        clue = clues.visible(database, viewer, number)
        handling.act(database, clue, step.action, step.model_dump(), officer=viewer, tools=tools(), version=step.version)
        database.flush()
        return _done(clue)

    return door.shown(Done(**taking.once(act)), 201)


#: What is told of a clue as it stands in its row.
_OWN = ("title", "text", "accused_name", "since", "times_a_month", "minutes_each", "people", "reporter_kind")


def _actions(clue: Clue) -> list[Action]:
    """The steps that this system may take now: by the workflow, by its account, by its token."""
    caller = door.caller()
    if SYSTEMS["api.report"].value not in caller.scopes:
        return []
    return [action for action in handling.possible(clue, caller.viewer) if action in REPORTED]


def _said(messages: Iterable[Message]) -> list[Said]:
    return [Said(at=one.at, kind=one.kind, text=one.text) for one in messages]


def _file(found: Attachment) -> File:
    of = FileOf.NOTE if found.note_id else FileOf.MESSAGE if found.message_id else FileOf.CLUE
    return File(
        id=found.id, name=found.name, media_type=FORMATS[found.format].media_type, size=found.size, received_at=found.received_at, of=of,
        state=found.state,
    )  # fmt: skip


def _listed(clue: Clue) -> dict[str, Any]:
    same = {name: getattr(clue, name) for name in ("number", "state", "version", "category", "accused_level", "due_on")}
    return same | {"region": clue.region_code, "received_at": clue.created_at}


def _done(clue: Clue) -> dict[str, Any]:
    due: Any = clue.due_on.isoformat() if clue.due_on else None
    return {"number": clue.number, "state": clue.state.value, "version": clue.version, "due_on": due}


