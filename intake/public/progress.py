"""The page that a query code opens: where the clue stands, the thread, rating the answer, asking once for a new handling."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intake import labels
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import DomainError
from intake.models import Clue, Rating
from intake.public import attaching, blueprint
from intake.public.forms import RateForm, ReopenForm, WordsForm
from intake.public.views import opened_clue, promises
from intake.services import attachments, clues, reporter


@blueprint.route("/clue", methods=["GET", "POST"])
def clue() -> ResponseReturnValue:
    form = WordsForm()
    if form.is_submitted() and opened_clue() is not None:
        attaching.receive(_mark())
    if attaching.is_about_files() or not form.validate_on_submit():
        return _page(form=form)
    return _doing(lambda database, found: reporter.add_words(database, found, form.text.data or "", tools=tools()))


@blueprint.post("/clue/rating")
def rate() -> ResponseReturnValue:
    form = RateForm()
    if not form.validate():
        return _page(rate_form=form)
    return _doing(lambda database, found: reporter.rate(database, found, Rating(form.rating.data), tools=tools()))


@blueprint.post("/clue/reopening")
def reopen() -> ResponseReturnValue:
    form = ReopenForm()
    if not form.validate():
        return _page(reopen_form=form)
    return _doing(lambda database, found: reporter.reopen(database, found, form.reason.data or "", tools=tools()))


def _mark() -> str:
    """What files wait under until the reporter sends words with them."""
    with reading(engine()) as database:
        return database.get_one(Clue, opened_clue()).code_hash


def _doing(verb: Callable[[Session, Clue], None]) -> ResponseReturnValue:
    """Run a verb on the clue that the code opened; a refusal is said on the page."""
    clue_id = opened_clue()
    if clue_id is None:
        return redirect(url_for("public.query"), 303)
    try:
        with transaction(engine()) as database:
            verb(database, database.get_one(Clue, clue_id))
    except DomainError as error:
        flash(labels.sentence(error))
    return redirect(url_for("public.clue", _anchor="thread"), 303)


def _page(**given: WordsForm | RateForm | ReopenForm) -> ResponseReturnValue:
    """The page with its three forms; one that was sent and is wrong keeps what was typed."""
    clue_id = opened_clue()
    if clue_id is None:
        return redirect(url_for("public.query"), 303)
    fresh = {"form": WordsForm, "rate_form": RateForm, "reopen_form": ReopenForm}
    forms = {name: given.get(name) or form(formdata=None) for name, form in fresh.items()}
    with reading(engine()) as database:
        found = database.get_one(Clue, clue_id)
        page = render_template(
            "public/clue.html", **promises(database, found), **forms, messages=clues.thread(database, found),
            **attaching.staged(database, found.code_hash), sent=attachments.sent(database, found),
            office=found.office, reopen_until=reporter.reopen_until(found, tools()),
        )  # fmt: skip
    return page, 422 if any(form.errors for form in forms.values()) else 200
