"""Clues by phone, in a spreadsheet, and hidden in a large feed."""

from __future__ import annotations

import csv
import io
import re
import time
import zipfile
from datetime import date, timedelta

import openpyxl
import pytest
from sqlalchemy import func, select

from intake import jobs
from intake.db import reading, transaction
from intake.errors import InvalidInput
from intake.models import Channel, Clue, Contact, ImportBatch
from intake.rules.workflow import Role
from intake.services import arrivals, screening, spreadsheet
from tests import factories as make
from tests.cleaning.corpus import repacked
from tests.web.client import Client, Page, code_on

HEAD = ["工单编号", "诉求内容", "来电人", "来电号码", "区域", "被反映单位", "来电时间"]
ROWS = [
    [
        "JH-001",
        "社区每天要在三个应用里签到，晚了就点名",
        "王某",
        "13900000000",
        "镇江市丹徒区",
        "某街道",
        date(2026, 11, 2),
    ],
    ["JH-002", "", "李某", "13900000001", "丹徒区", "+SUM(1)", date(2026, 11, 2)],
    ["JH-003", "同一张表镇里要一遍区里要一遍，格式还不一样", "张某", "13900000002", "火星", "某镇", date(2026, 11, 3)],
    ["JH-001", "社区每天要在三个应用里签到，晚了就点名", "王某", "13900000000", "丹徒区", "某街道", date(2026, 11, 2)],
    ["JH-005", "检查组一周来了四拨，问的是一样的话", "赵某", "13900000003", "", "", date(2026, 11, 4)],
]


def xlsx(rows=ROWS, head=HEAD) -> bytes:
    book = openpyxl.Workbook()
    for row in [head, *rows]:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def separated(encoding: str, rows=ROWS) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([HEAD, *rows])
    return out.getvalue().encode(encoding)


@pytest.fixture
def clerk(desk) -> Client:
    return desk(Role.CLERK)


def upload(
    client: Client, content: bytes, name: str = "12345导出.xlsx", status: int = 200, at: str = "/console/imports"
) -> Page:
    return client.send(client.get(at), status, file=(io.BytesIO(content), name))


def test_a_clerk_enters_a_call_and_hands_the_code_over(clerk, app, database):
    page = clerk.send(
        clerk.get("/console/clues/new"), channel="phone", text="每天签到三次，晚了就通报", region="321112", named="y",
        contact_name="老王", contact_way="13900000000", times_a_month="60", minutes_each="5",
    )  # fmt: skip
    code = code_on(page)
    reporter = Client(app)
    assert "已收到" in reporter.send(reporter.get("/query"), code=code).words
    with reading(database) as session:
        clue = session.scalars(select(Clue)).one()
        assert (clue.channel, clue.named, clue.times_a_month, clue.triaged_at is not None) == (
            Channel.PHONE,
            True,
            60,
            True,
        )
        assert b"13900000000" not in session.scalars(select(Contact)).one().sealed
    assert "电话" in clerk.get(f"/console/clues/{clue.number}").words


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("channel", "web", "来电、来信还是来访"),
        ("text", "", "请填写事情经过"),
        ("region", "330000", ""),
        ("people", "很多", "请填整数"),
        ("contact_way", "13900000000", "没有勾选“反映人愿意留下联系方式”"),
    ],
)
def test_a_wrong_entry_loses_nothing(clerk, field, value, words):
    sent = {"channel": "visit", "text": "三天两头检查，材料做了一柜子", "region": "321112"} | {field: value}
    page = clerk.send(clerk.get("/console/clues/new"), 422, **sent)
    assert words in " ".join(page.errors)
    if field != "text":
        assert "材料做了一柜子" in page.text


def test_a_clerk_is_asked_about_a_number_in_the_text_and_a_contact_that_reaches_nobody(clerk, database):
    sent = {"channel": "phone", "text": "每天签到三次，有事打我电话13900000000", "region": "321112", "named": "y"}
    page = clerk.send(clerk.get("/console/clues/new"), 422, **sent, contact_way="abc")
    assert page.errors == ["请填写完整的电话号码或电子邮箱，例如 13900000000"]
    for way in ("0511-8080 8080", "微信同号 139 0000 0000", "li@example.cn"):
        asked = clerk.send(page, 422, contact_way=way)
        assert asked.errors == [] and asked.tree.xpath("//mark/text()") == ["13900000000"], way
    assert "内容里有电话号码，承办单位会看到" in asked.words
    code_on(clerk.send(asked, sure="phone"))
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) == 1


