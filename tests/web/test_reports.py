"""The report's pages: what they show, who gets which, and that every number leads to its clues."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from sqlalchemy import event, select, update

from intake.db import reading, transaction
from intake.models import Clue, Officer, OfficerRecusal, Rating, ReportState, Suggestion
from intake.rules.workflow import Role
from intake.services.reports import board, freeze
from tests import factories as make
from tests import loading
from tests.web.client import Client

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def home_region() -> str:
    return "321100"


@pytest.fixture
def october(database, tools, clock):
    """镇江's October 2026: 3 + 9 + 20 clues of three categories, the small one in one place; now it is 2 November."""
    moment = datetime(2026, 10, 14, 10, tzinfo=CHINA)
    with transaction(database) as session:
        office = make.office(session, "321100", "task_force")
        where = {"intake_office_id": office.id, "intake_region": "321100", "office_id": office.id}
        loading.clues(session, 3, moment=moment, category="likes", region_code="321112", **where)
        loading.clues(
            session, 9, moment=moment, category="checkins", region_code="321111", verdict="unsubstantiated", **where
        )
        loading.clues(
            session,
            20,
            moment=moment,
            category="ledgers",
            region_code="321181",
            state="handling",
            closed_at=None,
            verdict=None,
            answer=None,
            **where,
        )
    clock.now = datetime(2026, 11, 2, 10, tzinfo=CHINA)


def issue(supervisor: Client, addressee: str = "") -> None:
    supervisor.send(supervisor.get("/console/report?month=2026-10"))
    supervisor.send(supervisor.get(f"/console/report?month=2026-10&do=issue&addressee={addressee}"))


def test_a_supervisor_drafts_issues_and_corrects_over_the_pages(october, database, desk):
    supervisor = desk(Role.SUPERVISOR)
    page = supervisor.get("/console/report?month=2026-10")
    assert "实时数字" in page.words
    page = supervisor.send(page)
    assert "草稿，数字已固定" in page.words
    assert "2026 年 10 月的月报草稿已经生成" in supervisor.get("/console/queue").words
    assert "/report/issue" not in "".join(page.tree.xpath("//form/@action")), "one step before it"
    blank = supervisor.get("/console/report?month=2026-10&do=issue&addressee=")
    asked = supervisor.get("/console/report?month=2026-10&do=issue&addressee=市机制")
    for seen, addressee in ((blank, "（未填）"), (asked, "市机制")):
        assert f"将签发 2026 年 10 月月报，编号〔2026〕1号，主送机关：{addressee}。签发后不能撤回。" in seen.words
    page = supervisor.send(asked, addressee="市委\x0b市政府\x00")
    assert "减负月报〔2026〕1号" in page.words
    assert supervisor.raw.get("/console/report.docx?month=2026-10").status_code == 200
    second = supervisor.send(blank, 422).words
    assert "这份月报已经由李老师于 2026 年 11 月 2 日签发，编号是减负月报〔2026〕1号" in second
    named = supervisor.raw.get("/console/report.csv?month=2026-10").headers["Content-Disposition"]
    assert unquote(named).endswith("filename=report-2026-10.csv; filename*=UTF-8''减负月报〔2026〕1号.csv")
    for reason, told in (("", "请写明为什么更正"), ("核对", "不需要更正")):
        refused = supervisor.send(page, 422, reason=reason)
        assert told in refused.errors[0]
        assert refused.tree.xpath("//details[@open]//input[@name='reason']/@value") == [reason]
    with transaction(database) as session:
        session.execute(update(Clue).where(Clue.category == "likes").values(category="apps"))
    page = supervisor.send(supervisor.get("/console/report?month=2026-10"), reason="类别登记错误")
    assert "类别登记错误" in page.words
    assert "07 点赞、转发、投票等流量指标摊派，收到，3 → 0" in page.words
    assert "月报草稿已经生成" not in supervisor.get("/console/queue").words


