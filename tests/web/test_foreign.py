"""Whoever knows the address of a thing of another office or place gets a 404 for it, and changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from intake.db import transaction
from intake.models import Base, Notice, Office, SignIn
from intake.rules.devices import Device
from intake.rules.workflow import Action, Role
from intake.services import arrivals, identity, replies, reports, saved, sign_ins, staffing
from tests import factories as make

#: What belongs to the whole installation, which is the admin's to run, and what is public.
NOBODYS_OWN = {
    "console.office", "console.officer", "console.reset_factor", "console.end_sign_ins", "console.hand_over",
    "console.robot", "console.end_rule", "console.notice", "console.notice_poster", "console.report_file",
    "console.act_on_all",
}  # fmt: skip
#: A body that would do for any of the forms, so that none is refused for what is in it.
BODY = {
    "text": "看一看", "version": "1", "category": "checkins", "reason": "verify", "into": "2026-11-0001", "days": "10",
    "whom": "me", "verdict": "substantiated", "measures": "取消", "answer": "已经取消。", "confirmed": "y", "do": "start",
    "closes_on": "2026-12-31", "column": "0", "password": make.PASSWORD,
}  # fmt: skip


@pytest.fixture
def foreign(database, tools) -> dict[str, list[str]]:
    """Things of 孝感 and of another office of 丹徒区, as the arguments of addresses."""
    with transaction(database) as session:
        clerk, lead, supervisor = (
            make.officer(session, tools, r, "420900") for r in (Role.CLERK, Role.LEAD, Role.SUPERVISOR)
        )
        by = identity.viewer(clerk)
        clue = make.clue(session, tools, region_code="420902")
        office = session.get_one(Office, lead.office_id)
        report = reports.freeze.draft(session, office, date(2026, 10, 1), tools=tools)
        notice = session.scalars(select(Notice).where(Notice.region_code == "420900")).first()
        batch = arrivals.begin(session, "内容\n每天打卡三次，太多了\n".encode(), "a.csv", by=by, tools=tools)
        wording = replies.add_template(
            session, Action.ASK, "问", "请问", everyone=False, officer=identity.viewer(lead), tools=tools
        )
        kept = saved.keep(session, clerk.id, "我的", {"list": "queue", "q": "打卡"})
        other = make.officer(session, tools, Role.CLERK, "420900")
        day = tools.today()
        away = staffing.delegate(session, clerk, str(other.id), day, day + timedelta(days=3), by=clerk.id, tools=tools)
        sign_ins.begin(session, clerk, Device.PHONE, tools=tools)
        session.flush()
        assert notice and supervisor
        return {
            "number": [clue.number], "cluster_id": [str(clue.id)], "report_id": [str(report.id)],
            "slug": [notice.slug], "batch_id": [str(batch.id)], "template_id": [str(wording.id)],
            "filter_id": [str(kept.id)], "delegation_id": [str(away.id)], "other": [clue.number],
            "sign_in_id": [str(session.scalar(select(SignIn.id)))], "provision_id": ["R02"],
            "attachment_id": ["1"], "page": ["1"], "action": [action.value for action in Action], "step": ["publish", "extend", "close"],
        }  # fmt: skip


def addresses(app, known: dict[str, list[str]]) -> list[tuple[str, str]]:
    """(method, address) of every console address that names a thing, with each value of what it may name."""
    found = []
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("console.") or not rule.arguments or rule.endpoint in NOBODYS_OWN:
            continue
        filled: list[dict[str, Any]] = [{}]
        for name in sorted(rule.arguments):
            filled = [one | {name: value} for one in filled for value in known.get(name, ())]
        adapter = app.url_map.bind("localhost")
        for values in filled:
            typed = {n: int(v) if n.endswith("_id") and v.isdigit() else v for n, v in values.items()}
            found += [
                (m, adapter.build(rule.endpoint, typed, method=m)) for m in sorted(rule.methods & {"GET", "POST"})
            ]
    return found


def everything(database: Engine) -> dict[str, list[Any]]:
    with database.connect() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(select(table)))) for table in Base.metadata.sorted_tables
            if table.name not in ("region", "office", "routing_rule")
        }  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
def test_things_of_another_place_are_not_there_and_stay_as_they_are(app, desk, database, foreign, role):
    client = desk(role)
    token = client.get("/console/password").form()[1]["csrf_token"]
    before = everything(database)
    tried = addresses(app, foreign if role is not Role.ADMIN else foreign | {"slug": []})  # he runs all notices
    assert len(tried) > 30
    answers = {
        (method, address): client.raw.open(address, method=method, data=BODY | {"csrf_token": token}).status_code
        if method == "POST"
        else client.raw.get(address).status_code
        for method, address in tried
    }
    assert {what: status for what, status in answers.items() if status != 404} == {}
    assert everything(database) == before


@pytest.mark.parametrize("role", [Role.HANDLER, Role.LEAD])
def test_a_clue_with_another_office_of_the_same_place_is_not_there(app, desk, database, tools, role):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools)
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
        number = clue.number
    client = desk(role, remit="organization")
    token = client.get("/console/password").form()[1]["csrf_token"]
    before = everything(database)
    mine = {
        "number": [number],
        "other": [number],
        "provision_id": ["R02"],
        "action": [action.value for action in Action],
    }
    tried = addresses(app, mine)
    assert len(tried) > 20
    for method, address in tried:
        answer = client.raw.open(address, method=method, data=BODY | {"csrf_token": token})
        assert answer.status_code == 404, (method, address)
    assert everything(database) == before


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 40])
def test_a_number_that_no_row_can_have_is_not_there_either(app, desk, number):
    admin, clerk = desk(Role.ADMIN), desk(Role.CLERK)
    token = admin.get("/console/password").form()[1]["csrf_token"]
    for client in (admin, clerk):
        token = client.get("/console/password").form()[1]["csrf_token"]
        for rule in app.url_map.iter_rules():
            if "<int" in rule.rule:
                address = "/".join(number if "<int" in part else part for part in rule.rule.split("/"))
                for method in rule.methods & {"GET", "POST"}:
                    answer = client.raw.open(address, method=method, data={"csrf_token": token})
                    assert answer.status_code in (302, 303, 404), (method, address, answer.status_code)
