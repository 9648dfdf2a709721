"""Other systems that come through the API: the admin gives out tokens and ends them."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from intake import labels
from intake.console import blueprint
from intake.console.forms import ActionForm, SystemForm
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import InvalidInput
from intake.models import Scope
from intake.security import viewer
from intake.services import systems as system_service


@blueprint.route("/systems", methods=["GET", "POST"])
def systems() -> ResponseReturnValue:
    form = SystemForm()
    if form.validate_on_submit():
        try:
            with transaction(engine()) as database:
                made, token = system_service.make(
                    database, form.name.data or "", form.username.data or "", [Scope(one) for one in form.scopes.data or ()],
                    form.expires_on.data, by=viewer().id, tools=tools(),
                )  # fmt: skip
                return render_template("console/system_made.html", system=made, token=token)
        except InvalidInput as error:
            form[error.field].errors = [labels.sentence(error)]
    with reading(engine()) as database:
        page = render_template(
            "console/systems.html", form=form, button=ActionForm(), systems=system_service.listed(database), today=tools().today()
        )
    return page, 422 if form.errors else 200


@blueprint.post("/systems/<int:system_id>/revoke")
def revoke_system(system_id: int) -> ResponseReturnValue:
    with transaction(engine()) as database:
        ended = system_service.revoke(database, system_id, by=viewer().id, tools=tools())
    flash(f"{ended.name}的令牌已经吊销，马上不能再用")
    return redirect(url_for("console.systems"), 303)
