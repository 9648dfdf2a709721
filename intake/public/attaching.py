"""Files beside what a reporter writes: attached, looked through and taken back before they are sent."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import flash, request, url_for
from sqlalchemy.orm import Session

from intake import filewords, uploads
from intake.current import engine, tools
from intake.db import transaction
from intake.rules.disclosures import find_in_file_name
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


def cover(mark: str, words: Collection[str]) -> None:
    """Put × over these words where the names of the files that wait disclose them."""
    if words:
        with transaction(engine()) as database:
            attachments.cover(database, mark, words)


def is_about_files() -> bool:
    """Whether the button pressed attaches or takes back files, and sends nothing."""
    return request.form.get("go") == "attach" or "drop" in request.form


def staged(database: Session, mark: str, endpoint: str) -> dict[str, Any]:
    """For the template: the files that wait to be sent, how many more there may be, where the view takes them, and what their
    names disclose (the words and the name)."""
    files = attachments.staged(database, mark)
    telling = [(one.words(file.name), file.name) for file in files for one in find_in_file_name(file.name)]
    return {"files": files, "more": attachments.MOST - len(files), "attach_at": url_for(endpoint, _anchor="files"), "telling": telling}
