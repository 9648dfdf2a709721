"""flask keys: what an operator types to make, hand on and change the key of contact data."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete
from sqlalchemy.exc import OperationalError

from intake import config, sealing
from intake.db import reading, transaction
from intake.errors import ConfigError
from intake.models import Contact, ContactKey
from intake.rules.workflow import Role
from intake.services import contacts, keys
from intake.tools import Tools
from tests import factories as make
from tests.conftest import CONTACT_PRIVATE, on_sqlite_alone


@pytest.fixture
def keys_command(app):
    """flask keys … on this test's installation; returns what was printed."""

    def run(*words: str, typed: str = "", code: int = 0) -> str:
        done = app.test_cli_runner().invoke(args=["keys", *words], input=f"{typed}\n")
        assert done.exit_code == code, done.output
        return done.output

    return run


def shown(output: str) -> str:
    """The private key that was printed to be written down."""
    return re.search(r"(?:\w{4}-){12}\w{4}", output)[0]


def test_a_key_in_a_file_is_made_used_and_changed(database, tools, keys_command):
    path = tools.settings.text("CONTACT_KEY_FILE")
    with transaction(database) as session:
        session.execute(delete(ContactKey))
    assert "请运行 flask keys make" in keys_command("status")
    keys_command("make")
    assert sealing.read_keys(path) == (CONTACT_PRIVATE,), "a file that is there is used"
    with transaction(database) as session:
        clue_id = make.clue(session, tools, contact={"name": "王某", "way": "1"}).id
    assert "重新加密 1 份" in keys_command("rotate")
    assert CONTACT_PRIVATE not in sealing.read_keys(path)
    assert "能打开联系方式" in keys_command("status")
    assert "被人换过" not in keys_command("status")
    with reading(database) as session:
        assert contacts.from_file(session, clue_id, tools)["name"] == "王某"
    sealing.write_keys(path, [CONTACT_PRIVATE])
    assert "打不开联系方式" in keys_command("status")
    assert "不是现在使用的密钥" in keys_command("rotate", typed=sealing.spoken(bytes(32)), code=1)
    assert sealing.read_keys(path) == (CONTACT_PRIVATE,), "nothing is written before the key is known to fit"


def test_a_change_that_failed_is_given_again_and_loses_no_key(database, tools, keys_command, monkeypatch):
    path = tools.settings.text("CONTACT_KEY_FILE")
    with transaction(database) as session:
        clue_id = make.clue(session, tools, contact={"name": "王某"}).id

    def fails(*_, **__):
        raise OperationalError("", {}, Exception("canceling statement due to lock timeout"))

    with monkeypatch.context() as patch:
        patch.setattr(keys, "rotate", fails)
        for _ in range(2):
            assert "数据库用不了" in keys_command("rotate", code=1)
    assert CONTACT_PRIVATE in sealing.read_keys(path)
    assert "重新加密 1 份" in keys_command("rotate")
    assert len(sealing.read_keys(path)) == 1
    with reading(database) as session:
        assert contacts.from_file(session, clue_id, tools) == {"name": "王某"}


def test_a_key_kept_by_passwords_is_shown_once_and_handed_on(app, database, settings, clock, keys_command):
    app.extensions["tools"] = public = Tools(config.load(settings | {"CONTACT_KEY_FILE": ""}), clock=clock)
    written = shown(keys_command("rotate", typed=sealing.spoken(CONTACT_PRIVATE)))
    assert "没有改动" in keys_command("make")
    with transaction(database) as session:
        username = make.officer(session, public, Role.HANDLER, "321112", "cyberspace").username
        clerk = make.officer(session, public, Role.CLERK, "321112").username
    assert "已授权 0 人" in keys_command("status")
    assert "请核对有没有抄错" in keys_command("grant", username, typed="ABCD", code=1)
    assert "不是现在使用的密钥" in keys_command("grant", username, typed=sealing.spoken(CONTACT_PRIVATE), code=1)
    for nobody in (clerk, "nobody"):
        assert "先登录一次" in keys_command("grant", nobody, typed=written, code=1)
    keys_command("grant", username, typed=written)
    assert "已授权 1 人" in keys_command("status")


def test_reseal_takes_the_old_key_away_when_nothing_needs_it(database, tools, keys_command):
    old = contacts.old_key_file(tools)
    with transaction(database) as session:
        clue = make.clue(session, tools, contact={"name": "王某", "way": "1"})
        contact = session.get_one(Contact, clue.id)
        contact.key_id, contact.sealed = None, sealing.seal(bytes(32), clue.number, {"name": "王某", "way": "1"})
    assert "旧的加密方式还有 1 份" in keys_command("status")
    assert "请从备份恢复" in keys_command("reseal", code=1)
    old.write_bytes(bytes(32))
    assert "重新加密 1 份，旧的加密方式还有 0 份" in keys_command("reseal")
    assert not old.exists()


def test_the_first_start_lets_the_first_officers_open_and_shows_the_key_once(app, database, settings, clock):
    app.extensions["tools"] = Tools(config.load(settings | {"CONTACT_KEY_FILE": ""}), clock=clock)
    with transaction(database) as session:
        session.execute(delete(ContactKey))
    first, second = (app.test_cli_runner().invoke(args=["init"]).output for _ in range(2))
    private = sealing.heard(shown(first))
    assert "只显示这一次" not in second
    with reading(database) as session:
        assert sealing.public_of(private) == contacts.current_key(session).public
        assert keys.granted(session) == len(keys.OPENERS)


@on_sqlite_alone
def test_a_key_beside_what_it_opens_stops_the_start(settings):
    beside = f"{settings['INSTANCE']}/contact.private"
    with pytest.raises(ConfigError, match="数据目录"):
        config.load(settings | {"CONTACT_KEY_FILE": beside})
