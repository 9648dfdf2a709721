"""Moments that a form carries back and forth: signed, so that what comes back is what was given out."""

from __future__ import annotations

import hashlib
import hmac

from intake.current import tools


def stamp(moment: int, about: str) -> str:
    """A moment (seconds since 1970) under the installation's key, good for `about` alone."""
    return f"{moment}.{_seal(tools().settings.secret_keys[0], moment, about)}"


def moment_of(given: str, about: str) -> int | None:
    """The moment of a stamp that was made for `about`; None for anything else."""
    moment, _, seal = given.partition(".")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 12):
        return None
    made = [_seal(key, int(moment), about) for key in tools().settings.secret_keys]
    return int(moment) if any(hmac.compare_digest(seal.encode(), right.encode()) for right in made) else None


def _seal(key: bytes, moment: int, about: str) -> str:
    words = f"stamp\0{moment}\0{about}".encode()
    return hmac.new(key, words, hashlib.sha256).hexdigest()[:32]
