"""Notices as their officers manage them, and the posters made of them."""

from __future__ import annotations

import io
from datetime import date

import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import select

from intake.db import reading, transaction
from intake.documents import poster
from intake.models import AuditEntry, Clue, Notice
from intake.rules.workflow import Role
from tests import factories as make
from tests.web.client import Client, Page, code_on

STORY = make.STORY
GIVEN = {
    "title": "丹徒区会议过多问题线索征集公告",
    "slug": "dantu-2026",
    "region": "321112",
    "remit": "task_force",
    "purpose": "会太多，想听听您的意见。",
    "scope": "会议过多、层层陪会：02\n打卡和点赞：06、07",
    "exclusions": "水电路气：请拨打 12345",
    "promises": "被反映单位看不到线索\n凭查询码答复",
    "opens_on": "2026-11-01",
    "closes_on": "2026-12-31",
    "handling_days": "30",
}


def draft(client: Client, status: int = 200, at: str = "/console/notices/new", **changed: str) -> Page:
    return client.send(client.get(at), status=status, **(GIVEN | changed))


def press(client: Client, slug: str, step: str, status: int = 200, **fields: str) -> Page:
    """Press the button of a step on the notice's page."""
    page = client.get(f"/console/notices/{slug}")
    forms = page.tree.xpath("//main//form[@method='post']/@action")
    return client.send(page, status, at=[a.rsplit("/", 1)[1] for a in forms].index(step), **fields)


@pytest.fixture
def client(app) -> Client:
    return Client(app)


@pytest.fixture
def supervisor(desk) -> Client:
    return desk(Role.SUPERVISOR)


def test_a_notice_is_drafted_seen_by_nobody_published_extended_and_closed(supervisor, app, database):
    assert "草稿" in draft(supervisor).text
    stranger = Client(app)
    stranger.get("/n/dantu-2026", 404)
    page = supervisor.get("/console/notices/dantu-2026")
    assert "还看不到" in page.text
    assert "02 会议过多" in page.text
    press(supervisor, "dantu-2026", "publish")
    assert "打卡和点赞" in stranger.get("/n/dantu-2026").text
    assert "丹徒区会议过多问题线索征集公告" in stranger.get("/").text
    refused = press(supervisor, "dantu-2026", "extend", 422, closes_on="2026-12-01")
    assert "更晚" in refused.text
    page = press(supervisor, "dantu-2026", "extend", closes_on="2027-01-31")
    assert "2027 年 1 月 31 日" in stranger.get("/n/dantu-2026").text
    assert "close" not in [a.rpartition("/")[2] for a in page.tree.xpath("//form/@action")], "one step before it"
    asked = supervisor.get(page.links("do=close")[0])
    assert "结束后不能再打开" in asked.words
    supervisor.send(asked, at=1)
    assert "已结束" in supervisor.get("/console/notices/dantu-2026").words
    assert "征集时间已过" in stranger.get("/n/dantu-2026").text
    late = supervisor.send(page, 422, at=0, closes_on="2027-05-31")
    assert "现在的状态不能" in late.text
    with reading(database) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "notice_changed"))
        assert [e.keys["state"] for e in entries] == ["draft", "published", "published", "closed"]


def test_a_notice_that_has_not_begun_says_so_on_both_doors(supervisor, app):
    draft(supervisor, opens_on="2026-12-10")
    press(supervisor, "dantu-2026", "publish")
    for page in (supervisor.get("/console/notices"), supervisor.get("/console/notices/dantu-2026")):
        assert "未开始" in page.words
    seen = Client(app).get("/n/dantu-2026").words
    assert "2026 年 12 月 10 日开始征集。您现在也可以" in seen and "已过" not in seen


