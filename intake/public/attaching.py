"""Files beside what a reporter writes: attached, looked through and taken back before they are sent."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask import flash, request, url_for
from sqlalchemy.orm import Session

from intake import filewords, uploads
from intake.cleaning import naming
from intake.current import engine, tools
from intake.db import transaction
from intake.rules.disclosures import find_in_file_name
from intake.rules.numbers import whole
from intake.services import attachments
from intake.uploads import Refusal

#: The category of flashed sentences about files that were refused: they wait for the next page that shows files.
REFUSED = "files"
#: So many names of files that a page held back are repeated.
MOST_NAMED = 20


def receive(mark: str) -> None:
    """Take back the file that the posted page names, then take in those it brings; what was refused, here or by the page's
    script (`too_large`, names), is said on the next page, with how many of the others are attached."""
    if drop := whole(request.form.get("drop", "")):
        uploads.take_back(engine(), mark, drop, tools())
    brought = [one for one in request.files.getlist("files") if one.filename]
    refused = uploads.stage(engine(), mark, brought, tools()) if brought else []
    attached = len(brought) - len(refused)
    refused += [Refusal(naming.bare(name), "too_large") for name in request.form.getlist("too_large")[:MOST_NAMED]]
    for one in refused:
        flash(filewords.refusal(one.name, one.problem), REFUSED)
    if refused and attached:
        flash(f"其余 {attached} 个已附上。", REFUSED)


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
