"""Provisions beside a clue: shown with their limits, confirmed by a person, counted in the monthly report."""

from __future__ import annotations

import csv
import io

from sqlalchemy import select

from intake.db import reading, transaction
from intake.models import AuditEntry, Clue
from intake.rules.workflow import Action, Role
from tests import factories as make

TEXT = "县里发的实施方案一万两千字，村里要逐段写贯彻意见，一年到头都在抄文件，念都念不完。"


def test_a_person_confirms_a_clause_and_the_report_counts_it(desk, database, tools):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools, text=TEXT)
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="documents")
        number = clue.number
    officer = desk(Role.SUPERVISOR)
    page = officer.get(f"/console/clues/{number}?tab=clauses")
    first = " ".join(page.tree.xpath("string(//ol[@class='clauses']/li[1])").split())
    assert "第 2 条" in first and "限度 5000 字" in first and "「一万两千字」" in first and "超过限度" in first
    assert "部署专项工作" in page.words
    action, fields = page.form(
        at=page.tree.xpath("//main//form[@method='post']/@action").index(f"/console/clues/{number}/clauses/R02")
    )
    page = officer.post(action, fields | {"confirmed": "yes"})
    assert "已确认涉及" in page.words
    officer.post(f"/console/clues/{number}/clauses/R04", fields | {"confirmed": "no"})
    officer.post(f"/console/clues/{number}/clauses/R99", fields | {"confirmed": "yes"}, 404)
    report = officer.get("/console/report?month=2026-11")
    row = report.tree.xpath("//tr[th[contains(., '提升文件质量')]]/td")
    assert [cell.text_content() for cell in row] == ["1"]
    assert number[5:] in officer.get(row[0].xpath("a/@href")[0]).words
    table = list(csv.reader(io.StringIO(officer.raw.get("/console/report.csv?month=2026-11").get_data(as_text=True))))
    assert any("提升文件质量" in " ".join(line) for line in table)
    with reading(database) as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "provision_judged")).all()
        assert [(e.keys["provision"], e.keys["confirmed"]) for e in entries] == [("R02", True), ("R04", False)]


def test_an_office_that_may_not_see_the_clue_judges_nothing(desk, database, tools):
    with transaction(database) as session:
        number = make.clue(session, tools).number
    stranger = desk(Role.CLERK, "320400")
    _, fields = stranger.get("/console/password").form()
    stranger.post(f"/console/clues/{number}/clauses/R02", fields | {"confirmed": "yes"}, 404)
    with reading(database) as session:
        assert not session.scalars(select(AuditEntry).where(AuditEntry.action == "provision_judged")).all()
        assert session.scalars(select(Clue)).one()
