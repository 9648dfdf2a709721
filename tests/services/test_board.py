"""The running month of an office with many clues: kept between looks, counted again by the worker."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from intake import jobs
from intake.db import reading, transaction
from intake.models import Board, OfficerRecusal
from intake.rules.workflow import Role
from intake.services import identity
from intake.services.reports import board, monthly
from tests import factories as make

NOVEMBER = date(2026, 11, 1)
ALWAYS, NEVER = -1.0, 1e9


@pytest.fixture
def office(database, tools, clock, monkeypatch):
    """丹徒区's supervisor, with a clue, where every count takes too long; the clock stands on 23 November."""
    monkeypatch.setattr(board, "SLOW", ALWAYS)
    clock.now = datetime(2026, 11, 23, 4, tzinfo=UTC)
    with transaction(database) as session:
        make.clue(session, tools)
        return identity.viewer(make.officer(session, tools, Role.SUPERVISOR, "321112"))


@pytest.fixture
def received(database, tools, office):
    """Look at the board as the page does; returns how many clues it says were received in the month, and whether it was kept."""

    def look(who=office, month=NOVEMBER):
        with reading(database) as session:
            seen = board.look(session, who, month, tools=tools)
        jobs.after_looking(database, seen, tools)
        return seen.figures.figure("totals", "received", "now"), seen.kept

    return look


@pytest.fixture
def file(database, tools):
    def another():
        with transaction(database) as session:
            return make.clue(session, tools).id

    return another


def later(clock, **span) -> None:
    clock.now += timedelta(**span)


def test_what_is_counted_quickly_is_counted_at_every_look(received, file, monkeypatch, database, tools):
    monkeypatch.setattr(board, "SLOW", NEVER)
    assert received() == (1, False)
    file()
    assert received() == (2, False)
    assert jobs.boards(database, tools) == 0


def test_what_takes_long_is_kept_and_counted_again_only_when_somebody_looked(received, file, clock, database, tools):
    assert received() == (1, False)
    file()
    later(clock, minutes=30)
    assert jobs.boards(database, tools) == 0, "nobody looked since"
    assert received() == (1, True)
    assert jobs.boards(database, tools) == 1
    later(clock, minutes=1)
    assert received() == (2, True)
    file()
    assert jobs.boards(database, tools) == 0, "counted a minute ago"
    later(clock, minutes=10)
    assert jobs.boards(database, tools) == 1
    assert received() == (3, True)


def test_what_is_kept_is_what_counting_gives(received, office, database, tools):
    received()
    with reading(database) as session:
        kept = board.look(session, office, NOVEMBER, tools=tools).figures
        assert kept.digest == monthly(session, office, NOVEMBER, tools=tools).digest
        assert kept.digest == board.again(session, office.office_id, tools=tools).figures.digest


def test_of_two_workers_one_counts(received, office, clock, database, tools):
    received()
    later(clock, minutes=30)
    received()
    for mine in (True, False):
        with transaction(database) as session:
            assert board.claim(session, office.office_id, tools) is mine


def test_a_new_month_is_counted_without_a_look(received, file, clock, database, tools):
    received()
    clock.now = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)  # 1 December in China
    assert jobs.boards(database, tools) == 1
    assert received(month=date(2026, 12, 1)) == (0, True)
    assert received(month=NOVEMBER) == (1, False), "a month that is over is not the board's"


def test_who_looks_before_the_worker_in_a_new_month_sees_the_new_one(received, clock):
    received()
    clock.now = datetime(2026, 11, 30, 16, 5, tzinfo=UTC)
    assert received(month=date(2026, 12, 1)) == (0, False)
    assert received(month=date(2026, 12, 1)) == (0, True)


def test_from_an_officer_recused_in_person_the_clue_stays_hidden(received, file, office, database, tools):
    received()
    hidden = file()
    with transaction(database) as session:
        other = make.officer(session, tools, Role.SUPERVISOR, "321112")
        session.add(OfficerRecusal(clue_id=hidden, officer_id=other.id))
        session.flush()
        recused = identity.viewer(other)
    assert received(recused) == (1, False)
    file()
    assert received(recused) == (2, False)
    assert received() == (1, True), "what the recused saw was not kept"


def test_a_month_that_became_quick_to_count_is_not_kept(received, clock, monkeypatch, database, tools):
    received()
    later(clock, minutes=30)
    received()
    monkeypatch.setattr(board, "SLOW", NEVER)
    assert jobs.boards(database, tools) == 1
    with reading(database) as session:
        assert session.scalars(select(Board)).all() == []


def test_a_look_that_cannot_be_noted_is_a_look_all_the_same(received, monkeypatch):
    def full(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(board, "note", full)
    assert received() == (1, False)


def test_a_count_that_fails_is_tried_again_after_a_while(received, clock, monkeypatch, database, tools):
    received()
    later(clock, minutes=30)
    received()
    with monkeypatch.context() as patched:
        patched.setattr(board, "again", None)
        assert jobs.boards(database, tools) == 0
    assert jobs.boards(database, tools) == 0
    later(clock, minutes=11)
    received()
    assert jobs.boards(database, tools) == 1
