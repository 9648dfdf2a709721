"""The monthly report: its page, its files, issuing and correcting it, and the same figures live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from intake import jobs, labels
from intake.console import blueprint, drill
from intake.console.forms import ActionForm, CorrectForm, IssueForm
from intake.current import engine, tools
from intake.db import reading, transaction
from intake.documents import charts, docx, pdf, plain, prose, words, xlsx
from intake.errors import DomainError, InvalidAction, InvalidInput, NotFound
from intake.models import Report
from intake.rules.workflow import Role
from intake.security import viewer
from intake.services import reports
from intake.services.reports import MonthlyReport, board, freeze


@dataclass(frozen=True)
class Issuing:
    """What a supervisor is shown before he issues a draft: the number it gets and to whom it goes."""

    year: int
    number: int
    addressee: str


@dataclass(frozen=True)
class Shown:
    """The figures on a page, and the record they were frozen in; None where they still change: counted now, or
    `kept`; `hidden` where something is left out of them that the office counts."""

    figures: MonthlyReport
    record: Report | None = None
    kept: bool = False
    hidden: bool = False


@blueprint.get("/report")
def report() -> ResponseReturnValue:
    with reading(engine()) as database:
        return _page(database, _month(), with_month=request.args.get("with", ""), asked=request.args.get("do") == "issue")


@blueprint.get("/dashboard")
def dashboard() -> ResponseReturnValue:
    """The running month, counted at this moment, or a few minutes ago where that takes long."""
    with reading(engine()) as database:
        return _page(database, tools().today().replace(day=1), live=True)


@blueprint.get("/reports", endpoint="reports")
def kept() -> ResponseReturnValue:
    """The office's reports, and the issued ones of others as far as they are public."""
    with reading(engine()) as database:
        own = freeze.kept(database, viewer().office_id) if _whole_office() else []
        others = [r for r in freeze.published(database) if r.office_id != viewer().office_id]
        return render_template("console/reports.html", own=own, others=others)


@blueprint.get("/reports/<int:report_id>")
def report_of(report_id: int) -> ResponseReturnValue:
    """Another office's report: the public figures and nothing else, so that the two cannot be subtracted."""
    with reading(engine()) as database:
        found = freeze.published_one(database, report_id)
        return render_template("console/report_of.html", record=found, sheets=words.public_sheets(found.public))


@blueprint.get("/report.<kind>")
def report_file(kind: str) -> ResponseReturnValue:
    """The report as xlsx, csv, json, docx or pdf, all from the value the page shows."""
    if kind not in FILES or (kind == "pdf" and not pdf.available()):
        raise NotFound("no such format")
    with reading(engine()) as database:
        month = _month()
        shown = _shown(database, month)
        content_type, content = FILES[kind](shown)
    response = Response(content, content_type=content_type)
    named = quote(f"{labels.report_name(month, shown.record)}.{kind}")
    response.headers["Content-Disposition"] = f"attachment; filename=report-{month:%Y-%m}.{kind}; filename*=UTF-8''{named}"
    return response


@blueprint.post("/report/draft")
def report_draft() -> ResponseReturnValue:
    """Freeze a closed month, or count a draft again."""
    month = _month()
    figures = _counted(month)
    return _doing(month, "草稿已生成，数字已固定", lambda database: freeze.draft(
        database, figures, tools=tools(), officer_id=viewer().id
    ))  # fmt: skip


@blueprint.post("/report/issue")
def report_issue() -> ResponseReturnValue:
    month = _month()
    form = IssueForm()
    return _doing(month, "月报已签发", lambda database: freeze.issue(
        database, _record(database, month), form.addressee.data or "", officer=viewer(), tools=tools()
    ), form)  # fmt: skip


@blueprint.post("/report/correct")
def report_correct() -> ResponseReturnValue:
    month = _month()
    form, figures = CorrectForm(), _counted(month)
    return _doing(month, "更正已保存", lambda database: freeze.correct(
        database, _record(database, month), figures, form.reason.data or "", officer=viewer(), tools=tools()
    ), form)  # fmt: skip


def _counted(month: date) -> MonthlyReport:
    with reading(engine()) as database:
        return freeze.counted(database, viewer().office_id, month, tools=tools())


def _doing(month: date, done: str, verb: Any, form: Any = None) -> ResponseReturnValue:
    """Run a verb in a transaction and go back to the page; what is refused is said there, beside its field if it has one."""
    if form is not None and not form.validate():
        with reading(engine()) as database:
            return _page(database, month, form=form), 422
    try:
        with transaction(engine()) as database:
            if freeze.hides_from(database, viewer(), month, tools()):
                raise InvalidInput("month", "recused_in_report")
            verb(database)
    except NotFound:
        raise
    except DomainError as error:
        return _refused(month, error, form), 422
    flash(done)
    return redirect(url_for("console.report", month=f"{month:%Y-%m}"), 303)


