"""Clues that arrive otherwise: by phone, letter or visit, in a spreadsheet, or hidden in a large feed."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from classifier import ModelError
from intake import jobs, labels
from intake.console import blueprint
from intake.console.forms import ActionForm, ArrivalForm, UploadForm
from intake.current import engine, tools
from intake.db import once_more, reading, transaction
from intake.documents import plain, screened
from intake.errors import InvalidInput
from intake.models import Channel, Clue
from intake.rules import disclosures
from intake.rules.disclosures import Kind
from intake.rules.numbers import whole
from intake.security import viewer
from intake.services import arrivals, clues, contacts, directory, screening, spreadsheet
from intake.services.clues import Submission

#: Rows that are taken in while the clerk waits; the worker takes what is left.
AT_ONCE = 2
#: What in a text is asked about before a clerk takes it down: the offices read it.
TELLING = (Kind.PHONE, Kind.IDENTITY, Kind.CARD, Kind.MAIL, Kind.ACCOUNT)


@blueprint.route("/clues/new", methods=["GET", "POST"])
def arrival() -> ResponseReturnValue:
    """A clue told to a clerk; the query code is shown once, to hand over."""
    form = ArrivalForm()
    form.today = tools().today()
    with reading(engine()) as database:
        form.region.choices = _places(database)
        news = contacts.news_possible(database, tools())
    telling: dict[str, Any] = {"kinds": (), "told_pieces": ()}
    if form.validate_on_submit() and not (telling := telling | _telling(form.text.data or ""))["kinds"]:
        key = request.form.get("key", "")
        key = key if len(key) == 32 else secrets.token_urlsafe(24)
        submission = form.to_submission(key, channel=Channel(form.channel.data))
        clue = once_more(lambda: _submit(submission))
        jobs.after_filing(engine(), clue.id, tools())
        return render_template("console/arrived.html", clue=clue, code=clues.code_of(tools(), key))
    key = request.form.get("key") or secrets.token_urlsafe(24)
    page = render_template("console/arrival.html", form=form, key=key, news=news, **telling)
    return page, 422 if form.errors or telling["kinds"] else 200


def _submit(submission: Submission) -> Clue:
    with transaction(engine()) as database:
        return clues.submit(database, submission, tools=tools())


def _telling(text: str) -> dict[str, Any]:
    """What of a text leads to the reporter by itself, and the clerk has not ticked; empty when it may be taken down."""
    found = [one for one in disclosures.find(text) if one.kind in TELLING]
    kinds = list(dict.fromkeys(one.kind for one in found))
    if set(kinds) <= set(request.form.get("sure", "").split()):
        return {}
    return {"kinds": kinds, "told_pieces": list(disclosures.pieces(text, found))}


@blueprint.route("/imports", methods=["GET", "POST"])
def imports() -> ResponseReturnValue:
    form = UploadForm()
    if form.validate_on_submit():
        try:
            name = form.file.data.filename or ""
            content = _content(form)
            with transaction(engine()) as database:
                batch_id = arrivals.begin(database, content, name, by=viewer(), tools=tools()).id
            return redirect(url_for("console.import_batch", batch_id=batch_id), 303)
        except InvalidInput as error:
            form.file.errors = [labels.sentence(error)]
    with reading(engine()) as database:
        page = render_template("console/imports.html", form=form, batches=arrivals.of_office(database, viewer()))
    return page, 422 if form.errors else 200


@blueprint.route("/imports/<int:batch_id>", methods=["GET", "POST"])
def import_batch(batch_id: int) -> ResponseReturnValue:
    """Which column is what; once that is said, how far the rows are in and which were refused."""
    problem = ""
    if request.method == "POST":
        try:
            with transaction(engine()) as database:
                batch = arrivals.one(database, batch_id, viewer())
                arrivals.start(database, batch, _mapping(len(batch.header)))
            jobs.take_in(engine(), batch_id, tools(), AT_ONCE)
            return redirect(url_for("console.import_batch", batch_id=batch_id), 303)
        except InvalidInput as error:
            problem = labels.sentence(error)
    with reading(engine()) as database:
        batch = arrivals.one(database, batch_id, viewer())
        guessed = arrivals.guess(batch.header) if not problem else _mapping(len(batch.header))
        page = render_template(
            "console/import_batch.html", batch=batch, fields=arrivals.FIELDS, guessed=guessed, problem=problem,
            filled=[row for row in batch.rows if any(row)], form=ActionForm(),
        )  # fmt: skip
    return page, 422 if problem else 200


@blueprint.get("/imports/<int:batch_id>/refused.csv")
def refused_rows(batch_id: int) -> ResponseReturnValue:
    """The refused rows with their reasons, to be mended and imported again."""
    with reading(engine()) as database:
        batch = arrivals.one(database, batch_id, viewer())
        rows = [["行号", "原因", *batch.header]]
        rows += [[number, labels.PROBLEMS[problem], *cells] for number, problem, _, *cells in arrivals.refused_rows(batch)]
    answer = Response(plain.table_csv(rows), content_type=plain.CSV_TYPE)
    answer.headers["Content-Disposition"] = f"attachment; filename=refused-{batch_id}.csv"
    return answer


@blueprint.post("/imports/<int:batch_id>/forget")
def forget_import(batch_id: int) -> ResponseReturnValue:
    with transaction(engine()) as database:
        arrivals.drop(database, arrivals.one(database, batch_id, viewer()), tools=tools())
    flash("表格里的内容已经删除，导入的线索不受影响")
    return redirect(url_for("console.imports"), 303)


@blueprint.route("/screening", methods=["GET", "POST"])
def screen() -> ResponseReturnValue:
    """A feed in, a workbook out; nothing is stored."""
    form = UploadForm()
    if form.validate_on_submit():
        try:
            return _screened(_content(form))
        except InvalidInput as error:
            form.file.errors = [labels.sentence(error)]
        except ModelError:
            form.file.errors = ["分类模型现在用不了，请联系系统管理员"]
    return render_template("console/screening.html", form=form, most=screening.MOST_ROWS), 422 if form.errors else 200


def _screened(content: bytes) -> Response:
    sheet = spreadsheet.read(content, screening.MOST_ROWS)
    found = screening.screen(
        sheet, tools().classifier(), column=screening.text_column(sheet), seed=secrets.randbelow(10**6)
    )
    with reading(engine()) as database:
        names = {c.slug: f"{c.code} {c.name}" for c in clues.categories(database)}
    answer = Response(screened.workbook(found, names), content_type=screened.CONTENT_TYPE)
    answer.headers["Content-Disposition"] = "attachment; filename=screened.xlsx"
    return answer


def _content(form: UploadForm) -> bytes:
    with form.file.data.stream as stream:
        return bytes(stream.read())


def _mapping(columns: int) -> dict[str, int]:
    """Field to column as the page sent it; what is no column is left out."""
    sent = {field: request.form.get(field, "") for field in arrivals.FIELDS}
    return {field: whole(at) for field, at in sent.items() if at == "0" or 0 < whole(at) < columns}


def _places(database: Session) -> list[tuple[str, str]]:
    """The officer's region and what lies up to two levels below it."""
    own = directory.place(database, viewer().region_code)
    found: list[tuple[str, str]] = [(own.code, own.name)]
    for division in directory.children(database, own.code):
        found.append((division.code, division.name))
        found += [(d.code, f"{division.name} {d.name}") for d in directory.children(database, division.code)]
    return found
