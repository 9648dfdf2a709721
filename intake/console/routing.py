"""The routing table in the console: the rules, a change with its dry run, who gets what, and what clerks correct."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intake import labels
from intake.console import blueprint
from intake.console.forms import ActionForm, RuleForm
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import InvalidInput
from intake.security import viewer
from intake.services import clues, directory, table


@blueprint.get("/routing")
def routing() -> ResponseReturnValue:
    today = tools().today()
    with reading(engine()) as database:
        return render_template(
            "console/routing.html", rules=table.rows(database, today), today=today, **_words(database),
            corrections=table.corrections(database, today, tools()),
        )  # fmt: skip


@blueprint.get("/routing/matrix")
def matrix() -> ResponseReturnValue:
    with reading(engine()) as database:
        regions = directory.regions_with_offices(database)
        region = request.args.get("region") or (regions[0].code if regions else "")
        known = region in {r.code for r in regions}
        cells = table.matrix(database, region, tools().today()) if known else {}
        return render_template("console/matrix.html", region=region, cells=cells, **_words(database))


@blueprint.route("/routing/new", methods=["GET", "POST"])
def new_rule() -> ResponseReturnValue:
    """A rule is first tried on the open clues; the second time, with what it would do in sight, it is saved.

    One that was changed since is tried once more.
    """
    form = RuleForm() if request.method == "POST" else RuleForm(request.args)
    form.valid_from.data = form.valid_from.data or tools().today()
    tried, seen, saving = None, "", request.form.get("go") == "save"
    if form.validate_on_submit():
        try:
            change = form.to_change()
            seen = _digest(change)
            if saving and request.form.get("seen") == seen:
                with transaction(engine()) as database:
                    table.save(database, change, officer_id=viewer().id, tools=tools())
                flash("规则已经保存")
                return redirect(url_for("console.routing"), 303)
            with reading(engine()) as database:
                tried = table.dry_run(database, change, tools().today())
        except InvalidInput as error:
            form[error.field].errors = [labels.sentence(error)]
    return _form(form, tried, seen, changed=saving)


@blueprint.route("/routing/<int:rule_id>/end", methods=["GET", "POST"])
def end_rule(rule_id: int) -> ResponseReturnValue:
    form = ActionForm()
    if form.validate_on_submit():
        with transaction(engine()) as database:
            planned = table.end(database, rule_id, officer_id=viewer().id, tools=tools())
        flash("规则已经取消" if planned else "规则从今天起不再适用")
        return redirect(url_for("console.routing"), 303)
    with reading(engine()) as database:
        today = tools().today()
        tried = table.dry_end(database, rule_id, today)
        return render_template("console/end_rule.html", form=form, tried=tried, today=today, **_words(database))


def _digest(change: table.Change) -> str:
    """What tells one tried change from another; its source changes nothing that a trial shows."""
    return hashlib.sha256(repr(replace(change, source="")).encode()).hexdigest()


def _form(form: RuleForm, tried: table.DryRun | None, seen: str, changed: bool) -> ResponseReturnValue:
    wrong = form.is_submitted() and bool(form.errors)
    with reading(engine()) as database:
        words = _words(database)
        page = render_template(
            "console/new_rule.html", form=form, tried=tried, seen=seen, changed=changed, today=tools().today(), places=[(r.code, f"{r.code} {r.name}") for r in words["regions"]],
            categories=[(c.slug, f"{c.code} {c.name}") for c in words["by_slug"].values() if c.slug != "out_of_scope"], **words,
        )  # fmt: skip
    return page, 422 if wrong else 200


def _words(database: Session) -> dict[str, Any]:
    """The names that every page of the table needs."""
    regions = directory.regions_with_offices(database)
    return {
        "by_slug": {c.slug: c for c in clues.categories(database)}, "remits": directory.remit_names(), "regions": regions,
        "names": {r.code: r.name for r in regions} | {directory.region_prefix(r.code): r.name for r in regions},
    }  # fmt: skip
