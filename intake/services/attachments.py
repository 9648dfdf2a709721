"""Files of a clue: cleaned and sealed as they come, staged until they are sent, then seen by whoever sees the clue.

Cleaning takes seconds and happens outside every transaction; only what was kept is written down.
"""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO, cast

import structlog
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from classifier import ModelError, Prediction
from intake.cleaning import FORMATS, Cleaned, clean, naming
from intake.errors import FileRefused, NotFound
from intake.models import Attachment, AttachmentPreview, AttachmentState, Clue, Note
from intake.models.clues import over_before
from intake.rules import disclosures
from intake.rules.codes import code_from, code_hash
from intake.rules.workflow import State
from intake.services import audit, search, vault
from intake.tools import Tools

#: Files that may be staged for one sending, bytes that may be staged in all, and how long they wait.
MOST = 9
MOST_STAGED = 8 * 2**30
STAGED_HOURS = 24
#: Characters below which a clue's own words say too little.
SHORT = 20
#: Cleaning decodes pictures: so many at a time bound the memory of a process, and so many more may wait for their
#: turn; whoever comes then is asked to try again, so that pages without files always find a thread.
_cleaners, _line = threading.BoundedSemaphore(2), threading.BoundedSemaphore(4)
log = structlog.get_logger()


@dataclass(frozen=True)
class Kept:
    """A cleaned file in the vault that no row speaks of yet; `size` is in bytes."""

    name: str
    size: int
    cleaned: Cleaned
    sealed: vault.SealedFile


def mark_of(form_key: str, tools: Tools) -> str:
    """What files wait under until the clue with this form key is filed: the hash of the code it will have."""
    return code_hash(tools.settings.pepper, code_from(tools.settings.pepper, form_key))


def receive(source: BinaryIO, name: str, tools: Tools) -> Kept:
    """Clean and seal a file. Raises FileRefused, whatever it is that goes wrong."""
    if not _line.acquire(blocking=False):
        raise FileRefused("busy")
    try:
        return _receive(source, name, tools)
    finally:
        _line.release()


def _receive(source: BinaryIO, name: str, tools: Tools) -> Kept:
    with _cleaners, tempfile.TemporaryFile() as written:
        target = cast(BinaryIO, written)
        try:
            cleaned = clean(source, target)
            size = target.seek(0, 2)
            target.seek(0)
            return Kept(naming.shown(name, cleaned.format), size, cleaned, vault.put(target, tools))
        except FileRefused:
            raise
        except OSError as error:
            log.error("file not stored", error=type(error).__name__)
            raise FileRefused("not_stored") from error
        except Exception as error:  # a library that stumbles over a strange file must not refuse the reporter
            log.error("file not cleaned", error=type(error).__name__)
            raise FileRefused("damaged") from error


def staged(session: Session, mark: str) -> Sequence[Attachment]:
    """The files that wait under a mark, in the order they came."""
    return session.scalars(select(Attachment).where(Attachment.staged_for == mark).order_by(Attachment.id)).all()


def stage(session: Session, mark: str, kept: Kept, *, tools: Tools) -> Attachment:
    """Write down a file that waits to be sent. Raises FileRefused when there are MOST already, or no room."""
    if len(staged(session, mark)) >= MOST:
        raise FileRefused("too_many")
    waiting = session.scalar(select(func.sum(Attachment.size)).where(Attachment.clue_id.is_(None))) or 0
    if waiting + kept.size > MOST_STAGED:
        raise FileRefused("not_stored")
    return _write_down(session, kept, tools, staged_for=mark)


def alike(session: Session, mark: str, kept: Kept) -> Sequence[str]:
    """The sealed names of a reporter's files, waiting or sent, that may be this one again: of its format and its size."""
    query = select(Attachment.stored).outerjoin(Clue).where(
        or_(Attachment.staged_for == mark, Clue.code_hash == mark), Attachment.note_id.is_(None),
        Attachment.format == kept.cleaned.format, Attachment.size == kept.size,
    )  # fmt: skip
    return session.scalars(query).all()


def attach_to_note(session: Session, note: Note, evidence: Sequence[Kept], *, tools: Tools) -> None:
    """An officer's evidence beside his words."""
    for kept in evidence:
        found = _write_down(session, kept, tools, clue_id=note.clue_id, note_id=note.id)
        _record(session, found, tools, note.officer_id)


def attach(session: Session, clue: Clue, brought: Sequence[Kept], *, officer_id: int, tools: Tools) -> None:
    """Files that an officer, or a system by his account, brings for the reporter."""
    for kept in brought:
        found = _write_down(session, kept, tools, clue_id=clue.id)
        session.flush()
        _record(session, found, tools, officer_id)


def take_back(session: Session, mark: str, attachment_id: int) -> list[str]:
    """Forget a staged file; returns the names to drop from the vault after the commit. One that is gone gives none."""
    query = select(Attachment).where(Attachment.id == attachment_id, Attachment.staged_for == mark)
    found = session.scalar(query)
    return _delete(session, [found]) if found else []


def cover(session: Session, mark: str, words: Collection[str]) -> None:
    """Put × over what the names of staged files disclose of their sender, as far as it is among `words`."""
    for found in staged(session, mark):
        chosen = [one for one in disclosures.find_in_file_name(found.name) if one.words(found.name) in words]
        found.name = disclosures.blur(found.name, chosen)


