"""Leave and leaving: an officer lets a colleague stand in, acts in another's place, and is handed over by the admin."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from intake import labels
from intake.console import blueprint
from intake.console.forms import ActionForm, DelegationForm, HandOverForm
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import InvalidInput, NotFound
from intake.models import Officer
from intake.rules.numbers import whole
from intake.security import viewer
from intake.services import identity, staffing


@blueprint.route("/leave", methods=["GET", "POST"])
def leave() -> ResponseReturnValue:
    form = DelegationForm()
    if form.validate_on_submit():
        try:
            with transaction(engine()) as database:
                me = database.get_one(Officer, viewer().id)
                staffing.delegate(
                    database, me, form.to.data or "", form.first_on.data, form.last_on.data, by=me.id, tools=tools(),
                    sure=bool(form.long.data),
                )  # fmt: skip
            flash("已经委托；对方登录后可以代行您的岗位")
            return redirect(url_for("console.leave"), 303)
        except InvalidInput as error:
            form[error.field].errors = [labels.sentence(error)]
    today = tools().today()
    with reading(engine()) as database:
        me = database.get_one(Officer, viewer().id)
        page = render_template(
            "console/leave.html", form=form, button=ActionForm(), given=staffing.given(database, me.id, today),
            received=staffing.received(database, me.id, today), today=today,
            colleagues=[(str(o.id), f"{o.name}（{labels.ROLES[o.role]}）") for o in staffing.colleagues(database, me)],
        )  # fmt: skip
    return page, 422 if form.errors else 200


@blueprint.post("/leave/<int:delegation_id>/end")
def end_leave(delegation_id: int) -> ResponseReturnValue:
    with transaction(engine()) as database:
        staffing.end(database, delegation_id, by=database.get_one(Officer, viewer().id), tools=tools())
    session.pop("acting", None)
    flash("委托已经结束")
    return redirect(url_for("console.leave"), 303)


@blueprint.post("/acting")
def stand_in() -> ResponseReturnValue:
    """Begin to act in another's role, or stop (no delegation named)."""
    wanted = request.form.get("delegation", "")
    session.pop("acting", None)
    if wanted:
        with reading(engine()) as database:
            me = database.get_one(Officer, viewer().id)
            if staffing.acting(database, me, whole(wanted), tools().today()) is None:
                raise NotFound("no such delegation")
        session["acting"] = whole(wanted)
    return redirect(url_for("console.home"), 303)


@blueprint.route("/officers/<int:officer_id>/hand-over", methods=["GET", "POST"])
def hand_over(officer_id: int) -> ResponseReturnValue:
    form = HandOverForm()
    if form.validate_on_submit():
        try:
            with transaction(engine()) as database:
                to = staffing.hand_over(database, officer_id, form.to.data or "", by=viewer().id, tools=tools()).name
            flash(f"已经交接给{to}，原来的账号已停用")
            return redirect(url_for("console.officers"), 303)
        except InvalidInput as error:
            form[error.field].errors = [labels.sentence(error)]
    with reading(engine()) as database:
        officer = identity.colleague(database, officer_id, of=viewer().id)
        page = render_template(
            "console/hand_over.html", form=form, officer=officer, work=staffing.open_work(database, officer.office_id),
            colleagues=[(str(o.id), f"{o.name}（{labels.ROLES[o.role]}）") for o in staffing.colleagues(database, officer)],
            interim=staffing.INTERIM,
        )  # fmt: skip
    return page, 422 if form.errors else 200
