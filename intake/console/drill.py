"""From a number of a report to the list of clues behind it: the parameters of the list, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sqlalchemy import ColumnElement, false

from intake.documents.words import COLUMNS
from intake.errors import InvalidInput, NotFound
from intake.services.reports import TOTAL, Counted, MonthlyReport, behind, parse_month
from intake.services.reports.counted import COUNTS
from intake.services.reports.value import REST
from intake.tools import Tools

PARAMETERS = ("month", "counted", "cat", "place", "notice", "channel", "reason")


def link(report: MonthlyReport, table: str, row: str, column: str) -> dict[str, str] | None:
    """The parameters of the list behind a cell; None where no list is behind it."""
    base = {"month": f"{report.month:%Y-%m}", "counted": column}
    if table == "categories":
        return base | _category(row)
    if table == "trend" and column == "now":
        return base | {"counted": "received"} | _category(row)
    if table == "totals" and column == "now":
        return base | {"counted": row}
    if table == "year":
        return {"month": row, "counted": column}
    if table == "places":
        place = {} if row == TOTAL else {"place": row}
        return None if row == REST else base | {"counted": "received"} | _category(column) | place
    if table == "notices":
        return base | {"notice": row[1:]}
    if table == "channels":
        return base | ({} if row == TOTAL else {"channel": row})
    if table == "reasons":
        return base | ({} if row == TOTAL else {"reason": row})
    return None


def condition(args: Mapping[str, str], tools: Tools) -> ColumnElement[bool] | None:
    """The condition that a list's parameters ask for; None without any, nothing at all for nonsense."""
    if not args.get("counted"):
        return None
    try:
        month = parse_month(args.get("month", ""), tools.today())
        question = Counted(
            args["counted"], month, args.get("cat", ""), args.get("place", ""), args.get("notice", ""),
            args.get("channel", ""), args.get("reason", ""),
        )  # fmt: skip
        return behind(question, tools)
    except (InvalidInput, NotFound):
        return false()


def words(args: Mapping[str, str], today: date) -> str:
    """What the list is narrowed to, as a reader says it; "" where it is not narrowed by a report."""
    if args.get("counted") not in COUNTS:
        return ""
    try:
        month = parse_month(args.get("month", ""), today)
    except InvalidInput:
        return ""
    return f"{month.year} 年 {month.month} 月月报里计入“{COLUMNS[args['counted']]}”"


def _category(row: str) -> dict[str, str]:
    return {} if row == TOTAL else {"cat": row}
