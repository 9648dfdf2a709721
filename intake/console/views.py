"""The officers' door: queue, clue, and the one address through which every action goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from classifier import ModelError
from intake import labels
from intake.console import blueprint
from intake.console.attachments import attached
from intake.console.clusters import alarms
from intake.console.desk import desk, page_of
from intake.console.forms import FORMS, AssignForm, ChineseForm, ContactForm, MergeForm, NoteForm
from intake.console.replies import fill, unconfirmed
from intake.console.walk import back_of, beside, kept, walk_of
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import DomainError, InvalidInput, KeyAbsent, NotFound, StaleClue
from intake.rules.numbers import whole
from intake.rules.workflow import REVERSIBLE, Action, Role
from intake.security import limiter, login_rate, viewer
from intake.services import audit as audit_log
from intake.services import clues as clue_service
from intake.services import handling, holding, keys, learning, lists, merging, reminders, reports


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """Each role begins where its work is."""
    first = {Role.ADMIN: "console.offices", Role.AUDITOR: "console.audit"}.get(viewer().role, "console.queue")
    return redirect(url_for(first), 303)


@blueprint.get("/queue")
def queue() -> ResponseReturnValue:
    with reading(engine()) as database:
        waiting = lists.work_states(viewer().role)
        return render_template(
            "console/queue.html", **page_of(database, viewer(), tools(), request.args, waiting), title="待办", kept=kept(database, viewer(), tools()),
            drafts=reports.freeze.waiting(database, viewer()), reminders=reminders.counts(database, viewer(), tools()), bursts=alarms(database),
            held=holding.count(database, viewer()),
        )  # fmt: skip


@blueprint.get("/clues")
def clues() -> ResponseReturnValue:
    with reading(engine()) as database:
        return render_template(
            "console/queue.html", **page_of(database, viewer(), tools(), request.args, ()), title="全部线索", drafts=(), reminders={}, bursts=(), held=0,
            kept=kept(database, viewer(), tools()),
        )  # fmt: skip


@blueprint.get("/clues/<number>")
def clue(number: str) -> ResponseReturnValue:
    with transaction(engine()) as database:
        found = clue_service.visible(database, viewer(), number)
        handling.opened(database, found, viewer(), tools())
        wanted = request.args.get("do", "")
        action = Action(wanted) if wanted in set(Action) else None
        return _show(database, found, action, None)


@blueprint.post("/clues/<number>/<action>")
def act(number: str, action: str) -> ResponseReturnValue:
    """Take one step; whatever the service refuses is shown beside the form, with everything still in it."""
    if action not in set(Action):
        raise NotFound("no such action")
    form = FORMS[Action(action)]()
    try:
        if not form.validate():
            raise InvalidInput("", "needed")
        with transaction(engine()) as database:
            found = clue_service.visible(database, viewer(), number)
            place = beside(database, found, viewer(), tools(), walk_of(request.args))
            held = unconfirmed(database, found, Action(action), form) or _unseen(database, found, form)
            if held:
                return _show(database, found, Action(action), form, **held), 422
            handling.act(
                database, found, Action(action), _words(form), officer=viewer(), tools=tools(),
                version=whole(request.form.get("version", "")),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as error:
        return _refused(number, Action(action), form, error)
    onward = place and request.form.get("onward")
    flash(f"{number} {labels.DONE[Action(action)]}", _way_back(Action(action), bool(onward)))
    return redirect(_onward(place) if place and onward else _after(number), 303)


@blueprint.post("/clues/<number>/contact")
@limiter.limit(login_rate)
def contact(number: str) -> ResponseReturnValue:
    """The reporter's contact data, shown on this answer only, with the reason in the audit log's keeping."""
    form = ContactForm()
    with transaction(engine()) as database:
        found = clue_service.visible(database, viewer(), number)
        if not form.validate():
            return _show(database, found, None, None, contact_form=form), 422
        try:
            reason, password = form.reason.data or "", form.password.data or ""
            opened = keys.open_contact(database, found, reason, password, officer=viewer(), tools=tools())
        except (InvalidInput, KeyAbsent) as error:
            form.password.errors = [labels.sentence(error)]
            return _show(database, found, None, None, contact_form=form), 422
        return render_template("console/contact.html", clue=found, contact=opened)


@blueprint.get("/model")
def model() -> ResponseReturnValue:
    """How the classifier does: figures, overrides, drift, and the words it leans on. No text of a clue."""
    kept = learning.kept(tools())
    serving = next((one for one in kept if one.serves), None)
    try:
        words = learning.leaning_words(tools())
    except ModelError:
        words = {}
    with reading(engine()) as database:
        since = tools().now() - timedelta(days=182)
        return render_template(
            "console/model.html", kept=kept, serving=serving, words=words, categories=clue_service.categories(database),
            overrides=learning.overrides(database, since), weeks=learning.weekly(database, since, tools=tools()),
        )  # fmt: skip


def _show(database: Session, clue: Any, action: Action | None, form: ChineseForm | None, **more: Any) -> Any:
    tab = request.args.get("tab", "trail")
    page = desk(database, clue, viewer(), tools(), action=action, form=form, tab=tab)
    fill(page, request.args)
    page |= attached(database, clue)
    page["walk"] = walk_of(request.args)
    page["back"] = back_of(page["walk"])
    page["beside"] = beside(database, clue, viewer(), tools(), page["walk"])
    page["onward"] = request.form.get("onward") if request.method == "POST" else page["action"] is not Action.NOTE
    return render_template("console/clue.html", **({"contact_form": ContactForm(), "refusal": "", "found": (), "into": None} | page | more))


def _refused(number: str, action: Action, form: ChineseForm, error: DomainError) -> ResponseReturnValue:
    """The clue as it is now, the form as it was filled, and the sentence that says what to do."""
    refusal = labels.sentence(error)
    if isinstance(error, InvalidInput) and error.field in form:
        form[error.field].errors = [refusal]
    refusal = "" if form.errors else refusal
    with reading(engine()) as database:
        found = clue_service.visible(database, viewer(), number)
        if isinstance(error, StaleClue) and audit_log.last_step_by(database, found.id) == viewer().id:
            refusal = labels.DONE_ELSEWHERE
        return _show(
            database, found, action, form, refusal=refusal
        ), 409 if error.__class__ is not InvalidInput else 422


def _unseen(database: Session, clue: Any, form: ChineseForm) -> dict[str, Any]:
    """The clue that another is to be merged into, until the officer has had a look at it. Raises InvalidInput."""
    if not isinstance(form, MergeForm):
        return {}
    into = merging.target(database, clue, form.into.data or "", viewer(), tools().today())
    return {} if form.seen.data == into.number else {"into": into}


def _way_back(action: Action, onward: bool) -> str:
    """What the message after a step offers: taking it back where the page that follows does not, or the step that undoes it."""
    if action is Action.MERGE:
        return Action.UNMERGE
    return "undo" if onward and action in REVERSIBLE else "message"


def _words(form: ChineseForm) -> dict[str, Any]:
    words = {name: value for name, value in form.data.items() if name != "csrf_token"}
    if isinstance(form, AssignForm):
        words["category"] = form.chosen_category
    if isinstance(form, NoteForm):
        words["files"] = form.kept
    return words


def _after(number: str) -> str:
    """Back to the clue if it may still be seen, else to the queue."""
    with reading(engine()) as database:
        try:
            clue_service.visible(database, viewer(), number)
        except NotFound:
            return url_for("console.queue")
    return url_for("console.clue", number=number, **walk_of(request.args))


def _onward(place: lists.Beside) -> str:
    """The next clue of the list that the officer walks, the one before at its end, the list itself when it is done."""
    walk = walk_of(request.args)
    if number := place.after or place.before:
        return url_for("console.clue", number=number, **walk)
    return back_of(walk)
