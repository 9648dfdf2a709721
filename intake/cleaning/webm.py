"""WebM (RFC 8794, 9559): elements that are not needed to play become Void elements of the same length."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import BinaryIO

from intake.cleaning.removal import Removal, Rewritten
from intake.errors import FileRefused

MOST_ELEMENTS = 500_000
_VOID = 0xEC
_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
#: Elements that are walked into, so that their children are judged one by one.
_OPENED = frozenset({_SEGMENT, _CLUSTER, 0x1549A966, 0x1654AE6B, 0xAE})
_KEPT = frozenset({
    0x1A45DFA3, 0x114D9B74, 0x1C53BB6B,  # EBML head, SeekHead, Cues
    0x2AD7B1, 0x4489,  # TimestampScale, Duration
    0xE7, 0xA7, 0xAB, 0xA3, 0xA0,  # Timestamp, Position, PrevSize, SimpleBlock, BlockGroup
    0xD7, 0x73C5, 0x83, 0xB9, 0x88, 0x55AA, 0x9C, 0x23E383, 0x22B59C, 0x86, 0x63A2, 0x56AA, 0x56BB, 0xE0, 0xE1, 0x6D80,
    0x55EE, 0x6DE7, 0x6DF8, 0x23314F,
})  # fmt: skip
_DATES_AND_TOOLS = frozenset({0x4461, 0x4D80, 0x5741})
_PLAYED = frozenset({1, 2})
_TRACK_TYPE, _CRC, _CODEC_PRIVATE = 0x83, 0xBF, 0x63A2


def clean(source: BinaryIO, target: BinaryIO) -> Rewritten:
    """Copy a recording and blank what does not play. Raises FileRefused for tracks that are no picture or sound."""
    size = source.seek(0, 2)
    source.seek(0)
    shutil.copyfileobj(source, target)
    removed = set()
    for name, start, body, end in _elements(source, size):
        if name == _TRACK_TYPE and _number(source, body, end) not in _PLAYED:
            raise FileRefused("video_unsafe")
        if name == _CODEC_PRIVATE and _empty_comment(source, target, body, end):
            removed.add(Removal.TAGS)
        if name in _KEPT:
            continue
        _void(target, start, end)
        if name not in (_VOID, _CRC, *_DATES_AND_TOOLS):
            removed.add(Removal.TAGS)
    return Rewritten(frozenset(removed))


def _elements(source: BinaryIO, size: int) -> Iterator[tuple[int, int, int, int]]:
    """(ID, start, begin of the body, end) of every element that is not walked into, in order."""
    at, seen = 0, 0
    while at < size:
        seen += 1
        name, length = _variable(source, at, keep_mark=True)
        value, width = _variable(source, at + length)
        body = at + length + width
        if name in _OPENED:
            at = body
            continue
        end = body + value
        if end > size or seen > MOST_ELEMENTS or value == 2 ** (7 * width) - 1:
            raise FileRefused("damaged")
        yield name, at, body, end
        at = end


def _variable(source: BinaryIO, at: int, keep_mark: bool = False) -> tuple[int, int]:
    """A number of variable length at a place, and how many bytes it takes."""
    source.seek(at)
    head = source.read(8)
    if not head or not head[0]:
        raise FileRefused("damaged")
    width = 9 - head[0].bit_length()
    if len(head) < width:
        raise FileRefused("damaged")
    value = int.from_bytes(head[:width], "big")
    return (value if keep_mark else value & (1 << 7 * width) - 1), width


def _number(source: BinaryIO, body: int, end: int) -> int:
    source.seek(body)
    return int.from_bytes(source.read(end - body), "big")


def _empty_comment(source: BinaryIO, target: BinaryIO, body: int, end: int) -> bool:
    """Leave of Vorbis' comment header, the second of three, zeros for the maker's name and no comment (Vorbis I, 5.2)."""
    source.seek(body)
    content = source.read(end - body)
    start = content.find(b"\x03vorbis")
    if start < 0:
        return False
    after = content.find(b"\x05vorbis", start)
    maker = after - start - 16
    if maker < 0:
        raise FileRefused("damaged")
    empty = b"\x03vorbis" + maker.to_bytes(4, "little") + bytes(maker) + bytes(4) + b"\1"
    target.seek(body + start)
    target.write(empty)
    return empty != content[start:after]


def _void(target: BinaryIO, start: int, end: int) -> None:
    length = end - start
    width = 8 if length >= 9 else 1
    target.seek(start)
    target.write(bytes([_VOID]) + (1 << 7 * width | length - 1 - width).to_bytes(width, "big"))
    target.write(bytes(length - 1 - width))
