"""What other systems ask for: file a clue, follow it by its code, fetch what lies with the office, report back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Response, current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from intake import jobs, labels
from intake.api import blueprint, door, openapi
from intake.api.shapes import (
    Assigned,
    Batch,
    Code,
    Done,
    Filed,
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
from intake.errors import InvalidInput
from intake.models import Clue
from intake.rules.codes import parse_code
from intake.services import attachments, clues, handling, lists, reporter, systems, triage, vault
from intake.services.clues import Submission
from intake.services.lists import Filter


@blueprint.get("/openapi.json")
def description() -> Response:
    """What this door understands, for programs."""
    return Response(openapi.as_json(current_app.url_map.iter_rules()), content_type="application/json")


@blueprint.post("/clues")
def file_clue() -> Response:
    """The clue is stored once for one Idempotency-Key; the query code is for the reporter alone."""
    given = door.sent(NewClue)
    submission = _submission(given)
    _once(lambda database: {"number": _file(database, submission, given.external_number).number})
    code = clues.code_of(tools(), submission.key)
    with reading(engine()) as database:
        clue = clues.by_code(database, code, tools().settings.pepper)
        answer = Filed(number=clue.number, code=code, **_dates(clue))
    jobs.after_filing(engine(), clue.id, tools())
    return door.shown(answer, 201)


@blueprint.post("/clues/batch")
def file_batch() -> Response:
    """One row after another: what cannot be taken in is said in its row and keeps none of the others out."""
    given = door.sent(Batch).clues
    told = _once(lambda database: {"rows": [_row(database, one, at) for at, one in enumerate(given)]})
    codes = [clues.code_of(tools(), _form_key(at)) for at in range(len(given))]
    tools().bell.ring()
    rows = [Row(**row, code=code if row["number"] else "") for row, code in zip(told["rows"], codes, strict=True)]
    return door.shown(Rows(clues=rows), 201)


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
        return door.shown(Done(**_once(add, content)), 201)
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
        return door.shown(
            Progress(
                number=clue.number, state=clue.state, told=labels.PUBLIC_STATES[clue.state], asked=clue.asked_at is not None,
                messages=said, **_dates(clue),
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

    return door.shown(Done(**_once(add)), 201)


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
        told = {name: getattr(clue, name) for name in Assigned.model_fields.keys() - Listed.model_fields.keys() - {"actions"}}
        return door.shown(Assigned(**_listed(clue), **told, actions=list(handling.possible(clue, viewer))))


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

    return door.shown(Done(**_once(act)), 201)


def _once(do: Callable[[Session], Mapping[str, Any]], content: bytes | None = None) -> dict[str, Any]:
    """Do it once for this request's key; who comes second at the same moment waits and gets the first one's answer."""
    key, request = door.key(), content or door.whole_request()
    try:
        return _try_once(do, key, request)
    except IntegrityError:
        return _try_once(do, key, request)


def _try_once(do: Callable[[Session], Mapping[str, Any]], key: str, request: bytes) -> dict[str, Any]:
    with transaction(engine()) as database:
        return systems.once(database, door.caller().id, key, request, lambda: do(database), tools=tools())


def _row(database: Session, given: NewClue, at: int) -> dict[str, str]:
    """The number of the clue of a row, or why there is none; what a refused row began is undone."""
    try:
        with database.begin_nested():
            number, detail = _file(database, _submission(given, at), given.external_number).number, ""
    except InvalidInput as error:
        number, detail = "", labels.sentence(error)
    return {"external_number": given.external_number, "number": number, "detail": detail}


def _form_key(at: int) -> str:
    return systems.form_key(door.caller().id, door.key(), door.whole_request(), at)


def _submission(given: NewClue, at: int = 0) -> Submission:
    if given.since and given.since > tools().today():
        raise InvalidInput("since", "day_not_come")
    told = given.model_dump(exclude={"region", "external_number", "contact"})
    return Submission(
        key=_form_key(at),
        region_code=given.region or door.caller().viewer.region_code,
        contact=given.contact.model_dump() if given.contact else None, **told,
    )  # fmt: skip


def _file(database: Session, submission: Submission, external_number: str) -> Clue:
    return systems.file(database, submission, external_number, door.caller().viewer.office_id, tools=tools())


def _dates(clue: Clue) -> dict[str, Any]:
    start = tools().local(clue.created_at).date()
    return {"triage_due": triage.triage_due(clue, tools()), "answer_due": handling.answer_due(clue, start, tools())}


def _listed(clue: Clue) -> dict[str, Any]:
    same = {name: getattr(clue, name) for name in ("number", "state", "version", "category", "accused_level", "due_on")}
    return same | {"region": clue.region_code, "received_at": clue.created_at}


def _done(clue: Clue) -> dict[str, Any]:
    due: Any = clue.due_on.isoformat() if clue.due_on else None
    return {"number": clue.number, "state": clue.state.value, "version": clue.version, "due_on": due}


