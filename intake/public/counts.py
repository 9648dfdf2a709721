"""Counting what comes from one source and from all: in memory or the shared store, never in the database."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from limits.storage import MemoryStorage, Storage

from intake.security import limiter, source

log = structlog.get_logger()
EVERYBODY = "all"
_spare = MemoryStorage()


def seen(what: str) -> tuple[int, int]:
    """How often `what` was counted in its time: for the source of this request, and for all."""
    return _ask(lambda store: store.get(_key(what, source()))), _ask(lambda store: store.get(_key(what, EVERYBODY)))


def count(what: str, seconds: int) -> tuple[int, int]:
    """Count `what` once more, for this source and for all; both forget after `seconds`. Returns both counts."""
    keys = (_key(what, source()), _key(what, EVERYBODY))
    one, everybody = (_ask(lambda store, key=key: store.incr(key, seconds)) for key in keys)
    return one, everybody


def _key(what: str, whose: str) -> str:
    return f"songbang/{what}/{whose}"


def _ask(question: Callable[[Storage], int]) -> int:
    """The configured store's answer; a store that is out of order must not keep a reporter out, so memory stands in."""
    try:
        return question(limiter.storage)
    except Exception as error:  # every store has errors of its own
        log.warning("counting in memory", error=type(error).__name__)
        return question(_spare)
