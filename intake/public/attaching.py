"""Files beside what a reporter writes: attached, looked through and taken back before they are sent."""

from __future__ import annotations

from typing import Any

from flask import flash, request
from sqlalchemy.orm import Session

from intake import filewords, uploads
from intake.current import engine, tools
from intake.rules.numbers import whole
from intake.services import attachments

#: The category of flashed sentences about files that were refused: they wait for the next page that shows files.
REFUSED = "files"


def receive(mark: str) -> None:
    """Take back the file that the posted page names, then take in those it brings; what is refused is said on the next page."""
    if drop := whole(request.form.get("drop", "")):
        uploads.take_back(engine(), mark, drop, tools())
    brought = [one for one in request.files.getlist("files") if one.filename]
    for refusal in uploads.stage(engine(), mark, brought, tools()) if brought else ():
        flash(filewords.refusal(refusal.name, refusal.problem), REFUSED)


def is_about_files() -> bool:
    """Whether the button pressed attaches or takes back files, and sends nothing."""
    return request.form.get("go") == "attach" or "drop" in request.form


def staged(database: Session, mark: str) -> dict[str, Any]:
    """For the template: the files that wait to be sent, and how many more there may be."""
    files = attachments.staged(database, mark)
    return {"files": files, "more": attachments.MOST - len(files)}
