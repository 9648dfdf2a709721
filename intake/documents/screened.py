"""A screened feed as a workbook: candidates, the sample to read, and how both came about."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import xlsxwriter

from intake.documents.xlsx import CONTENT_TYPE
from intake.services.screening import Judged, Screening

__all__ = ["CONTENT_TYPE", "workbook"]
_OURS = ("行号", "可能的类别", "把握", "是否拿得准")


def workbook(found: Screening, names: Mapping[str, str]) -> bytes:
    """The workbook; `names` gives the Chinese of a category slug. Text never becomes a formula or a link."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        bold = book.add_format({"bold": True, "bg_color": "#eef1f5"})
        _rows(book.add_worksheet("候选"), (*_OURS, *found.head), [_line(one, names) for one in found.candidates], bold)
        _rows(
            book.add_worksheet("抽查"),
            ("人工判断", *_OURS, *found.head),
            [["", *_line(one, names)] for one in found.sample],
            bold,
        )
        _rows(book.add_worksheet("说明"), ("项目", "数字"), _account(found), bold)
    return buffer.getvalue()


def _line(one: Judged, names: Mapping[str, str]) -> list[Any]:
    return [one.number, names[one.label], round(one.probability, 3), "是" if one.certain else "否", *one.cells]


def _account(found: Screening) -> list[list[Any]]:
    total = len(found.candidates) + found.rest
    return [
        ["全部行数", total],
        ["候选（可能属于受理范围）", len(found.candidates)],
        ["其中拿得准的", sum(one.certain for one in found.candidates)],
        ["其余（看来不属于受理范围）", found.rest],
        ["从其余中随机抽查", len(found.sample)],
        ["抽样种子", found.seed],
        ["抽查里一条也没有时，其余中漏掉的比例至多（95% 把握）", round(found.missed_at_most, 4)],
        ["抽查里发现 n 条时，漏掉的比例约为 n 除以抽查数", ""],
    ]


def _rows(page: Any, head: tuple[str, ...], rows: list[list[Any]], bold: Any) -> None:
    page.write_row(0, 0, head, bold)
    for at, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            (page.write_number if isinstance(cell, int | float) else page.write_string)(at, column, cell)
    page.freeze_panes(1, 0)
    page.set_column(0, len(head) - 1, 18)
