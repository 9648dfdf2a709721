"""Whoever knows the address of a thing of another office or place gets a 404 for it, and changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Engine, select

from intake.access import SYSTEMS
from intake.db import transaction
from intake.models import Base
from intake.rules.workflow import Action, Role
from tests import factories as make
from tests import things

#: What belongs to the whole installation, which is the admin's to run, and what is public.
NOBODYS_OWN = {
    "console.office", "console.officer", "console.reset_factor", "console.reset_password", "console.end_sign_ins", "console.account_of", "console.hand_over",
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
        made = things.make_all(session, tools, "420900", "420902")
    return made | {"action": [action.value for action in Action], "step": ["publish", "extend", "close"]}


def addresses(app, known: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """(method, address) of every console address that names a thing, with each value of what it may name."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.") and rule.arguments]
    return [
        (method, address)
        for rule in rules if rule.endpoint not in NOBODYS_OWN
        for address in things.addresses(app, rule, known)
        for method in sorted(rule.methods & {"GET", "POST"})
    ]  # fmt: skip


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
            if "<int" in rule.rule and rule.endpoint not in SYSTEMS:  # those ask for a token: tests/web/test_api.py
                address = "/".join(number if "<int" in part else part for part in rule.rule.split("/"))
                for method in rule.methods & {"GET", "POST"}:
                    answer = client.raw.open(address, method=method, data={"csrf_token": token})
                    assert answer.status_code in (302, 303, 404, 405), (method, address, answer.status_code)