@pytest.fixture
def year(october, database):
    """october, with clues of other months, of another place, with a burden, and with predictions right and wrong."""
    with transaction(database) as session:
        office = make.office(session, "321100", "task_force")
        where = {"intake_office_id": office.id, "intake_region": "321100", "office_id": office.id}
        for month, count, category in ((9, 4, "likes"), (2, 3, "apps")):
            moment = datetime(2026, month, 8, 10, tzinfo=CHINA)
            loading.clues(session, count, moment=moment, category=category, region_code="321112", **where)
        loading.clues(
            session,
            2,
            moment=datetime(2025, 10, 8, 10, tzinfo=CHINA),
            category="ledgers",
            region_code="321112",
            **where,
        )
        loading.clues(
            session, 5, moment=datetime(2026, 10, 20, 10, tzinfo=CHINA), category="inspections", region_code="110000",
            accused_level="city", educated=3, disciplined=1, **where,
        )  # fmt: skip
        session.execute(update(Clue).where(Clue.category == "likes").values(times_a_month=4, minutes_each=30))
        session.execute(update(Clue).where(Clue.category == "inspections").values(rating=Rating.PARTLY))
        for clue in session.scalars(select(Clue).where(Clue.category.in_(["likes", "checkins"]))):
            session.add(
                Suggestion(
                    clue_id=clue.id, made_at=clue.created_at, model_version="m1", label="likes", probability=0.9,
                    alternatives=[], secondary=[], evidence=[], abstained="close" if clue.id % 2 else None,
                )
            )  # fmt: skip
    return database


#: Tables whose cells are people or hours: the list holds the clues that they were summed over.
SUMMED = ("处理结果", "查实问题统计", "反映人自述的负担")


@pytest.mark.parametrize("address", ["/console/report?month=2026-10&with=2026-09", "/console/dashboard"])
def test_every_linked_number_lists_as_many_clues(year, clock, desk, address):
    if address == "/console/dashboard":
        clock.now = datetime(2026, 10, 30, 10, tzinfo=CHINA)
    supervisor = desk(Role.SUPERVISOR)
    page = supervisor.get(address)
    seen = {}
    for table in page.tree.xpath("//table"):
        caption = table.findtext("caption")
        links = {a.get("href"): a.text for a in table.xpath(".//td//a")}
        assert links or caption.startswith(("一事多报", "不予受理", "各征集公告")), caption
        seen |= {href: (number, caption.startswith(SUMMED)) for href, number in links.items()}
    assert len(seen) > 60
    for href, (number, summed) in seen.items():
        listed = supervisor.get(href)
        assert "月月报里计入" in listed.words
        assert (" 0 条" not in listed.h1) if summed else (f"{number} 条" in listed.h1), href


def test_every_number_of_clues_on_the_page_is_a_link(year, desk):
    page = desk(Role.SUPERVISOR).get("/console/report?month=2026-10&with=2026-09")
    bare = [
        (table.findtext("caption"), row.xpath("string(th)"), cell.text)
        for table in page.tree.xpath("//table")
        for row in table.xpath(".//tr[td]")
        for cell, head in zip(row.xpath("td"), table.xpath(".//thead//th")[1:], strict=True)
        if cell.text and cell.text.isdigit() and cell.text != "0" and head.text != "期限" and not head.text.startswith(NOT_CLUES)
    ]
    assert bare == []


#: Heads over what is no number of clues behind a list: differences, days, and what the table itself lists below.
NOT_CLUES = ("比", "中位数", "九成", "组数", "反映人次", "其中", "牵头")


@pytest.mark.parametrize("odd", ["counted=moon", "counted=received&month=2999-01", "counted=received&month=x&cat=%27"])
def test_nonsense_behind_a_number_lists_nothing_and_breaks_nothing(october, desk, odd):
    assert "0 条" in desk(Role.SUPERVISOR).get(f"/console/clues?{odd}").h1


