"""Sound: only what is heard is copied; titles, pictures, software and anything between or behind the frames stay."""

from __future__ import annotations

import shutil
from typing import Any, BinaryIO

import mutagen
from mutagen.oggopus import OggOpus
from mutagen.oggspeex import OggSpeex
from mutagen.oggvorbis import OggVorbis

from intake.cleaning.removal import Removal, Rewritten
from intake.errors import FileRefused

#: kbit/s by index for layers I to III of MPEG-1, and I, II/III of MPEG-2 (ISO 11172-3 2.4.2.3, 13818-3).
_RATES = {
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (2, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
}
_SAMPLING = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
#: Bytes of a speech frame by its type, the type's own byte among them (RFC 4867, section 5.3; 3GPP TS 26.101, 26.201).
_SPEECH = {
    b"#!AMR\n": {0: 13, 1: 14, 2: 16, 3: 18, 4: 20, 5: 21, 6: 27, 7: 32, 8: 6, 15: 1},
    b"#!AMR-WB\n": {0: 18, 1: 24, 2: 33, 3: 37, 4: 41, 5: 47, 6: 51, 7: 59, 8: 61, 9: 6, 14: 1, 15: 1},
}
_WAVE_CHUNKS = frozenset({b"fmt ", b"fact", b"data"})


def clean_mp3(source: BinaryIO, target: BinaryIO) -> Rewritten:
    """The MPEG frames of a file. Raises FileRefused where there are none in a row."""
    content = source.read()
    at, frames, kept = _first_frame(content), 0, 0
    while at < len(content):
        length = _frame_length(content[at : at + 4])
        if not length or at + length > len(content):
            at = _next_sync(content, at + 1)
            continue
        target.write(content[at : at + length])
        at, frames, kept = at + length, frames + 1, kept + length
    if frames < 2:
        raise FileRefused("damaged")
    return _heard(len(content) - kept)


def clean_wav(source: BinaryIO, target: BinaryIO) -> Rewritten:
    """Format and samples of a RIFF WAVE file. Raises FileRefused where either is missing."""
    source.seek(12)
    target.write(b"RIFF\0\0\0\0WAVE")
    found: set[bytes] = set()
    dropped = 0
    while len(head := source.read(8)) == 8:
        name, size = head[:4], int.from_bytes(head[4:], "little")
        body = source.read(size + size % 2)
        if name in _WAVE_CHUNKS - found:
            found.add(name)
            target.write(name + len(body).to_bytes(4, "little") + body)
        else:
            dropped += len(body)
    if not {b"fmt ", b"data"} <= found:
        raise FileRefused("damaged")
    size = target.tell()
    target.seek(4)
    target.write((size - 8).to_bytes(4, "little"))
    return _heard(dropped)


def clean_amr(source: BinaryIO, target: BinaryIO) -> Rewritten:
    """The speech frames of a file. Raises FileRefused where there are none."""
    content = source.read()
    magic = next((one for one in _SPEECH if content.startswith(one)), None)
    if magic is None:
        raise FileRefused("damaged")
    at = len(magic)
    while at < len(content) and (length := _speech_length(content[at], magic)) and at + length <= len(content):
        at += length
    if at == len(magic):
        raise FileRefused("damaged")
    target.write(content[:at])
    return _heard(len(content) - at)


def clean_ogg(source: BinaryIO, target: BinaryIO) -> Rewritten:
    """The one stream of a file, its comments emptied. Raises FileRefused for several streams or a codec that is none of sound."""
    _check_pages(source.read())
    source.seek(0)
    shutil.copyfileobj(source, target)
    try:
        target.seek(0)
        sound = mutagen.File(target, options=[OggVorbis, OggOpus, OggSpeex])
        if sound is None:
            raise FileRefused("video_unsafe")
        tags: Any = sound.tags
        had_tags = bool(tags)
        tags.clear()
        tags.vendor, tags._pad_data = "", b""
        target.seek(0)
        sound.save(target, padding=lambda _: 0)
    except mutagen.MutagenError as error:
        raise FileRefused("damaged") from error
    return Rewritten(frozenset({Removal.TAGS} if had_tags else ()))


def _speech_length(head: int, magic: bytes) -> int:
    """Bytes of the speech frame with this first byte; 0 for none: its other bits are zero."""
    return 0 if head & 0x83 else _SPEECH[magic].get(head >> 3, 0)


def _heard(dropped: int) -> Rewritten:
    return Rewritten(frozenset({Removal.TAGS} if dropped else ()))


def _first_frame(content: bytes) -> int:
    """Where the frames begin: behind an ID3v2 tag, whose size is written in seven bits a byte."""
    if not content.startswith(b"ID3"):
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte & 0x7F
    return _next_sync(content, 10 + size)


def _next_sync(content: bytes, at: int) -> int:
    """The next place where two frames follow one another; the end if there is none."""
    while (at := content.find(b"\xff", at)) >= 0:
        length = _frame_length(content[at : at + 4])
        if length and (at + length == len(content) or _frame_length(content[at + length : at + length + 4])):
            return at
        at += 1
    return len(content)


def _frame_length(head: bytes) -> int:
    """Bytes of the MPEG audio frame that begins with these four; 0 for no such beginning."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return 0
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    rate, sampling, padding = head[2] >> 4, head[2] >> 2 & 3, head[2] >> 1 & 1
    if version == 1 or layer == 4 or rate in (0, 15) or sampling == 3:
        return 0
    bits = _RATES[(1 if version == 3 else 2, layer)][rate] * 1000
    hertz = _SAMPLING[version][sampling]
    if layer == 1:
        return (12 * bits // hertz + padding) * 4
    return (72 if layer == 3 and version != 3 else 144) * bits // hertz + padding


def _check_pages(content: bytes) -> None:
    """One stream, page upon page to the end (RFC 3533); else FileRefused."""
    at, streams = 0, set()
    while at < len(content):
        if content[at : at + 4] != b"OggS" or at + 27 > len(content):
            raise FileRefused("damaged")
        streams.add(content[at + 14 : at + 18])
        lacing = content[at + 27 : at + 27 + content[at + 26]]
        at += 27 + len(lacing) + sum(lacing)
    if len(streams) != 1 or at != len(content):
        raise FileRefused("video_unsafe")
