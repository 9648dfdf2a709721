"""Filters that an officer keeps above the list."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from intake import labels
from intake.console import blueprint
from intake.console.forms import FilterForm
from intake.console.walk import back_of, walk_of
from intake.current import engine
from intake.db import transaction
from intake.errors import InvalidInput
from intake.security import viewer
from intake.services import saved


@blueprint.post("/filters/keep")
def keep_filter() -> ResponseReturnValue:
    """Keep the filter of the address under the name of the form."""
    form, walk = FilterForm(), walk_of(request.args)
    if form.validate():
        try:
            with transaction(engine()) as database:
                saved.keep(database, viewer().id, form.name.data or "", walk)
            flash(f"已经保存“{form.name.data}”")
            return redirect(back_of(walk), 303)
        except InvalidInput as error:
            form.name.errors = [labels.sentence(error)]
    return render_template("console/keep_filter.html", form=form, back=back_of(walk), walk=walk), 422


@blueprint.post("/filters/<int:filter_id>/drop")
def drop_filter(filter_id: int) -> ResponseReturnValue:
    with transaction(engine()) as database:
        saved.drop(database, viewer().id, filter_id)
    flash("已经删去这组条件")
    return redirect(back_of({}), 303)
