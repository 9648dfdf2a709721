"""The published heads of the audit chain, and a reporter's own check that their clue is still in it."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from intake.current import engine, tools
from intake.db import reading
from intake.models import Clue
from intake.public import blueprint
from intake.public.views import opened_clue
from intake.services import proof


@blueprint.get("/chain")
def chain() -> ResponseReturnValue:
    with reading(engine()) as database:
        return render_template("public/chain.html", heads=proof.heads(database))


@blueprint.get("/clue/proof")
def clue_proof() -> ResponseReturnValue:
    clue_id = opened_clue()
    if clue_id is None:
        return redirect(url_for("public.query"), 303)
    with reading(engine()) as database:
        clue = database.get_one(Clue, clue_id)
        return render_template("public/clue_proof.html", clue=clue, proof=proof.prove(database, clue, tools=tools()))