def test_a_draft_can_be_changed_and_a_published_notice_cannot(supervisor, database):
    draft(supervisor)
    form = supervisor.get("/console/notices/dantu-2026/edit")
    assert "打卡和点赞：06、07" in form.text
    supervisor.send(form, slug="dantu-b", title="改过的标题")
    form = supervisor.get("/console/notices/dantu-b/edit")
    press(supervisor, "dantu-b", "publish")
    supervisor.send(form, 409, title="再改一次")
    with reading(database) as session:
        assert session.scalar(select(Notice.title).where(Notice.slug == "dantu-b")) == "改过的标题"


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("slug", "镇江", "小写字母"),
        ("slug", "zhenjiang", "已经被别的公告用了"),
        ("slug", "new", "小写字母"),
        ("scope", "会议过多", "第 1 行"),
        ("scope", "会议过多：02\n打卡", "第 2 行"),
        ("scope", "会议过多：77", "类别代码不认识"),
        ("exclusions", "水电路气", "第 1 行"),
        ("region", "330000", "您负责的地区"),
        ("remit", "astronomy", "没有这个机构"),
        ("closes_on", "2026-10-01", "不能早于"),
        ("closes_on", "soon", ""),
        ("handling_days", "400", "5 到 60"),
        ("title", "", "请填写标题"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field_and_nothing_typed_is_lost(supervisor, field, value, words):
    page = draft(supervisor, 422, **{field: value})
    assert words in " ".join(page.tree.xpath("//p[@class='message']/text()"))
    assert "被反映单位看不到线索\n凭查询码答复" in page.text
    assert page.tree.xpath("//input[@name='title']/@value") == [GIVEN["title"] if field != "title" else ""]


def test_notices_of_other_places_are_read_and_not_touched(supervisor, desk, app):
    supervisor.get("/console/notices/zhenjiang/edit", 404)
    assert not supervisor.get("/console/notices/zhenjiang").tree.xpath("//main//form")
    _, fields = draft(supervisor).form()
    supervisor.post("/console/notices/zhenjiang/close", fields, 404)
    desk(Role.SUPERVISOR, "320400").get("/console/notices/dantu-2026", 404)
    assert "发布" in desk(Role.ADMIN).get("/console/notices/dantu-2026").text
    desk(Role.CLERK).get("/console/notices/new", 404)


def test_a_clue_outside_the_scope_is_taken_in_and_everybody_is_told(desk, client, database):
    draft(admin := desk(Role.ADMIN), scope="文件太多：01")
    press(admin, "dantu-2026", "publish")
    page = client.send(client.get("/clues/new?notice=dantu-2026"), button="next", text=STORY)
    for button in ("next", "next", "send"):
        page = client.send(page, button=button)
    assert "不在这个公告征集的范围" in page.text
    receipt = page
    assert code_on(receipt)
    with transaction(database) as session:
        number = session.scalars(select(Clue)).one().number
    assert "在公告范围之外" in desk(Role.CLERK).get(f"/console/clues/{number}").text
    row = (
        desk(Role.SUPERVISOR)
        .get("/console/notices")
        .tree.xpath("//tr[contains(., '丹徒区会议过多')]/td[@class='n']/text()")
    )
    assert row == ["1", "0", "1"]
    assert not desk(Role.ADMIN).get("/console/notices").tree.xpath("//td[@class='n']"), "an admin counts no clues"


@pytest.mark.parametrize("pages", [1, 4])
def test_who_began_the_form_before_the_call_was_over_files_all_the_same(supervisor, client, database, pages):
    draft(supervisor)
    press(supervisor, "dantu-2026", "publish")
    page = client.get("/clues/new?notice=dantu-2026")
    typed = [{"text": STORY}, {}, {}, {}]
    for more in typed[: pages - 1]:
        page = client.send(page, button="next", **more)
    supervisor.send(supervisor.get("/console/notices/dantu-2026?do=close"), at=1)
    page = client.send(page, button="send" if pages == 4 else "next", **typed[pages - 1])
    assert "征集已经结束" in page.words
    for more in typed[pages:]:
        page = client.send(page, button="send" if more is typed[-1] else "next", place1="320000", place2="321100", place3="321112")
    assert page.h1 == "线索已收到"
    with reading(database) as session:
        clue = session.scalars(select(Clue)).one()
        assert (clue.text, clue.notice_id) == (STORY, None)
    assert "征集已经结束" in client.get("/clues/new?notice=dantu-2026").words


def test_posters_carry_the_address(desk, tools, monkeypatch):
    monkeypatch.setitem(tools.settings.values, "PUBLIC_URL", "https://jianfu.example.cn")
    clerk = desk(Role.CLERK)
    paper = pypdfium2.PdfDocument(_bytes(clerk, "/console/notices/zhenjiang/poster.pdf"))
    assert len(paper) == 1
    text = paper[0].get_textpage().get_text_bounded()
    assert "jianfu.example.cn/n/zhenjiang" in text.replace("\r\n", "")
    assert "面子工程" in text
    picture = Image.open(io.BytesIO(_bytes(clerk, "/console/notices/zhenjiang/card.png")))
    assert picture.size == (1080, 1440)
    clerk.get("/console/notices/zhenjiang/poster.exe", 404)


def _bytes(client: Client, address: str) -> bytes:
    answer = client.raw.get(address)
    assert answer.status_code == 200
    return answer.get_data()


def test_a_very_long_notice_still_fits_one_page():
    long = ["层层加码、重复报送、以痕迹论实绩的各类要求" * 3] * 8
    call = poster.Call(
        "很长的公告" * 8,
        "某市某某办公室",
        "说明" * 150,
        long,
        long[:4],
        long[:3],
        date(2026, 1, 1),
        date(2026, 2, 1),
        "https://a.example.cn/n/x",
    )
    assert len(pypdfium2.PdfDocument(poster.make("poster", "pdf", call))) == 1
