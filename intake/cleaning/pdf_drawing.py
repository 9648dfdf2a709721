"""What draws the pages of a PDF (ISO 32000-2, 7.8.2), without what it says beside drawing."""

from __future__ import annotations

import re

import pikepdf
from pikepdf import Name, Object

from intake.cleaning.removal import Removal
from intake.errors import FileRefused

#: Bytes of a drawing that are read word by word.
MOST_READ = 4 * 2**20
_COMMENT = re.compile(rb"(?:^|[\r\n])[ \t]*%")
#: A picture between the words of a drawing, and what says a little later that it is a photograph with its camera's data.
_PICTURE, _PHOTOGRAPH, _LATER = re.compile(rb"\bBI\s"), re.compile(rb"/DCT(?:Decode)?\b"), 400
#: A comment, or a text that may hold a per cent sign and other brackets; one that is not closed goes on to the end.
_TEXT = rb"\((?:[^()\\]|\\.?|%s)*+(?:\)|\Z)"
_WORD = re.compile(rb"%[^\r\n]*+|" + _TEXT % (_TEXT % (_TEXT % rb"\(\)")), re.DOTALL)


def drawings_of(page: Object) -> list[Object]:
    """The streams that draw a page, one after another."""
    contents = page.get("/Contents")
    return [
        piece
        for piece in (contents if isinstance(contents, pikepdf.Array) else [contents])
        if isinstance(piece, pikepdf.Stream)
    ]


def is_shared_drawing(stream: Object) -> bool:
    """Whether a stream is a form or a pattern, that pages draw with."""
    return stream.get("/Subtype") == Name.Form or stream.get("/PatternType") == 1


def without_comments(stream: Object) -> set[Removal]:
    """Take the comments out of a drawing; one with pictures between its words is left as it is.

    Raises FileRefused where such a picture is a photograph, and for a long drawing with comments.
    """
    try:
        drawing = stream.read_bytes()
    except pikepdf.PdfError:  # it is not shown, and written as it is
        return set()
    if any(_PICTURE.search(drawing, max(0, at.start() - _LATER), at.start()) for at in _PHOTOGRAPH.finditer(drawing)):
        raise FileRefused("print_again")
    if not _COMMENT.search(drawing) or _PICTURE.search(drawing):
        return set()
    if len(drawing) > MOST_READ:
        raise FileRefused("print_again")
    stream.write(_WORD.sub(lambda found: b"" if found[0].startswith(b"%") else found[0], drawing))
    return {Removal.HIDDEN_TEXT}
