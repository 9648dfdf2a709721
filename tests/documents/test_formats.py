"""One value, many formats: every figure is the same in XLSX, CSV, JSON and DOCX."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date, timedelta, timezone

import docx as python_docx
import openpyxl
import pytest

from intake.documents import docx, plain, prose, words, xlsx
from intake.documents.docx_tables import written
from intake.services.reports import from_payload
from tests.documents import sample

CHINA = timezone(timedelta(hours=8))
REPORT = sample.report()
SHEETS = {sheet.key: sheet for sheet in words.sheets(REPORT)}


def local(moment):
    return moment.astimezone(CHINA)


@pytest.fixture(scope="module")
def book():
    return openpyxl.load_workbook(io.BytesIO(xlsx.monthly(REPORT)))


@pytest.mark.parametrize("key", list(SHEETS))
def test_the_workbook_holds_every_figure_as_a_number(book, key):
    page, table = book[xlsx.NAMES[key]], SHEETS[key]
    rows = list(page.iter_rows(min_row=3, values_only=True))
    assert tuple(rows[0][: len(table.head)]) == table.head
    for found, row in zip(rows[1:], table.rows, strict=True):
        assert tuple(found[: len(row)]) == row
    assert page.freeze_panes == "B4"


def test_the_workbook_has_charts_and_no_formula(book):
    assert {page.title for page in book if page._charts} == {xlsx.NAMES[key] for key in xlsx.CHARTS}
    cells = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "=1+1 & <公告>" in [cell.value for cell in cells]


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((9, 7, 5, 1), "较集中的是：A9条，B7条，C5条。"),
        ((9, 5, 5, 5), "较集中的是：A9条，B5条，C5条，D5条。"),
        ((9, 1, 1, 1, 1, 1, 1), "较集中的是：A9条。"),
        ((1, 1, 1, 1), "反映比较分散，涉及4个类别"),
        ((1,), "较集中的是：A1条。"),
    ],
)
def test_the_paper_names_every_kind_that_ties_or_says_that_there_is_none(counts, said):
    """A to G are the first categories."""
    trend, given = REPORT.table("trend"), dict(zip(sample.SLUGS, counts, strict=False)) | {"total": 100}
    cells = tuple((given.get(row, 0), *cells[1:]) for row, cells in zip(trend.rows, trend.cells, strict=True))
    text = said_of(replace(trend, cells=cells))
    for letter, row in zip("ABCDEFG", sample.CATEGORIES, strict=False):
        text = text.replace(f"“{row['name']}”", letter)
    assert said in re.sub(r"，占[\d.]+%", "", text)


def said_of(table) -> str:
    """What the paper says with one table exchanged."""
    report = sample.report(tables=tuple(table if t.key == table.key else t for t in REPORT.tables))
    return "".join(p.text for p in prose.paragraphs(report))


def test_the_paper_says_where_there_is_nothing_of_last_year_to_compare_with():
    totals = REPORT.table("totals")
    at = totals.columns.index("to_date_before")
    none = replace(totals, cells=tuple((*row[:at], 0, *row[at + 1 :]) for row in totals.cells))
    text = said_of(none)
    assert text.count("去年同期没有线索记录，无可比数据") == 2 and "比去年" not in text
    assert "比去年同月增加" in said_of(totals)


def test_csv_and_json_hold_the_same_figures_as_the_workbook():
    content = plain.monthly_csv(REPORT)
    assert content.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    for table in SHEETS.values():
        start = lines.index([f"{table.title}（单位：{table.unit}）"])
        assert lines[start + 1] == list(table.head)
        for line, row in zip(lines[start + 2 :], table.rows, strict=False):
            assert line == ["" if v is None else f"'{v}" if str(v)[0] == "=" else str(v) for v in row]
    payload = json.loads(plain.monthly_json(REPORT))
    assert payload["sha256"] == REPORT.digest
    assert from_payload(payload) == REPORT


def test_the_paper_holds_the_same_figures_and_sentences():
    document = python_docx.Document(io.BytesIO(docx.monthly(REPORT, sample.record(REPORT), local)))
    printed = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    for key in docx.TABLES:
        for row in SHEETS[key].rows:
            blocks = [line for line in printed if line[0] == str(row[0])]
            for value in row[1:]:
                assert written(value) in {cell for line in blocks for cell in line[1:]}, (key, row[0], value)
    text = [p.text for p in document.paragraphs]
    for paragraph in prose.paragraphs(REPORT):
        assert paragraph.text in text
    assert "减负月报〔2026〕9号" in text
    assert text.count("2026年11月3日") == 1  # 17:00 UTC is the next day in China
    assert "市委层面整治形式主义为基层减负专项工作机制：" in text


def test_sentences_stay_within_their_length_and_rank_nobody():
    text = "".join(p.text for p in prose.paragraphs(REPORT))
    assert "自述每月合计1234567.5小时，中位数20小时" in text
    assert len(text) <= prose.MOST
    for figure in (REPORT.figure("totals", "received", "now"), REPORT.figure("cases", "now_problems", "total")):
        assert str(figure) in text
    assert not [w for w in ("第一名", "排名第", "倒数", "名列", "京口区") if w in text]
    assert [p.text[2:] for p in prose.paragraphs(REPORT) if p.level] == ["总体情况", "问题类型", "级别分布", "办理情况"]


def test_the_same_report_gives_the_same_text_of_the_paper_twice():
    made = [docx.monthly(REPORT, None, local) for _ in range(2)]
    bodies = [zipfile.ZipFile(io.BytesIO(one)).read("word/document.xml") for one in made]
    assert bodies[0] == bodies[1]
    assert "（草稿，未编号）".encode() in bodies[0]


def test_open_data_leave_a_hidden_count_empty_and_explain_every_field():
    publication = {
        "month": "2026-10", "office": "甲", "region": "321100", "taxonomy": "t", "threshold": 5,
        "tables": {"categories": {"checkins": None, "total": 7}, "six": {"4": 9}}, "names": {"checkins": "06 强制打卡"},
    }  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(plain.public_csv([publication]).decode("utf-8-sig"))))
    assert [(r["name"], r["count"], r["suppressed"]) for r in rows] == [
        ("06 强制打卡", "", "1"), ("合计", "7", "0"), ("基层隐形负担", "9", "0"),
    ]  # fmt: skip
    data = json.loads(plain.public_json([publication]))
    assert data["publications"] == [publication]
    assert set(plain.PUBLIC_HEAD) - {"table"} <= set(data["dictionary"])


@pytest.mark.parametrize(
    ("month", "said"), [(date(2026, 12, 1), "2026年1月至12月累计"), (date(2026, 1, 1), "2026年1月累计")]
)
def test_the_paper_writes_the_year_because_it_may_be_issued_in_the_next(month, said):
    text = "".join(p.text for p in prose.paragraphs(sample.report(month=month)))
    assert text.count(said) == 2 and "今年" not in text and "年初以来" not in text
