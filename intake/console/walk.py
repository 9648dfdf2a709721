"""Walking through a list clue by clue: the list and its filters travel in the address of every page of a clue."""

from __future__ import annotations

from collections.abc import Mapping

from flask import url_for
from sqlalchemy.orm import Session

from intake.console.desk import FILTERS, read_filter
from intake.models import Clue
from intake.rules.workflow import State
from intake.services import clues
from intake.services.clues import Beside, Viewer
from intake.tools import Tools

LISTS = ("queue", "clues")


def walk_of(args: Mapping[str, str]) -> dict[str, str]:
    """The list that an officer came from with its filters, as parameters of an address; empty if from elsewhere."""
    if args.get("list") not in LISTS:
        return {}
    return {name: args[name] for name in ("list", *FILTERS) if args.get(name)}


def back_of(walk: Mapping[str, str]) -> str:
    """The address of the list that is walked, the queue by default."""
    filters = {name: value for name, value in walk.items() if name != "list"}
    return url_for(f"console.{walk.get('list', 'queue')}", **filters)


def beside(session: Session, clue: Clue, viewer: Viewer, tools: Tools, walk: Mapping[str, str]) -> Beside | None:
    """Where `clue` stands in the list of `walk`, and its neighbours there; None if from elsewhere."""
    if not walk:
        return None
    states: tuple[State, ...] = clues.work_states(viewer.role) if walk["list"] == "queue" else ()
    return clues.beside(session, viewer, read_filter(session, tools, walk, states), clue)