def test_all_downloads_hold_what_the_page_shows(october, desk):
    supervisor = desk(Role.SUPERVISOR)
    issue(supervisor)
    shown = supervisor.get("/console/report?month=2026-10")
    total = shown.tree.xpath("//table[caption[starts-with(., '各类线索的收到')]]//tr[th='合计']/td")
    on_page = [cell.text_content() for cell in total]
    fetch = {k: supervisor.raw.get(f"/console/report.{k}?month=2026-10").data for k in ("json", "xlsx", "csv", "docx")}
    payload = json.loads(fetch["json"])
    table = next(t for t in payload["tables"] if t["key"] == "categories")
    row = table["cells"][table["rows"].index("total")]
    assert on_page == [str(n) for n in row] == ["32", "32", "0", "0", "0", "12", "3", "0", "9", "0", "0"]
    book = openpyxl.load_workbook(io.BytesIO(fetch["xlsx"]))
    assert next(list(r[1:]) for r in book["分类统计"].iter_rows(values_only=True) if r[0] == "合计") == row
    lines = list(csv.reader(io.StringIO(fetch["csv"].decode("utf-8-sig"))))
    assert ["合计", *on_page] in lines
    assert payload["sha256"] in shown.words
    assert fetch["docx"][:2] == b"PK"
    assert supervisor.raw.get("/console/report.exe?month=2026-10").status_code == 404


def test_two_months_can_be_compared_and_the_running_month_is_live(october, desk):
    supervisor = desk(Role.SUPERVISOR)
    page = supervisor.get("/console/report?month=2026-10&with=2026-09")
    assert "2026 年 9 月收到" in page.words
    assert supervisor.get("/console/dashboard").h1 == "本月实时看板"
    supervisor.get("/console/report?month=2026-10&with=2999-01", 409)


def test_what_is_public_hides_small_numbers_and_is_only_the_home_office_s(october, app, database, tools, desk):
    issue(desk(Role.SUPERVISOR))
    with transaction(database) as session:
        county = make.office(session, "321112", "task_force")
        report = make.draft(session, tools, county.id, date(2026, 10, 1))
        viewer = make.viewer(session, tools, Role.SUPERVISOR, "321112")
        freeze.issue(session, report, "", officer=viewer, tools=tools)
        county_id = report.id
        county.is_home = True  # inside 镇江, which is home itself
    anybody = Client(app)
    address = anybody.get("/figures").links("/figures/")
    assert len(address) == 1
    page = anybody.get(address[0])
    rows = {tr.findtext("th"): tr.xpath("string(td)") for tr in page.tree.xpath("//tr[td]")}
    assert rows["合计"] == "32"
    assert rows["07 点赞、转发、投票等流量指标摊派"] == "*"
    assert [rows["06 强制打卡签到、积分时长与强推使用"], rows["05 重复台账、填表报数、过度留痕"]].count("*") >= 1
    anybody.get(f"/figures/{county_id}", 404)
    data = list(csv.DictReader(io.StringIO(anybody.raw.get("/figures.csv").data.decode("utf-8-sig"))))
    assert {r["count"] for r in data if r["suppressed"] == "1"} == {""}
    assert not [r for r in data if r["count"].isdigit() and 0 < int(r["count"]) < 5]
    assert "dictionary" in json.loads(anybody.raw.get("/figures.json").data)
    anybody.get("/figures.xml", 404)


def test_another_office_reads_the_public_figures_only(october, desk):
    issue(desk(Role.SUPERVISOR))
    other = desk(Role.HANDLER, "321112", "cyberspace")
    clerk = desk(Role.CLERK, "321112")
    address = clerk.get("/console/reports").links("/console/reports/")
    page = other.get(address[0])
    rows = {tr.findtext("th"): tr.xpath("string(td)") for tr in page.tree.xpath("//tr[td]")}
    assert rows["07 点赞、转发、投票等流量指标摊派"] == "*"
    assert not page.links("/console/clues")


