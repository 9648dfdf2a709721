"""Signing in over the pages: the code after the password, where one is signed in, and what ends it."""

from __future__ import annotations

import io
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import event, select, text

from intake.db import reading, transaction
from intake.models import Message, Officer, SignIn
from intake.rules.workflow import Role
from intake.services import audit, identity
from tests import factories as make
from tests.conftest import on_sqlite_alone
from tests.web.client import Client, Page

PHONE = "Mozilla/5.0 (Linux; Android 15) Chrome/130.0 Mobile Safari/537.36"


@pytest.fixture
def officer(database, tools) -> Officer:
    with transaction(database) as session:
        return make.officer(session, tools, Role.CLERK, "321112")


def signed_in(app, officer: Officer, agent: str = PHONE) -> Client:
    client = Client(app)
    client.raw.environ_base["HTTP_USER_AGENT"] = agent
    assert client.sign_in(officer.username, make.PASSWORD).status == 200
    return client


def is_in(client: Client) -> bool:
    return client.get("/console/account").h1 == "我的账号"


def set_up(client: Client, clock) -> tuple[pyotp.TOTP, list[str]]:
    """Walk the pages that set a second factor up; returns what the phone then knows, and the recovery codes."""
    page = client.send(client.get("/console/account/second-factor"))
    phone = pyotp.TOTP("".join(page.tree.xpath("string(//output)").split()))
    assert phone.secret in page.tree.xpath("string(//a[contains(@href, 'otpauth')]/@href)")
    page = client.send(page, code=phone.at(clock.now))
    assert page.h1 == "请保存恢复码"
    clock.now += timedelta(minutes=1)
    return phone, page.tree.xpath("//li/output/text()")


def halfway(app, officer: Officer, address: str = "127.0.0.1") -> tuple[Client, Page]:
    client = Client(app)
    client.raw.environ_base["REMOTE_ADDR"] = address
    page = client.sign_in(officer.username, make.PASSWORD)
    assert page.h1 == "登录验证码"
    return client, page


def test_whoever_has_a_second_factor_is_asked_for_it_after_the_password(app, officer, clock):
    phone, codes = set_up(signed_in(app, officer), clock)
    client, page = halfway(app, officer)
    assert client.get("/console/queue").h1 == "工作人员登录", "halfway is not in"
    page = client.get("/console/sign-in/code")
    assert "验证码不对" in client.send(page, 422, code="000000").errors[0]
    assert client.send(page, code=phone.at(clock.now)).h1.startswith("待办")
    client, page = halfway(app, officer)
    client.send(page, 422, code=phone.at(clock.now))
    assert client.send(page, code=codes[0]).h1.startswith("待办")
    assert "还有 9 个恢复码" in client.get("/console/account").words
    client, page = halfway(app, officer)
    client.send(page, 422, code=codes[0])


def test_a_code_comes_soon_after_the_password_or_the_password_is_asked_again(app, officer, clock):
    phone, _ = set_up(signed_in(app, officer), clock)
    client, page = halfway(app, officer)
    clock.now += timedelta(minutes=6)
    assert client.send(page, code=phone.at(clock.now)).h1 == "工作人员登录"
    assert Client(app).get("/console/sign-in/code").h1 == "工作人员登录"


def test_a_password_that_is_changed_or_reset_does_not_let_anybody_the_rest_of_the_way_in(app, officer, clock, database, tools):
    phone, _ = set_up(signed_in(app, officer), clock)
    for change in (
        lambda session, found: identity.change_password(session, found, make.PASSWORD, "新的口令-月落乌啼霜满天-72", tools=tools),
        lambda session, found: identity.reset_password(session, found.id, by=None, tools=tools),
    ):
        with transaction(database) as session:
            session.get_one(Officer, officer.id).password_hash = officer.password_hash
        thief, page = halfway(app, officer)
        with transaction(database) as session:
            change(session, session.get_one(Officer, officer.id))
        assert thief.send(page, code=phone.at(clock.now)).h1 == "工作人员登录"
        assert not is_in(thief)


