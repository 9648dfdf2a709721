"""The reporter's door: notices, filing, the receipt, and the page that a query code opens."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import segno
from flask import Response, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intake.current import engine, tools
from intake.db import reading
from intake.models import Clue
from intake.public import blueprint
from intake.public.forms import form_key
from intake.rules.workflow import State
from intake.security import csrf, forget_reporter
from intake.services import attachments, clues, directory, examples, merging, notices, proof, reporter, terms, triage


@blueprint.get("/")
def home() -> ResponseReturnValue:
    with reading(engine()) as database:
        open_now = notices.open_notices(database, tools().today())
        return render_template(
            "public/home.html", notices=open_now, topics=examples.every(database), operator=tools().settings.text("OPERATOR"),
            homes=directory.at_home(database), served=directory.served(database),
        )  # fmt: skip


@blueprint.get("/n/<slug>")
def notice(slug: str) -> ResponseReturnValue:
    with reading(engine()) as database:
        found = notices.published(database, slug)
        is_open = notices.is_open(found, tools().today())
        categories = {c.slug: c for c in clues.categories(database)}
        return render_template("public/notice.html", notice=found, is_open=is_open, categories=categories, today=tools().today())


@blueprint.get("/n/<slug>/qr.svg")
def notice_qr(slug: str) -> ResponseReturnValue:
    """The notice's public address as a QR code; 404 while the installation has no public address."""
    base = tools().settings.text("PUBLIC_URL").rstrip("/")
    if not base:
        abort(404)
    with reading(engine()) as database:
        found = notices.published(database, slug)
    code = segno.make(f"{base}{url_for('public.notice', slug=found.slug)}", error="m")
    return Response(code.svg_inline(scale=8, border=4, xmldecl=True, svgns=True), content_type="image/svg+xml")


@blueprint.get("/regions/<code>")
def regions(code: str) -> ResponseReturnValue:
    with reading(engine()) as database:
        below = directory.children(database, code)
        response = current_app.json.response([[r.code, r.name, r.level] for r in below])
    response.headers["Cache-Control"] = "max-age=86400"
    return response


@blueprint.get("/receipt")
def receipt() -> ResponseReturnValue:
    """The query code, shown once: what leads to it is in the session only until this page is delivered."""
    key = session.get("receipt")
    if not key:
        return render_template("public/receipt_gone.html")
    code = clues.code_of(tools(), key)
    with reading(engine()) as database:
        clue = clues.by_code(database, code, tools().settings.pepper)
        sent = attachments.sent(database, clue)
        page = render_template("public/receipt.html", **promises(database, clue), code=code, key=key, sent=sent)
    forget_reporter()
    return page


@blueprint.post("/receipt.txt")
@csrf.exempt  # gives nothing that the one who asks has not sent
def receipt_text() -> ResponseReturnValue:
    code = clues.code_of(tools(), form_key(request.form.get("key")))
    with reading(engine()) as database:
        clue = clues.by_code(database, code, tools().settings.pepper)
        address = f"{(tools().settings.text('PUBLIC_URL') or request.url_root).rstrip('/')}{url_for('public.query', big=None)}"
        text = render_template("public/receipt.txt", **promises(database, clue), code=code, address=address)
    response = Response(text, content_type="text/plain; charset=utf-8")
    named = quote(f"线索回执-{clue.number}.txt")
    response.headers["Content-Disposition"] = f"attachment; filename=receipt-{clue.number}.txt; filename*=UTF-8''{named}"
    return response


def opened_clue() -> int | None:
    """The id of the clue that a query code has opened in this session, while that holds."""
    opened = session.get("opened")
    if opened and opened[1] >= tools().now().timestamp():
        return int(opened[0])
    session.pop("opened", None)
    return None


@blueprint.post("/leave")
@csrf.exempt  # takes nothing but this session, whose token the receipt of another tab may have taken before
def leave() -> ResponseReturnValue:
    forget_reporter()
    return redirect(url_for("public.home"), 303)


def promises(database: Session, clue: Clue) -> dict[str, Any]:
    """What receipt and progress page both say: the category, where the clue stands, the two promised dates, when the answer was
    there and what was found, where the clue stands in the chain. A merged clue is answered with its lead."""
    lead = merging.lead(database, clue)
    return {
        "clue": clue,
        "category": clue.category,
        "stands": merging.shown_state(clue, lead),
        "triage_due": triage.decided_by(clue, tools()),
        "answer_due": terms.promised(lead, tools()),
        "verdict": lead.verdict if lead.state is State.CLOSED else None,
        "answered_at": reporter.answered_at(clue, lead) if lead.state is State.CLOSED else None,
        "reopened": bool(lead.reopened_at),
        "outside": notices.is_outside(clue),
        "filing": proof.filing(database, clue),
    }
