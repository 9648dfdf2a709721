"""The audit log as the auditor looks through it."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from intake.db import reading, transaction
from intake.models import Officer, OfficerRecusal
from intake.rules.workflow import Action, Role
from intake.services import auditing, identity
from tests import factories as make
from tests.conftest import on_sqlite_alone
from tests.web.client import Page


@pytest.fixture
def auditor(desk, database, tools, clock):
    """An auditor a day after a clue was assigned and an account made and closed."""
    with transaction(database) as session:
        admin = make.officer(session, tools, Role.ADMIN, "321112").id
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clues = [make.clue(session, tools, text=text) for text in (make.STORY, "村里挂了四十三块牌子，还要再做两块")]
        make.act(session, clues[0], Action.ASSIGN, clerk, tools, category="checkins")
        office = make.office(session, "321112", "education")
        made, _ = identity.create_officer(session, "wangwu", "王五", Role.HANDLER, office, by=admin, tools=tools)
        identity.switch_officer(session, made.id, False, by=admin, tools=tools)
    clock.now += timedelta(days=1)
    return desk(Role.AUDITOR)


def rows(page: Page) -> list[list[str]]:
    """Event, who, clue and object of each row."""
    return [[" ".join(cell.text_content().split()) for cell in row][2:6] for row in page.tree.xpath("//tbody/tr")]


def test_who_made_or_closed_which_account_is_said(auditor, database):
    with reading(database) as session:
        admin = session.scalars(select(Officer.username).where(Officer.role == Role.ADMIN)).one()
    found = rows(auditor.get(f"/console/audit?officer={admin}&until=2026-11-23"))
    assert [row[:3] for row in found] == [["停用账号", admin, ""], ["新建账号", admin, ""]]
    assert found[0][3] == "wangwu"
    assert found[1][3].startswith("wangwu，") and found[1][3].endswith("，承办人")


def test_the_log_is_looked_through_by_event_clue_and_days_a_bounded_part_at_a_time(auditor, monkeypatch):
    monkeypatch.setattr(auditing, "_SLACK", 0)
    of_clue = rows(auditor.get("/console/audit?number=11-0001"))
    assert {row[2] for row in of_clue} == {"2026-11-0001"}
    assert ["受理并转办", "丹徒区委网信办，待受理 → 已转办"] in [[row[0], row[3]] for row in of_clue]
    assert rows(auditor.get("/console/audit?action=filed&since=2026-11-24")) == []
    assert {row[0] for row in rows(auditor.get("/console/audit?since=2026-11-24"))} == {"新建账号", "登录"}
    assert "日期请照" in auditor.get("/console/audit?since=moon").words
    monkeypatch.setattr(auditing, "LOOK", 4)
    page, seen = auditor.get("/console/audit?action=filed"), []
    while older := page.links("before="):
        assert "action=filed" in older[0]
        seen += rows(page)
        page = auditor.get(older[0])
    assert len(seen + rows(page)) == 2


@on_sqlite_alone
def test_the_file_has_the_rows_that_are_looked_for_and_says_where_it_ends(auditor, monkeypatch):
    found = auditor.raw.get("/console/audit.csv?action=filed")
    lines = list(csv.reader(io.StringIO(found.get_data(as_text=True).lstrip("\ufeff"))))
    assert [(line[2], line[4]) for line in lines[1:]] == [("收到线索", "2026-11-0002"), ("收到线索", "2026-11-0001")]
    monkeypatch.setattr("intake.console.auditing.FILE", 1)
    assert "更早的请把" in auditor.raw.get("/console/audit.csv?action=filed").get_data(as_text=True)


@on_sqlite_alone
def test_an_auditor_who_is_recused_is_not_told_the_number_and_finds_nothing_by_it(auditor, database):
    with transaction(database) as session:
        me = session.scalars(select(Officer).where(Officer.role == Role.AUDITOR)).one()
        session.add(OfficerRecusal(clue_id=1, officer_id=me.id))
    assert "2026-11-0001" not in auditor.get("/console/audit").words
    assert rows(auditor.get("/console/audit?number=2026-11-0001")) == []
