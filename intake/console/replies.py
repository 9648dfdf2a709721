"""Wordings for replies, and the second look at a reply before it goes out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intake import labels
from intake.console import blueprint
from intake.console.desk import pieces
from intake.console.forms import ActionForm, ChineseForm, TemplateForm
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.models import Clue
from intake.rules.replies import spans
from intake.rules.workflow import Action
from intake.security import viewer
from intake.services import replies as wordings


@blueprint.get("/replies")
def replies() -> ResponseReturnValue:
    return _page(TemplateForm(formdata=None))


@blueprint.post("/replies/new")
def new_reply() -> ResponseReturnValue:
    form = TemplateForm()
    if not form.validate():
        return _page(form), 422
    with transaction(engine()) as database:
        wordings.add_template(
            database, Action(form.action.data), form.title.data or "", form.text.data or "",
            everyone=bool(form.everyone.data), officer=viewer(), tools=tools(),
        )  # fmt: skip
    flash("模板已经保存")
    return redirect(url_for("console.replies"), 303)


@blueprint.post("/replies/<int:template_id>/drop")
def drop_reply(template_id: int) -> ResponseReturnValue:
    with transaction(engine()) as database:
        wordings.drop_template(database, template_id, officer=viewer(), tools=tools())
    flash("模板已经删去")
    return redirect(url_for("console.replies"), 303)


def unconfirmed(session: Session, clue: Clue | None, action: Action, form: ChineseForm) -> dict[str, Any]:
    """What the page shows of the doubts that the officer has not ticked; empty when the reply may go."""
    found = wordings.doubts(session, clue, action, form.data, officer=viewer(), tools=tools())
    kinds = list(dict.fromkeys(one.doubt for one in found))
    if set(kinds) <= set(request.form.get("sure", "").split()):
        return {}
    return {"found": kinds, "held_pieces": pieces(form.data[wordings.SENT[action]], spans(found))}


def fill(page: dict[str, Any], args: Mapping[str, str]) -> None:
    """Put the wording that `args` names, a template or what is usual for a reason, into the form of `page` if it is offered there."""
    chosen = next((one for one in page["wordings"] if str(one.id) == args.get("template")), None)
    usual = next((one for one in page["referrals"] if one["slug"] == args.get("reason")), None)
    if request.method != "GET":
        return
    if page["action"] is Action.REJECT and usual:
        page["form"].reason.data, page["form"].text.data = usual["slug"], usual["sentence"]
    if chosen:
        page["form"][wordings.SENT[chosen.action]].data = chosen.text


def _page(form: TemplateForm) -> str:
    with reading(engine()) as database:
        templates = wordings.templates(database, viewer())
        return render_template(
            "console/replies.html", form=form, button=ActionForm(formdata=None), templates=templates,
            mine={one.id for one in templates if wordings.may_drop(one, viewer())},
            for_everyone=wordings.for_everyone(viewer()),
            steps=[(action.value, labels.ACTIONS[action]) for action in wordings.SENT],
        )  # fmt: skip
