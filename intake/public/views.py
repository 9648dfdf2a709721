"""The reporter's door: notices, filing, the receipt, and the page that a query code opens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import segno
from flask import Response, abort, current_app, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from intake import jobs, labels
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.errors import InvalidInput, NotFound
from intake.models import Clue, Notice
from intake.public import attaching, blueprint
from intake.public.before import blur_ticked, warnings
from intake.public.forms import PLACES, STEPS, ClueForm, QueryForm, form_key
from intake.rules.codes import parse_code
from intake.security import csrf, forget_reporter, limiter
from intake.services import attachments, clues, contacts, directory, handling, keys, notices, proof, triage

LOOK_MINUTES = 30


@blueprint.get("/")
def home() -> ResponseReturnValue:
    with reading(engine()) as database:
        return render_template("public/home.html", notices=notices.open_notices(database, tools().today()))


@blueprint.get("/n/<slug>")
def notice(slug: str) -> ResponseReturnValue:
    with reading(engine()) as database:
        found = notices.published(database, slug)
        is_open = notices.is_open(found, tools().today())
        categories = {c.slug: c for c in clues.categories(database)}
        return render_template("public/notice.html", notice=found, is_open=is_open, categories=categories)


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


@blueprint.route("/clues/new", methods=["GET", "POST"])
@csrf.exempt  # the form checks its own token, so that a refusal loses nothing typed
def new_clue() -> ResponseReturnValue:
    form = ClueForm()
    form.today = tools().today()
    if request.form.get("go") in ("blur", "send"):
        blur_ticked(form, request.form.getlist("blur"))
    try:
        if form.is_submitted():
            attaching.receive(_mark())
        with reading(engine()) as database:
            notice = _notice(database, request.values.get("notice", ""))
            if not form.is_submitted():
                return _show_step(database, form, 1, notice)
            step = _step(database, form, notice)
        return step or _file(form, notice)
    except DBAPIError:
        if not form.is_submitted():
            raise
        return _not_saved(form), 503


def _not_saved(form: ClueForm) -> str:
    """The database is out of order: everything typed, in one page that sends it again with the same key."""
    given = {name: request.form[name] for name in ("notice", "listed", *PLACES) if request.form.get(name)}
    return render_template(
        "public/not_saved.html", form=form, steps=STEPS, given=given, key=form_key(request.form.get("key"))
    )


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
        text = render_template("public/receipt.txt", **promises(database, clue), code=code)
    response = Response(text, content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename=clue-{clue.number}.txt"
    return response


@blueprint.route("/query", methods=["GET", "POST"])
@limiter.limit(lambda: f"{tools().settings.number('CODE_PER_MINUTE')} per minute", methods=["POST"])
def query() -> ResponseReturnValue:
    form = QueryForm()
    if form.validate_on_submit():
        try:
            with reading(engine()) as database:
                clue = clues.by_code(database, parse_code(form.code.data or ""), tools().settings.pepper)
            session["opened"] = [clue.id, int((tools().now() + timedelta(minutes=LOOK_MINUTES)).timestamp())]
            return redirect(url_for("public.clue"), 303)
        except InvalidInput as error:
            form.code.errors = [labels.sentence(error)]
        except NotFound:
            form.code.errors = ["没有这个查询码对应的线索，请逐组核对"]
    return render_template("public/query.html", form=form), 422 if form.errors else 200


def opened_clue() -> int | None:
    """The id of the clue that a query code has opened in this session, for LOOK_MINUTES."""
    opened = session.get("opened")
    if opened and opened[1] >= tools().now().timestamp():
        return int(opened[0])
    session.pop("opened", None)
    return None


@blueprint.post("/leave")
def leave() -> ResponseReturnValue:
    forget_reporter()
    return redirect(url_for("public.home"), 303)




def _notice(database: Session, slug: str) -> Notice | None:
    """The open notice of that address; None for none, 404 for one that is not open."""
    if not slug:
        return None
    found = notices.published(database, slug)
    if not notices.is_open(found, tools().today()):
        abort(404)
    return found


def _step(database: Session, form: ClueForm, notice: Notice | None) -> ResponseReturnValue | None:
    """The next page of the form as it was posted; None when everything is right and it may be filed."""
    valid = form.validate()
    here = int(step) if (step := request.form.get("step", "1")) in "1234" and step else 1
    wanted = request.form.get("go", "next")
    _check_places(database, form)
    if wanted in ("back", "1", "2", "3"):
        return _show_step(database, form, max(1, here - 1) if wanted == "back" else int(wanted), notice, fresh=True)
    wrong = [n for n in form.wrong_steps() if n <= here]
    if wrong:
        return _show_step(database, form, wrong[0], notice, status=422)
    if wanted == "regions" or (here == 2 and _has_unseen_level(database, form)):
        return _show_step(database, form, 2, notice)
    if wanted != "send" or here < len(STEPS):
        return _show_step(database, form, len(STEPS) if wanted == "check" else min(here + 1, len(STEPS)), notice, fresh=True)
    if not valid:
        return _show_step(database, form, here, notice, status=422)
    return None


def _file(form: ClueForm, notice: Notice | None) -> ResponseReturnValue:
    """Store the clue, then triage it; what happens after the commit can no longer refuse the reporter."""
    key = form_key(request.form.get("key"))
    submission = form.to_submission(key, notice.slug if notice else "")
    with transaction(engine()) as database:
        clue_id = clues.submit(database, submission, tools=tools()).id
    jobs.after_filing(engine(), clue_id, tools())
    session["receipt"] = key
    return redirect(url_for("public.receipt"), 303)


def _show_step(
    database: Session, form: ClueForm, step: int, notice: Notice | None, fresh: bool = False, status: int = 200
) -> ResponseReturnValue:
    """One page of the form; `fresh` pages show no errors yet."""
    chosen = _chosen(form) or ([] if form.is_submitted() else _place_of(database, notice))
    page = render_template(
        "public/new_clue.html", form=form, step=step, steps=STEPS, notice=notice, key=form_key(request.form.get("key")),
        places=_place_lists(database, chosen) if step == 2 else [], chosen=chosen, place_name=_place_name(database, chosen),
        show_errors=status != 200 and not fresh, kept=keys.kept(database), news=contacts.news_possible(database, tools()),
        **warnings(form, step), **attaching.staged(database, _mark()),
    )  # fmt: skip
    return (page, status) if status != 200 else page


def _mark() -> str:
    """What the files of this form wait under."""
    return attachments.mark_of(form_key(request.form.get("key")), tools())


def _chosen(form: ClueForm) -> list[str]:
    """The region codes chosen so far, from the province down."""
    return [str(form[name].data) for name in PLACES if form[name].data]


def _place_of(database: Session, notice: Notice | None) -> list[str]:
    """The place that a notice presets, from the province down."""
    return [p.code for p in reversed(directory.place(database, notice.region_code).chain())] if notice else []


def _place_lists(database: Session, chosen: list[str]) -> list[Any]:
    """The lists to choose from: the provinces, then what lies below each region chosen."""
    lists = [directory.children(database, None)]
    lists += [below for code in chosen[: len(PLACES) - 1] if (below := directory.children(database, code))]
    return lists


def _place_name(database: Session, chosen: list[str]) -> str:
    return directory.place(database, chosen[-1]).full_name if chosen else ""


def _check_places(database: Session, form: ClueForm) -> None:
    """Each region must lie in the one before; a forged or stale one is an error beside the field and is taken out."""
    parent: str | None = None
    gap = False
    for name in PLACES:
        field = form[name]
        code = str(field.data or "")
        known = {r.code for r in directory.children(database, parent)} if code and not gap else set()
        if code and code not in known:
            if not gap and parent is None:
                form.place1.errors = ["请从列表里选择地区"]
            field.data = ""
        gap = gap or not field.data
        parent = str(field.data) if field.data else parent
    if not form.region_code() and not form.place1.errors:
        form.place1.errors = ["请选择事情发生的地区，至少选到省；选到县最好，能更快找到该管的单位"]


def _has_unseen_level(database: Session, form: ClueForm) -> bool:
    """Whether the region chosen has divisions below it that the page posted had not offered yet."""
    chosen = _chosen(form)
    if not chosen or request.form.get("listed") == chosen[-1]:
        return False
    return bool(directory.children(database, chosen[-1]))


def promises(database: Session, clue: Clue) -> dict[str, Any]:
    """What receipt and progress page both say: the category, the two promised dates, where the clue stands in the chain."""
    start = tools().local(clue.created_at).date()
    return {
        "clue": clue,
        "category": clue.category,
        "triage_due": triage.triage_due(clue, tools()),
        "answer_due": handling.answer_due(clue, start, tools()),
        "outside": notices.is_outside(clue),
        "filing": proof.filing(database, clue),
    }
