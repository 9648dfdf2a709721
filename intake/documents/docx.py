"""A finished report in, an official document out: GB/T 9704-2012, fonts by name only.

The sizes: A4, type area 156 x 225 mm, 22 lines of 28 characters of size 3 (16 pt) a page. A line is 28.9 pt; a
character is 16 pt less 0.25 pt, because 28 x 16 pt is 448 pt and the type area is 442.2 pt wide.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.shared import Mm, Pt, RGBColor

from intake import labels
from intake.documents import docx_tables
from intake.documents.docx_parts import FANG_SONG, HEI, TITLE_SONG, line, narrow, page_number, prepare, run, under_line
from intake.documents.prose import paragraphs
from intake.documents.words import Sheet, sheets
from intake.models import Report, ReportState
from intake.services.reports import MonthlyReport

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
RED = RGBColor(0xD0, 0x02, 0x1B)
#: The tables of the paper; the workbook has them all.
TABLES = (
    "categories",
    "totals",
    "six",
    "discipline",
    "parts",
    "cases",
    "places",
    "reasons",
    "provisions",
    "times",
    "clusters",
    "burden",
)


def monthly(report: MonthlyReport, record: Report | None, local: Callable[[datetime], datetime]) -> bytes:
    """The document, with dates on the wall clock that `local` gives; a draft or a report nobody froze says so in its head and has no number."""
    document = Document()
    prepare(document)
    _head(document, report, record)
    _body(document, report, record)
    issued = local(record.issued_at).date() if record is not None and record.issued_at else None
    _signature(document, report, issued)
    for number, sheet in enumerate((s for s in sheets(report) if s.key in TABLES and _says_something(s)), start=1):
        docx_tables.add(document, sheet, number)
    _source(document, report, local(report.made_at))
    docx_tables.imprint(document, report.office_name, f"{_long(issued or local(report.made_at).date())}印发")
    page_number(document)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def _says_something(sheet: Sheet) -> bool:
    """Whether a table has any figure but nought."""
    return any(cell for row in sheet.rows for cell in row[1:])


def _head(document: Any, report: MonthlyReport, record: Report | None) -> None:
    """The office's name in red 35 mm under the top of the type area, the number, the red line 4 mm under it."""
    name = line(document, WD_ALIGN_PARAGRAPH.CENTER, before=Mm(35))
    name.paragraph_format.line_spacing_rule = WD_LINE_SPACING.AT_LEAST
    made = run(name, report.office_name, TITLE_SONG, Pt(30), RED, squeeze=False)
    narrow(made, min(100, int(100 * 430 / (30 * max(len(report.office_name), 1)))))
    blank = line(document)
    run(blank, "", FANG_SONG, Pt(16))
    number = line(document, WD_ALIGN_PARAGRAPH.CENTER)
    run(number, _number(record), FANG_SONG, Pt(16))
    under_line(number, "D0021B", eighths=12, space=11)


def _number(record: Report | None) -> str:
    if record is None or record.state is not ReportState.ISSUED:
        return "（草稿，未编号）"
    return labels.report_number(record)


def _body(document: Any, report: MonthlyReport, record: Report | None) -> None:
    for _ in range(2):
        line(document)
    for text in (f"{report.month.year}年{report.month.month}月", "基层减负问题线索情况月报"):
        run(line(document, WD_ALIGN_PARAGRAPH.CENTER), text, TITLE_SONG, Pt(22))
    line(document)
    if record is not None and record.addressee:
        run(line(document), f"{record.addressee.rstrip('：')}：", FANG_SONG, Pt(16))
    body = paragraphs(report)
    for at, one in enumerate(body, start=1):
        place = line(document, WD_ALIGN_PARAGRAPH.LEFT, indent=2)
        place.paragraph_format.keep_with_next = bool(one.level) or at == len(body)  # no page of signature only
        run(place, one.text, HEI if one.level else FANG_SONG, Pt(16))
    if record is not None and len(record.revisions) > 1:
        last = record.revisions[-1]
        text = f"本月数字更正{last.number}次，最近一次改动{len(last.changes)}处，原因：{last.reason}。"
        run(line(document, indent=2), text, FANG_SONG, Pt(16))


def _signature(document: Any, report: MonthlyReport, day: date | None) -> None:
    """The office and the date, four characters from the right edge where the name leaves them, kept together."""
    line(document).paragraph_format.keep_with_next = True
    for text in (report.office_name, _long(day) if day else "（未签发）"):
        place = line(document, WD_ALIGN_PARAGRAPH.RIGHT)
        place.paragraph_format.right_indent = Pt(15.75 * max(0, min(4, 28 - len(report.office_name))))
        place.paragraph_format.keep_with_next = text == report.office_name
        run(place, text, FANG_SONG, Pt(16))


def _source(document: Any, report: MonthlyReport, made_at: datetime) -> None:
    """When the figures were counted, and the digest that proves it."""
    text = f"统计时间：{made_at:%Y-%m-%d %H:%M}；类别表版本：{report.taxonomy}；数据摘要：{report.digest[:32]}"
    run(line(document, height=Pt(14)), text, FANG_SONG, Pt(9), squeeze=False)


def _long(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
