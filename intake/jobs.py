"""The worker: triage of what waits, again and again until it is done, and the periodic work of a day."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date

import structlog
from sqlalchemy import Engine

from intake.db import reading, transaction
from intake.services import contacts, triage
from intake.tools import Tools

log = structlog.get_logger()


def after_filing(engine: Engine, clue_id: int, tools: Tools) -> None:
    """Triage a clue right after its commit, where configured; whatever goes wrong, the sweep will find it."""
    if tools.settings.text("TRIAGE") == "inline":
        _try(engine, clue_id, tools)


def sweep(engine: Engine, tools: Tools) -> int:
    """Triage everything that waits; returns how many clues were done."""
    with reading(engine) as session:
        waiting = triage.pending(session)
    return sum(_try(engine, clue_id, tools) for clue_id in waiting)


def daily(engine: Engine, tools: Tools) -> int:
    """What is done once a day: contact data whose time is over is deleted; returns how many were."""
    with transaction(engine) as session:
        return contacts.delete_expired(session, tools=tools)


def run(engine: Engine, tools: Tools, stop: threading.Event, each: Callable[[int], None] = lambda done: None) -> None:
    """Sweep until `stop` is set, and do the day's work when a day begins; `each` is told what every sweep did."""
    done = date.min
    while not stop.is_set():
        try:
            each(sweep(engine, tools))
            if done < tools.today():
                daily(engine, tools)
                done = tools.today()
        except Exception as error:
            log.error("sweep failed", error=type(error).__name__)
        stop.wait(tools.settings.number("SWEEP_SECONDS"))


def _try(engine: Engine, clue_id: int, tools: Tools) -> bool:
    """One attempt in its own transaction. Never raises: the clue stays in the queue and the log says why."""
    try:
        with transaction(engine) as session:
            return triage.triage(session, clue_id, tools=tools)
    except Exception as error:
        log.error("triage failed", clue_id=clue_id, error=type(error).__name__)
        return False
