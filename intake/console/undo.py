"""An officer takes the step just taken back: on one clue, or on all that were decided together."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from intake import labels
from intake.console import blueprint
from intake.console.walk import back_of, walk_of
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import DomainError, StaleClue
from intake.rules.workflow import Action
from intake.security import viewer
from intake.services import audit, clues, undoing
from intake.services import bulk as many


@blueprint.post("/clues/<number>/undo")
def undo(number: str) -> ResponseReturnValue:
    """Put one clue back; whatever refuses it is the page's own error, but that he has done it himself, or gone on, elsewhere."""
    try:
        flash(f"{number} 的“{labels.ACTIONS[_undo(number)]}”已撤销")
    except StaleClue:
        if not _mine(number):
            raise
        flash(labels.UNDONE_ELSEWHERE)
    return redirect(url_for("console.clue", number=number, **walk_of(request.args)), 303)


@blueprint.post("/bulk/undo")
def undo_all() -> ResponseReturnValue:
    """Put every clue back that was ticked together; those that somebody has moved on since stay as they are."""
    numbers = request.form.getlist("pick")[: many.MOST]
    back = sum(_undone(number) for number in numbers)
    left = len(numbers) - back
    flash(f"撤销了 {back} 条" + (f"；另有 {left} 条后来又有变化，没有撤销" if left else ""))
    return redirect(back_of(walk_of(request.args)), 303)


def _undo(number: str) -> Action:
    with transaction(engine()) as database:
        found = clues.visible(database, viewer(), number)
        return undoing.undo(database, found, told=labels.WITHDRAWN, officer=viewer(), tools=tools())


def _mine(number: str) -> bool:
    """Whether it was this officer who took the last step."""
    with reading(engine()) as database:
        return audit.last_step_by(database, clues.visible(database, viewer(), number).id) == viewer().id


def _undone(number: str) -> bool:
    try:
        _undo(number)
    except DomainError:
        return False
    return True
