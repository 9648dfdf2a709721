"""Sealing: to a public key what only the holder of the private one may read, under a shared key what the process itself needs.

The public-key envelope is HPKE (RFC 9180): X25519, HKDF-SHA256, ChaCha20-Poly1305. Keys are 32 bytes.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from intake import disk
from intake.errors import ConfigError, NotFound

SALT = 16
_NONCE = 12
_KEY = 32
_BLOCK = 256
_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def new_private() -> bytes:
    """A fresh private key."""
    return os.urandom(_KEY)


def public_of(private: bytes) -> bytes:
    """The public key that belongs to a private one."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def from_password(password: str, salt: bytes) -> bytes:
    """The private key that a password and its salt (SALT bytes) stand for: Argon2id, 19 MiB, two passes."""
    return hash_secret_raw(
        password.encode(), salt, time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=_KEY, type=Type.ID
    )


def seal_to(public: bytes, bound_to: str, content: bytes) -> bytes:
    """`content` for the holder of the private key alone, and only together with the words it is bound to."""
    return _SUITE.encrypt(content, X25519PublicKey.from_public_bytes(public), info=bound_to.encode())


def open_with(private: bytes, bound_to: str, sealed: bytes) -> bytes:
    """What was sealed to the public key of `private`. Raises NotFound if the key or the words are others."""
    try:
        return _SUITE.decrypt(sealed, X25519PrivateKey.from_private_bytes(private), info=bound_to.encode())
    except InvalidTag as error:
        raise NotFound("this key does not open it") from error


def packed(fields: Mapping[str, str]) -> bytes:
    """Fields as bytes whose length, a multiple of 256, says next to nothing of them."""
    encoded = json.dumps(dict(fields), ensure_ascii=False).encode()
    return encoded.ljust(-(-len(encoded) // _BLOCK) * _BLOCK)


def unpacked(content: bytes) -> dict[str, str]:
    """The fields that were packed."""
    fields: dict[str, str] = json.loads(content)
    return fields


def seal(key: bytes, bound_to: str, fields: Mapping[str, str]) -> bytes:
    """Nonce (12 bytes) and AES-256-GCM ciphertext of `fields` under a shared key."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, json.dumps(dict(fields), ensure_ascii=False).encode(), bound_to.encode())


def unseal(key: bytes, bound_to: str, sealed: bytes) -> dict[str, str]:
    """What was sealed under a shared key. Raises NotFound if the key or the words are others."""
    try:
        return unpacked(AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to.encode()))
    except InvalidTag as error:
        raise NotFound("this key does not open it") from error


def spoken(private: bytes) -> str:
    """A private key as a person writes it down: 13 groups of four letters and digits."""
    letters = base64.b32encode(private).decode().rstrip("=")
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def heard(words: str) -> bytes:
    """The private key that was written down. Raises ConfigError if it is none."""
    letters = "".join(words.upper().replace("-", " ").split())
    try:
        private = base64.b32decode(letters + "=" * (-len(letters) % 8))
    except ValueError:
        private = b""
    if len(private) != _KEY:
        raise ConfigError("这不是联系方式的密钥：应当是 13 组字母和数字，请核对有没有抄错")
    return private


def belonging_to(public: bytes, privates: Iterable[bytes]) -> bytes | None:
    """The private key among these that belongs to a public one."""
    return next((private for private in privates if public_of(private) == public), None)


def read_keys(path: str) -> tuple[bytes, ...]:
    """The private keys of a key file, the newest first; none where there is no file. Raises ConfigError."""
    try:
        lines = Path(path).read_text("utf-8").split() if path else []
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError("SONGBANG_CONTACT_KEY_FILE 读不了：请核对路径，权限应当只给运行工作人员入口的账号") from error
    return tuple(heard(line) for line in lines)


def write_keys(path: str, privates: Iterable[bytes]) -> None:
    """Put private keys, the newest first, into a key file that only its owner reads; the old file is replaced whole.

    Raises ConfigError where it cannot be written.
    """
    try:
        disk.write_over(Path(path), (f"{spoken(private)}\n".encode() for private in privates))
    except OSError as error:
        raise ConfigError(
            f"SONGBANG_CONTACT_KEY_FILE 写不进去（{error.strerror}）：请先建好文件夹并给足权限"
        ) from error
