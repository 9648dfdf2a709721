"""Against abuse without punishing: every clue is taken in, gets its receipt, and what looks like a flood is held."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from intake import jobs
from intake.db import reading
from intake.models import Clue, Hold, TextMark
from intake.public import gate
from intake.rules.puzzle import is_solved
from intake.rules.workflow import Role
from tests import factories as make
from tests.conftest import on_sqlite_alone
from tests.web.client import Client, code_on, file_clue

DANTU = ["320000", "321100", "321112"]


@pytest.fixture
def client(app, tools):
    tools.settings.values["TRIAGE"] = "worker"
    return Client(app)


def last_page(client: Client, text: str):
    page = client.send(client.get("/clues/new"), button="next", text=text)
    return client.send(page, button="check", place1="320000", listed="320000")


def holds(database) -> dict[Hold | None, int]:
    with reading(database) as session:
        return dict(session.execute(select(TextMark.hold, func.count()).group_by(TextMark.hold)).all())


@on_sqlite_alone
def test_a_township_office_files_two_hundred_clues_in_an_hour_and_only_copies_are_held(client, database):
    """One address, one after the other; the last page's form as a browser sends it."""
    action, fields = last_page(client, make.STORY).form(button="send")
    stories = [f"{n} 组的台账又要重报一遍，这回要 {n} 张照片" for n in range(200)]
    for n, text in enumerate(stories + [stories[0]] * 6):
        answer = client.raw.post(action, data=fields | {"text": text, "key": f"key-{n:028d}"})
        assert answer.status_code == 303
    assert holds(database) == {None: 204, Hold.SAME: 2}


def test_a_source_that_sends_very_many_is_held_not_refused(client, database, tools):
    tools.settings.values["SOURCE_PER_HOUR"] = 1
    file_clue(client, make.STORY, DANTU)
    receipt = file_clue(client, "另一件事：一周查了五回，看的是同一本台账", DANTU)
    assert receipt.h1 == "线索已收到"
    assert holds(database) == {None: 1, Hold.MANY: 1}
    progress = client.send(client.get("/query"), code=code_on(receipt))
    assert progress.h1.startswith("已收到")


def test_a_field_that_nobody_sees_gives_a_robot_away_and_its_clue_is_kept(client, database):
    page = client.send(client.get("/clues/new"), button="next", text=make.STORY, memo="https://example.com")
    page = client.send(page, button="check", place1="320000", listed="320000")
    assert client.send(page, button="send").h1 == "线索已收到"
    assert holds(database) == {Hold.ROBOT: 1}


def test_who_sends_faster_than_anybody_reads_is_asked_again_and_loses_nothing(client, database, tools, clock):
    tools.settings.values["FORM_SECONDS"] = 3
    page = last_page(client, make.STORY)
    for stamp in (page.form()[1]["stamp"], "", "1.0", f"99999999999.{'0' * 32}"):
        again = client.send(page, status=422, button="send", stamp=stamp)
        assert "提交得太快了" in again.words
        assert again.form()[1]["text"] == make.STORY
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) == 0
    clock.now += timedelta(seconds=3)
    assert client.send(again, button="send").h1 == "线索已收到"
    assert holds(database) == {None: 1}


def test_in_a_rush_a_solved_puzzle_goes_through_and_no_script_is_held(client, database, tools):
    tools.settings.values["RUSH_PER_MINUTE"] = 1
    assert not last_page(client, make.STORY).tree.xpath("//@data-puzzle")
    file_clue(client, make.STORY, DANTU)  # from here on there is a rush
    page = last_page(client, f"第二条：{make.STORY}")
    [puzzle] = page.tree.xpath("//@data-puzzle")
    answer = next(str(n) for n in itertools.count() if is_solved(puzzle, str(n), gate.BITS))
    assert client.send(page, button="send", answer=answer).h1 == "线索已收到"
    page = last_page(client, f"第三条：{make.STORY}")
    assert client.send(page, button="send").h1 == "线索已收到"
    page = last_page(client, f"第四条：{make.STORY}")
    assert client.send(page, button="send", answer=answer).h1 == "线索已收到"  # another form's answer
    assert holds(database) == {None: 2, Hold.FLOOD: 2}


def test_a_clerk_looks_at_what_is_held_and_lets_a_group_go(client, database, tools, desk):
    tools.settings.values["SAME_TEXTS"] = 1
    for _ in range(3):
        file_clue(client, make.STORY, DANTU, accused_level="township")
    jobs.sweep(database, tools)
    clerk = desk(Role.CLERK)
    page = clerk.get("/console/queue")
    assert "2 条先放着" in page.words
    assert len(page.tree.xpath("//table[@class='queue']/tbody/tr")) == 1
    page = clerk.get("/console/holds")
    assert "同样的文字收到很多份 2 条" in page.words
    number = page.links("/console/clues/")[0]
    assert "先放着，没有进待办：同样的文字收到很多份" in clerk.get(number).words
    page = clerk.send(page)
    assert "2 条已经放进待办" in page.words
    assert len(clerk.get("/console/queue").tree.xpath("//table[@class='queue']/tbody/tr")) == 3
    token = page.tree.xpath("string(//input[@name='csrf_token']/@value)")
    clerk.post("/console/holds/moon", {"csrf_token": token}, 404)
    desk(Role.HANDLER, remit="cyberspace").get("/console/holds", 404)
