"""What a person says of a clue and a provision that it may touch."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from intake.console import blueprint
from intake.current import engine, tools
from intake.db import transaction
from intake.errors import InvalidInput, NotFound
from intake.security import viewer
from intake.services import clues, provisions


@blueprint.post("/clues/<number>/clauses/<provision_id>")
def provision(number: str, provision_id: str) -> ResponseReturnValue:
    confirmed = request.form.get("confirmed") == "yes"
    try:
        with transaction(engine()) as database:
            found = clues.visible(database, viewer(), number)
            provisions.judge(database, found, provision_id, confirmed, by=viewer(), tools=tools())
    except InvalidInput as error:
        raise NotFound("no such provision") from error
    return redirect(url_for("console.clue", number=number, tab="clauses", _anchor="tabs"), 303)
