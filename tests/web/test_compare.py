"""Two clues beside each other: what both say is marked, and one press merges them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from intake.db import reading, transaction
from intake.models import Clue
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Role, State
from tests import factories as make


@pytest.fixture
def two(database, tools) -> tuple[str, str]:
    """The numbers of two clues about one burden."""
    with transaction(database) as session:
        first = make.clue(session, tools)
        second = make.clue(session, tools, text="月底按签到率给社区排名，社区每天早上八点前在应用里签到，没有一天能歇。")
        return second.number, first.number


def test_what_both_say_is_marked_on_both_sides(desk, two):
    page = desk(Role.CLERK).get(f"/console/clues/{two[0]}/compare/{two[1]}")
    left, right = page.tree.xpath("//main//section")
    assert [mark.text for mark in left.xpath(".//mark")] == ["月底按签到率给社区排名", "社区每天早上八点前在应用里签到，"]
    assert "月底按签到率给社区排名" in [mark.text for mark in right.xpath(".//mark")]


def test_the_page_of_a_clue_leads_there_and_one_press_merges(desk, database, tools, two):
    clerk = desk(Role.CLERK)
    with transaction(database) as session:
        again = make.clue(session, tools, text=make.STORY + "真受不了").number
    page = clerk.get(f"/console/clues/{again}?tab=alike")
    address = page.tree.xpath(f"//a[contains(@href, '/compare/{two[1]}')]/@href")[0]
    clerk.send(clerk.get(address), text="同一件事")
    with reading(database) as session:
        merged = session.scalars(select(Clue).where(Clue.number == again)).one()
        assert merged.state is State.MERGED
        assert merged.merged_into_id == session.scalars(select(Clue.id).where(Clue.number == two[1])).one()


def test_nobody_compares_what_he_may_not_see(desk, database, tools, two):
    with transaction(database) as session:
        hidden = make.clue(
            session, tools, accused_name="丹徒区委", accused_level=AccusedLevel.COUNTY, text="区委要求每周报三次台账"
        ).number
    clerk = desk(Role.CLERK)
    for here, there in ((hidden, two[0]), (two[0], hidden), (two[0], two[0]), (two[0], "2026-11-9999")):
        clerk.get(f"/console/clues/{here}/compare/{there}", 404)


def test_who_may_not_merge_sees_no_button(desk, database, two):
    """Once the clue is merged there is nothing left to merge."""
    clerk = desk(Role.CLERK)
    address = f"/console/clues/{two[0]}/compare/{two[1]}"
    clerk.send(clerk.get(address), text="同一件事")
    assert clerk.get(address).tree.xpath("//main//form") == []


def test_a_merged_clue_leads_to_the_one_it_is_handled_as_which_shows_it_and_is_taken_out_again(desk, database, two):
    clerk = desk(Role.CLERK)
    clerk.send(clerk.get(f"/console/clues/{two[0]}/compare/{two[1]}"), text="同一件事")
    page = clerk.get(f"/console/clues/{two[0]}")
    assert f"已经并案办理，见 {two[1]}" in page.words
    assert "并入的线索 1 条" in clerk.get(f"/console/clues/{two[1]}").words
    clerk.send(clerk.get(f"/console/clues/{two[0]}?do=unmerge"), text="不是一回事")
    assert "并入的线索" not in clerk.get(f"/console/clues/{two[1]}").words
    with reading(database) as session:
        assert session.scalars(select(Clue).where(Clue.number == two[0])).one().state is State.RECEIVED