def test_a_lead_s_report_counts_the_office_s_own_clues_and_nobody_else_issues(october, database, tools, desk):
    lead = desk(Role.LEAD, "321112", "cyberspace")
    assert "问题线索0条" in lead.get("/console/report?month=2026-10").words
    clerk = desk(Role.CLERK)
    page = clerk.get("/console/report?month=2026-10")
    assert not page.tree.xpath("//main//form[@method='post']")
    token = clerk.get("/console/password").form()[1]["csrf_token"]
    for verb in ("draft", "issue", "correct"):
        answer = clerk.raw.post(f"/console/report/{verb}?month=2026-10", data={"csrf_token": token})
        assert answer.status_code == 404


def test_a_frozen_page_is_small_and_asks_the_database_little(october, database, desk):
    supervisor = desk(Role.SUPERVISOR)
    issue(supervisor)
    statements: list[str] = []
    event.listen(database, "before_cursor_execute", lambda c, cu, sql, *rest: statements.append(sql))
    page = supervisor.get("/console/report?month=2026-10")
    assert len(page.text.encode()) < 100_000
    assert not [sql for sql in statements if "FROM clue" in sql], "a frozen report counts nothing"


def test_links_carry_no_more_than_the_question(october, desk):
    page = desk(Role.SUPERVISOR).get("/console/report?month=2026-10")
    for address in {a.get("href") for a in page.tree.xpath("//table//a")}:
        assert set(parse_qs(urlsplit(address).query)) <= {
            "month",
            "counted",
            "cat",
            "place",
            "notice",
            "channel",
            "reason",
            "rank",
            "clause",
            "since",
        }


def test_the_board_of_an_office_with_many_clues_says_when_it_was_counted(october, desk, monkeypatch, clock):
    supervisor = desk(Role.SUPERVISOR)
    assert "实时数字，会随办理变化" in supervisor.get("/console/dashboard").words
    monkeypatch.setattr(board, "SLOW", -1.0)
    supervisor.get("/console/dashboard")
    clock.now += timedelta(hours=1)
    for address in ("/console/dashboard", "/console/report?month=2026-11"):
        page = supervisor.get(address)
        assert "统计时间 2026-11-02 10:00；线索多，由后台统计，有人查看时每 10 分钟更新一次" in page.words
        assert "线索名单是现在的" in page.words
    assert "由后台统计" not in supervisor.get("/console/report?month=2026-09").words


def test_a_recused_supervisor_sees_his_own_figures_and_signs_nothing(october, database, tools, desk):
    """The frozen figures less his own would tell him of the clue."""
    with transaction(database) as session:
        office = make.office(session, "321100", "task_force")
        make.draft(session, tools, office.id, date(2026, 10, 1))
    other, out = desk(Role.SUPERVISOR), desk(Role.SUPERVISOR)
    with transaction(database) as session:
        clue = session.scalars(select(Clue).where(Clue.created_at >= datetime(2026, 10, 1, tzinfo=CHINA)).limit(1)).one()
        officer = session.scalars(select(Officer).where(Officer.role == Role.SUPERVISOR).order_by(Officer.id.desc()).limit(1)).one()
        session.add(OfficerRecusal(clue_id=clue.id, officer_id=officer.id))

    def received(client):
        payload = json.loads(client.raw.get("/console/report.json?month=2026-10").data)
        table = next(t for t in payload["tables"] if t["key"] == "categories")
        return table["cells"][table["rows"].index("total")][0]

    assert (received(other), received(out)) == (32, 31)
    page = out.get("/console/report?month=2026-10")
    assert "有您应当回避的线索" in page.words and "签发" not in [b.text for b in page.tree.xpath("//button")]
    token = out.get("/console/notifications").form()[1]["csrf_token"]
    for verb in ("draft", "issue"):
        refused = out.raw.post(f"/console/report/{verb}?month=2026-10", data={"csrf_token": token})
        assert refused.status_code == 422
        assert "请由本机构其他督办" in refused.get_data(as_text=True)
    with reading(database) as session:
        assert freeze.of_month(session, office.id, date(2026, 10, 1)).state is ReportState.DRAFT
