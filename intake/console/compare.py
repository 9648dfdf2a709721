"""Two clues side by side, with what both say marked, and the button that merges one into the other."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from classifier.similarity import likeness, shared_spans
from intake.console import blueprint
from intake.console.desk import pieces
from intake.console.forms import MergeForm
from intake.current import engine
from intake.db import reading
from intake.errors import NotFound
from intake.models import Clue
from intake.rules.workflow import Action
from intake.security import viewer
from intake.services import clues, directory, duplicates, handling


@blueprint.get("/clues/<number>/compare/<other>")
def compare(number: str, other: str) -> ResponseReturnValue:
    if number == other:
        raise NotFound("a clue beside itself")
    with reading(engine()) as database:
        here, there = (clues.visible(database, viewer(), one) for one in (number, other))
        return render_template(
            "console/compare.html", sides=[(here, _marked(here, there)), (there, _marked(there, here))], form=MergeForm(),
            score=likeness(*(duplicates.told(c) for c in (here, there))),
            may_merge=Action.MERGE in handling.possible(here, viewer()), by_slug={c.slug: c for c in clues.categories(database)},
            places={c.number: directory.place(database, c.region_code) if c.region_code else None for c in (here, there)},
        )  # fmt: skip


def _marked(clue: Clue, beside: Clue) -> list[tuple[str, bool]]:
    """The text cut where it says the same as the other: (piece, whether both say it)."""
    return pieces(clue.text, shared_spans(clue.text, beside.text))
