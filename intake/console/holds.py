"""What is held out of the queue: looked at group by group, and let in with one press."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from intake.console import blueprint
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import NotFound
from intake.models import Hold
from intake.security import viewer
from intake.services import holding


@blueprint.get("/holds")
def holds() -> ResponseReturnValue:
    with reading(engine()) as database:
        return render_template("console/holds.html", groups=holding.groups(database, viewer()), hours=holding.HOURS)


@blueprint.post("/holds/<why>")
def release(why: str) -> ResponseReturnValue:
    """Let a group into the queue; `mark` of the form names the text where the same text is what they have in common."""
    if why not in set(Hold):
        raise NotFound("nothing is held for such a reason")
    with transaction(engine()) as database:
        released = holding.release(
            database, Hold(why), request.form.get("mark", ""), officer=viewer(), tools=tools()
        )  # fmt: skip
    flash(f"{released} 条已经放进待办" if released else "这一组已经有人放进待办了")
    return redirect(url_for("console.holds"), 303)
