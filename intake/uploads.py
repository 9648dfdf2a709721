"""Files as they come through a door, each cleaned outside the transaction, then written down in one of its own; and as they go out of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, Protocol
from urllib.parse import quote

from flask import Response
from sqlalchemy import Engine

from intake.cleaning import FORMATS, naming
from intake.db import reading, transaction
from intake.errors import FileRefused
from intake.models import Attachment
from intake.services import attachments, vault
from intake.services.attachments import Kept
from intake.tools import Tools


class Upload(Protocol):
    """A file of a form."""

    filename: str | None
    stream: BinaryIO


@dataclass(frozen=True)
class Refusal:
    """A file that was not taken: its name as it may be shown, and a key of labels.FILE_PROBLEMS."""

    name: str
    problem: str


def stage(engine: Engine, mark: str, uploads: Sequence[Upload], tools: Tools) -> list[Refusal]:
    """Keep files until they are sent, as many as there is room for; returns those that were refused."""
    with reading(engine) as session:
        room = attachments.MOST - len(attachments.staged(session, mark))
    refused = [_refusal(upload, "too_many") for upload in uploads[room:]]
    for upload in uploads[:room]:
        try:
            _stage(engine, mark, upload, tools)
        except FileRefused as error:
            refused.append(_refusal(upload, error.problem))
    return refused


def take_back(engine: Engine, mark: str, attachment_id: int, tools: Tools) -> None:
    """Forget a staged file and its bytes."""
    with transaction(engine) as session:
        names = attachments.take_back(session, mark, attachment_id)
    vault.drop(names, tools)


def receive(uploads: Sequence[Upload], tools: Tools) -> tuple[list[Kept], list[Refusal]]:
    """Clean and seal all files or none: when one is refused, what was kept of the others is dropped."""
    kept: list[Kept] = []
    refused = [_refusal(upload, "too_many") for upload in uploads[attachments.MOST :]]
    for upload in uploads[: attachments.MOST]:
        try:
            kept.append(_cleaned(upload, tools))
        except FileRefused as error:
            refused.append(_refusal(upload, error.problem))
    if refused:
        vault.drop([one.sealed.name for one in kept], tools)
        kept = []
    return kept, refused


def saved(found: Attachment, number: str, tools: Tools) -> Response:
    """A file of the clue of that number as a download that no browser opens by itself."""
    answer = unsealed(found.stored, FORMATS[found.format].media_type, tools)
    named = f"{number}-{found.id}.{found.format.value}"
    answer.headers["Content-Disposition"] = f"attachment; filename={named}; filename*=UTF-8''{quote(found.name)}"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.content_length = found.size
    return answer


def unsealed(stored: str, media_type: str, tools: Tools) -> Response:
    """A sealed file, opened chunk by chunk; one that does not open is found out before the first byte goes out."""
    chunks = vault.opened(stored, tools)
    return Response(chain([next(chunks)], chunks), content_type=media_type)


def _stage(engine: Engine, mark: str, upload: Upload, tools: Tools) -> None:
    kept = _cleaned(upload, tools)
    try:
        with reading(engine) as session:
            alike = attachments.alike(session, mark, kept)
        if any(vault.is_same(kept.sealed.name, name, tools) for name in alike):
            raise FileRefused("same")  # a page that was loaded again, or a second press
        with transaction(engine) as session:
            attachments.stage(session, mark, kept, tools=tools)
    except BaseException:
        vault.drop([kept.sealed.name], tools)
        raise


def _cleaned(upload: Upload, tools: Tools) -> Kept:
    with upload.stream as stream:
        return attachments.receive(stream, upload.filename or "", tools)


def _refusal(upload: Upload, problem: str) -> Refusal:
    return Refusal(naming.bare(upload.filename or ""), problem)
