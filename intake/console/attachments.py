"""Files of a clue as officers see them: pictures painted here, the file itself only as a download."""

from __future__ import annotations

from typing import Any

from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intake import uploads
from intake.console import blueprint
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.models import Clue
from intake.security import viewer
from intake.services import attachments, clues


@blueprint.get("/clues/<number>/files/<int:attachment_id>")
def attachment(number: str, attachment_id: int) -> ResponseReturnValue:
    """The cleaned file, to be saved; every download is audited."""
    with transaction(engine()) as database:
        clue = clues.visible(database, viewer(), number)
        found = attachments.download(database, clue, attachment_id, officer_id=viewer().id, tools=tools())
    return uploads.saved(found, number, tools())


@blueprint.get("/clues/<number>/files/<int:attachment_id>/<int:page>.webp")
def attachment_page(number: str, attachment_id: int, page: int) -> ResponseReturnValue:
    """A page of a file as a picture."""
    with reading(engine()) as database:
        found = attachments.preview(database, clues.visible(database, viewer(), number), attachment_id, page)
    return uploads.unsealed(found.stored, "image/webp", tools())


def attached(database: Session, clue: Clue) -> dict[str, Any]:
    """For the clue's page: its files with the pictures of their pages, and what their words say of a short text."""
    return {
        "files": attachments.with_pages(database, clue),
        "pictured": attachments.suggestion(database, clue, tools()),
        "scanning": bool(tools().settings.text("CLAMD")),
    }
