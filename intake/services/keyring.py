"""Secrets sealed under the installation's keys, newest key first, so that a key can be changed while the old one still opens."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from intake import sealing
from intake.errors import NotFound


def seal(keys: Sequence[bytes], purpose: str, fields: Mapping[str, str]) -> bytes:
    """`fields` sealed under the newest key and bound to `purpose`."""
    return sealing.seal(keys[0], purpose, fields)


def opens(keys: Sequence[bytes], purpose: str, sealed: bytes) -> bool:
    """Whether any of the keys opens it."""
    try:
        unseal(keys, purpose, sealed)
    except NotFound:
        return False
    return True


def unseal(keys: Sequence[bytes], purpose: str, sealed: bytes) -> dict[str, str]:
    """What was sealed under any of the keys. Raises NotFound if it was under another, or for another purpose."""
    for key in keys:
        try:
            return sealing.unseal(key, purpose, sealed)
        except NotFound:
            continue
    raise NotFound("sealed under a key that is not here")
