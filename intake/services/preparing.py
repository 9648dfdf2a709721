"""What the worker does with a file before officers see it: scanned, its pages painted, its words read and indexed."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake import scanner
from intake.cleaning.previews import Looked, Picture, Reader, ToPdf, look
from intake.models import Attachment, AttachmentPreview, AttachmentState
from intake.services import audit, search, vault
from intake.tools import Tools


@dataclass(frozen=True)
class Prepared:
    """What came of a file: its pages' pictures with their sealed files, the words read, or that it is infected; `failed` the
    error with which painting or reading ended."""

    pages: tuple[tuple[Picture, vault.SealedFile], ...] = ()
    text: str | None = None
    infected: bool = False
    failed: str = ""


def waiting(session: Session, most: int = 200) -> Sequence[Attachment]:
    """The files that were sent and wait, oldest first."""
    query = select(Attachment).where(Attachment.state == AttachmentState.WAITING, Attachment.clue_id.is_not(None))
    return session.scalars(query.order_by(Attachment.id).limit(most)).all()


def prepare(found: Attachment, tools: Tools, read: Reader | None, to_pdf: ToPdf | None) -> Prepared:
    """Scan a file where a scanner is set, then look at it; outside every transaction, for it takes seconds.

    What cannot be painted or read is ready without that; what was not scanned is not. Raises ScannerUnreachable, NotFound
    for a sealed file that does not open now.
    """
    with tempfile.TemporaryFile() as opened:
        opened.writelines(vault.opened(found.stored, tools))
        address = tools.settings.text("CLAMD")
        opened.seek(0)
        if address and scanner.is_infected(iter(lambda: opened.read(vault.CHUNK), b""), address):
            return Prepared(infected=True)
        opened.seek(0)
        try:
            return _sealed(look(cast(BinaryIO, opened), found.format, read, to_pdf), tools)
        except Exception as error:  # whatever a picture or a document makes its readers meet
            return Prepared(failed=type(error).__name__)


def settle(session: Session, attachment_id: int, prepared: Prepared, *, tools: Tools) -> list[str]:
    """Write down what came of a file; returns the names to drop from the vault: those of an infected file.

    Where another worker was faster, or the file is gone by now, the pictures are dropped instead.
    """
    found = session.get(Attachment, attachment_id, with_for_update=True)
    if found is None or found.clue is None or found.state is not AttachmentState.WAITING:
        return [sealed.name for _, sealed in prepared.pages]
    found.state = AttachmentState.INFECTED if prepared.infected else AttachmentState.READY
    if prepared.infected:
        audit.record(session, "file_infected", at=tools.now(), clue_id=found.clue_id, attachment=found.id)
        return [found.stored]
    for number, (picture, sealed) in enumerate(prepared.pages, 1):
        size = {"width": picture.width, "height": picture.height}
        session.add(AttachmentPreview(attachment_id=found.id, page=number, stored=sealed.name, **size))
    found.text = prepared.text
    if found.text and found.clue.triaged_at:
        search.refresh(session, found.clue, tools.segmenter())
    return []


def _sealed(looked: Looked, tools: Tools) -> Prepared:
    pages = tuple((picture, vault.put(io.BytesIO(picture.content), tools)) for picture in looked.pictures)
    return Prepared(pages, looked.text)