def test_codes_are_slowed_down_by_officer_wherever_they_come_from(app, officer, clock):
    phone, _ = set_up(signed_in(app, officer), clock)
    for at in range(9):  # setting it up was the first
        client, page = halfway(app, officer, f"127.0.1.{at}")
        client.send(page, 422, code="000000")
    client, page = halfway(app, officer, "127.0.2.1")
    client.send(page, 429, code=phone.at(clock.now))


@on_sqlite_alone
def test_a_stranger_without_a_password_uses_up_no_tries_but_his_own(app, officer):
    """Eleven posts to the page of the code: whoever comes from elsewhere with nothing is still shown the way to the password."""
    stranger, other = Client(app), Client(app)
    stranger.raw.environ_base["REMOTE_ADDR"] = "127.0.3.1"
    for client, tries, status in ((stranger, 10, 200), (stranger, 1, 429), (other, 1, 200)):
        token = client.get("/console/sign-in").form()[1]["csrf_token"]
        for _ in range(tries):
            client.post("/console/sign-in/code", {"csrf_token": token, "code": "1"}, status)


@on_sqlite_alone
def test_the_old_password_is_not_guessed_by_who_finds_an_officer_signed_in(app, officer, tools):
    tools.settings.values["LOGIN_PER_MINUTE"] = 2
    client, new = signed_in(app, officer), make.PASSWORD + "新"
    page = client.get("/console/password")
    for at, status in enumerate((422, 422, 429)):
        client.raw.environ_base["REMOTE_ADDR"] = f"127.0.4.{at}"
        client.send(page, status, old="guess", new=new, again=new)


def test_where_it_is_required_nothing_else_opens_until_it_is_set_up(app, officer, clock, tools):
    tools.settings.values["SECOND_FACTOR"] = "required"
    client = signed_in(app, officer)
    for address in ("/console/", "/console/queue", "/console/account", "/console/notifications"):
        page = client.get(address)
        assert (page.h1, "要求每个账号" in page.words) == ("设置登录验证码", True)
    set_up(client, clock)
    assert client.get("/console/queue").h1.startswith("待办")


def test_the_admin_resets_it_and_the_officer_is_told_when_he_signs_in(app, officer, desk, clock, database):
    client = signed_in(app, officer)
    set_up(client, clock)
    admin = desk(Role.ADMIN)
    assert "已设置" in admin.get("/console/officers").words
    page = admin.get(f"/console/officers/{officer.id}")
    button = page.tree.xpath("//form[contains(@action, 'second-factor')]")[0]
    admin.post(button.get("action"), dict(button.form_values()))
    assert not is_in(client)
    assert "在 2026 年 11 月 23 日 被管理员重置" in Client(app).sign_in(officer.username, make.PASSWORD).text
    assert "被管理员重置" not in Client(app).sign_in(officer.username, make.PASSWORD).text, "said once"
    with reading(database) as session:
        assert audit.latest(session, "factor_reset")


def test_an_officer_sees_where_he_is_signed_in_and_ends_it_there(app, officer, database, clock):
    phone = signed_in(app, officer)
    clock.now += timedelta(hours=1)
    desktop = signed_in(app, officer, "Mozilla/5.0 (Windows NT 10.0; Win64; x64)")
    third = signed_in(app, officer, "curl/8")
    page = desktop.get("/console/account")
    assert all(word in page.words for word in ("手机", "Windows 电脑（现在这台）", "其他设备"))
    ends = page.tree.xpath("//form[contains(@action, '/end') and not(contains(@action, 'others'))]")
    assert len(ends) == 2
    desktop.post(ends[-1].get("action"), dict(ends[-1].form_values()))
    assert (is_in(phone), is_in(third), is_in(desktop)) == (False, True, True)
    phone = signed_in(app, officer)
    page = phone.get("/console/account")
    others = page.tree.xpath("//form[contains(@action, 'others')]")[0]
    phone.post(others.get("action"), dict(others.form_values()))
    assert (is_in(phone), is_in(third), is_in(desktop)) == (True, False, False)
    with reading(database) as session:
        kept = str(session.execute(text("SELECT * FROM sign_in")).all())
    assert "Mozilla" not in kept and "127.0.0.1" not in kept


