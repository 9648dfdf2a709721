"""Many clues at once: a page that says what will happen to each, then each taken in a transaction of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intake import labels
from intake.console import blueprint
from intake.console.desk import list_states, read_filter
from intake.console.forms import ActionForm, ChineseForm, MergeForm, RejectForm
from intake.console.replies import unconfirmed
from intake.console.walk import back_of, walk_of
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import DomainError, NotFound
from intake.rules.numbers import whole
from intake.rules.workflow import REVERSIBLE, Action, State
from intake.security import viewer
from intake.services import bulk as many
from intake.services import clues, directory, handling, lists

#: Words that a trial of a rejection stands on; what is sent is written on the page.
_TRIAL = {"reason": "other", "text": "-"}


@blueprint.get("/bulk")
def bulk() -> ResponseReturnValue:
    """What the action would do to the clues that are ticked, or to all that wait in the list."""
    action = _step(request.args.get("do", ""))
    form = _form(action, filled=False)
    return _check_page(action, form, request.args.getlist("pick"))


@blueprint.post("/bulk/<action>")
def act_on_all(action: str) -> ResponseReturnValue:
    """Take the action on every clue ticked; what is refused is listed with its reason."""
    step = _step(action)
    picks = [pick.partition("@") for pick in request.form.getlist("pick")][: many.MOST]
    form = _form(step, filled=True)
    doubtful = _doubtful(step, form)
    if not form.validate() or doubtful or not picks:
        more = doubtful | {"nothing": not picks}
        return _check_page(step, form, [number for number, _, _ in picks], **more), 422
    words = {name: value for name, value in form.data.items() if name != "csrf_token"}
    outcomes = [(number, _take(number, version, step, words)) for number, _, version in picks]
    return render_template(
        "console/bulk_done.html", action=step, outcomes=outcomes, done=sum(not refusal for _, refusal in outcomes),
        back=back_of(walk_of(request.args)), walk=walk_of(request.args), undoable=step in REVERSIBLE,
    )  # fmt: skip


def _take(number: str, version: str, action: Action, words: dict[str, Any]) -> str:
    """Why the clue was refused; empty when it was done."""
    try:
        with transaction(engine()) as database:
            clue = clues.visible(database, viewer(), number)
            handling.act(
                database, clue, action, words, officer=viewer(), tools=tools(),
                version=whole(version),
            )  # fmt: skip
    except NotFound:
        return labels.PROBLEMS["gone"]
    except DomainError as error:
        return labels.sentence(error)
    return ""


def _check_page(action: Action, form: ChineseForm, numbers: list[str], **more: Any) -> str:
    walk, ticked = walk_of(request.args), bool(numbers) or action is Action.ASSIGN
    with reading(engine()) as database:
        by_slug = {category.slug: category for category in clues.categories(database)}
    with transaction(engine()) as database:  # a trial writes and takes back
        numbers = numbers or _listed(database, walk)
        others = [number for number in numbers if number != _into()]
        outlooks = many.outlooks(database, others, action, _trial(action), officer=viewer(), tools=tools())
    return render_template(
        "console/bulk.html",
        **{
            "action": action, "form": form, "ticked": ticked, "outlooks": outlooks, "by_slug": by_slug, "walk": walk,
            "back": back_of(walk), "sentence": labels.sentence, "found": (), "nothing": False, "into": _into(),
            "able": sum(one.refusal is None for one in outlooks),
            "referral_choices": [(row["slug"], row["name"]) for row in directory.referrals()],
        } | more,
    )  # fmt: skip


def _listed(session: Session, walk: dict[str, str]) -> list[str]:
    """The numbers of the waiting clues in the list that the officer came from, the first due first."""
    wanted = read_filter(session, tools(), walk, list_states(viewer(), walk.get("list", "queue")))
    if wanted.states and State.RECEIVED not in wanted.states:
        return []
    page = lists.listing(session, viewer(), replace(wanted, states=(State.RECEIVED,)), size=many.MOST)
    return [clue.number for clue in page.rows]


def _doubtful(action: Action, form: ChineseForm) -> dict[str, Any]:
    with reading(engine()) as database:
        return unconfirmed(database, None, action, form)


def _into() -> str:
    """The number of the clue that those of a cluster are merged into."""
    return request.values.get("into", "")


def _trial(action: Action) -> dict[str, str]:
    return {Action.REJECT: _TRIAL, Action.MERGE: {"into": _into()}}.get(action, {})


def _form(action: Action, filled: bool) -> ChineseForm:
    kind = {Action.REJECT: RejectForm, Action.MERGE: MergeForm}.get(action, ActionForm)
    return kind() if filled else kind(formdata=None)


def _step(name: str) -> Action:
    if name not in many.ACTIONS or (name == Action.MERGE and not _into()):
        raise NotFound("no such action on many clues")
    return Action(name)
