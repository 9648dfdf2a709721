"""Filing through this door, once for one key; shared by its own addresses and by Open311's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from intake import jobs, labels
from intake.api import door
from intake.api.shapes import Filed, NewClue, Unfit
from intake.current import engine, tools
from intake.db import once_more, reading, transaction
from intake.errors import InvalidInput
from intake.models import Clue
from intake.services import attachments, clues, systems, terms, triage, vault
from intake.services.attachments import Kept
from intake.services.clues import Submission

Attach = Callable[[Session, Clue], None]


@contextmanager
def keeping(kept: Sequence[Kept]) -> Iterator[Attach]:
    """Gives what attaches cleaned files to a clue; what nothing in the block was attached to, or in vain, is deleted at its end."""
    names, used = {one.sealed.name for one in kept}, set[str]()

    def attach(database: Session, clue: Clue) -> None:
        attachments.attach(database, clue, kept, officer_id=door.caller().viewer.id, tools=tools())
        used.update(names)

    try:
        yield attach
    except BaseException:
        used.clear()
        raise
    finally:
        vault.drop(names - used, tools())


def take(given: NewClue, attach: Attach | None = None, *, brought: bool = False) -> Filed:
    """File a clue of this request with its files, or answer again what was filed under its key.

    `brought` keeps on record which office it came through, also where it has no number of its own there.
    """
    submission = _submission(given)

    def file(database: Session) -> Mapping[str, Any]:
        clue = _file(database, submission, given.external_number)
        if brought:
            systems.keep_number(database, clue, door.caller().viewer.office_id)
        if attach:
            attach(database, clue)
        return {"number": clue.number}

    once(file)
    code = clues.code_of(tools(), submission.key)
    with reading(engine()) as database:
        clue = clues.by_code(database, code, tools().settings.pepper)
        answer = Filed(number=clue.number, code=code, **dates(clue))
    jobs.after_filing(engine(), clue.id, tools())
    return answer


def take_rows(given: Sequence[NewClue | Unfit]) -> list[dict[str, str]]:
    """The same of many: for each its number and code, or why it was not taken in; that keeps none of the others out."""
    told = once(lambda database: {"rows": [_row(database, one, at) for at, one in enumerate(given)]})
    tools().bell.ring()
    codes = [clues.code_of(tools(), _form_key(at)) for at in range(len(given))]
    return [row | {"code": code if row["number"] else ""} for row, code in zip(told["rows"], codes, strict=True)]


def once(do: Callable[[Session], Mapping[str, Any]]) -> dict[str, Any]:
    """Do it once for this request's key; who comes second at the same moment waits and gets the first one's answer."""
    key, request = door.key(), door.whole_request()
    return once_more(lambda: _try_once(do, key, request))


def dates(clue: Clue, lead: Clue | None = None) -> dict[str, Any]:
    """Until when it is decided whether a clue is taken up (None while that year's calendar is missing), and until when it, or what
    it is handled as, is answered."""
    return {"triage_due": triage.decided_by(clue, tools()), "answer_due": terms.promised(lead or clue, tools())}


def _try_once(do: Callable[[Session], Mapping[str, Any]], key: str, request: bytes) -> dict[str, Any]:
    with transaction(engine()) as database:
        return systems.once(database, door.caller().id, key, request, lambda: do(database), tools=tools())


def _row(database: Session, given: NewClue | Unfit, at: int) -> dict[str, str]:
    """The number of the clue of a row, or why there is none; what a refused row began is undone."""
    if isinstance(given, Unfit):
        why = "；".join(f"{one.field}：{one.detail}" if one.field else one.detail for one in door.wrong(given.error))
        return {"external_number": given.external_number, "number": "", "detail": why}
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
    return systems.file(database, submission, external_number, door.caller().viewer, tools=tools())
