"""Before sending, the reporter sees what could tell who they are and who else answers; nothing stands in the way."""

from __future__ import annotations

import gzip

import pytest
from sqlalchemy import select

from intake.db import reading
from intake.models import Clue
from intake.rules.workflow import Role
from tests import factories as make
from tests.conftest import on_sqlite_alone
from tests.web.client import Client

DANTU = ("320000", "321100", "321112")
TELLING = f"我叫李明，电话13812345678。{make.STORY}这件事只有我知道"


@pytest.fixture
def client(app):
    return Client(app)


def last_page(client: Client, text: str, **details: str):
    """The form's last page, walked to with `text`."""
    page = client.send(client.get("/clues/new"), button="next", text=text)
    page = client.send(page, button="next", place1="320000", listed="320000")
    page = client.send(page, button="next", **details)
    assert page.h1.startswith("请核对")
    return page


def marked(page) -> list[str]:
    return page.tree.xpath("//dl//mark/text()")


def ticks(page) -> list[str]:
    return page.tree.xpath("//input[@name='blur']/@value")


def stored(database) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(select(Clue.text)))


def test_finds_are_marked_and_offered_but_the_text_goes_as_it_is_unless_ticked(client, database):
    page = last_page(client, TELLING)
    assert marked(page) == ["李明", "13812345678", "只有我知道"]
    assert not page.tree.xpath("//input[@name='blur'][@checked]")
    assert "遮住电话号码“13812345678”" in page.words
    client.send(page, button="send")
    assert stored(database) == [TELLING]


def test_what_is_ticked_is_covered_when_sent(client, database):
    page = last_page(client, TELLING)
    client.send(page, button="send", blur=ticks(page)[:2])
    assert stored(database) == [TELLING.replace("李明", "××").replace("13812345678", "×" * 11)]


def test_the_covered_text_can_be_looked_at_first_and_changed(client, database):
    page = last_page(client, TELLING)
    page = client.send(page, button="blur", blur=ticks(page)[1:2])
    assert page.h1.startswith("请核对")
    assert marked(page) == ["李明", "只有我知道"]
    assert stored(database) == []
    page = client.send(page, button="1")
    assert page.form()[1]["text"].strip() == TELLING.replace("13812345678", "×" * 11)


def test_ticks_without_sending_or_covering_change_nothing(client):
    page = last_page(client, TELLING)
    page = client.send(page, button="back", blur=ticks(page))
    assert page.form()[1]["text"] == TELLING


@pytest.mark.parametrize("button", ["attach", "review", "story", "place", "burden", "back"])
def test_ticks_travel_with_every_button_and_follow_their_words(client, database, button):
    page = last_page(client, TELLING)
    page = client.send(page, button=button, blur=ticks(page)[:2])
    if page.h1 == "发生了什么？":
        page = client.send(page, button="next", text=f"先补一句。{TELLING}")
    while not page.h1.startswith("请核对"):
        page = client.send(page, button="next")
    assert page.tree.xpath("//input[@name='blur'][@checked]/@value") == ["李明", "13812345678"]
    page = client.send(page, drop="99")
    client.send(page, button="send", blur=ticks(page)[:1])
    assert stored(database)[0].endswith(TELLING.replace("李明", "××"))


def test_forged_and_stale_ticks_cover_nothing(client, database):
    page = last_page(client, TELLING)
    client.send(page, button="send", blur=["0-9999", "-1", "x", "2-3", ""])
    assert stored(database) == [TELLING]


def test_the_name_typed_as_contact_is_found_in_the_text(client):
    text = f"会上点名说王芳没有签到。{make.STORY}"
    assert marked(last_page(client, text)) == []
    assert marked(last_page(client, text, contact_name="王芳")) == ["王芳"]


