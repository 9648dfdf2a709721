"""Files at rest: sealed in chunks with AES-256-GCM under a key of the installation, each under a random name.

A sealed file is a mark, a salt, and chunks of CHUNK bytes with a tag each. Its own key comes from the installation's
by HKDF (RFC 5869) with the salt and the name, so that a file under another name does not open. A chunk's nonce is its
number and whether it is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015): chunks
cannot be dropped, swapped or cut off.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from intake.errors import NotFound
from intake.tools import Tools

CHUNK = 2**16
_MARK, _SALT, _TAG = b"SBF1", 16, 16


@dataclass(frozen=True)
class SealedFile:
    """Where a sealed file lies, its bytes and their SHA-256."""

    name: str
    size: int
    hash: str


def put(source: BinaryIO, tools: Tools) -> SealedFile:
    """Seal what is left of `source` under a new name. Raises OSError where it cannot be stored; nothing is left then."""
    name, salt = secrets.token_hex(16), secrets.token_bytes(_SALT)
    digest, size = hashlib.sha256(), 0

    def pieces() -> Iterator[bytes]:
        nonlocal size
        for piece in chain((_MARK + salt,), _sealed(source, _cipher(name, salt, tools))):
            digest.update(piece)
            size += len(piece)
            yield piece

    tools.store.write(name, pieces())
    return SealedFile(name, size, digest.hexdigest())


def opened(name: str, tools: Tools) -> Iterator[bytes]:
    """The chunks of a sealed file. Raises NotFound when it is gone, was changed, or belongs to another key."""
    try:
        with tools.store.read(name) as sealed:
            yield from _chunks(sealed.read, name, tools)
    except (OSError, InvalidTag, ValueError) as error:
        raise NotFound("the sealed file is gone or cannot be opened") from error


def drop(names: Iterable[str], tools: Tools) -> None:
    """Delete sealed files; to be called after the rows are gone for good."""
    for name in names:
        with contextlib.suppress(OSError):
            tools.store.delete(name)


def examined(name: str, tools: Tools) -> tuple[str, bool]:
    """SHA-256 of a sealed file as it lies there, "" if it cannot be read, and whether it opens."""
    digest = hashlib.sha256()
    try:
        with tools.store.read(name) as sealed:

            def read(most: int) -> bytes:
                piece = sealed.read(most)
                digest.update(piece)
                return piece

            opens = _opens(read, name, tools)
            while read(CHUNK):
                pass
    except OSError:
        return "", False
    return digest.hexdigest(), opens


def is_same(name: str, other: str, tools: Tools) -> bool:
    """Whether two sealed files hold the same; one that cannot be opened holds the same as none."""
    try:
        return all(a == b for a, b in zip_longest(opened(name, tools), opened(other, tools)))
    except NotFound:
        return False


def strays(known: Container[str], older_than: float, tools: Tools) -> list[str]:
    """The sealed files that nobody knows, last written before `older_than` (seconds since the epoch); none where nobody can say."""
    try:
        return [name for name in tools.store.names(older_than) if name not in known]
    except OSError:
        return []


def _chunks(read: Callable[[int], bytes], name: str, tools: Tools) -> Iterator[bytes]:
    head = read(len(_MARK) + _SALT)
    cipher = _cipher(name, head[len(_MARK) :], tools)
    number, chunk = 0, read(CHUNK + _TAG)
    while chunk or not number:
        following = read(CHUNK + _TAG)
        yield cipher.decrypt(_nonce(number, not following), chunk, None)
        number, chunk = number + 1, following


def _opens(read: Callable[[int], bytes], name: str, tools: Tools) -> bool:
    try:
        for _ in _chunks(read, name, tools):
            pass
    except (InvalidTag, ValueError):
        return False
    return True


def _sealed(source: BinaryIO, cipher: AESGCM) -> Iterator[bytes]:
    number, chunk = 0, source.read(CHUNK)
    while chunk or not number:
        following = source.read(CHUNK)
        yield cipher.encrypt(_nonce(number, not following), chunk, None)
        number, chunk = number + 1, following


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _cipher(name: str, salt: bytes, tools: Tools) -> AESGCM:
    info = b"songbang file " + name.encode()
    return AESGCM(HKDF(SHA256(), 32, salt, info).derive(tools.settings.attachment_key))
