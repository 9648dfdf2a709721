"""Bytes that only the operator's private key opens: X25519 (RFC 7748), HKDF-SHA256 (RFC 5869), AES-256-GCM.

The stream is cut into pieces that are numbered, the last one marked, so that none can be left out, moved or cut off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from intake.errors import ArchiveUnusable

MAGIC = b"songbang-sealed-1\n"
PIECE = 2**20
_TAG = 16
_KEY = 32


def private_pem(key: X25519PrivateKey) -> bytes:
    """The private key as the operator keeps it."""
    no_password = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no_password)


def public_pem(key: X25519PrivateKey) -> bytes:
    """Its public half, as the installation keeps it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form)


def read_public(path: Path) -> X25519PublicKey:
    """Raises ArchiveUnusable("no_key") if there is none."""
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ArchiveUnusable("no_key") from error
    if not isinstance(key, X25519PublicKey):
        raise ArchiveUnusable("no_key")
    return key


def read_private(path: Path) -> X25519PrivateKey:
    """Raises ArchiveUnusable("wrong_key") for what is no such key."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise ArchiveUnusable("wrong_key") from error
    if not isinstance(key, X25519PrivateKey):
        raise ArchiveUnusable("wrong_key")
    return key


def seal(chunks: Iterable[bytes], recipient: X25519PublicKey) -> Iterator[bytes]:
    """The sealed stream of `chunks`, under a key of its own."""
    once = X25519PrivateKey.generate()
    head = once.public_key().public_bytes_raw()
    cipher = _cipher(once.exchange(recipient), head, recipient)
    yield MAGIC + head
    number = 0
    held = b""
    for chunk in chunks:
        held += chunk
        while len(held) > PIECE:
            yield cipher.encrypt(_nonce(number, last=False), held[:PIECE], None)
            held, number = held[PIECE:], number + 1
    yield cipher.encrypt(_nonce(number, last=True), held, None)


def unseal(sealed: BinaryIO, key: X25519PrivateKey) -> Iterator[bytes]:
    """What was sealed. Raises ArchiveUnusable: "wrong_key" at the first piece, "damaged" later on."""
    if sealed.read(len(MAGIC)) != MAGIC or len(head := sealed.read(_KEY)) != _KEY:
        raise ArchiveUnusable("damaged")
    cipher = _cipher(key.exchange(X25519PublicKey.from_public_bytes(head)), head, key.public_key())
    number, piece = 0, sealed.read(PIECE + _TAG)
    while True:
        following = sealed.read(PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), piece, None)
        except InvalidTag as error:
            raise ArchiveUnusable("damaged" if number else "wrong_key") from error
        if not following:
            return
        number, piece = number + 1, following


def _cipher(shared: bytes, head: bytes, recipient: X25519PublicKey) -> AESGCM:
    salt = head + recipient.public_bytes_raw()
    return AESGCM(HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=MAGIC).derive(shared))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])