def test_nobody_ends_the_sign_in_of_another(app, officer, desk, database):
    mine = signed_in(app, officer)
    stranger = desk(Role.CLERK)
    with reading(database) as session:
        found = session.scalar(select(SignIn.id).where(SignIn.officer_id == officer.id))
    token = stranger.get("/console/password").form()[1]["csrf_token"]
    stranger.post(f"/console/account/sign-ins/{found}/end", {"csrf_token": token}, 404)
    assert is_in(mine)


def test_a_cookie_is_worth_nothing_after_signing_out_or_a_new_password(app, officer):
    client, other = signed_in(app, officer), signed_in(app, officer)
    stolen, taken = Client(app), client.raw.get_cookie("songbang").value
    stolen.raw.set_cookie("songbang", taken)
    assert is_in(stolen)
    page = client.get("/console/password")
    new = make.PASSWORD + "新"
    client.send(page, old=make.PASSWORD, new=new, again=new)
    assert (is_in(client), is_in(other), is_in(stolen)) == (True, False, False)
    stolen.raw.set_cookie("songbang", client.raw.get_cookie("songbang").value)
    token = client.get("/console/password").form()[1]["csrf_token"]
    client.post("/console/sign-out", {"csrf_token": token})
    assert not is_in(stolen)


def test_a_sign_in_is_over_when_it_lies_idle_and_after_a_day_at_work_in_any_case(app, officer, clock, tools):
    tools.settings.values.update(SESSION_HOURS=8, IDLE_MINUTES=60)
    client = signed_in(app, officer)
    for _ in range(8):
        clock.now += timedelta(minutes=59)
        assert is_in(client)
    clock.now += timedelta(minutes=9)
    assert not is_in(client), "eight hours after it began"
    client = signed_in(app, officer)
    clock.now += timedelta(minutes=61)
    assert not is_in(client), "idle for more than an hour"


def test_requests_write_nothing_but_once_a_minute_when_the_officer_was_here(app, officer, database, clock):
    client = signed_in(app, officer)
    written: list[str] = []
    event.listen(
        database, "before_cursor_execute", lambda *a: written.append(a[2]) if a[2].startswith("UPDATE") else None
    )
    for _ in range(3):
        client.get("/console/account")
    assert written == []
    clock.now += timedelta(seconds=61)
    for _ in range(3):
        client.get("/console/account")
    assert [statement.split()[:2] for statement in written] == [["UPDATE", "sign_in"]]


def test_the_admin_signs_an_officer_out_everywhere_and_closing_the_account_does(app, officer, desk):
    admin = desk(Role.ADMIN)
    client = signed_in(app, officer)
    token = admin.get("/console/password").form()[1]["csrf_token"]
    for end in (f"/console/officers/{officer.id}/sign-ins", f"/console/officers/{officer.id}"):
        assert is_in(client)
        admin.post(end, {"csrf_token": token, "active": "no"})
        assert not is_in(client)
        if not end.endswith("sign-ins"):
            admin.post(end, {"csrf_token": token, "active": "yes"})
        client = signed_in(app, officer)


@pytest.fixture
def asking(app, officer, database, tools) -> tuple[Client, str, Page]:
    """An officer in a browser of today before the form that asks a reporter something, and the clue's number."""
    with transaction(database) as session:
        number = make.clue(session, tools).number
    client = signed_in(app, officer)
    client.raw.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client, number, client.get(f"/console/clues/{number}?do=ask")


