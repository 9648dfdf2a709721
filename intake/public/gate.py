"""What keeps robots from drowning the clerks: whoever files, the clue is taken in; what looks like a flood is held.

Nothing here refuses a reporter. A form that was filled in faster than anybody reads is shown once more.
"""

from __future__ import annotations

from typing import Any

from flask import request

from intake.current import tools
from intake.models import Hold
from intake.public import counts
from intake.public.stamps import moment_of, stamp
from intake.rules.puzzle import is_solved

MINUTE, HOUR = 60, 3600
#: Leading zero bits: some 16,000 hashes, under a second in an old phone's script.
BITS = 14
_FORM = "form"


def fields(key: str) -> dict[str, Any]:
    """For the form: the stamp of when it was first opened, and the puzzle (None unless there is a rush)."""
    given = request.form.get("stamp", "")
    opened = given if moment_of(given, _FORM) is not None else stamp(_now(), _FORM)
    return {"stamp": opened, "puzzle": f"{opened}:{key}" if _is_rush(counts.seen("rush")[1]) else None, "bits": BITS}


def is_too_quick() -> bool:
    """Whether the form was opened so lately that nobody can have read it, or not opened at all."""
    least = tools().settings.number("FORM_SECONDS")
    opened = moment_of(request.form.get("stamp", ""), _FORM)
    return bool(least) and (opened is None or _now() - opened < least)


def suspicion(key: str) -> Hold | None:
    """Count a filing; why the clue is to be held, None for nearly every clue."""
    here, _ = counts.count("file", HOUR)
    _, everybody = counts.count("rush", MINUTE)
    if request.form.get("memo"):  # a field that nobody sees
        return Hold.ROBOT
    if here > tools().settings.number("SOURCE_PER_HOUR"):
        return Hold.MANY
    return Hold.FLOOD if _is_rush(everybody - 1) and not _has_worked(key) else None


def _is_rush(filed: int) -> bool:
    """Whether so many clues within the minute, before this one, are too many."""
    return filed >= tools().settings.number("RUSH_PER_MINUTE")


def _has_worked(key: str) -> bool:
    """Whether the form's puzzle is solved, and so lately that nobody has solved it in store."""
    given = request.form.get("stamp", "")
    opened = moment_of(given, _FORM)
    fresh = opened is not None and _now() - opened < 2 * HOUR
    return fresh and is_solved(f"{given}:{key}", request.form.get("answer", ""), BITS)


def _now() -> int:
    return int(tools().now().timestamp())
