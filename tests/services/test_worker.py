"""The worker goes on with everything else whatever one duty, one spreadsheet or one address makes it meet."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import select

from intake import channels, jobs
from intake.db import reading, transaction
from intake.errors import DeliveryFailed
from intake.forms import MAIL
from intake.models import AuditEntry, Clue, ImportBatch
from intake.rules.workflow import Role
from intake.services import arrivals, clues
from tests import factories as make
from tests.conftest import on_sqlite_alone

BODY = "内容\n短\n" + "".join(f"村里每天打卡签到，第{n}次\n" for n in range(300))


@pytest.fixture
def clerk(database, tools):
    with transaction(database) as session:
        return make.viewer(session, tools, Role.CLERK, "321112")


@pytest.fixture
def batch(database, tools, clerk):
    def begin(body: str) -> int:
        with transaction(database) as session:
            found = arrivals.begin(session, body.encode(), "a.csv", by=clerk, tools=tools)
            arrivals.start(session, found, {"text": 0})
            return found.id

    return begin


@pytest.fixture
def rounds(database, tools, monkeypatch):
    """Let the worker run so many rounds, after a clue was filed; returns that clue."""

    def run(count: int) -> Clue:
        with transaction(database) as session:
            filed = clues.submit(session, make.submission(), tools=tools).id
        stop, waited = threading.Event(), iter(range(count - 1))
        monkeypatch.setattr(tools.bell, "wait", lambda stop, _: None if next(waited, None) is not None else stop.set())
        jobs.run(database, tools, stop)
        with reading(database) as session:
            return session.get_one(Clue, filed)

    return run


def test_an_import_that_is_dropped_half_way_ends_with_what_it_has_taken(database, tools, clerk, batch, rounds):
    batch_id = batch(BODY)
    jobs.take_in(database, batch_id, tools, 2)
    with transaction(database) as session:
        arrivals.drop(session, arrivals.one(session, batch_id, clerk), tools=tools)
    assert rounds(2).triaged_at
    with reading(database) as session:
        found = session.get_one(ImportBatch, batch_id)
        assert (found.taken, found.rows, len(found.refused)) == (199, [], 1)
        assert found.finished_at
        assert arrivals.refused_rows(found) == []
        ended = session.scalars(select(AuditEntry).where(AuditEntry.action == "import_finished")).all()
        assert [entry.keys["taken"] for entry in ended] == [199]


def test_a_spreadsheet_with_what_no_database_takes_is_cleaned_and_taken_in(database, batch, rounds):
    batch_id = batch(BODY * 2 + "坏的一行\x00里面有\u202e看不见的字符\n")
    assert rounds(1).triaged_at
    with reading(database) as session:
        assert session.get_one(ImportBatch, batch_id).finished_at
        assert session.scalar(select(Clue).where(Clue.text == "坏的一行里面有看不见的字符"))


def test_an_import_that_fails_stops_nothing_else(database, tools, batch, rounds, monkeypatch):
    broken, sound = batch(BODY), batch(BODY.replace("村里", "社区"))
    taking = arrivals.take_in

    def take(session, batch_id, **kept):
        if batch_id == broken:
            raise IndexError("no such row")
        return taking(session, batch_id, **kept)

    monkeypatch.setattr(arrivals, "take_in", take)
    assert rounds(2).triaged_at
    with reading(database) as session:
        assert session.get_one(ImportBatch, sound).finished_at
        assert session.get_one(ImportBatch, broken).finished_at is None


def test_a_duty_that_fails_is_tried_again_and_keeps_no_other_waiting(rounds, monkeypatch):
    done = []

    def fail(*_):
        done.append("forget")
        raise OSError("disk full")

    def remind(*_):
        done.append("remind")
        return 0

    monkeypatch.setattr(jobs, "forget", fail)
    monkeypatch.setattr(jobs, "remind", remind)
    monkeypatch.setattr(jobs, "daily", fail)
    assert rounds(2).triaged_at
    assert done.count("remind") == 2, "once a day means when all of it was done"


@on_sqlite_alone
def test_an_address_that_is_none_is_refused_and_nothing_is_raised_but_that(tools, monkeypatch):
    monkeypatch.setattr(channels, "_server", lambda _: (_ for _ in ()).throw(OSError("nobody")))
    for address in (":b@;;{'.cn", "():1@<.]", "(a@).{.c,", "=?utf-8?b?Cg==?=>@[~{.c)", "a\nb@c.cn", "王@例子.中国"):
        with pytest.raises(DeliveryFailed):
            channels.send_mail(tools.settings, address, "标题", "正文")
        assert "例子" in address or not re.match(MAIL, address), "and no form takes it"


@pytest.mark.parametrize("address", ["li.si+a@example.gov.cn", "o'neil_7@a-b.cn", "x=y@example.cn", "王@例子.中国"])
def test_ordinary_addresses_are_taken(address):
    assert re.match(MAIL, address)


def test_a_row_goes_to_the_place_that_its_whole_address_names(database, tools):
    said = {"孝感市云梦县城关镇": "420923100", "大悟县城关镇": "420922100", "420923100": "420923100", "云梦县": "420923", "城关镇": None}
    rows = "\n".join(f"开会太多第{at}次,{place}" for at, place in enumerate(said))
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "420900")
        found = arrivals.begin(session, f"内容,地区\n{rows}".encode(), "表.csv", by=clerk, tools=tools)
        arrivals.start(session, found, arrivals.guess(found.header))
        batch_id = found.id
    jobs.take_in(database, batch_id, tools)
    with reading(database) as session:
        assert list(session.scalars(select(Clue.region_code).order_by(Clue.id))) == [code for code in said.values() if code]
        assert [problem for _, problem, *_ in session.get_one(ImportBatch, batch_id).refused] == ["place_unknown"]
