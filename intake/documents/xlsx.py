"""A finished report in, a workbook out: a sheet a table, native charts, numbers as numbers."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from intake.documents.words import Sheet, sheets, title
from intake.services.reports import MonthlyReport

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NAMES = {
    "categories": "分类统计", "totals": "总量比较", "trend": "分类比较", "year": "逐月", "reasons": "不予受理",
    "six": "六个纠治", "discipline": "纪检口径", "parts": "若干规定", "places": "各地", "notices": "公告", "channels": "渠道", "provisions": "涉及条款",
    "times": "用时", "done": "处理结果", "ratings": "反映人评价", "cases": "查实问题", "clusters_sum": "一事多报", "clusters": "一事多报明细",
    "burden": "自述负担", "classifier": "自动分类",
}  # fmt: skip
#: Table to the chart beside it: kind, and the columns (1-based) drawn as series.
CHARTS = {
    "categories": ("bar", (1,)), "trend": ("bar", (1, 2)), "year": ("column", (1, 4)), "six": ("bar", (1, 2)),
    "channels": ("column", (1,)), "burden": ("bar", (3,)),
}  # fmt: skip
_HEAD = 2  # the row (0-based) of the column heads: title, unit, heads
_COLOURS = ("#0b57a4", "#9aa5b1")


def monthly(report: MonthlyReport) -> bytes:
    """The workbook; text never becomes a formula or a link."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        book.set_properties(
            {"title": f"{report.office_name} {title(report)}", "created": report.made_at.replace(tzinfo=None)}
        )
        for table in sheets(report):
            _write(book, report, table)
    return buffer.getvalue()


def _write(book: Any, report: MonthlyReport, table: Sheet) -> None:
    page = book.add_worksheet(NAMES[table.key])
    formats = {name: book.add_format(f) for name, f in _FORMATS.items()}
    page.write_string(0, 0, f"{report.office_name} {title(report)}：{table.title}", formats["title"])
    page.write_string(1, 0, f"单位：{table.unit}。{table.note}", formats["note"])
    page.write_row(_HEAD, 0, table.head, formats["head"])
    for line, row in enumerate(table.rows, start=_HEAD + 1):
        for column, cell in enumerate(row):
            _cell(page, line, column, cell, formats)
    page.freeze_panes(_HEAD + 1, 1)
    page.set_column(0, 0, 36)
    page.set_column(1, max(1, len(table.head) - 1), 12)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(_HEAD)
    if table.key in CHARTS and len(table.rows) > 1:
        _chart(book, page, table)


_FORMATS = {
    "title": {"bold": True, "font_size": 14},
    "note": {"font_color": "#5b6470"},
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "whole": {"num_format": "#,##0"},
    "part": {"num_format": "#,##0.0"},
    "text": {},
}


def _cell(page: Any, line: int, column: int, cell: object, formats: dict[str, Any]) -> None:
    if isinstance(cell, int):
        page.write_number(line, column, cell, formats["whole"])
    elif isinstance(cell, float):
        page.write_number(line, column, cell, formats["part"])
    elif cell is not None:
        page.write_string(line, column, str(cell), formats["text"])


def _chart(book: Any, page: Any, table: Sheet) -> None:
    """Beside the table, over all rows but the total."""
    kind, columns = CHARTS[table.key]
    chart = book.add_chart({"type": kind})
    last = _HEAD + len([row for row in table.rows if row[0] != "合计"])
    name = NAMES[table.key]
    for column, colour in zip(columns, _COLOURS, strict=False):
        chart.add_series(
            {
                "name": [name, _HEAD, column],
                "categories": [name, _HEAD + 1, 0, last, 0],
                "values": [name, _HEAD + 1, column, last, column],
                "fill": {"color": colour},
                "data_labels": {"value": True},
            }
        )
    chart.set_title({"name": table.title, "name_font": {"size": 11}})
    if kind == "bar":
        chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 720, "height": max(300, 26 * len(table.rows))})
    page.insert_chart(_HEAD, len(table.head) + 1, chart)
