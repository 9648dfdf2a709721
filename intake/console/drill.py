"""From a number of a report to the list of clues behind it: the parameters of the list, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from intake.documents.words import BEHIND
from intake.errors import InvalidInput
from intake.services.reports import REST, TOTAL, Counted, MonthlyReport, month_before, parse_month
from intake.services.reports.listed import asked
from intake.services.reports.months import year_ago
from intake.services.reports.rollups import LEVELS, ROLL_UPS
from intake.tools import Tools

PARAMETERS = ("month", "since", "counted", "cat", "place", "notice", "channel", "reason", "rank", "clause")
_ROWS = {
    "category": "cat", "region": "place", "notice": "notice", "channel": "channel", "reason": "reason", "rank": "rank", "clause": "clause",
}  # fmt: skip
Parameters = dict[str, str]
#: The row of "cases" without its period, to the column of services.reports that counts the clues behind it.
_CASES = {"problems": "problems", "people": "people", "disciplined": "sanctioned"}


def link(report: MonthlyReport, table: str, row: str, column: str) -> Parameters | None:
    """The parameters of the list behind a cell; None for what is no number of clues: changes, shares, days.

    A number of people or of hours leads to the clues that it was summed over.
    """
    make = _LINKS.get(table)
    return make(report, row, column) if make else None


def _categories(report: MonthlyReport, row: str, column: str) -> Parameters:
    return _period(report) | {"counted": column} | _category(row)


def _totals(report: MonthlyReport, row: str, column: str) -> Parameters | None:
    return when | {"counted": row} if (when := _period(report, column)) else None


def _trend(report: MonthlyReport, row: str, column: str) -> Parameters | None:
    return when | {"counted": "received"} | _category(row) if (when := _period(report, column)) else None


def _year(report: MonthlyReport, row: str, column: str) -> Parameters:
    return {"month": row, "counted": column}


def _compared(report: MonthlyReport, row: str, column: str) -> Parameters:
    counted, _, month = column.partition("@")
    return {"month": month, "counted": counted} | _category(row)


def _roll_up(table: str) -> Callable[[MonthlyReport, str, str], Parameters]:
    def make(report: MonthlyReport, row: str, column: str) -> Parameters:
        when = _period(report, "before") if column == "before" else _period(report)
        members = {} if row == TOTAL else {"cat": ",".join(dict(report.members(table))[row])}
        return (when or {}) | {"counted": "received" if column == "before" else column} | members

    return make


def _places(report: MonthlyReport, row: str, column: str) -> Parameters:
    place = {TOTAL: "", REST: f"!{report.region_code}"}.get(row, row)
    return _period(report) | {"counted": "received"} | _category(column) | ({"place": place} if place else {})


def _narrowed(parameter: str, counted: str = "") -> Callable[[MonthlyReport, str, str], Parameters]:
    """Rows that a single parameter narrows a list to."""

    def make(report: MonthlyReport, row: str, column: str) -> Parameters:
        value = row.removeprefix("n") if parameter == "notice" else row
        return _period(report) | {"counted": counted or column} | ({} if row == TOTAL else {parameter: value})

    return make


def _times(report: MonthlyReport, row: str, column: str) -> Parameters | None:
    how = {"count": "", "within": "_within", "late": "_late"}.get(column)
    return None if how is None else _period(report) | {"counted": row + how}


def _done(report: MonthlyReport, row: str, column: str) -> Parameters:
    return (_period(report, column) or {}) | {"counted": row}


def _cases(report: MonthlyReport, row: str, column: str) -> Parameters:
    period, _, measure = row.partition("_")
    when = _period(report, "to_date" if period == "year" else "now") or {}
    members = dict(report.members("discipline"))
    narrowed = {"rank": column} if column in LEVELS else {}
    if column.startswith("c") and column[1:] in members:
        slugs = members[column[1:]] + (members[REST] if column == "cother" else ())
        narrowed = {"cat": ",".join(slugs)}
    return when | {"counted": _CASES[measure]} | narrowed


def _clauses(report: MonthlyReport, row: str, column: str) -> Parameters:
    return _period(report) | {"counted": column, "clause": "any" if row == TOTAL else row}


def _classifier(report: MonthlyReport, row: str, column: str) -> Parameters | None:
    return None if column.endswith(("coverage", "percent")) else _period(report) | {"counted": column}


_LINKS: dict[str, Callable[[MonthlyReport, str, str], Parameters | None]] = {
    "categories": _categories, "totals": _totals, "trend": _trend, "year": _year, "compared": _compared, "places": _places,
    "notices": _narrowed("notice"), "channels": _narrowed("channel"), "reasons": _narrowed("reason"), "provisions": _clauses,
    "burden": _narrowed("cat", "said"), "times": _times, "done": _done, "ratings": _done, "cases": _cases, "classifier": _classifier,
    **{table: _roll_up(table) for table in ROLL_UPS},
}  # fmt: skip


def _period(report: MonthlyReport, column: str = "now") -> Parameters:
    """The month or months that a column of a comparison is about; nothing for differences and shares."""
    month = report.month if column in ("now", "to_date") else year_ago(report.month)
    if column == "before":
        month = month_before(report.month)
    if column in ("to_date", "to_date_before"):
        return {"month": f"{month:%Y-%m}", "since": f"{month:%Y}-01"}
    return {"month": f"{month:%Y-%m}"} if column in ("now", "before", "year_ago") else {}


def condition(session: Session, args: Mapping[str, str], tools: Tools) -> Any:
    """What services.clues narrows a list by for these parameters; None without any, nothing at all for nonsense."""
    if not args.get("counted"):
        return None
    row = {name: args.get(given, "") for name, given in _ROWS.items()}

    def question(month: date, since: date | None) -> Counted:
        return Counted(args["counted"], month, since=since, **row)

    return asked(session, question, args.get("month", ""), args.get("since", ""), tools)


def words(args: Mapping[str, str], today: date) -> str:
    """What the list is narrowed to, as a reader says it; "" where it is not narrowed by a report."""
    counted = BEHIND.get(args.get("counted", ""))
    if counted is None:
        return ""
    try:
        month = parse_month(args.get("month", ""), today)
    except InvalidInput:
        return ""
    since = "1 月至 " if args.get("since") else ""
    return f"{month.year} 年 {since}{month.month} 月月报里计入“{counted}”"


def _category(row: str) -> Parameters:
    return {} if row == TOTAL else {"cat": row}
