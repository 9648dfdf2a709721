"""What a file is, by its bytes; its name is never asked."""

from __future__ import annotations

import enum
import struct
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from intake.errors import FileRefused


class Kind(enum.StrEnum):
    """What a person would call it."""

    IMAGE = "image"
    PDF = "pdf"
    OFFICE = "office"
    AUDIO = "audio"
    VIDEO = "video"


class Format(enum.StrEnum):
    """What is accepted; the value is the suffix of its name."""

    JPEG = "jpg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"
    HEIC = "heic"
    PDF = "pdf"
    DOCX = "docx"
    XLSX = "xlsx"
    PPTX = "pptx"
    MP3 = "mp3"
    M4A = "m4a"
    AMR = "amr"
    WAV = "wav"
    OGG = "ogg"
    MP4 = "mp4"
    MOV = "mov"
    WEBM = "webm"


@dataclass(frozen=True)
class FormatFacts:
    """The kind of a format and its media type."""

    kind: Kind
    media_type: str


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS = {
    Format.JPEG: FormatFacts(Kind.IMAGE, "image/jpeg"),
    Format.PNG: FormatFacts(Kind.IMAGE, "image/png"),
    Format.WEBP: FormatFacts(Kind.IMAGE, "image/webp"),
    Format.GIF: FormatFacts(Kind.IMAGE, "image/gif"),
    Format.HEIC: FormatFacts(Kind.IMAGE, "image/heic"),
    Format.PDF: FormatFacts(Kind.PDF, "application/pdf"),
    Format.DOCX: FormatFacts(Kind.OFFICE, f"{_OFFICE}.wordprocessingml.document"),
    Format.XLSX: FormatFacts(Kind.OFFICE, f"{_OFFICE}.spreadsheetml.sheet"),
    Format.PPTX: FormatFacts(Kind.OFFICE, f"{_OFFICE}.presentationml.presentation"),
    Format.MP3: FormatFacts(Kind.AUDIO, "audio/mpeg"),
    Format.M4A: FormatFacts(Kind.AUDIO, "audio/mp4"),
    Format.AMR: FormatFacts(Kind.AUDIO, "audio/amr"),
    Format.WAV: FormatFacts(Kind.AUDIO, "audio/wav"),
    Format.OGG: FormatFacts(Kind.AUDIO, "audio/ogg"),
    Format.MP4: FormatFacts(Kind.VIDEO, "video/mp4"),
    Format.MOV: FormatFacts(Kind.VIDEO, "video/quicktime"),
    Format.WEBM: FormatFacts(Kind.VIDEO, "video/webm"),
}
_HEAD = 4096
_STARTS: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"%PDF-", Format.PDF),
    (b"#!AMR", Format.AMR),
    (b"OggS", Format.OGG),
    (b"ID3", Format.MP3),
)
_RIFF = {b"WEBP": Format.WEBP, b"WAVE": Format.WAV}
_BRANDS: dict[bytes, Format | None] = {
    **dict.fromkeys((b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"), Format.HEIC),
    **dict.fromkeys((b"M4A ", b"M4B "), Format.M4A),
    b"qt  ": Format.MOV,
    **dict.fromkeys((b"avif", b"avis", b"crx "), None),
}
_PARTS = {
    "word/document.xml": Format.DOCX,
    "xl/workbook.xml": Format.XLSX,
    "ppt/presentation.xml": Format.PPTX,
}
#: Names of parts that OFD (GB/T 33190) and OpenDocument have and no archive of files.
_OTHER_DOCUMENTS: tuple[frozenset[str], ...] = (frozenset({"OFD.xml"}), frozenset({"mimetype", "content.xml"}))
#: An office document with a password lies encrypted in an OLE file (MS-OFFCRYPTO, 2.3.4), as old ones do in the clear.
_OLE, _ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "EncryptedPackage".encode("utf-16-le")
#: Beginnings of what is refused, with the problem that says what to do instead.
_REFUSED: tuple[tuple[bytes, str], ...] = (
    *((start, "archive") for start in (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"PK")),
    *((start, "program") for start in (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"#!", b"dex\n")),
    *((start, "program") for start in (b"\xfe\xed\xfa\xce", b"\xfe\xed\xfa\xcf", b"\xcf\xfa\xed\xfe")),
    (_OLE, "old_office"),
    (b"{\\rtf", "old_office"),
)
#: What zipfile raises on a damaged directory; a member without a name is an IndexError.
BROKEN_ZIP = (zipfile.BadZipFile, struct.error, OSError, ValueError, IndexError, OverflowError, NotImplementedError)
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<head", b"<body", b"<script", b"<!--")


def recognise(source: BinaryIO) -> Format:
    """The format of a file. Raises FileRefused for everything that is not accepted."""
    source.seek(0)
    head = source.read(_HEAD)
    found = _by_start(head) or _by_container(head)
    if found:
        return found
    if head.startswith(b"PK\x03\x04"):
        return _in_zip(source)
    if head.startswith(_OLE) and _ENCRYPTED in head + source.read():
        raise FileRefused("locked")
    raise FileRefused(_problem(head))


def _by_start(head: bytes) -> Format | None:
    for start, found in _STARTS:
        if head.startswith(start):
            return found
    if len(head) > 1 and head[0] == 0xFF and head[1] in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2):
        return Format.MP3
    return None


def _by_container(head: bytes) -> Format | None:
    """The format behind a container's beginning: RIFF, ISO base media, EBML."""
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], Format.MP4)
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"webm" in head[:64]:
        return Format.WEBM
    return Format.MOV if head[4:8] in (b"moov", b"wide") else None


def _in_zip(source: BinaryIO) -> Format:
    """Which office document a ZIP file is."""
    try:
        with zipfile.ZipFile(source) as package:
            names = set(package.namelist())
    except BROKEN_ZIP as error:
        raise FileRefused("damaged") from error
    if any(parts <= names for parts in _OTHER_DOCUMENTS):
        raise FileRefused("other_document")
    if "[Content_Types].xml" not in names:
        raise FileRefused("archive")
    found = next((kind for part, kind in _PARTS.items() if part in names), None)
    if found is None:
        raise FileRefused("archive")
    return found


def _problem(head: bytes) -> str:
    for start, problem in _REFUSED:
        if head.startswith(start):
            return problem
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(_MARKUP):
        return "markup"
    return "unknown" if b"\0" in head else "plain_text"
