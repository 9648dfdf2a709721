"""The page that says how a clue's due date was computed."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from intake.console import blueprint
from intake.current import engine, tools
from intake.db import reading
from intake.security import viewer
from intake.services import clues
from intake.services import due as reckoning


@blueprint.get("/clues/<number>/due")
def due(number: str) -> ResponseReturnValue:
    with reading(engine()) as database:
        clue = clues.visible(database, viewer(), number)
        steps = reckoning.explain(database, clue, tools=tools())
        return render_template("console/due.html", clue=clue, steps=steps)
