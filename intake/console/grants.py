"""Who in an office may open contact data, where officers' passwords keep the key; one who may lets in another."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from intake import labels
from intake.console import blueprint
from intake.console.forms import GrantForm
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import InvalidInput, KeyAbsent, NotFound
from intake.rules.numbers import whole
from intake.security import limiter, login_rate, viewer
from intake.services import keys


@blueprint.route("/grants", methods=["GET", "POST"])
@limiter.limit(login_rate, methods=["POST"])
def grants() -> ResponseReturnValue:
    form = GrantForm()
    if form.validate_on_submit():
        try:
            with transaction(engine()) as database:
                chosen, password = whole(form.officer.data or ""), form.password.data or ""
                keys.grant_colleague(database, chosen, password, by=viewer(), tools=tools())
            flash("已经授权，这位同事现在可以用自己的密码打开联系方式")
            return redirect(url_for("console.grants"), 303)
        except InvalidInput as error:
            form[error.field].errors = [labels.sentence(error)]
        except KeyAbsent as error:
            form.password.errors = [labels.sentence(error)]
        except NotFound:
            form.officer.errors = [labels.PROBLEMS["choose_colleague"]]
    return _page(form), 422 if form.errors else 200


def _page(form: GrantForm) -> str:
    with reading(engine()) as database:
        colleagues, me = keys.colleagues(database, viewer().office_id), viewer().id
        may_grant = any(officer.id == me and key and key.sealed for officer, key in colleagues)
        return render_template(
            "console/grants.html", form=form, kept=keys.kept(database), me=me, colleagues=colleagues, may_grant=may_grant
        )
