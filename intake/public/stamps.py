"""Moments that a form carries back and forth: signed, so that what comes back is what was given out."""

from __future__ import annotations

import hashlib
import hmac

from intake.current import tools


def stamp(moment: int, about: str) -> str:
    """A moment (seconds since 1970) under the installation's key, good for `about` alone."""
    return f"{moment}.{_seal(moment, about)}"


def moment_of(given: str, about: str) -> int | None:
    """The moment of a stamp that was made for `about`; None for anything else."""
    moment, _, seal = given.partition(".")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 12):
        return None
    return int(moment) if hmac.compare_digest(seal.encode(), _seal(int(moment), about).encode()) else None


def _seal(moment: int, about: str) -> str:
    words = f"stamp\0{moment}\0{about}".encode()
    return hmac.new(tools().settings.secret_key, words, hashlib.sha256).hexdigest()[:32]
