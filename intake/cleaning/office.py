"""Office documents (OOXML), packed again part by part: only parts that are known and needed come along."""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Container, Mapping
from typing import BinaryIO

from intake.cleaning import images
from intake.cleaning.office_xml import scrub, without_parts
from intake.cleaning.recognise import BROKEN_ZIP
from intake.cleaning.removal import Removal, Rewritten
from intake.errors import FileRefused

MOST_PARTS = 3000
#: Bytes that all parts may have unpacked, and that a single one may have.
MOST_UNPACKED = 150 * 2**20
MOST_PART = 24 * 2**20
#: Tags and attributes that all parts may have: each takes some 250 bytes once it is parsed.
MOST_MARKS = 3_000_000
_CHUNK = 2**16
_PICTURES = re.compile(r"/media/[^/]+\.(?:jpe?g?|jfif|png|gif|bmp|dib|tiff?|webp)$", re.IGNORECASE)
#: Drawings whose format has no room for a camera's data.
_DRAWINGS = re.compile(r"/media/[^/]+\.(?:emf|wmf)$", re.IGNORECASE)
_MACROS = re.compile(r"vbaProject|vbaData|activeX|macrosheets|dialogsheets|attachedToolbars", re.IGNORECASE)
_FILES_INSIDE = re.compile(r"/embeddings/.*(?:\.bin|\.doc[xm]?|\.ppt[xm]?|\.xls|\.xlsm|\.pdf)$", re.IGNORECASE)
#: Parts that stay behind, with what the reporter is told (None for what is not worth a word).
_LEFT: tuple[tuple[re.Pattern[str], Removal | None], ...] = (
    (re.compile(r"^docProps/thumbnail"), Removal.HIDDEN_TEXT),
    (re.compile(r"^docProps/"), Removal.AUTHOR),
    (re.compile(r"^customXml/|/customProperty"), Removal.HIDDEN_TEXT),
    (re.compile(r"/printerSettings/|/tags/|/webextensions/|^customUI/"), None),
    (re.compile(r"people\.xml$|/persons/|/threadedComments/|/changesInfos/"), Removal.COMMENTERS),
    (re.compile(r"/revisions/|/revisionInfo"), Removal.REVISIONS),
    (re.compile(r"/embeddings/|/externalLinks/|/connections\.xml$|/queryTables/|/model/"), Removal.EMBEDDED),
)
_XML = re.compile(r"\.(?:xml|rels|vml)$", re.IGNORECASE)
_BROKEN = (*BROKEN_ZIP, zlib.error, EOFError, RuntimeError)
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)


def clean(source: BinaryIO, target: BinaryIO) -> Rewritten:
    """Pack a document again without authors, revisions, scripts and files inside.

    Raises FileRefused for macros, for files embedded as objects, for what is locked, broken or unpacks too large.
    """
    try:
        with zipfile.ZipFile(source) as package, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
            return Rewritten(frozenset(_pack(package, packed)))
    except _BROKEN as error:
        raise FileRefused("damaged") from error


def _pack(package: zipfile.ZipFile, packed: zipfile.ZipFile) -> set[Removal]:
    parts = _parts(package)
    left = {name: why for name in parts for why in _why_left(name)}
    removed = {why for why in left.values() if why}
    room, marks = MOST_UNPACKED, MOST_MARKS
    for name, info in parts.items():
        if name in left:
            continue
        content = _unpacked(package, info, min(room, MOST_PART))
        room, marks = room - len(content), marks - _marks(name, content)
        if marks < 0:
            raise FileRefused("unpacks_too_large")
        content, found = _cleaned(name, content, left)
        removed |= found
        packed.writestr(zipfile.ZipInfo(name, _FIRST_DAY), content, zipfile.ZIP_DEFLATED)
    return removed


def _parts(package: zipfile.ZipFile) -> Mapping[str, zipfile.ZipInfo]:
    """The parts by name; names that climb out, come twice or hold macros are refused here, before a byte is unpacked."""
    infos = [info for info in package.infolist() if not info.is_dir()]
    names = {info.filename: info for info in infos}
    if len(names) < len(infos) or len(infos) > MOST_PARTS:
        raise FileRefused("damaged")
    for name, info in names.items():
        if posixpath.normpath(name) != name or name.startswith(("/", "..")) or "\\" in name:
            raise FileRefused("damaged")
        if info.flag_bits & 1:
            raise FileRefused("locked")
        if _MACROS.search(name):
            raise FileRefused("macros")
        if _FILES_INSIDE.search(name):
            raise FileRefused("files_inside")
    return names


def _why_left(name: str) -> tuple[Removal | None, ...]:
    """Why a part stays behind (None for no reason worth telling); empty for one that comes along."""
    for pattern, why in _LEFT:
        if pattern.search(name):
            return (why,)
    if _XML.search(name) or _PICTURES.search(name) or _DRAWINGS.search(name):
        return ()
    return (Removal.EMBEDDED if "/media/" in name else None,)


def _unpacked(package: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of a part, at most `most`: counted as they come, for the header may lie."""
    found = bytearray()
    with package.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            found += chunk
            if len(found) > most:
                raise FileRefused("unpacks_too_large")
    return bytes(found)


def _marks(name: str, content: bytes) -> int:
    """Tags and attributes of an XML part, 0 of a picture."""
    return content.count(b"<") + content.count(b"=") if _XML.search(name) else 0


def _cleaned(name: str, content: bytes, left: Container[str]) -> tuple[bytes, set[Removal]]:
    if _PICTURES.search(name):
        return images.again(content)
    if _DRAWINGS.search(name):
        if b"Exif\0" in content:
            raise FileRefused("print_again")
        return content, set()
    if name.endswith(".rels") or name == "[Content_Types].xml":
        return without_parts(name, content, left)
    return scrub(name, content)