def test_a_text_that_tells_nothing_gets_no_warning(client):
    page = last_page(client, make.STORY)
    assert "认出您" not in page.words
    assert "照样在这里提交" not in page.words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("公司拖欠我三个月工资没有发，社保也没有交，找老板要钱一直不给", "12333"),
        ("网购买到假货，商家不退款，要求退一赔三", "12315"),
        ("小区停水三天了，自来水公司没有人管，什么时候来水", "12345"),
        ("村支书收受贿赂，贪污低保款，请纪委查处", "12388"),
    ],
)
def test_who_else_answers_is_said_at_once_and_the_clue_can_still_be_sent(client, database, text, words):
    page = client.send(client.get("/clues/new"), button="next", text=text)
    assert words in page.words
    page = last_page(client, text)
    assert words in page.words
    assert "照样在这里提交" in page.words
    client.send(page, button="send")
    assert stored(database) == [text]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("我撑不下去了，不想活了，今晚就跳楼", ["12356", "110", "119", "120"]),
        ("我老公打我，孩子在哭，现在躲在厕所里", ["110", "119", "120"]),
        ("着火了，三楼有人困在里面", ["110", "119", "120"]),
    ],
)
def test_in_danger_the_numbers_come_first_and_the_clue_is_taken_all_the_same(client, desk, database, text, numbers):
    page = client.send(client.get("/clues/new"), button="next", text=text)
    for shown in (page, last_page(client, text)):
        [box] = shown.tree.xpath("//main/div[@role='alert']")
        assert box.xpath(".//a/@href") == [f"tel:{number}" for number in numbers]
        assert "可能更快" not in shown.words and "没有可以核查" not in shown.words
    assert client.send(shown, button="send").h1 == "线索已收到"
    assert stored(database) == [text]
    with reading(database) as session:
        number = session.scalars(select(Clue.number)).one()
    told = desk(Role.CLERK, "320000").get(f"/console/clues/{number}").tree.xpath("string(//main//div[@role='alert'])")
    assert "请马上看原文" in told and ("想伤害自己，" in told) == ("12356" in numbers)


def test_secrets_are_stopped_first_and_can_still_be_sent(client, database):
    text = "我这里有一份标着机密的红头文件，内容涉及国家秘密，现在把涉密文件的原文发给你们"
    page = last_page(client, text)
    assert "请先停一下" in page.tree.xpath("string(//*[@role='alert'])")
    client.send(page, button="send")
    assert stored(database) == [text]


def test_without_a_model_there_is_no_hint_and_no_hindrance(client, database, tools):
    text = "我叫李明，公司拖欠我三个月工资没有发，社保也没有交，找老板要钱一直不给"
    assert "12333" in last_page(client, text).words
    tools.model_path.unlink()
    page = last_page(client, text)
    assert "12333" not in page.words
    assert marked(page) == ["李明"]
    assert client.send(page, button="send").h1 == "线索已收到"
    assert stored(database) == [text]


def test_the_warnings_escape_what_was_typed_and_stay_light(client):
    text = "我叫李明，<script>alert(1)</script>电话13812345678，" * 40
    page = last_page(client, text)
    assert not page.tree.xpath("//main//script")
    answer = client.raw.post("/clues/new", data=page.form()[1] | {"go": "blur", "step": "review"})
    assert len(gzip.compress(answer.data)) < 15_000


@pytest.mark.parametrize(
    ("details", "asked"),
    [
        ({}, "区委书记"),
        ({"accused_level": "village", "accused_name": "某村委会"}, "区委书记"),
        ({"accused_level": "county"}, ""),
        ({"accused_level": "village", "accused_name": "区委王书记"}, ""),
        ({"accused_level": "city_dept", "accused_name": "镇江市委"}, ""),
    ],
)
@on_sqlite_alone
def test_who_leads_the_place_and_only_the_text_says_so_is_asked_about_and_never_routed_by(client, database, details, asked):
    page = client.send(client.get("/clues/new"), button="next", text="我们区委书记王大明要求每天上报三次")
    for depth in (1, 2, 3):
        page = client.send(page, button="regions", **dict(zip(("place1", "place2", "place3")[:depth], DANTU, strict=False)))
    page = client.send(client.send(page, button="check", **details), button="check")
    assert page.h1.startswith("请核对")
    assert (f"您写到了“{asked}”。要反映的是区委、区政府吗？" in page.words) == bool(asked)
    if asked:
        assert client.send(page, button="unit").tree.xpath("//input[@name='accused_name']")
        client.send(page, button="send")
        with reading(database) as session:
            assert session.scalars(select(Clue)).one().intake_region == "321112", "the text alone recuses nobody"


@pytest.mark.parametrize(("accused", "asked"), [("", True), ("区教育局", False), ("红旗小学", False)])
@on_sqlite_alone
def test_an_office_that_only_the_text_names_is_asked_about_and_the_clerk_is_warned(client, database, desk, accused, asked):
    text = "区教育局让我们学校老师周末上街站岗执勤创卫，还要拍照打卡进社区，天天给家长派反诈任务。"
    page = client.send(client.get("/clues/new"), button="next", text=text)
    for depth in (1, 2, 3):
        page = client.send(page, button="regions", **dict(zip(("place1", "place2", "place3")[:depth], DANTU, strict=False)))
    page = client.send(client.send(page, button="check", accused_name=accused), button="check")
    assert ("您写到了“区教育局”。要反映的是它吗？" in page.words) is asked
    client.send(page, button="send")
    if asked:
        with reading(database) as session:
            number = session.scalars(select(Clue.number)).one()
        words = desk(Role.CLERK).get(f"/console/clues/{number}").words
        assert "文中写到“区教育局”" in words
        assert "无需回避" not in words
