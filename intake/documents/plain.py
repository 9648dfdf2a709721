"""A finished report in, CSV or JSON out; and the open data of what is public."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from intake.documents.words import TITLES, public_name, sheets, title
from intake.services.reports import MonthlyReport, to_payload
from intake.services.reports.value import Cell

CSV_TYPE = "text/csv; charset=utf-8"
JSON_TYPE = "application/json; charset=utf-8"
_BOM = "\ufeff"
PUBLIC_HEAD = ("month", "office", "table", "row", "name", "count", "suppressed")


def monthly_csv(report: MonthlyReport) -> bytes:
    """Every table in one file, with a byte order mark so that spreadsheets read it: table, then head, then rows."""
    lines: list[Sequence[Any]] = [(f"{report.office_name} {title(report)}",)]
    for table in sheets(report):
        lines += [(), (f"{table.title}（单位：{table.unit}）",), table.head, *table.rows]
    return table_csv(lines)


def monthly_json(report: MonthlyReport) -> bytes:
    """The report's own payload with its digest and the words of its tables."""
    payload = to_payload(report) | {"sha256": report.digest, "titles": {t.key: TITLES[t.key] for t in report.tables}}
    return json.dumps(payload, ensure_ascii=False, indent=1).encode()


def public_csv(publications: Iterable[Mapping[str, Any]]) -> bytes:
    """Public figures as one long table: a row a count; a suppressed one has an empty count and suppressed=1."""
    rows: list[Sequence[Any]] = [PUBLIC_HEAD]
    for one in publications:
        for table, counts in one["tables"].items():
            for row, count in counts.items():
                name = public_name(one, table, row)
                rows.append((one["month"], one["office"], table, row, name, count, int(count is None)))
    return table_csv(rows)


def public_json(publications: Iterable[Mapping[str, Any]]) -> bytes:
    """Public figures with their data dictionary."""
    return json.dumps(
        {"dictionary": dictionary(), "publications": list(publications)}, ensure_ascii=False, indent=1
    ).encode()


def dictionary() -> dict[str, Any]:
    """What every field of the open data means."""
    return {
        "month": "统计月份，YYYY-MM",
        "office": "发布月报的机构",
        "region": "机构所在地区的行政区划代码",
        "taxonomy": "类别表的版本（摘要前 12 位）",
        "threshold": "小于这个数且不为 0 的数量不公布；为防止倒推，另有一些数量一并不公布",
        "tables": {
            "categories": "当月收到的线索，按类别；total 为合计",
            "places": "当月收到的线索，按下一级地区；只列数量，不排名",
            "results": "当月受理、不予受理、办结，以及办结的结论",
            "six": "当月收到的线索，按“六个纠治”汇总",
            "discipline": "当月收到的线索，按纪检监察机关月报的问题类型汇总",
            "parts": "当月收到的线索，按《若干规定》各部分汇总；一条涉及几个部分的各部分都计",
        },
        "row": "表中的一行：类别代号、区划代码或汇总项",
        "name": "这一行的中文名称",
        "count": "数量，单位：条；空（null）表示不公布",
        "suppressed": "1 表示不公布，0 表示公布",
    }


def table_csv(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Rows as CSV with a byte order mark; no cell that a spreadsheet would take for a formula (OWASP: CSV injection)."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([_safe(cell) for cell in row] for row in rows)
    return (_BOM + buffer.getvalue()).encode()


def _safe(cell: Cell) -> Cell:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
