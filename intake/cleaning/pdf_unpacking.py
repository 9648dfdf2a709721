"""How much a PDF unpacks to, asked before anything of it lies unpacked in memory (ISO 32000-2, 7.4)."""

from __future__ import annotations

import re
import zlib

import pikepdf
from pikepdf import Object, Pdf, settings

from intake.errors import FileRefused

#: Bytes that one stream may have unpacked (a page of A4 in colour at 600 dpi), and that all of them may have.
MOST_STREAM, MOST_UNPACKED = 100 * 2**20, 500 * 2**20
_CHUNK = 2**16
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
#: What a stream says of its packing: a name, several, or nothing that can be read here.
_FILTER = re.compile(rb"/Filter(?![^\s\0/\[<(%])[\s\0]*(/[^\s\0/\[\]<>()%]+|\[[^\[\]<>()%]*\]|null\b)?")
_NAME = re.compile(rb"/([^\s\0/\[\]<>()%]+)")
_FLATE = (b"FlateDecode", b"Fl")
#: What nobody has packed with since Flate is known, and qpdf does not bound.
_UNMEASURED = frozenset({b"LZWDecode", b"LZW", b"RunLengthDecode", b"RL"})
#: Filters that qpdf undoes when it writes a document anew.
_UNDONE = frozenset({"/FlateDecode", "/Fl", "/ASCIIHexDecode", "/AHx", "/ASCII85Decode", "/A85"})
_STREAM = re.compile(rb"(?<!end)stream\s*")

settings.set_qpdf_limits(flate_max_memory=MOST_STREAM, png_max_memory=MOST_STREAM, tiff_max_memory=MOST_STREAM)


def check_packed(content: bytes) -> None:
    """Look at a PDF that is not open yet: opening unpacks its tables and object streams.

    Raises FileRefused for a stream that is packed twice, in a way that qpdf does not bound, or in one that is said
    elsewhere; and for streams that unpack to more than they may.
    """
    plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), content)
    if not all(_is_measured(found[1] or b"") for found in _FILTER.finditer(plain)):
        raise FileRefused("print_again")
    room = MOST_UNPACKED
    for start in _STREAM.finditer(content):
        room -= _inflated(memoryview(content)[start.end() :], room)


def check_unpacked(document: Pdf) -> None:
    """Unpack every stream of an open PDF once, each bounded by qpdf. Raises FileRefused for what is too large."""
    room = MOST_UNPACKED
    for stream in document.objects:
        if isinstance(stream, pikepdf.Stream) and _filters(stream) <= _UNDONE:
            room -= _length(stream)
        if room < 0:
            raise FileRefused("unpacks_too_large")


def _is_measured(said: bytes) -> bool:
    """Whether what follows /Filter, "" for a reference, says in names that the stream is packed once at most."""
    names = _NAME.findall(said)
    only_names = not _NAME.sub(b"", said).strip(b"[]\0\t\n\f\r ") or said == b"null"
    return bool(said) and only_names and not _UNMEASURED & set(names) and sum(name in _FLATE for name in names) < 2


def _inflated(packed: memoryview, room: int) -> int:
    """Bytes that compressed data unpack to; 0 for data that are none. Raises FileRefused for more than `room`."""
    inflater, length, waiting = zlib.decompressobj(), 0, b""
    try:
        while not inflater.eof and (waiting or packed):
            if not waiting:
                waiting, packed = bytes(packed[:_CHUNK]), packed[_CHUNK:]
            length += len(inflater.decompress(waiting, 2**20))
            waiting = inflater.unconsumed_tail
            if length > min(room, MOST_STREAM):
                raise FileRefused("unpacks_too_large")
    except zlib.error:
        return length
    return length


def _filters(stream: Object) -> set[str]:
    found = stream.get("/Filter")
    return {str(one) for one in found} if isinstance(found, pikepdf.Array) else {str(found)} if found else set()


def _length(stream: Object) -> int:
    """Bytes of a stream unpacked; those of one that does not unpack are written as they are."""
    try:
        return len(stream.read_bytes())
    except pikepdf.PdfError as error:
        if "limit exceeded" in str(error):
            raise FileRefused("unpacks_too_large") from error
        return len(stream.read_raw_bytes())