def _refused(month: date, error: DomainError, form: Any) -> ResponseReturnValue:
    """The page with the sentence: beside its field, or above; who issued the report if that is what stands in the way."""
    if isinstance(error, InvalidInput) and form is not None and error.field in form:
        form[error.field].errors = [labels.sentence(error)]
        with reading(engine()) as database:
            return _page(database, month, form=form)
    with reading(engine()) as database:
        record = freeze.of_month(database, viewer().office_id, month)
        by = freeze.issuer(database, record) if record and isinstance(error, InvalidAction) else None
        told = labels.issued_already(record, by.name, tools().local(record.issued_at).date()) if record and by else labels.sentence(error)
        return _page(database, month, refusal=told)


def _page(
    database: Session, month: date, *, with_month: str = "", live: bool = False, refusal: str = "", asked: bool = False, form: Any = None
) -> ResponseReturnValue:
    shown = _shown(database, month, live=live)
    hidden = shown.hidden and not live
    other = _shown(database, reports.parse_month(with_month, tools().today())).figures if with_month else None
    figures = shown.figures
    by_key = {sheet.key: sheet for sheet in words.sheets(figures)}
    trend, six = figures.table("trend"), figures.table("six")
    return render_template(
        "console/report.html", report=figures, record=shown.record, kept=shown.kept, live=live, refusal=refusal, sheets=by_key,
        title=words.title(figures), paragraphs=prose.paragraphs(figures), drill=drill.link, other=other,
        compared=words.compared(figures, other) if other else None, months=_months(month), today=tools().today(),
        before=reports.month_before(month), after=reports.month_after(month), has_pdf=pdf.available(),
        trend=charts.bars(trend, words.short_names(figures, trend)),
        six=charts.bars(six, [row[0] for row in by_key["six"].rows], "received"), year=charts.year(figures),
        form=ActionForm(), issue_form=form if isinstance(form, IssueForm) else IssueForm(formdata=None),
        correct_form=form if isinstance(form, CorrectForm) else CorrectForm(formdata=None),
        issuing=_issuing(database, shown.record) if asked and shown.record else None,
        changes=words.changes(figures, shown.record) if shown.record else (), supervisor=_supervisor() and not hidden, hidden=hidden,
    )  # fmt: skip


def _shown(database: Session, month: date, *, live: bool = False) -> Shown:
    """The frozen figures of the month where there are any and the officer sees the whole office, else live ones."""
    if not _whole_office():
        return Shown(reports.monthly(database, viewer(), month, tools=tools()))
    record = None if live else freeze.of_month(database, viewer().office_id, month)
    if record is not None and not freeze.hides_from(database, viewer(), month, tools()):
        return Shown(freeze.latest(record), record)
    seen = board.look(database, viewer(), month, tools=tools())
    jobs.after_looking(engine(), seen, tools())
    return Shown(seen.figures, kept=seen.kept, hidden=seen.hidden)


def _issuing(database: Session, record: Report) -> Issuing:
    year = tools().today().year
    return Issuing(year, freeze.next_number(database, record.office_id, year), request.args.get("addressee", "").strip()[:200])


def _record(database: Session, month: date) -> Report:
    found = freeze.of_month(database, viewer().office_id, month)
    if found is None:
        raise NotFound("no such report")
    return found


def _whole_office() -> bool:
    """Whether the officer sees what the office's report counts; a lead sees what the office handles only."""
    return viewer().role in (Role.CLERK, Role.SUPERVISOR)


def _supervisor() -> bool:
    return viewer().role is Role.SUPERVISOR


def _month() -> date:
    return reports.parse_month(request.values.get("month", ""), tools().today())


def _months(month: date) -> list[date]:
    """The months a picker offers: two years back from today, and the one shown."""
    found = [tools().today().replace(day=1)]
    while len(found) < 24:
        found.append(reports.month_before(found[-1]))
    return sorted({*found, month}, reverse=True)


FILES: dict[str, Any] = {
    "xlsx": lambda shown: (xlsx.CONTENT_TYPE, xlsx.monthly(shown.figures)),
    "csv": lambda shown: (plain.CSV_TYPE, plain.monthly_csv(shown.figures)),
    "json": lambda shown: (plain.JSON_TYPE, plain.monthly_json(shown.figures)),
    "docx": lambda shown: (docx.CONTENT_TYPE, docx.monthly(shown.figures, shown.record, tools().local)),
    "pdf": lambda shown: (pdf.CONTENT_TYPE, pdf.convert(docx.monthly(shown.figures, shown.record, tools().local))),
}
