"""Pictures of cleaned files for officers, so that nobody opens a file to see what is in it; and the words in them."""

from __future__ import annotations

import io
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

import pypdfium2
from PIL import Image

from intake.cleaning import images
from intake.cleaning.recognise import FORMATS, Format, Kind
from intake.errors import FileRefused

#: Pixels of the longer side, pages of a document, and characters of what is read.
LONGEST, PAGES, MOST_TEXT = 1600, 5, 20_000
#: PDFium may be used by one thread of a process at a time.
pdfium = threading.Lock()
Reader = Callable[[Image.Image], str]
ToPdf = Callable[[bytes, str], bytes]


@dataclass(frozen=True)
class Picture:
    """A WebP, its width and height in pixels."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Looked:
    """The first pages of a file as pictures, and the words in them; None where nobody could read them."""

    pictures: tuple[Picture, ...] = ()
    text: str | None = None


def look(source: BinaryIO, form: Format, read: Reader | None = None, to_pdf: ToPdf | None = None) -> Looked:
    """Pictures and words of a cleaned file; none of sound, film, and documents where `to_pdf` is missing.

    Raises FileRefused or RuntimeError for a file that does not open after all.
    """
    kind = FORMATS[form].kind
    if kind is Kind.IMAGE:
        return _image(source, read)
    if kind is Kind.OFFICE and to_pdf:
        return _pages(io.BytesIO(to_pdf(source.read(), form.value)), read)
    return _pages(source, read) if kind is Kind.PDF else Looked()


def _image(source: BinaryIO, read: Reader | None) -> Looked:
    text = None
    if read:
        with images.opened(source) as picture:
            text = read(picture)[:MOST_TEXT]
        source.seek(0)
    return Looked((Picture(*images.preview(source, LONGEST)),), text)


def _pages(source: BinaryIO, read: Reader | None) -> Looked:
    """The pages of a PDF; where a page has no text of its own, it is read from its picture."""
    content = io.BytesIO()
    shutil.copyfileobj(source, content)
    pictures, texts = [], []
    for number in range(PAGES):
        page = _page(content.getvalue(), number)
        if page is None:
            break
        painted, text = page
        texts.append(text or (read(painted) if read else None))
        pictures.append(Picture(*images.webp(painted, LONGEST)))
    words = "\n".join(text for text in texts if text)[:MOST_TEXT]
    return Looked(tuple(pictures), words if words or None not in texts else None)


def _page(content: bytes, number: int) -> tuple[Image.Image, str] | None:
    """The picture and the text of a page, None after the last; reading words from a picture must not hold PDFium."""
    try:
        with pdfium, pypdfium2.PdfDocument(content) as document:
            if number >= len(document):
                return None
            page = document[number]
            scale = min(3.0, LONGEST / max(page.get_size()))
            return page.render(scale=scale).to_pil(), page.get_textpage().get_text_bounded().strip()
    except pypdfium2.PdfiumError as error:
        raise FileRefused("damaged") from error