@pytest.mark.parametrize(
    "content", [xlsx(), separated("utf-8-sig"), separated("gb18030")], ids=["xlsx", "utf-8", "gb18030"]
)
def test_a_spreadsheet_is_taken_in_and_says_which_rows_were_refused_and_why(clerk, database, tools, content):
    page = upload(clerk, content)
    assert "共 5 行" in page.words
    chosen = page.form()[1]
    assert (chosen["text"], chosen["number"], chosen["region"], chosen["accused"]) == ("1", "0", "4", "5")
    page = clerk.send(page)
    assert "导入 2 条，没有导入 3 行" in page.words
    for words in ("内容是空的", "找不到这个地区，或者不在本机构的范围内：火星", "已经导入过：JH-001"):
        assert words in page.words
    with reading(database) as session:
        clues = session.scalars(select(Clue).order_by(Clue.id)).all()
        assert [(c.channel, c.region_code, c.accused_name) for c in clues] == [
            (Channel.IMPORT, "321112", "某街道"),
            (Channel.IMPORT, "321112", ""),
        ]
        assert all(c.triaged_at for c in clues)
        kept = session.scalars(select(ImportBatch)).one()
        assert "13900000002" not in str(kept.rows) + str(kept.header), "columns that are nothing are not kept"


def test_refused_rows_can_be_mended_and_imported_again_without_doubles(clerk, database):
    page = clerk.send(upload(clerk, xlsx()))
    answer = clerk.raw.get(page.links("refused.csv")[0])
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert rows[0][:2] == ["行号", "原因"] and [row[0] for row in rows[1:]] == ["3", "4", "5"]
    assert rows[1][5] == "'+SUM(1)", "no cell is a formula"
    clerk.send(upload(clerk, xlsx()))
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) == 2, "the numbers are known"
    forget = len(page.tree.xpath("//main//form")) - 1
    assert "已经删除" in clerk.send(page, at=forget).text


def test_a_row_without_a_number_goes_by_its_words(clerk, database):
    row = ["", "第三个群里又要接龙，一天报三遍平安", "", "", "丹徒区", "", ""]
    for _ in range(2):
        clerk.send(upload(clerk, xlsx([row, row, [*row[:4], "谷阳镇", "", ""]])))
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) == 2, "the same words of another place are another"


def test_another_office_sees_no_batch_and_old_cells_are_deleted(clerk, desk, database, tools, clock):
    page = clerk.send(upload(clerk, xlsx()))
    batch = page.links("refused.csv")[0].split("/")[3]
    desk(Role.CLERK, "320400").get(f"/console/imports/{batch}", 404)
    upload(clerk, xlsx(), "没有核对.xlsx")
    clock.now += timedelta(days=2)
    jobs.forget(database, tools)
    with reading(database) as session:
        assert [(b.taken, b.rows) for b in session.scalars(select(ImportBatch))] == [(2, [])]


def test_a_large_batch_is_left_to_the_worker_and_survives_it_dying_between_chunks(clerk, database, tools, monkeypatch):
    monkeypatch.setattr(arrivals, "CHUNK", 3)
    rows = [[f"N-{n}", f"第{n}个群里又要接龙，一天报三遍平安", "", "", "丹徒区", "", ""] for n in range(20)]
    page = clerk.send(upload(clerk, xlsx(rows)))
    assert "正在导入" in page.words and "已处理 6 行" in page.words
    with transaction(database) as session:
        arrivals.take_in(session, session.scalars(select(ImportBatch.id)).one(), tools=tools)
    jobs.imports(database, tools)
    assert jobs.sweep(database, tools) == 3, "what was taken in without triage waits for the sweep"
    with reading(database) as session:
        batch = session.scalars(select(ImportBatch)).one()
        assert (batch.taken, batch.done, batch.finished_at is not None, batch.rows) == (20, 20, True, [])


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/worksheets/sheet1.xml", b"0" * (spreadsheet.MOST_UNPACKED + 1))
    return out.getvalue()


NASTY = {
    "empty": (b"", "是空的"), "not a zip": (b"PK\x03\x04nonsense", "读不懂"), "old xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "读不懂"),
    "zip without a workbook": (b"PK\x05\x06" + b"\0" * 18, "读不懂"),
    "only a head": (xlsx([]), "没有找到内容"), "blank": (b"\n\n\n", "没有找到内容"), "binary": (bytes(range(256)) * 40, "读不懂"),
    "a page called xls": ("<table><tr><td>编号</td><td>内容</td></tr></table>".encode("gb18030"), "读不懂"),
    "too many columns": (xlsx([["x"] * 300], ["c"] * 300), "列太多"), "too many rows": (b"a\n" + b"b\n" * 5001, "行太多"),
}  # fmt: skip


@pytest.mark.parametrize("kind", NASTY)
def test_nasty_files_get_a_sentence(clerk, kind):
    content, words = NASTY[kind]
    page = upload(clerk, content, "坏文件.xlsx", 422)
    assert words in " ".join(page.errors)


