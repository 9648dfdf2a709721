"""What the reporter is told of what is kept is what the settings say, and a mail address is asked for where it can be used."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from intake import config
from intake.db import reading, transaction
from intake.models import Clue, Contact, ContactKey, KeyKept
from intake.rules.workflow import Role
from intake.services import contacts
from intake.tools import Tools
from tests import factories as make
from tests.conftest import on_sqlite_alone
from tests.web.client import Client

MAIL = {"SMTP_HOST": "127.0.0.1", "SMTP_TLS": "none", "SMTP_FROM": "songbang@example.cn"}
PLACE = {"place1": "320000", "place2": "321100", "place3": "321112", "listed": "321112"}
NAMED = {"named": "y", "contact_name": "王某", "contact_way": "13800000000"}
ASKS_MAIL = "有新消息时发邮件到"


@pytest.fixture
def client(app):
    return Client(app)


@pytest.fixture
def put(app, settings, clock):
    """Put other settings in force."""

    def put(**changed: object) -> None:
        app.extensions["tools"] = Tools(config.load(settings | changed), clock=clock)

    return put


def third_page(client):
    page = client.send(client.get("/clues/new"), button="next", text=make.STORY)
    return client.send(page, button="next", **PLACE)


@pytest.mark.parametrize(
    ("settings_now", "kept", "says", "says_not"),
    [
        ({"OPERATOR": "镇江市委层面机制办"}, KeyKept.FILE, ["镇江市委层面机制办", "都能读到这个文件", "180 天"], ["尚未填写"]),
        ({"CONTACT_KEY_FILE": ""}, KeyKept.FILE, ["您现在用的这个网站没有私钥", "不给反映人发邮件"], ["都能读到"]),
        ({"CONTACT_KEY_FILE": ""} | MAIL, KeyKept.PASSWORDS, ["由获得授权的承办人、审核人的密码保管", "不给反映人发邮件"], ["文件里"]),
        (MAIL | {"CONTACT_DAYS": 90}, KeyKept.FILE, ["各发一封邮件", "90 天后自动删除"], ["180 天", "不给反映人"]),
        ({"CODE_MISSES": 7, "RATE_STORE": "memory://"}, None, ["查错 7 次以后", "只放在内存里", "只接受匿名反映"], ["私钥"]),
        ({"RATE_STORE": "redis://127.0.0.1"}, KeyKept.FILE, ["放在计数服务器里"], ["只放在内存里"]),
    ],
)  # fmt: skip
@on_sqlite_alone
def test_the_privacy_page_says_what_is_set(client, put, database, settings_now, kept, says, says_not):
    put(**settings_now)
    with transaction(database) as session:
        if kept is None:
            session.execute(delete(ContactKey))
        else:
            session.scalars(select(ContactKey)).one().kept = kept
    words = client.get("/privacy").words
    assert [one for one in says if one not in words] == []
    assert [one for one in says_not if one in words] == []


def test_a_mail_address_is_asked_for_where_a_worker_can_use_it_and_sealed_with_the_rest(client, put, database, app):
    assert ASKS_MAIL not in third_page(client).words
    put(**MAIL)
    page = third_page(client)
    assert ASKS_MAIL in page.words
    assert "只写“您的查询码下有新消息”" in page.words
    page = client.send(page, status=422, button="next", **NAMED, contact_mail="wang@home")
    assert page.errors == ["请填写完整的电子邮箱，例如 name@example.cn；不想收邮件就空着"]
    assert page.tree.xpath("//input[@name='contact_way']/@value") == ["13800000000"]
    page = client.send(page, button="next", contact_mail="wang@home.example", contact_way="")
    assert "有新消息时发邮件到 wang@home.example" in page.words
    assert client.send(page, button="send").h1 == "线索已收到"
    with reading(database) as session:
        clue_id = session.scalar(select(Clue.id))
        contact = session.get_one(Contact, clue_id)
        assert contact.wants_news
        assert b"wang@" not in contact.sealed
        opened = contacts.from_file(session, clue_id, app.extensions["tools"])
        assert opened == {"name": "王某", "way": "", "mail": "wang@home.example"}


@on_sqlite_alone
def test_a_clerk_takes_down_where_to_write_only_where_it_can_be_used(put, desk):
    clerk = desk(Role.CLERK)
    assert ASKS_MAIL not in clerk.get("/console/clues/new").words
    put(**MAIL)
    assert ASKS_MAIL in clerk.get("/console/clues/new").words


@on_sqlite_alone
def test_without_a_key_no_contact_is_asked_for(client, database):
    with transaction(database) as session:
        session.execute(delete(ContactKey))
    page = third_page(client)
    assert "联系方式" not in page.words
    assert client.send(client.send(page, button="next"), button="send").h1 == "线索已收到"


@on_sqlite_alone
def test_who_sees_what_one_says_to_be_is_told_where_it_is_asked_and_on_the_privacy_page(client):
    page = third_page(client)
    assert "承办单位也看得到；您单位这样的人少，就选“不说明”" in page.tree.xpath("string(//*[@id='reporter_kind-hint'])")
    assert "承办单位看得到这些，包括您选的身份" in client.get("/privacy").words
