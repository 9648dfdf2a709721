"""Walking through a filtered list: an action leads to its next clue, the filter stays."""

from __future__ import annotations

import pytest

from intake.db import transaction
from intake.rules.workflow import Role
from tests import factories as make


@pytest.fixture
def numbers(database, tools) -> list[str]:
    with transaction(database) as session:
        return [make.clue(session, tools).number for _ in range(3)]


def opened(client, numbers, at: int):
    page = client.get(f"/console/queue?state=received&due=week&words={numbers[at][:0]}")
    return client.get(next(link for link in page.links(numbers[at])))


def test_an_action_leads_to_the_next_clue_of_the_filtered_list(desk, numbers):
    clerk = desk(Role.CLERK)
    page = opened(clerk, numbers, 0)
    assert "第 1 条，共 3 条" in page.words
    page = clerk.send(page, category="checkins")
    assert numbers[1] in page.h1
    assert f"{numbers[0]} 已受理并转办" in page.words
    assert "第 1 条，共 2 条" in page.words
    assert [link for link in page.links(numbers[2]) if "due=week" in link and "state=received" in link]
    for _ in range(2):
        page = clerk.send(page, at=-1, category="checkins")  # the first form takes the step before back
    assert page.h1.startswith("待办")


def test_who_unticks_it_and_who_came_from_elsewhere_stays(desk, numbers):
    clerk = desk(Role.CLERK)
    action, fields = opened(clerk, numbers, 0).form()
    assert fields.pop("onward")
    page = clerk.post(action, fields | {"category": "checkins"})
    assert numbers[0] in page.h1
    page = clerk.send(clerk.get(f"/console/clues/{numbers[1]}"), category="checkins")
    assert numbers[1] in page.h1
    assert "上一条" not in page.tree.xpath("string(//h1/following-sibling::nav)")


def test_what_is_refused_keeps_the_list(desk, numbers):
    clerk = desk(Role.CLERK)
    page = clerk.send(opened(clerk, numbers, 1), 422, other="out_of_scope")
    assert "第 2 条，共 3 条" in page.words
    assert numbers[2] in clerk.send(page, category="checkins", other="").h1


def test_neighbours_follow_the_order_of_the_list(database, tools, numbers):
    from sqlalchemy import select

    from intake.models import Clue
    from intake.services import lists

    with transaction(database) as session:
        viewer = make.viewer(session, tools, Role.CLERK, "321112")
        middle = session.scalars(select(Clue).where(Clue.number == numbers[1])).one()
        middle.due_on = None
        session.flush()
        beside = lists.beside(session, viewer, lists.Filter(), middle)
        assert (beside.at, beside.total, beside.before, beside.after) == (3, 3, numbers[2], "")
        elsewhere = lists.beside(session, viewer, lists.Filter(category="none"), middle)
        assert (elsewhere.at, elsewhere.total, elsewhere.before) == (0, 0, "")


def test_the_list_shows_and_marks_what_was_searched(desk, numbers):
    page = desk(Role.CLERK).get("/console/queue?words=点名")
    assert page.tree.xpath("//td[@class='what']//mark/text()") == ["点名"] * 3
