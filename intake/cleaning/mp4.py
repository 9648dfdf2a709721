"""MP4, MOV and M4A (ISO 14496-12): every box that is not needed to play is blanked where it lies, so that nothing moves.

Samples are kept only where a picture or sound track points at them; a camera's track of positions and whatever else
lies in the media box becomes zeros.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import BinaryIO

from intake.cleaning.removal import Removal, Rewritten
from intake.errors import FileRefused

MOST_BOXES = 20_000
MOST_TABLE = 8 * 2**20
_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"dinf"})
_KEPT = frozenset({
    b"ftyp", b"mdat", b"mvhd", b"tkhd", b"mdhd", b"hdlr", b"vmhd", b"smhd", b"elst", b"dref", b"stsd", b"stts", b"ctts",
    b"cslg", b"stsc", b"stsz", b"stco", b"co64", b"stss", b"sdtp", b"sbgp", b"sgpd", b"wide", b"tapt",
})  # fmt: skip
_IN_SAMPLE = frozenset({
    b"avcC", b"hvcC", b"av1C", b"vpcC", b"esds", b"pasp", b"colr", b"btrt", b"clap", b"dOps", b"dac3", b"dec3", b"wave",
    b"chan", b"fiel", b"damr", b"alac", b"dvcC", b"dvvC", b"d263",
})  # fmt: skip
#: Samples of QuickTime whose bytes the tables do not count.
_RAW = frozenset({b"sowt", b"twos", b"lpcm", b"raw ", b"in24", b"in32", b"fl32", b"fl64", b"NONE"})
#: Films of single photographs, each with its camera's data, under the names of QuickTime and as MPEG-4 calls them (JPEG, PNG,
#: JPEG 2000; ISO 14496-1, table 5).
_PHOTOGRAPHS = frozenset({
    b"jpeg", b"JPEG", b"mjpa", b"mjpb", b"mjpg", b"MJPG", b"mjp2", b"dmb1", b"AVDJ", b"ADJV", b"png ", b"tiff", b"gif ",
})  # fmt: skip
_PHOTOGRAPH_TYPE = re.compile(rb"\x04[\x80-\xff]{0,3}[\x00-\x7f][\x6c-\x6e]\x11")
#: How a picture's sample entry ends: its depth, then -1.
_DEPTHS = (b"\0\x18\xff\xff", b"\0\x20\xff\xff", b"\0\0\xff\xff")
_PLAYED = frozenset({b"vide", b"soun"})
_LOCATION = (b"\xa9xyz", b"loci", b"location.ISO6709")
_MOVED = frozenset({b"moof", b"sidx", b"mvex"})
_ZEROS = bytes(2**16)
_NOWHERE = (2**64, 2**64)


@dataclass
class _Box:
    """A box of a file: its type, where it begins, where its body begins, where it ends."""

    type: bytes
    start: int
    body: int
    end: int
    inner: list[_Box] = field(default_factory=list)

    def find(self, *path: bytes) -> _Box | None:
        """The first box at the end of a path of types; None if there is none."""
        if not path:
            return self
        return next((found for one in self.inner if one.type == path[0] and (found := one.find(*path[1:]))), None)


def clean(source: BinaryIO, target: BinaryIO) -> Rewritten:
    """Copy a film or recording and blank what does not play. Raises FileRefused for one in fragments or broken."""
    size = source.seek(0, 2)
    root = _Box(b"", 0, 0, size, list(_boxes(source, 0, size, [0])))
    moov = root.find(b"moov")
    if moov is None or root.find(b"mdat") is None:
        raise FileRefused("video_unsafe")
    source.seek(0)
    shutil.copyfileobj(source, target)
    removed = _blank_boxes(source, target, root)
    tracks = [one for one in moov.inner if one.type == b"trak"]
    played = [one for one in tracks if _plays(source, one)]
    if not played:
        raise FileRefused("video_unsafe")
    for track in [one for one in tracks if one not in played]:
        _blank(target, track)
        removed.add(Removal.TRACKS)
    _blank_between(target, root, [span for track in played for span in _samples(source, track)])
    return Rewritten(frozenset(removed))


def _boxes(source: BinaryIO, start: int, end: int, seen: list[int]) -> Iterator[_Box]:
    """The boxes between two places, containers with what is in them."""
    at = start
    while at + 8 <= end:
        seen[0] += 1
        box = _box(source, at, end)
        if seen[0] > MOST_BOXES or box.end > end or box.type in _MOVED:
            raise FileRefused("video_unsafe" if box.type in _MOVED else "damaged")
        if box.type in _CONTAINERS:
            box.inner = list(_boxes(source, box.body, box.end, seen))
        yield box
        at = box.end
    if at != end and start == 0:
        raise FileRefused("damaged")


def _box(source: BinaryIO, at: int, end: int) -> _Box:
    source.seek(at)
    head = source.read(16)
    size, body = int.from_bytes(head[:4], "big"), at + 8
    if size == 1:
        size, body = int.from_bytes(head[8:16], "big"), at + 16
    if size == 0:
        size = end - at
    if size < body - at:
        raise FileRefused("damaged")
    return _Box(head[4:8], at, body, at + size)


def _blank_boxes(source: BinaryIO, target: BinaryIO, parent: _Box) -> set[Removal]:
    removed = set()
    for box in parent.inner:
        if box.type in _CONTAINERS:
            removed |= _blank_boxes(source, target, box)
        elif box.type in _KEPT:
            _blank_inside(source, target, box)
        else:
            removed |= _lost(source, box)
            _blank(target, box)
    return removed


def _lost(source: BinaryIO, box: _Box) -> set[Removal]:
    """What the reporter is told of a box that goes."""
    if box.type in (b"free", b"skip", b"wide"):
        return set()
    source.seek(box.start)
    content = source.read(min(box.end - box.start, MOST_TABLE))
    where = {Removal.LOCATION} if any(sign in content for sign in _LOCATION) else set()
    return where | {Removal.TAGS}


def _blank(target: BinaryIO, box: _Box) -> None:
    target.seek(box.start + 4)
    target.write(b"free")
    _zero(target, box.body, box.end)


def _zero(target: BinaryIO, start: int, end: int) -> None:
    target.seek(start)
    while start < end:
        start += target.write(_ZEROS[: end - start])


def _blank_inside(source: BinaryIO, target: BinaryIO, box: _Box) -> None:
    """The times, names and sample descriptions inside boxes that stay."""
    if box.type in (b"mvhd", b"tkhd", b"mdhd"):
        source.seek(box.body)
        _zero(target, box.body + 4, box.body + (20 if source.read(1) == b"\1" else 12))
    elif box.type == b"hdlr":
        _zero(target, box.body + 12, box.end)
    elif box.type == b"stsd":
        _blank_descriptions(source, target, box)
    elif box.type == b"dref":
        _check_reference(source, box)


def _check_reference(source: BinaryIO, box: _Box) -> None:
    """Media lie in the file itself: a reference to another place names a path."""
    for entry in _boxes(source, box.body + 8, box.end, [0]):
        source.seek(entry.body + 3)
        if source.read(1) != b"\1" or entry.end - entry.body > 4:
            raise FileRefused("video_unsafe")


def _blank_descriptions(source: BinaryIO, target: BinaryIO, box: _Box) -> None:
    """Sample entries with the codec's own boxes and nothing else; a picture's entry names the encoder in 32 bytes."""
    for entry in _boxes(source, box.body + 8, box.end, [0]):
        if entry.type in _RAW | _PHOTOGRAPHS:
            raise FileRefused("video_unsafe")
        source.seek(entry.body)
        head = source.read(78)
        is_picture = entry.end - entry.body >= 78 and head[74:78] in _DEPTHS
        if is_picture:
            _zero(target, entry.body + 42, entry.body + 74)
        begin = 78 if is_picture else 28 + {1: 16, 2: 36}.get(int.from_bytes(head[8:10], "big"), 0)
        for inner in _boxes(source, entry.body + begin, entry.end, [0]):
            if inner.type not in _IN_SAMPLE:
                _blank(target, inner)
            elif inner.type == b"esds" and _PHOTOGRAPH_TYPE.search(_content(source, inner)):
                raise FileRefused("video_unsafe")


def _plays(source: BinaryIO, track: _Box) -> bool:
    handler = track.find(b"mdia", b"hdlr")
    if handler is None:
        return False
    source.seek(handler.body + 8)
    return source.read(4) in _PLAYED


def _samples(source: BinaryIO, track: _Box) -> list[tuple[int, int]]:
    """Where the samples of a track lie, as (start, end), one a chunk."""
    offsets = _offsets(source, track)
    same, sizes = _sizes(source, track)
    spans, at = [], 0
    for offset, count in zip(offsets, _per_chunk(_table(source, track, b"stsc"), len(offsets)), strict=True):
        spans.append((offset, offset + (same * count if same else sum(sizes[at : at + count]))))
        at += count
    return spans


def _offsets(source: BinaryIO, track: _Box) -> list[int]:
    wide = track.find(b"mdia", b"minf", b"stbl", b"co64")
    content, each = _table(source, track, b"co64" if wide else b"stco"), 8 if wide else 4
    return _numbers(content[8:], each, int.from_bytes(content[4:8], "big"))


def _sizes(source: BinaryIO, track: _Box) -> tuple[int, list[int]]:
    """The bytes that every sample has, or 0 and those of each."""
    content = _table(source, track, b"stsz")
    same, count = int.from_bytes(content[4:8], "big"), int.from_bytes(content[8:12], "big")
    return (same, []) if same else (0, _numbers(content[12:], 4, count))


def _per_chunk(content: bytes, chunks: int) -> list[int]:
    """How many samples each chunk has."""
    runs = _numbers(content[8:], 4, 3 * int.from_bytes(content[4:8], "big"))
    starts, counts = [*runs[0::3], chunks + 1], runs[1::3]
    if sorted(runs[0::3]) != runs[0::3]:
        raise FileRefused("damaged")
    runs_of = zip(pairwise(starts), counts, strict=True)
    found = [count for (first, after), count in runs_of for _ in range(first, min(after, chunks + 1))]
    if len(found) != chunks:
        raise FileRefused("damaged")
    return found


def _numbers(content: bytes, each: int, count: int) -> list[int]:
    if count * each > len(content):
        raise FileRefused("damaged")
    return [int.from_bytes(content[at : at + each], "big") for at in range(0, count * each, each)]


def _table(source: BinaryIO, track: _Box, name: bytes) -> bytes:
    box = track.find(b"mdia", b"minf", b"stbl", name)
    if box is None or box.end - box.body > MOST_TABLE:
        raise FileRefused("video_unsafe")
    return _content(source, box)


def _content(source: BinaryIO, box: _Box) -> bytes:
    source.seek(box.body)
    return source.read(box.end - box.body)


def _blank_between(target: BinaryIO, root: _Box, spans: list[tuple[int, int]]) -> None:
    """Zero what no kept track points at in the media boxes; both lie in the order of the file, and are gone through once."""
    waiting = iter(sorted(spans))
    start, end = next(waiting, _NOWHERE)
    for media in (one for one in root.inner if one.type == b"mdat"):
        at = media.body
        while start < media.end:
            _zero(target, at, max(start, at))
            at = max(at, min(end, media.end))
            if end > media.end:
                break
            start, end = next(waiting, _NOWHERE)
        _zero(target, at, media.end)
