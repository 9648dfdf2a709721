"""A finished report in, a spreadsheet out."""

from __future__ import annotations

import io

import xlsxwriter

from intake import labels
from intake.rules.workflow import State
from intake.services.reports import UNDECIDED, MonthlyReport, Row

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
HEADERS = ["代码", "类别", "本月收到", "上月收到", "增减", "增减（%）", *labels.STATES.values()]


def monthly(report: MonthlyReport) -> bytes:
    """One sheet: categories down, counts across; numbers as numbers, text never as a formula."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(f"{report.month:%Y-%m}")
        bold = book.add_format({"bold": True, "bottom": 1})
        percent = book.add_format({"num_format": "0.0"})
        sheet.write_row(
            0,
            0,
            [f"{report.office_name} {report.month.year} 年 {report.month.month} 月线索分类统计"],
            book.add_format({"bold": True, "font_size": 14}),
        )
        sheet.write_row(2, 0, HEADERS, bold)
        for line, row in enumerate([*report.rows, report.total], start=3):
            sheet.write_row(line, 0, _cells(row))
            if row.change_percent is not None:
                sheet.write_number(line, 5, row.change_percent, percent)
        sheet.freeze_panes(3, 2)
        sheet.set_column(1, 1, 34)
    return buffer.getvalue()


def name_of(row: Row) -> str:
    """What stands before a row's figures."""
    return {"total": "合计", UNDECIDED: "尚未确定类别"}.get(row.slug, row.name)


def _cells(row: Row) -> list[str | int]:
    return [row.code, name_of(row), row.received, row.before, row.change, "", *(row.by_state[state] for state in State)]
