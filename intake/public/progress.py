"""The page that a query code opens: where the clue stands, the thread, rating the answer, asking once for a new handling.

A form belongs to the clue it was shown with. Where another clue is open by now, or none, nothing is stored: the words
come back with the question for the code.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from wtforms import TextAreaField

from intake import labels
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import DomainError
from intake.models import Clue, Rating
from intake.public import attaching, before, blueprint
from intake.public.forms import QueryForm, RateForm, ReopenForm, WordsForm
from intake.public.views import opened_clue, promises
from intake.security import csrf
from intake.services import attachments, clues, directory, merging, reporter

_Verb = Callable[[Session, Clue], None]
_Form = WordsForm | RateForm | ReopenForm
_FORMS: dict[str, type[_Form]] = {"form": WordsForm, "rate_form": RateForm, "reopen_form": ReopenForm}
_ELSEWHERE = "您在别处打开了另一条线索，所以没有发送。"
_ENDED = "这个页面放得太久，或者在别处退出了，所以没有发送。"
_REOPENED = "已收到您的请求，重新办理。新的答复日期写在下面。"


@blueprint.route("/clue", methods=["GET", "POST"])
@csrf.exempt  # the forms check their own token, so that a refusal loses nothing typed
def clue() -> ResponseReturnValue:
    form = WordsForm()
    if not form.is_submitted():
        return _page()
    return _send(form, form.text, lambda database, found: reporter.add_words(database, found, form.text.data or "", tools=tools()))


@blueprint.post("/clue/rating")
@csrf.exempt
def rate() -> ResponseReturnValue:
    form = RateForm()
    return _send(form, None, lambda database, found: reporter.rate(database, found, Rating(form.rating.data), tools=tools()))


@blueprint.post("/clue/reopening")
@csrf.exempt
def reopen() -> ResponseReturnValue:
    form = ReopenForm()
    verb: _Verb = lambda database, found: reporter.reopen(database, found, form.reason.data or "", tools=tools())  # noqa: E731
    return _send(form, form.reason, verb, _REOPENED)


def page_with(words: str, into: str) -> ResponseReturnValue:
    """The page with words that have not been sent in their field, to be sent now."""
    flash("您刚才写的放回下面了，还没有发送，请再点一次。")
    if into == "reason":
        return _page(ReopenForm(formdata=None, reason=words))
    return _page(WordsForm(formdata=None, text=words))


def ask_code(form: QueryForm, status: int = 0, *, why: str = "", seconds: int = 0, ticket: str = "") -> tuple[str, int]:
    """The page that asks for a query code: `why` it asks again, and how many seconds one still has to wait."""
    page = render_template("public/query.html", form=form, why=why, seconds=seconds, ticket=ticket)
    return page, status or (422 if form.errors else 200)


def _send(form: _Form, field: TextAreaField | None, verb: _Verb, said: str = "") -> ResponseReturnValue:
    """Do what a form asks on the clue it belongs to. What could tell who wrote it is pointed out once before it is sent."""
    mark = _mark()
    if mark is None:
        return _ask_again(field)
    if not form.csrf_token.validate(form):
        return _page(form)
    attaching.receive(mark)
    if field is not None:
        before.blur_ticked(field)
    if request.form.get("go") in ("blur", "send"):
        attaching.cover(mark, before.ticked())
    if attaching.is_about_files() or request.form.get("go") == "blur":
        return _page(form)
    if not form.validate() or (field is not None and before.unseen(field)):
        return _page(form)
    return _doing(form, verb, said)


def _doing(form: _Form, verb: _Verb, said: str) -> ResponseReturnValue:
    """Run a verb on the open clue; a refusal is said on the page, beside what was typed."""
    try:
        with transaction(engine()) as database:
            verb(database, database.get_one(Clue, opened_clue()))
    except DomainError as error:
        form.form_errors.append(labels.sentence(error))
        return _page(form)
    if said:
        flash(said)
    return redirect(url_for("public.clue", _anchor=None if said else "thread"), 303)


def _mark() -> str | None:
    """What files of the clue that the posted form belongs to wait under; None unless that clue is the open one."""
    clue_id = opened_clue()
    if clue_id is None:
        return None
    with reading(engine()) as database:
        found = database.get_one(Clue, clue_id)
        return found.code_hash if found.number == request.form.get("clue") else None


def _ask_again(field: TextAreaField | None) -> ResponseReturnValue:
    """What was sent is not for the open clue: nothing is stored, and the words come back."""
    words = {"words": field.data, "into": field.name} if field else {}
    return ask_code(QueryForm(formdata=None, data=words), 422, why=_ENDED if opened_clue() is None else _ELSEWHERE)


def _page(*sent: _Form) -> ResponseReturnValue:
    """The page with its three forms; one that was sent and is wrong keeps what was typed."""
    clue_id = opened_clue()
    if clue_id is None:
        return redirect(url_for("public.query"), 303)
    forms = {name: next((one for one in sent if isinstance(one, kind)), None) or kind(formdata=None) for name, kind in _FORMS.items()}
    with reading(engine()) as database:
        found = database.get_one(Clue, clue_id)
        lead = merging.lead(database, found)
        page = render_template(
            "public/clue.html", **promises(database, found), **forms, messages=clues.thread(database, found),
            **attaching.staged(database, found.code_hash, "public.clue"), sent=attachments.sent(database, found),
            is_over=reporter.is_over(found, lead), office=found.office, reopen_until=reporter.reopen_until(found, lead, tools()),
            referral=next((row for row in directory.referrals() if row["slug"] == found.reason), None),
            ticked=before.ticked(), finds={f.name: before.finds(f.data) for form in sent for f in form if isinstance(f, TextAreaField) and f.data},
        )  # fmt: skip
    return page, 422 if any(form.errors for form in sent) else 200
