"""Opening a clue with its query code. Who asks in vain again and again waits; a code that is right opens after the wait.

A code carries 79 bits, so nobody guesses one; what the waits hold back is the load of somebody who tries. They are
served as pages and hold no thread, and each is for one code, so that nobody behind the same address is shut out.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Response, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from intake import labels
from intake.current import engine, tools
from intake.db import reading
from intake.errors import InvalidInput, NotFound
from intake.public import blueprint, counts, progress
from intake.public.forms import QueryForm
from intake.public.stamps import moment_of, stamp
from intake.rules.codes import parse_code
from intake.rules.pace import Pace
from intake.security import csrf
from intake.services import clues

LOOK_MINUTES = 30
HOUR = 3600
#: The longest waits in seconds: of a source that failed often, and of everybody while many fail.
LONGEST, LONGEST_OF_ALL = 30, 8
#: For so many seconds a wait that is over still counts.
GOOD_FOR = 600


@blueprint.route("/query", methods=["GET", "POST"])
@csrf.exempt  # the form checks its own token, so that a refusal loses nothing typed
def query() -> ResponseReturnValue:
    form = QueryForm()
    if not form.validate_on_submit():
        return progress.ask_code(form)
    try:
        code = parse_code(form.code.data or "")
        if waiting := _waiting(code):
            return _wait(form, *waiting)
        return _open(code, form)
    except InvalidInput as error:
        form.code.errors = [labels.sentence(error)]
    except NotFound:
        counts.count("code", HOUR)
        form.code.errors = ["没有这个查询码对应的线索，请逐组核对"]
    return progress.ask_code(form)


def _open(code: str, form: QueryForm) -> ResponseReturnValue:
    """Open the clue for this session, with the words that wait to be sent in their field. Raises NotFound."""
    with reading(engine()) as database:
        clue = clues.by_code(database, code, tools().settings.pepper)
    session["opened"] = [clue.id, _now() + int(timedelta(minutes=LOOK_MINUTES).total_seconds())]
    if form.words.data:
        return progress.page_with(form.words.data, form.into.data or "")
    return redirect(url_for("public.clue"), 303)


def _waiting(code: str) -> tuple[int, str] | None:
    """(seconds still to wait, the ticket for afterwards), or None when this code may be looked up now."""
    ticket = request.form.get("ticket", "")
    ripe = moment_of(ticket, code)
    if ripe is not None and ripe > _now() - GOOD_FOR:
        return (ripe - _now(), ticket) if ripe > _now() else None
    seconds = _delay()
    return (seconds, stamp(_now() + seconds, code)) if seconds else None


def _delay() -> int:
    """Seconds that a new look-up waits, by what failed within the hour: here and everywhere."""
    settings = tools().settings
    here, everywhere = counts.seen("code")
    return max(
        Pace(settings.number("CODE_MISSES"), LONGEST).wait(here),
        Pace(settings.number("CODE_MISSES_OF_ALL"), LONGEST_OF_ALL).wait(everywhere),
    )


def _wait(form: QueryForm, seconds: int, ticket: str) -> Response:
    response = make_response(progress.ask_code(form, 429, seconds=seconds, ticket=ticket))
    response.headers["Retry-After"] = str(seconds)
    return response


def _now() -> int:
    return int(tools().now().timestamp())