def claim(session: Session, clue: Clue, *, tools: Tools, message_id: int | None = None) -> None:
    """Give a clue, or its reporter's new words, the files that wait for them."""
    for found in staged(session, clue.code_hash):
        found.clue_id, found.staged_for, found.message_id = clue.id, None, message_id
        session.flush()
        _record(session, found, tools)


def of_clue(session: Session, clue: Clue) -> Sequence[Attachment]:
    """All files of a clue, its own first, in the order they came."""
    return session.scalars(select(Attachment).where(Attachment.clue_id == clue.id).order_by(Attachment.id)).all()


def one(session: Session, clue: Clue, attachment_id: int) -> Attachment:
    """A file of this clue that may be given out. Raises NotFound for another's, a waiting or an infected one."""
    found = session.get(Attachment, attachment_id)
    if found is None or found.clue_id != clue.id or found.state is not AttachmentState.READY:
        raise NotFound("no such file")
    return found


def sent(session: Session, clue: Clue) -> Sequence[Attachment]:
    """The files that came from the reporter: an officer's evidence is none of his."""
    query = select(Attachment).where(Attachment.clue_id == clue.id, Attachment.note_id.is_(None))
    return session.scalars(query.order_by(Attachment.id)).all()


def with_pages(session: Session, clue: Clue) -> list[tuple[Attachment, list[AttachmentPreview]]]:
    """The files of a clue with the pictures of their pages."""
    files = of_clue(session, clue)
    query = select(AttachmentPreview).where(AttachmentPreview.attachment_id.in_([found.id for found in files]))
    pages = session.scalars(query.order_by(AttachmentPreview.page)).all()
    return [(found, [page for page in pages if page.attachment_id == found.id]) for found in files]


def preview(session: Session, clue: Clue, attachment_id: int, page: int) -> AttachmentPreview:
    """The picture of a page of a file of this clue. Raises NotFound."""
    found = session.get(AttachmentPreview, (one(session, clue, attachment_id).id, page))
    if found is None:
        raise NotFound("no such page")
    return found


def download(session: Session, clue: Clue, attachment_id: int, *, officer_id: int, tools: Tools) -> Attachment:
    """A file that an officer takes with him; the taking is audited. Raises NotFound."""
    found = one(session, clue, attachment_id)
    audit.record(session, "file_opened", at=tools.now(), officer_id=officer_id, clue_id=clue.id, attachment=found.id)
    return found


def suggestion(session: Session, clue: Clue, tools: Tools) -> Prediction | None:
    """What a clue of a few words is about by the words in its pictures; None where its own words say enough.

    A hint for the clerk: the clue's own suggestion stays what triage made of the reporter's words.
    """
    if clue.state is not State.RECEIVED or len(clue.text) >= SHORT:
        return None
    read = "\n".join(found.text for found in of_clue(session, clue) if found.text)
    try:
        return tools.classifier().predict(f"{clue.text}\n{read}", clue.title) if read else None
    except ModelError:
        return None


def forget_staged(session: Session, *, tools: Tools) -> list[str]:
    """Forget what was staged longer ago than STAGED_HOURS; returns the names to drop from the vault."""
    limit = tools.now() - timedelta(hours=STAGED_HOURS)
    query = select(Attachment).where(Attachment.clue_id.is_(None), Attachment.received_at < limit)
    return _delete(session, session.scalars(query).all())


def delete_expired(session: Session, *, tools: Tools) -> list[str]:
    """Delete the files of clues closed longer ago than ATTACHMENT_DAYS; returns the names to drop from the vault."""
    limit = tools.now() - timedelta(days=tools.settings.number("ATTACHMENT_DAYS"))
    over = session.scalars(select(Attachment).join(Clue).where(over_before(limit))).all()
    files = Counter(found.clue_id for found in over)
    dropped = _delete(session, over)
    for clue_id, count in files.items():
        audit.record(session, "files_deleted", at=tools.now(), clue_id=clue_id, count=count)
        search.refresh(session, session.get_one(Clue, clue_id), tools.segmenter())  # what was read from them is gone too
    return dropped


def known(session: Session) -> set[str]:
    """The names of all sealed files that a row speaks of."""
    return set(session.scalars(select(Attachment.stored).union(select(AttachmentPreview.stored))))


def _write_down(session: Session, kept: Kept, tools: Tools, **where: object) -> Attachment:
    cleaned, sealed = kept.cleaned, kept.sealed
    found = Attachment(
        received_at=tools.now(), format=cleaned.format, name=kept.name, size=kept.size, width=cleaned.width,
        height=cleaned.height, pages=cleaned.pages, removed=[one.value for one in cleaned.removed], stored=sealed.name,
        sealed_size=sealed.size, sealed_hash=sealed.hash, state=AttachmentState.WAITING, **where,
    )  # fmt: skip
    session.add(found)
    session.flush()
    return found


def _record(session: Session, found: Attachment, tools: Tools, officer_id: int | None = None) -> None:
    kind = FORMATS[found.format].kind.value
    audit.record(
        session, "file_attached", at=tools.now(), clue_id=found.clue_id, officer_id=officer_id, attachment=found.id,
        kind=kind, hash=found.sealed_hash,
    )  # fmt: skip


def _delete(session: Session, over: Sequence[Attachment]) -> list[str]:
    ids = [found.id for found in over]
    of_these = AttachmentPreview.attachment_id.in_(ids)
    names = [found.stored for found in over] + list(session.scalars(select(AttachmentPreview.stored).where(of_these)))
    session.execute(delete(AttachmentPreview).where(of_these))
    session.execute(delete(Attachment).where(Attachment.id.in_(ids)))
    return names