@pytest.mark.parametrize(
    "make_file", [bomb, lambda: b"a\n" * (spreadsheet.MOST_BYTES // 2 + 1)], ids=["bomb", "too large"]
)
def test_what_is_too_large_is_refused_before_it_is_unpacked(make_file):
    with pytest.raises(InvalidInput, match="file_too_large"):
        spreadsheet.read(make_file(), 10)


def test_formulas_merged_heads_and_dates_are_read_as_text():
    book = openpyxl.Workbook()
    book.active.append(["内容", "编号", "日期"])
    book.active.append(['=HYPERLINK("http://evil")', 12.0, date(2026, 1, 5)])
    book.active.merge_cells("A3:C3")
    out = io.BytesIO()
    book.save(out)
    sheet = spreadsheet.read(out.getvalue(), 10)
    assert sheet.rows == [("", "12", "2026-01-05 00:00:00")]
    with pytest.raises(InvalidInput):
        spreadsheet.read(b"x", 10)


def test_a_feed_is_screened_into_candidates_and_a_sample_and_nothing_is_stored(clerk, database, tools):
    feed = [["", make.STORY, "", "", "", "", ""]] * 3 + [
        ["", f"我家楼下路灯坏了{n}天，请派人来修一下", "", "", "", "", ""] for n in range(30)
    ]
    page = clerk.get("/console/screening")
    action, fields = page.form()
    answer = clerk.raw.post(action, data=fields | {"file": (io.BytesIO(xlsx(feed)), "热线.xlsx")})
    book = openpyxl.load_workbook(io.BytesIO(answer.get_data()))
    found = list(book["候选"].iter_rows(values_only=True))[1:]
    assert {row[5] for row in found} >= {make.STORY}
    assert [row[2] for row in found] == sorted((row[2] for row in found), reverse=True) or found[0][3] == "是"
    assert book["抽查"].max_row == 31 - (len(found) - 3)
    account = dict(row for row in book["说明"].iter_rows(min_row=2, values_only=True))
    assert account["全部行数"] == 33
    with reading(database) as session:
        assert not session.scalar(select(func.count()).select_from(Clue))
        assert not session.scalar(select(func.count()).select_from(ImportBatch))


def test_the_sample_is_drawn_by_its_seed_and_says_what_it_shows(tools):
    sheet = spreadsheet.Sheet(("内容",), [(f"路灯坏了{n}天没人修，请尽快处理",) for n in range(50)])
    once, again, other = (
        screening.screen(sheet, tools.classifier(), column=0, seed=seed, size=10) for seed in (1, 1, 2)
    )
    assert once.sample == again.sample != other.sample
    assert len(once.sample) == 10 and 0.25 < once.missed_at_most < 0.27
    with pytest.raises(InvalidInput):
        screening.screen(sheet, tools.classifier(), column=5, seed=1)


def test_a_refused_row_is_named_by_its_place_in_the_sheet(clerk, database):
    page = clerk.send(upload(clerk, xlsx([["A-1", make.STORY], [], ["A-2", "短"], [None, None], ["A-3", "太短"]], ["编号", "内容"])))
    refused = clerk.raw.get(page.links("refused.csv")[0]).get_data(as_text=True)
    rows = list(csv.reader(io.StringIO(refused.removeprefix("\ufeff"))))
    assert [row[0] for row in rows[1:]] == ["4", "6"]


def test_empty_lines_before_the_head_are_counted_too(clerk):
    page = upload(clerk, "\n\n编号\t内容\nA-1\t短\n\nA-2\t村里每天打卡签到三次\n".encode())
    assert "共 2 行" in page.words and "内容：短" in page.words
    refused = clerk.raw.get(clerk.send(page).links("refused.csv")[0]).get_data(as_text=True)
    assert [row[0] for row in list(csv.reader(io.StringIO(refused)))[1:]] == ["4"]


def test_numbers_that_excel_has_rounded_are_not_taken_for_doubles(clerk, database):
    rows = [["2.02611E+13", make.STORY], ["2.02611E+13", "同一张表镇里要一遍区里要一遍"], [20261122000012345.0, make.STORY]]
    page = clerk.send(upload(clerk, xlsx(rows, ["编号", "内容"])))
    assert "导入 0 条，没有导入 3 行" in page.words
    assert page.words.count("编号被 Excel 改成了科学计数，请把这一列设为文本再导出") == 3


def test_a_workbook_that_is_wrong_about_its_size_is_read_to_its_end():
    book = openpyxl.Workbook()
    for row in (["编号", "内容"], ["A-1", make.STORY], ["A-2", make.STORY]):
        book.active.append(row)
    book.active.row_dimensions[2**20].height = 14
    out = io.BytesIO()
    book.save(out)
    parts = {"xl/worksheets/sheet1.xml": lambda xml: re.sub('<dimension ref="[^"]*"', '<dimension ref="A1"', xml)}
    begun = time.process_time()
    sheet = spreadsheet.read(repacked(out.getvalue(), parts, {}), 10)
    assert (sheet.head, len(sheet.rows)) == (("编号", "内容"), 2)
    assert time.process_time() - begun < 20, "seconds; 2 now, and 41 when each cell of a million empty rows was read"


def test_the_head_of_the_refused_rows_is_no_formula(clerk):
    page = clerk.send(upload(clerk, "=HYPERLINK(1)内容\n短\n村里每天打卡签到三次\n".encode()))
    assert ",'=HYPERLINK(1)内容" in clerk.raw.get(page.links("refused.csv")[0]).get_data(as_text=True)
