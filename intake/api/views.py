"""What other systems ask for: file a clue, follow it by its code, fetch what lies with the office, report back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, current_app
from sqlalchemy.orm import Session

from intake import labels
from intake.api import blueprint, door, openapi, taking
from intake.api.shapes import (
    Assigned,
    Batch,
    Code,
    Done,
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
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.models import Clue
from intake.rules.codes import parse_code
from intake.services import attachments, clues, handling, lists, merging, reporter, vault
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
    given, kept, content = door.files()
    names, used = {one.sealed.name for one in kept}, set[str]()

    def add(database: Session) -> Mapping[str, Any]:
        clue = clues.by_code(database, parse_code(given), tools().settings.pepper)
        attachments.attach(database, clue, kept, officer_id=door.caller().viewer.id, tools=tools())
        used.update(names)
        return _done(clue)

    try:
        return door.shown(Done(**taking.once(add, content)), 201)
    except BaseException:
        used.clear()
        raise
    finally:
        vault.drop(names - used, tools())


@blueprint.post("/progress")
def follow() -> Response:
    """What the query code shows the reporter."""
    code = parse_code(door.sent(Code).code)
    with reading(engine()) as database:
        clue = clues.by_code(database, code, tools().settings.pepper)
        said = [Said(at=one.at, kind=one.kind, text=one.text) for one in clues.thread(database, clue)]
        lead = merging.lead(database, clue)
        return door.shown(
            Progress(
                number=clue.number, state=clue.state, told=labels.PUBLIC_STATES[merging.shown_state(clue, lead)], asked=clue.asked_at is not None,
                messages=said, **taking.dates(clue, lead),
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
        told = {name: getattr(clue, name) for name in Assigned.model_fields.keys() - Listed.model_fields.keys() - {"again", "actions"}}
        again = clues.again(clue, clues.notes(database, clue))
        return door.shown(
            Assigned(**_listed(clue), **told, again=again and again.text, actions=list(handling.possible(clue, viewer)))
        )  # fmt: skip


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


def _listed(clue: Clue) -> dict[str, Any]:
    same = {name: getattr(clue, name) for name in ("number", "state", "version", "category", "accused_level", "due_on")}
    return same | {"region": clue.region_code, "received_at": clue.created_at}


def _done(clue: Clue) -> dict[str, Any]:
    due: Any = clue.due_on.isoformat() if clue.due_on else None
    return {"number": clue.number, "state": clue.state.value, "version": clue.version, "due_on": due}


