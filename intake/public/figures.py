"""What anybody may see of the monthly reports, as pages and as open data."""

from __future__ import annotations

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from intake.current import engine
from intake.db import reading
from intake.documents import plain, words
from intake.errors import NotFound
from intake.public import blueprint
from intake.services.reports import freeze


@blueprint.get("/figures")
def figures() -> ResponseReturnValue:
    with reading(engine()) as database:
        months = freeze.published(database)
        return render_template("public/figures.html", months=months, dictionary=plain.dictionary())


@blueprint.get("/figures/<int:report_id>")
def figures_of(report_id: int) -> ResponseReturnValue:
    with reading(engine()) as database:
        record = freeze.published_one(database, report_id)
        return render_template(
            "public/figures_of.html", record=record, publication=record.public,
            sheets=words.public_sheets(record.public), corrected=len(record.revisions) > 1,
        )  # fmt: skip


@blueprint.get("/figures.<kind>")
def open_data(kind: str) -> ResponseReturnValue:
    """Every public figure so far, as csv or json."""
    writers = {"csv": (plain.CSV_TYPE, plain.public_csv), "json": (plain.JSON_TYPE, plain.public_json)}
    if kind not in writers:
        raise NotFound("no such format")
    content_type, write = writers[kind]
    with reading(engine()) as database:
        publications = [report.public for report in freeze.published(database) if report.public is not None]
    response = Response(write(publications), content_type=content_type)
    response.headers["Content-Disposition"] = f"attachment; filename=figures.{kind}"
    return response
