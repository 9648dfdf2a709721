"""Asking with query codes: who asks in vain waits, and nobody is shut out for it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from limits.storage import MemoryStorage

from intake.public.query import LONGEST, LONGEST_OF_ALL
from intake.security import DayKey, limiter
from tests import factories as make
from tests.web.client import Client, code_on, file_clue

WRONG = "22222" * 4
DANTU = ["320000", "321100", "321112"]


@pytest.fixture
def client(app):
    return Client(app)


@pytest.fixture
def code(client):
    """The code of a clue that is there."""
    return code_on(file_clue(client, make.STORY, DANTU))


def from_address(app, address: str) -> Client:
    client = Client(app)
    client.raw.environ_base["REMOTE_ADDR"] = address
    return client


def fail(client: Client, times: int) -> None:
    page = client.get("/query")
    for _ in range(times):
        page = client.send(page, status=422, code=WRONG)


def seconds(page) -> int:
    return int(page.headers["Retry-After"])


def test_failures_slow_a_source_down_but_a_right_code_behind_it_opens_after_one_wait(client, tools, code, clock):
    fail(client, tools.settings.number("CODE_MISSES"))
    assert seconds(client.send(client.get("/query"), status=429, code=WRONG)) == 2
    honest = client.send(client.get("/query"), status=429, code=code)
    assert f"请等 {seconds(honest)} 秒" in honest.words
    assert honest.form()[1]["code"] == code
    for _ in range(20):  # the guesser goes on behind the same address, as fast as the waits let it
        page = client.send(client.get("/query"), status=429, code=WRONG)
        assert seconds(page) <= LONGEST
        clock.now += timedelta(seconds=seconds(page))
        client.send(page, status=422, code=WRONG)
    assert seconds(client.send(client.get("/query"), status=429, code=WRONG)) == LONGEST
    assert client.send(honest).h1.startswith("已收到")


def test_a_wait_is_not_begun_anew_and_a_made_up_ticket_is_none(client, tools, code, clock):
    fail(client, 6)
    tools.settings.values["CODE_MISSES"] = 3
    page = client.send(client.get("/query"), status=429, code=code)
    first = seconds(page)
    clock.now += timedelta(seconds=5)
    assert seconds(client.send(page, status=429)) == first - 5
    for forged in ("0.0", "x", f"1.{'0' * 32}", "9" * 40):
        assert seconds(client.send(page, status=429, ticket=forged)) == first
    other = client.send(page, status=429, code=WRONG)  # a ticket is for its own code
    assert seconds(other) == first


def test_a_flood_from_everywhere_slows_everybody_a_little_and_locks_nobody_out(app, code, clock, tools):
    for last in range(1, 6):
        fail(from_address(app, f"127.9.9.{last}"), 3)
    tools.settings.values["CODE_MISSES_OF_ALL"] = 5
    bystander = from_address(app, "127.1.1.1")
    page = bystander.send(bystander.get("/query"), status=429, code=code)
    assert seconds(page) == LONGEST_OF_ALL
    clock.now += timedelta(seconds=seconds(page))
    assert bystander.send(page).h1.startswith("已收到")


def test_slips_that_the_check_characters_catch_cost_nothing(client, code):
    page = client.get("/query")
    for _ in range(30):
        page = client.send(page, status=422, code=code[:-1] + ("2" if code[-1] != "2" else "3"))
    assert "第 4 组不对" in page.errors[0]
    assert client.send(page, code=code).h1.startswith("已收到")


def test_a_source_is_counted_without_its_address(app, code):
    client = from_address(app, "127.77.66.55")
    fail(client, 2)
    assert any("songbang/code/" in key for key in limiter.storage.storage)
    assert not any("127.77.66.55" in key for key in limiter.storage.storage)


class Broken:
    """A store that is out of order."""

    def __getattr__(self, name):
        raise ConnectionError


def test_processes_that_count_in_one_store_share_the_key_of_a_day_and_no_other():
    store, first, second, alone = MemoryStorage(), DayKey(), DayKey(), DayKey()
    monday, tuesday = date(2026, 11, 23), date(2026, 11, 24)
    assert first.of(monday, store) == second.of(monday, store)
    assert first.of(monday, store) != first.of(tuesday, store)
    assert alone.of(monday, Broken()) == alone.of(monday, Broken()) != first.of(monday, store)
    store.incr("songbang/day-key/2026-11-25/claim", 60)  # somebody is about to leave the key
    assert first.of(date(2026, 11, 25), store) != second.of(date(2026, 11, 25), store)


def test_a_store_that_is_out_of_order_keeps_nobody_out(app, code, monkeypatch):
    monkeypatch.setattr(limiter, "_storage", Broken())
    client = from_address(app, "127.1.1.2")
    fail(client, 1)
    assert client.send(client.get("/query"), code=code).h1.startswith("已收到")


def test_the_receipt_says_how_the_code_is_read_out_and_the_form_that_it_cannot_be_found_again(client):
    page = client.send(client.get("/clues/new"), button="next", text=make.STORY)
    page = client.send(page, button="check", place1="320000", listed="320000")
    assert "丢了谁也找不回来" in page.words
    receipt = client.send(page, button="send")
    groups = receipt.tree.xpath("//details//li/text()")
    for group, said in zip(code_on(receipt).split("-"), groups, strict=True):
        assert [word[-1] for word in said.split("、")] == list(group)
