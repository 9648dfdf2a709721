"""Officers choose how they are told; the admin enters robots whose secrets are never shown again."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from intake.db import reading
from intake.models import AuditEntry, Event, Officer, Outgoing, Pace, Robot, Webhook
from intake.rules.workflow import Role
from intake.services import notify
from tests.conftest import on_sqlite_alone

ADDRESS = "https://oapi.dingtalk.com/robot/send?access_token=Geheim4711"


def chosen(database) -> dict[Event, Pace]:
    with reading(database) as session:
        return notify.choices(session, session.scalars(select(Officer.id)).one())


def test_an_officer_chooses_what_to_be_told_of_and_where(desk, database):
    handler = desk(Role.HANDLER, remit="cyberspace")
    page = handler.get("/console/notifications")
    assert "还没有设置发邮件" in page.text
    page = handler.send(page, email=" li@example.gov.cn ", arrived="at_once", overdue="never")
    assert "提醒方式已经保存" in page.text
    assert chosen(database) == notify.USUAL | {Event.ARRIVED: Pace.AT_ONCE, Event.OVERDUE: Pace.NEVER}
    with reading(database) as session:
        assert session.scalars(select(Officer.email)).one() == "li@example.gov.cn"
    assert handler.get("/console/notifications").form()[1]["email"] == "li@example.gov.cn"


@on_sqlite_alone
@pytest.mark.parametrize(
    "email", ["li", "li@", "li@example", "li wei@example.cn", "li@example.cn\nBcc: all@example.cn"]
)
def test_a_mail_address_that_cannot_be_one_is_pointed_out_and_nothing_is_lost(desk, database_url, email):
    handler = desk(Role.HANDLER, remit="cyberspace")
    page = handler.send(handler.get("/console/notifications"), 422, email=email, arrived="never")
    assert "邮箱地址不完整" in page.text
    assert page.form()[1]["arrived"] == "never"


def enter(admin, status: int = 200, **changed: str):
    page = admin.get("/console/robots")
    office = page.tree.xpath("//select[@name='office']/option[@value != '']/@value")[0]
    fields = {"office": office, "robot": "dingtalk", "address": ADDRESS, "secret": "SEC-leise", "pace": "at_once"}
    return admin.send(page, status, at=len(page.tree.xpath("//main//form")) - 1, **(fields | changed))


def test_a_robot_is_entered_sealed_and_shown_only_by_its_end(desk, database):
    page = enter(desk(Role.ADMIN))
    assert "oapi.dingtalk.com/…4711" in page.text
    assert "Geheim4711" not in page.text
    assert "SEC-leise" not in page.text
    with reading(database) as session:
        hook = session.scalars(select(Webhook)).one()
        assert hook.robot is Robot.DINGTALK
        assert b"Geheim" not in hook.sealed
        assert "Geheim" not in str([entry.keys for entry in session.scalars(select(AuditEntry))])


def test_a_program_is_entered_with_a_secret_of_ours_that_is_shown_once(desk, database):
    admin = desk(Role.ADMIN)
    page = enter(admin, robot="program", address="https://oa.example.cn/songbang", secret="")
    [secret] = page.tree.xpath("//output/text()")
    assert re.fullmatch("whsec_[A-Za-z0-9+/]{43}=", secret)
    assert secret not in admin.get("/console/robots").text
    assert "oa.example.cn/…bang" in admin.get("/console/robots").text
    with reading(database) as session:
        hook = session.scalars(select(Webhook)).one()
        assert (hook.robot, secret.encode() in hook.sealed) == (Robot.PROGRAM, False)


@on_sqlite_alone
@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"robot": "program", "address": "http://oa.example.cn/songbang"}, "程序的地址以 https:// 开头"),
        ({"address": "https://oapi.dingtalk.com.example.cn/robot"}, "完整复制 Webhook 地址"),
        ({"robot": "wecom"}, "完整复制 Webhook 地址"),
        ({"robot": "else"}, "请选择发给谁"),
        ({"office": ""}, "请选择机构"),
        ({"office": "999999"}, "请选择"),
        ({"address": ""}, "请填写 Webhook 地址"),
        ({"pace": "never"}, "请选择多快提醒"),
    ],
)
def test_what_cannot_be_a_robot_is_pointed_out(desk, database, database_url, changed, sentence):
    page = enter(desk(Role.ADMIN), 422, **changed)
    assert sentence in page.text
    with reading(database) as session:
        assert session.scalars(select(Webhook)).all() == []


def test_a_robot_is_tried_silenced_and_forgotten(desk, database):
    admin = desk(Role.ADMIN)
    enter(admin)
    robot = f"/console/robots/{_one(database, Webhook).id}"
    token = admin.get("/console/robots").form()[1]["csrf_token"]
    admin.post(robot, {"csrf_token": token, "step": "try"})
    assert _one(database, Outgoing).event is Event.TEST
    for step in ("silence", "silence", "speak", "silence"):  # the second is a double click
        admin.post(robot, {"csrf_token": token, "step": step})
        assert _one(database, Webhook).active is (step == "speak")
    with reading(database) as session:
        assert len(session.scalars(select(AuditEntry).where(AuditEntry.action == "webhook_changed")).all()) == 4
    admin.post(robot, {"csrf_token": token, "step": "explode"}, 404)
    assert "还没有群机器人" in admin.post(robot, {"csrf_token": token, "step": "remove"}).text
    with reading(database) as session:
        assert session.scalars(select(Outgoing)).all() == []


def _one(database, table):
    with reading(database) as session:
        return session.scalars(select(table)).one()
