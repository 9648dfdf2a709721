"""What draws the pages of a PDF (ISO 32000-2, 7.8.2), without what it says beside drawing."""

from __future__ import annotations

import re

import pikepdf
from pikepdf import Name, Object, Page

from intake.cleaning.removal import Removal
from intake.errors import FileRefused

#: Bytes of drawing that are read word by word to take comments out.
MOST_READ = 4 * 2**20
_COMMENT = re.compile(rb"(?:^|[\r\n])[ \t]*%")
#: A photograph between the words of the drawing, with all that its camera wrote.
_PHOTOGRAPH = re.compile(rb"\bBI\b[^%]{0,400}?/DCT(?:Decode)?\b")


def page_comments(page: Page) -> set[Removal]:
    """Take the comments out of what draws a page. Raises FileRefused for photographs inside it."""
    contents = page.obj.get("/Contents")
    pieces = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    drawings = [_drawing(piece) for piece in pieces]
    if not any(_has_comments(drawing) for drawing in drawings):
        return set()
    if sum(map(len, drawings)) > MOST_READ:
        raise FileRefused("print_again")
    page.contents_coalesce()
    return _rewrite(page.obj.Contents)


def form_comments(stream: Object) -> set[Removal]:
    """The same of a drawing that pages share: a form or a pattern."""
    if stream.get("/Subtype") != Name.Form and stream.get("/PatternType") != 1:
        return set()
    drawing = _drawing(stream)
    if not _has_comments(drawing):
        return set()
    if len(drawing) > MOST_READ:
        raise FileRefused("print_again")
    return _rewrite(stream)


def _drawing(stream: object) -> bytes:
    """The bytes of a stream; none of what is no stream or does not unpack."""
    try:
        return stream.read_bytes() if isinstance(stream, pikepdf.Stream) else b""
    except pikepdf.PdfError:
        return b""


def _has_comments(drawing: bytes) -> bool:
    if _PHOTOGRAPH.search(drawing):
        raise FileRefused("print_again")
    return bool(_COMMENT.search(drawing))


def _rewrite(stream: Object) -> set[Removal]:
    stream.write(pikepdf.unparse_content_stream(pikepdf.parse_content_stream(stream)))
    return {Removal.HIDDEN_TEXT}
