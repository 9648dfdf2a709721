"""Files of a clue as officers see them: pictures painted here, the file itself only as a download."""

from __future__ import annotations

from itertools import chain
from typing import Any
from urllib.parse import quote

from flask import Response
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intake.cleaning import FORMATS
from intake.console import blueprint
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.models import Clue
from intake.security import viewer
from intake.services import attachments, clues, vault


@blueprint.get("/clues/<number>/files/<int:attachment_id>")
def attachment(number: str, attachment_id: int) -> ResponseReturnValue:
    """The cleaned file, to be saved; every download is audited."""
    with transaction(engine()) as database:
        clue = clues.visible(database, viewer(), number)
        found = attachments.download(database, clue, attachment_id, officer_id=viewer().id, tools=tools())
    answer = _sealed(found.stored, FORMATS[found.format].media_type)
    named = f"{number}-{found.id}.{found.format.value}"
    answer.headers["Content-Disposition"] = f"attachment; filename={named}; filename*=UTF-8''{quote(found.name)}"
    answer.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer.content_length = found.size
    return answer


@blueprint.get("/clues/<number>/files/<int:attachment_id>/<int:page>.webp")
def attachment_page(number: str, attachment_id: int, page: int) -> ResponseReturnValue:
    """A page of a file as a picture."""
    with reading(engine()) as database:
        found = attachments.preview(database, clues.visible(database, viewer(), number), attachment_id, page)
    return _sealed(found.stored, "image/webp")


def attached(database: Session, clue: Clue) -> dict[str, Any]:
    """For the clue's page: its files with the pictures of their pages, and what their words say of a short text."""
    return {
        "files": attachments.with_pages(database, clue),
        "pictured": attachments.suggestion(database, clue, tools()),
        "scanning": bool(tools().settings.text("CLAMD")),
    }


def _sealed(stored: str, media_type: str) -> Response:
    """A sealed file, opened chunk by chunk; one that does not open is found out before the first byte goes out."""
    chunks = vault.opened(stored, tools())
    return Response(chain([next(chunks)], chunks), content_type=media_type)
