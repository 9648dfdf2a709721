"""What many report at once is one line of a page, counted over what the viewer may see."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from intake.db import reading, transaction
from intake.models import Clue
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Role, State
from tests import factories as make

RETOLD = (
    "我们社区早上八点前都得在应用里签到，迟一分钟群里就点名，月底还按签到率排社区名次。",
    "每天八点以前要在应用上签到，晚了群里点名批评，街道月底拿签到率给各社区排名次。",
)
OTHER = "村里挂了四十多块牌子，墙都不够用，还要我们再做两块"


@pytest.fixture
def crowd(database, tools) -> list[str]:
    """The numbers of eight clues of one burden: four with one text, two in other words from another district, two hidden
    from the clerk."""
    with transaction(database) as session:
        copies = [make.clue(session, tools, times_a_month=20, minutes_each=30, people=2) for _ in range(4)]
        own = [make.clue(session, tools, text=text, region_code="321102") for text in RETOLD]
        hidden = make.clue(session, tools, accused_name="丹徒区委", accused_level=AccusedLevel.COUNTY)
        make.clue(session, tools, text=OTHER)
        return [clue.number for clue in (*copies, *own, hidden)]


def cells(page, row: int = 0) -> list[str]:
    return [" ".join(cell.text_content().split()) for cell in page.tree.xpath("//tbody/tr")[row].xpath("td")]


@pytest.mark.parametrize(
    ("role", "region", "size", "told", "places", "numbers"),
    [
        (Role.CLERK, "321112", "4 条", "复制同一文本 4 份", "1 处", slice(4)),
        (Role.SUPERVISOR, "321100", "7 条", "独立叙述 2 人，复制同一文本 5 份", "2 处", slice(7)),
    ],
)
def test_a_cluster_is_a_line_of_what_the_viewer_sees_with_copies_told_apart(
    desk, crowd, role, region, size, told, places, numbers
):
    officer = desk(role, region)
    page = officer.get("/console/clusters")
    assert len(page.tree.xpath("//tbody/tr")) == 1
    shown = cells(page)
    assert (shown[0], shown[3]) == (size, places)
    assert told in shown[1] and "每月共 80 小时" in shown[1]
    inside = officer.get(page.tree.xpath("//tbody//a/@href")[0])
    assert {cell.text for cell in inside.tree.xpath("//tbody/tr/td[@class='num']")} == set(crowd[numbers])
    words = inside.tree.xpath("//tbody/tr/td/span[contains(@class, 'chip')]/text()")
    own, copies = (0, 3) if role is Role.CLERK else (2, 4)
    assert sorted(words) == sorted(["被复制的原文"] + copies * ["和较早的一条相同"] + own * ["自己的话"])


def test_the_list_of_clues_is_narrowed_to_a_cluster_for_walking_and_acting_on_all(desk, crowd):
    clerk = desk(Role.CLERK)
    inside = clerk.get(clerk.get("/console/clusters").tree.xpath("//tbody//a/@href")[0])
    narrowed = clerk.get(inside.links("/queue?")[0])
    assert "只列出同一件事的线索" in narrowed.words and len(narrowed.tree.xpath("//tbody/tr")) == 4
    assert "有 4 条反映同一件事" in clerk.get(f"/console/clues/{crowd[0]}?tab=alike").words


def test_the_copies_are_ticked_and_merged_together_after_a_look(desk, database, crowd):
    clerk = desk(Role.CLERK)
    inside = clerk.get(clerk.get("/console/clusters").tree.xpath("//tbody//a/@href")[0])
    picked = inside.tree.xpath("//input[@name='pick'][@checked]/@value")
    assert picked == crowd[1:4]
    fields = {field.get("name"): field.get("value") for field in inside.tree.xpath("//form[@id='bulk']/input")}
    page = clerk.get("/console/bulk?" + urlencode(fields | {"do": "merge", "pick": picked}, doseq=True))
    action, sent = page.form()
    assert sent["into"] == crowd[0] and "并错了可以拆分" in page.words
    clerk.post(action, sent | {"pick": page.tree.xpath("//input[@name='pick']/@value")})
    with reading(database) as session:
        states = dict(iter(session.execute(select(Clue.number, Clue.state))))
    assert [states[number] for number in crowd[:4]] == [State.RECEIVED, *3 * [State.MERGED]]


def test_more_in_two_days_than_chance_explains_raise_the_alarm_for_those_who_see_them(desk, crowd, clock):
    supervisor, clerk = desk(Role.SUPERVISOR, "321100"), desk(Role.CLERK)
    for address in ("/console/queue", "/console/clusters"):
        assert "近两天有 7 人反映同一件事" in supervisor.get(address).words
        assert "突增" not in clerk.get(address).words  # four are too few
    clock.now += timedelta(days=3)
    assert "突增" not in supervisor.get("/console/queue").words


def test_a_cluster_that_is_not_there_or_of_which_one_sees_less_than_two_is_not_found(desk, database, tools, crowd):
    with transaction(database) as session:
        alone = make.clue(session, tools, text="只有我一个人说起的怪事：镇上让鸭子也刷脸").id
    clerk = desk(Role.CLERK)
    for cluster_id in (alone, 999_999, 10**15, 10**30):
        clerk.get(f"/console/clusters/{cluster_id}", 404)
    assert clerk.get("/console/clues?cluster=x").status == 200


def test_who_sees_nothing_of_it_sees_no_cluster(desk, crowd):
    assert "还没有两条线索讲同一件事" in desk(Role.HANDLER).get("/console/clusters").text
