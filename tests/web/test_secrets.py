"""Keys are changed while people work: what the old key made is good until it is dropped, and nothing sealed is lost."""

from __future__ import annotations

import errno

import pyotp
import pytest

from intake import config, create_app
from intake.db import transaction
from intake.models import Pace, Robot, SecondFactor, Webhook
from intake.rules.workflow import Role
from intake.services import factors, webhooks
from tests import factories as make
from tests.web.client import Client

ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"


@pytest.fixture
def command(settings, database, clock):
    """Run `flask secrets …` in an application of its own, as a restarted process; returns the application after it."""

    def run(*words: str):
        operator = create_app(settings)
        operator.test_cli_runner().invoke(args=["secrets", *words], catch_exceptions=False)
        operator.extensions["engine"].dispose()
        again = create_app(settings)
        again.extensions["engine"].dispose()
        again.extensions["tools"].clock = clock
        again.extensions["engine"] = database
        return again

    return run


def moved(client: Client, app) -> Client:
    """The browser of `client` in front of another process."""
    other = Client(app)
    other.raw.set_cookie("songbang", client.raw.get_cookie("songbang").value)
    return other


def test_cookies_forms_and_what_is_sealed_outlast_the_old_key_until_it_is_dropped(app, database, tools, clock, command):
    with transaction(database) as session:
        officer = make.officer(session, tools, Role.CLERK, "321112")
        factors.begin(session, officer, tools=tools)
        phone = pyotp.TOTP(factors.begun(session, officer.id, tools=tools))
        office = str(officer.office_id)
        hook = webhooks.add(session, office, Robot.WECOM, ROBOT, "s", Pace.AT_ONCE, by=officer.id, tools=tools)
    client = Client(app)
    client.sign_in(officer.username, make.PASSWORD)
    form = client.get("/console/account/second-factor")
    before = {name: config.read_keys(tools.settings.instance, name) for name in config.CHANGING_KEYS}

    rotated = command("rotate")
    there = moved(client, rotated)
    filled = form.form()[1] | {"code": phone.at(clock.now)}
    confirmed = there.post("/console/account/second-factor", filled)
    assert confirmed.h1 == "请保存恢复码", "cookie, form and secret of the old keys"
    fresh = moved(there, rotated)
    assert fresh.get("/console/account").h1 == "我的账号"

    dropped = command("drop")
    with transaction(database) as session:
        kept = dropped.extensions["tools"]
        assert webhooks.opened(session.get_one(Webhook, hook.id), kept) == (ROBOT, "s")
        assert factors._secret(session.get_one(SecondFactor, officer.id), kept) == phone.secret
    assert moved(client, dropped).get("/console/account").h1 == "工作人员登录", "a cookie of the old key"
    for name, old in before.items():
        now = config.read_keys(tools.settings.instance, name)
        assert len(now) == 1 and now != old
        assert (tools.settings.instance / name).stat().st_mode & 0o777 == 0o600
    assert "没有旧密钥" in dropped.test_cli_runner().invoke(args=["secrets", "drop"]).output


def test_a_crash_before_the_old_keys_go_loses_nothing(database, tools, command, monkeypatch):
    with transaction(database) as session:
        officer = make.officer(session, tools, Role.CLERK, "321112")
        factors.begin(session, officer, tools=tools)
    rotated = command("rotate")
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(config, "write_keys", lambda *_: (_ for _ in ()).throw(full))
    assert "磁盘满了" in rotated.test_cli_runner().invoke(args=["secrets", "drop"]).output
    with transaction(database) as session:
        assert factors.locked(session, tools=rotated.extensions["tools"]) == 0


def test_a_key_file_of_another_length_stops_the_start(tools):
    (tools.settings.instance / "factor.key").write_bytes(b"x" * 33)
    with pytest.raises(config.ConfigError, match="已损坏"):
        config.read_keys(tools.settings.instance, "factor.key")
