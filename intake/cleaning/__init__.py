"""A file of a reporter in, a clean one out: recognised by what is in it, rewritten so that nothing unseen comes along.

Bytes in, clean bytes out; the room knows nothing but errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from intake.cleaning import images, mp4, office, pdf, sound, webm
from intake.cleaning.recognise import FORMATS, Format, Kind, recognise
from intake.cleaning.removal import Removal, Rewritten
from intake.errors import FileRefused

__all__ = ["FORMATS", "LARGEST", "Cleaned", "Format", "Kind", "Removal", "clean"]

LARGEST = 20 * 2**20  # bytes
_CLEANERS: dict[Format, Callable[[BinaryIO, BinaryIO], Rewritten]] = {
    **dict.fromkeys((Format.JPEG, Format.PNG, Format.WEBP, Format.GIF, Format.HEIC), images.clean),
    Format.PDF: pdf.clean,
    **dict.fromkeys((Format.DOCX, Format.XLSX, Format.PPTX), office.clean),
    Format.MP3: sound.clean_mp3,
    Format.WAV: sound.clean_wav,
    Format.AMR: sound.clean_amr,
    Format.OGG: sound.clean_ogg,
    **dict.fromkeys((Format.M4A, Format.MP4, Format.MOV), mp4.clean),
    Format.WEBM: webm.clean,
}
#: Formats that are written as another.
_WRITTEN = {Format.HEIC: Format.JPEG, Format.GIF: Format.PNG}


@dataclass(frozen=True)
class Cleaned:
    """What was written: its format, what was taken out, and the width and height in pixels or the number of pages."""

    format: Format
    removed: tuple[Removal, ...]
    width: int | None = None
    height: int | None = None
    pages: int | None = None


def clean(source: BinaryIO, target: BinaryIO) -> Cleaned:
    """Write `source`, a seekable file, to the empty file `target` without anything unseen in it.

    Raises FileRefused for what is no picture, document, sound or video, or cannot be cleaned; nothing of `target`
    may be used then.
    """
    size = source.seek(0, 2)
    if not size or size > LARGEST:
        raise FileRefused("too_large" if size else "empty")
    found = recognise(source)
    source.seek(0)
    done = _CLEANERS[found](source, target)
    removed = tuple(one for one in Removal if one in done.removed)
    written = _WRITTEN.get(found, found)
    return Cleaned(written, removed, done.width, done.height, done.pages)