def questions(database) -> list[str]:
    with reading(database) as session:
        return list(session.scalars(select(Message.text)))


WORDS = "是哪个应用？\n<b>哪天</b>开始的"


def test_words_that_outlive_the_sign_in_come_back_and_are_sent_once_it_is_new(asking, app, officer, database, clock):
    """Also where the second factor is asked and its five minutes pass; nothing is done before the form is seen again."""
    phone, _ = set_up(signed_in(app, officer), clock)
    client, number, page = asking
    client.raw.delete_cookie("songbang")
    kept = client.send(page, 401, text=WORDS, pause="y")
    assert kept.h1 == "登录已到期，您写的内容还在"
    assert f"问反映人，线索 {number}" in kept.words
    assert kept.tree.xpath("//main//a[@target='_blank']/@href") == ["/console/"]
    assert "csrf_token" not in kept.form()[1]
    client.sign_in(officer.username, make.PASSWORD)
    clock.now += timedelta(minutes=6)
    kept = client.send(kept, 401)
    client.send(client.sign_in(officer.username, make.PASSWORD), code=phone.at(clock.now))
    again = client.send(kept, 422)
    assert number in again.h1 and "登录换过了" in again.words
    assert questions(database) == []
    assert again.tree.xpath("string(//textarea)").strip() == WORDS
    client.send(again)
    assert [text.replace("\r", "") for text in questions(database)] == [WORDS]


def test_signed_out_and_in_again_elsewhere_the_form_comes_back_at_once(asking, officer, database):
    client, number, page = asking
    client.post("/console/sign-out", {"csrf_token": page.form()[1]["csrf_token"]})
    client.sign_in(officer.username, make.PASSWORD)
    again = client.send(page, 422, text=WORDS)
    assert number in again.h1 and again.tree.xpath("string(//textarea)").strip() == WORDS
    assert questions(database) == []


@on_sqlite_alone
@pytest.mark.parametrize(("sent_by", "shown"), [("cross-site", False), ("same-site", False), ("none", False), ("", True)])
@pytest.mark.parametrize("ended", [True, False])
def test_what_no_page_of_ours_sent_cannot_be_sent_on(asking, database, sent_by, shown, ended):
    """An old browser, which does not say who sent it, gets the words to copy."""
    client, _, page = asking
    client.raw.environ_base["HTTP_SEC_FETCH_SITE"] = sent_by
    if not sent_by:
        del client.raw.environ_base["HTTP_SEC_FETCH_SITE"]
    if ended:
        client.raw.delete_cookie("songbang")
    refused = client.send(page, 401 if ended else 403, text=WORDS, csrf_token="x")
    assert (WORDS in refused.tree.xpath("string(//textarea[@readonly])")) == shown
    assert not refused.tree.xpath("//main//button")
    assert questions(database) == []


@on_sqlite_alone
def test_passwords_and_files_never_come_back(asking, app, desk):
    client, number, _ = asking
    client.raw.delete_cookie("songbang")
    kept = client.post("/console/password", {"old": make.PASSWORD, "new": make.PASSWORD}, 401)
    assert kept.h1 == "登录已到期" and make.PASSWORD not in kept.text
    note = {"text": WORDS, "files": (io.BytesIO(b"%PDF-"), "证据.pdf")}
    assert "请重新选" in client.post(f"/console/clues/{number}/note", note, 401).words
    assert client.post(f"/console/clues/{number}/moon", {"text": WORDS}, 401).h1 == "登录已到期"


@on_sqlite_alone
def test_behind_an_https_proxy_forms_are_taken_though_our_pages_send_no_referrer(app, officer):
    inner = app.wsgi_app
    app.wsgi_app = lambda environ, start: inner(environ | {"wsgi.url_scheme": "https"}, start)
    client = Client(app)
    assert client.sign_in(officer.username, make.PASSWORD).h1.startswith("待办")
