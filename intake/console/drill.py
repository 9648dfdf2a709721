"""From a number of a report to the list of clues behind it: the parameters of the list, and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from intake.documents.words import COLUMNS
from intake.errors import InvalidInput
from intake.services.reports import TOTAL, Counted, MonthlyReport, parse_month
from intake.services.reports.counted import COUNTS, asked
from intake.services.reports.value import REST
from intake.tools import Tools

PARAMETERS = ("month", "counted", "cat", "place", "notice", "channel", "reason")
_ROWS = {"category": "cat", "region": "place", "notice": "notice", "channel": "channel", "reason": "reason"}


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


def condition(args: Mapping[str, str], tools: Tools) -> Any:
    """What services.clues narrows a list by for these parameters; None without any, nothing at all for nonsense."""
    if not args.get("counted"):
        return None
    row = {name: args.get(given, "") for name, given in _ROWS.items()}
    return asked(lambda month: Counted(args["counted"], month, **row), args.get("month", ""), tools)


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
