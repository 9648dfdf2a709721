"""An officer's own account: the second factor, recovery codes, and where the account is signed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import segno
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from intake import labels
from intake.console import blueprint
from intake.console.forms import ActionForm, FactorForm
from intake.console.signing import code_limit
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import InvalidInput
from intake.models import Officer
from intake.security import signed_in, viewer
from intake.services import factors, linking, sign_ins


@blueprint.get("/account")
def account() -> ResponseReturnValue:
    return _account(FactorForm())


@blueprint.post("/account/sign-ins/<int:sign_in_id>/end")
def end_sign_in(sign_in_id: int) -> ResponseReturnValue:
    with transaction(engine()) as database:
        sign_ins.end(database, sign_in_id, officer_id=viewer().id, tools=tools())
    flash("这台设备已经退出")
    return redirect(url_for("console.account"), 303)


@blueprint.post("/account/sign-ins/end-others")
def end_other_sign_ins() -> ResponseReturnValue:
    with transaction(engine()) as database:
        sign_ins.end_others(database, viewer().id, keep=signed_in().sign_in_id, tools=tools())
    flash("其他设备都已经退出")
    return redirect(url_for("console.account"), 303)


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
@code_limit
def second_factor() -> ResponseReturnValue:
    """Set the second factor up: the secret as a picture and in groups, until a code from it is confirmed."""
    form = FactorForm()
    if form.validate_on_submit():
        try:
            codes = _by_code(form, factors.confirm)
            return render_template("console/recovery_codes.html", codes=codes, new=True)
        except InvalidInput as error:
            form.code.errors = [labels.sentence(error)]
    with reading(engine()) as database:
        if factors.is_set_up(database, viewer().id):
            return redirect(url_for("console.account"), 303)
        secret = factors.begun(database, viewer().id, tools=tools())
        address = factors.address(secret, database.get_one(Officer, viewer().id), tools=tools()) if secret else ""
    page = render_template(
        "console/second_factor.html", form=form, button=ActionForm(), secret=factors.spaced(secret), address=address,
        squares=_squares(address), required=signed_in().lacks_factor,
    )  # fmt: skip
    return page, 422 if form.errors else 200


@blueprint.post("/account/second-factor/begin")
def begin_factor() -> ResponseReturnValue:
    with transaction(engine()) as database:
        factors.begin(database, database.get_one(Officer, viewer().id), tools=tools())
    return redirect(url_for("console.second_factor"), 303)


@blueprint.post("/account/second-factor/remove")
@code_limit
def remove_factor() -> ResponseReturnValue:
    form = FactorForm()
    try:
        _by_code(form, factors.remove)
    except InvalidInput as error:
        return _account(form, error)
    flash("登录验证码已经停用；换手机请马上在新手机上重新设置")
    return redirect(url_for("console.second_factor"), 303)


@blueprint.post("/account/recovery-codes")
@code_limit
def recovery_codes() -> ResponseReturnValue:
    form = FactorForm()
    try:
        codes = _by_code(form, factors.renew_codes)
    except InvalidInput as error:
        return _account(form, error)
    return render_template("console/recovery_codes.html", codes=codes, new=False)


def _by_code(form: FactorForm, step: Callable[..., Any]) -> Any:
    """Take a step that the code on the form opens. Raises InvalidInput, with no field where the form says it already."""
    if not form.validate():
        raise InvalidInput("", "needed")
    with transaction(engine()) as database:
        return step(database, database.get_one(Officer, viewer().id), form.code.data or "", tools=tools())


def _account(form: FactorForm, error: InvalidInput | None = None) -> ResponseReturnValue:
    if error and error.field:
        form.code.errors = [labels.sentence(error)]
    with reading(engine()) as database:
        page = render_template(
            "console/account.html", form=form, button=ActionForm(), here=signed_in().sign_in_id,
            is_set_up=factors.is_set_up(database, viewer().id), left=factors.codes_left(database, viewer().id),
            places=sign_ins.of(database, viewer().id, tools=tools()), link=linking.of(database, viewer().id, tools=tools()),
            by_provider=tools().settings.provider_label,
            is_only_way=linking.is_only_way(signed_in().officer.role, tools=tools()),
        )  # fmt: skip
    return page, 422 if error else 200


def _squares(address: str) -> tuple[int, str]:
    """A QR code as the side of its square and the path of its dark modules, for an SVG of that size."""
    if not address:
        return 0, ""
    rows = list(segno.make(address, error="m").matrix_iter(border=4))
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    return len(rows), "".join(dark)
