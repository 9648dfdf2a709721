"""Walking through a list clue by clue: the list and its filters travel in the address of every page of a clue."""

from __future__ import annotations

from collections.abc import Mapping

from flask import url_for
from sqlalchemy.orm import Session

from intake.console.desk import FILTERS, list_states, read_filter
from intake.models import Clue, SavedFilter
from intake.services import lists, saved
from intake.services.clues import Viewer
from intake.services.lists import Beside
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
    wanted = read_filter(session, tools, walk, list_states(viewer, walk["list"]))
    return lists.beside(session, viewer, wanted, clue)


def kept(session: Session, viewer: Viewer, tools: Tools) -> list[tuple[SavedFilter, int, str]]:
    """The officer's own filters, each with the number of clues it finds now and the address of the list."""
    return [
        (
            one,
            lists.count(
                session, viewer, read_filter(session, tools, one.query, list_states(viewer, one.query["list"]))
            ),
            back_of(one.query),
        )
        for one in saved.mine(session, viewer.id)
    ]
