"""Signing in through an identity provider: the way there and back, links, the second factor, and everything that can go wrong."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import urllib3
from joserfc.jwk import OctKey, RSAKey
from sqlalchemy import select, update

from intake import labels, oidc
from intake.db import reading, transaction
from intake.errors import ProviderFailed
from intake.models import AuditEntry, ContactKey, KeyKept, Officer, ProviderLink
from intake.rules.workflow import Action, Role
from intake.services import identity, keys, linking
from tests import factories as make
from tests.conftest import CONTACT_PRIVATE, on_sqlite_alone
from tests.dawdlers import dripping
from tests.identity_provider import SECRET, IdentityProvider, slow
from tests.web.client import Client, Page

BACK = "http://127.0.0.1:8000/console/sign-in/provider/answer"
SUBJECT = "f47ac10b-58cc"
#: For what a database makes no difference to.


@pytest.fixture
def provider(tools, clock):
    found = IdentityProvider(clock)
    found.client.backs.append(BACK)
    found.subject = SUBJECT
    tools.settings.values.update(found.settings())
    yield found
    found.close()


@pytest.fixture
def officer(database, tools, provider) -> Officer:
    """A clerk who has linked the account."""
    with transaction(database) as session:
        made = make.officer(session, tools, Role.CLERK, "321112")
        linking.link(session, made.id, SUBJECT, tools=tools)
        return made


def sent(client: Client, target: str = "") -> str:
    """Press the button on the sign-in page; the address at the provider."""
    page = client.get(f"/console/sign-in?next={target}" if target else "/console/sign-in")
    answer = client.raw.get(page.links("sign-in/provider")[0])
    assert answer.status_code == 303
    return answer.headers["Location"]


def at_provider(address: str) -> str:
    """What the browser does there; the address, without host, that the provider sends it back to."""
    answer = urllib3.request("GET", address, redirect=False)
    assert answer.status in (302, 303), answer.data[:300]
    back = answer.headers["Location"]
    assert back.startswith(BACK)
    return back.removeprefix("http://127.0.0.1:8000")


def come_in(client: Client, target: str = "") -> Page:
    return client.get(at_provider(sent(client, target)))


def is_in(client: Client) -> bool:
    return client.get("/console/account").h1 == "我的账号"


def refusal(page: Page) -> str:
    assert page.h1 == "工作人员登录"
    return page.tree.xpath("string(//main/p[@role='alert'])")


def actions(database) -> list[tuple[str, dict]]:
    with reading(database) as session:
        return [(e.action, e.keys) for e in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]


def test_without_a_provider_nothing_of_it_is_shown_or_answers(app, desk):
    client, admin = Client(app), desk(Role.ADMIN)
    assert "provider" not in client.get("/console/sign-in").text
    assert "统一身份认证" not in admin.get("/console/account").text + admin.get("/console/officers").text
    for address in ("/console/sign-in/provider", "/console/sign-in/provider/answer?state=x", "/console/signed-out"):
        assert client.raw.get(address).status_code == 404


def test_a_linked_officer_comes_in_where_he_wanted_to_go(app, officer, provider, database):
    client = Client(app)
    asked = parse_qs(urlsplit(address := sent(client, "/console/notifications")).query)
    assert (asked["code_challenge_method"], asked["scope"], asked["response_type"]) == (["S256"], ["openid"], ["code"])
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    back = at_provider(address)
    answer = client.raw.get(back)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/console/notifications")
    assert is_in(client)
    assert actions(database)[-1] == ("signed_in", {"way": "provider"})
    assert SUBJECT not in client.raw.get_cookie("songbang").value
    sent_to_token = next(fields for name, fields in provider.asked if name == "token")
    assert "client_secret" not in sent_to_token and sent_to_token["code_verifier"]


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/console/../../x", "/\\evil"])
@on_sqlite_alone
def test_the_way_back_leads_only_inside_the_console(app, officer, target):
    client = Client(app)
    answer = client.raw.get(at_provider(sent(client, target)))
    assert answer.headers["Location"].startswith("/console/")


def misbehave(provider: IdentityProvider, how: str) -> None:
    wrong = {
        "nonce": {"nonce": "another"}, "audience": {"aud": ["another"]}, "issuer": {"iss": "https://other.example"},
        "token_expired": {"exp": int(provider.clock().timestamp()) - 3600}, "party": {"aud": ["songbang", "b"], "azp": "b"},
        "no-subject": {"sub": ""}, "odd-subject": {"sub": ["x"]}, "odd-expiry": {"exp": "soon"},
        "later": {"iat": int(provider.clock().timestamp()) + 7200}, "odd-amr": {"amr": "otp"}, "at-hash": {"at_hash": "AAAA"},
    }  # fmt: skip
    provider.claims.update(wrong.get(how, {}))
    if how == "signature":
        provider.foreign_key = RSAKey.generate_key(2048)
    if how == "none":
        provider.algorithm = "none"
    if how == "shared-secret":
        provider.algorithm, provider.foreign_key = "HS256", OctKey.import_key(SECRET)
    if how == "denied":
        provider.error = "access_denied"
    if how == "other-error":
        provider.error = "temporarily_unavailable"
    if how in ANSWERS:
        provider.instead[ANSWERS[how][0]] = ANSWERS[how][1]


ANSWERS = {
    "broken": ("token", lambda: ("oops", 500)),
    "no-json": ("token", lambda: "<html>"),
    "no-object": ("token", lambda: "[]"),
    "no-token": ("token", lambda: "{}"),
    "rubbish-token": ("token", lambda: json.dumps({"id_token": "a.b.c"})),
    "redirects": ("token", lambda: ("", 302, {"Location": "http://127.0.0.1:1/"})),
    "refuses-code": ("token", lambda: ('{"error": "invalid_grant"}', 400)),
    "huge": ("token", lambda: " " * (oidc.LARGEST + 1)),
    "slow": ("token", slow(0.8)),
    "no-keys": ("keys", lambda: '{"keys": 5}'),
    "keys-down": ("keys", lambda: ("", 503)),
}
ENDS = {
    "nonce": "nonce", "audience": "audience", "party": "audience", "issuer": "issuer", "token_expired": "token_expired",
    "no-subject": "token", "odd-subject": "token", "odd-expiry": "token_expired", "later": "token", "odd-amr": "token",
    "at-hash": "token", "signature": "signature", "none": "signature", "shared-secret": "signature", "denied": "denied",
    "other-error": "provider_error", "broken": "unreachable", "no-json": "metadata", "no-object": "metadata",
    "no-token": "signature", "rubbish-token": "signature", "redirects": "code", "refuses-code": "code",
    "huge": "unreachable", "slow": "unreachable", "no-keys": "metadata", "keys-down": "unreachable",
}  # fmt: skip


@on_sqlite_alone
@pytest.mark.parametrize("how", ENDS)
def test_whatever_a_provider_does_wrong_ends_in_a_sentence_and_a_log_line(app, officer, provider, how, monkeypatch, capsys):
    monkeypatch.setattr(oidc, "SECONDS", 0.4 if how == "slow" else 5.0)
    client = Client(app)
    address = sent(client)
    misbehave(provider, how)
    assert refusal(client.get(at_provider(address))) == labels.PROVIDER_PROBLEMS[ENDS[how]]
    assert not is_in(client)
    logged = capsys.readouterr().err
    assert re.search(rf'"problem": "{ENDS[how]}"', logged)
    assert SUBJECT not in logged and officer.username not in logged
    assert client.get("/console/sign-in").tree.xpath("//main/p[@role='alert']") == [], "said once"


CAUSES = {
    "gone": (lambda p: p.close(), "连不上"),
    "no such realm": (lambda p: p.instead.update(discovery=lambda: ("no such realm", 404)), "回答 404"),
    "a page": (lambda p: p.instead.update(discovery=lambda: "<html>"), "不是平台的公开设置"),
    "another issuer": (lambda p: p.metadata.update(issuer="https://login.example.cn/"), "签发地址是 https://login.example.cn/"),
    "elsewhere": (lambda p: p.metadata.update(token_endpoint="https://api.example.cn/t"), "把 https://api.example.cn 写进 SONGBANG_OIDC_ORIGINS"),
    "no endpoint": (lambda p: p.metadata.update(token_endpoint=None), "没有 token_endpoint"),
    "no keys": (lambda p: p.instead.update(keys=lambda: {"keys": "none"}), "没有能用的公钥"),
}


@on_sqlite_alone
@pytest.mark.parametrize("how", CAUSES)
def test_the_operator_reads_the_callback_and_what_is_wrong_with_the_provider(app, provider, how):
    done = app.test_cli_runner().invoke(args=["check-oidc"])
    assert (done.exit_code, BACK in done.output, "都能取到" in done.output) == (0, True, True), done.output
    spoil, cause = CAUSES[how]
    spoil(provider)
    done = app.test_cli_runner().invoke(args=["check-oidc"])
    assert done.exit_code == 1 and BACK in done.output and cause in done.output, (done.output, done.exception)


def test_a_provider_that_drips_its_answer_is_left_when_the_time_is_over(monkeypatch):
    monkeypatch.setattr(oidc, "SECONDS", 0.3)
    with dripping() as origin:
        provider, began = oidc.Provider(origin, "songbang", "openid", (), (), (), "", b""), time.monotonic()
        with pytest.raises(ProviderFailed, match="unreachable"):
            provider.try_out()
        assert time.monotonic() - began < 3


@on_sqlite_alone
@pytest.mark.parametrize("how", ["down", "busy", "other-issuer", "elsewhere", "no-endpoint"])
def test_a_provider_that_cannot_be_asked_ends_in_a_sentence_at_once(app, officer, provider, how, monkeypatch):
    expected = {"down": "unreachable", "busy": "busy"}.get(how, "metadata")
    if how == "down":
        provider.instead["discovery"] = lambda: ("", 503)
    if how == "busy":
        monkeypatch.setattr(oidc, "AT_ONCE", 0)
    provider.metadata = {
        "other-issuer": {"issuer": "http://127.0.0.1:1"}, "no-endpoint": {"jwks_uri": None},
        "elsewhere": {"token_endpoint": "http://127.0.0.1:1/token"},
    }.get(how, {})  # fmt: skip
    client = Client(app)
    page = client.get("/console/sign-in")
    assert refusal(client.get(page.links("sign-in/provider")[0])) == labels.PROVIDER_PROBLEMS[expected]
    assert client.sign_in(officer.username, make.PASSWORD).h1.startswith("待办"), "the password still opens"


@on_sqlite_alone
def test_a_provider_that_is_gone_ends_in_a_sentence(app, officer, provider):
    client = Client(app)
    back = at_provider(sent(client))
    provider.close()
    assert refusal(client.get(back)) == labels.PROVIDER_PROBLEMS["unreachable"]


@on_sqlite_alone
def test_an_answer_belongs_to_the_session_that_asked_and_holds_once(app, officer, provider, clock):
    client, thief = Client(app), Client(app)
    back = at_provider(sent(client))
    for wrong in (back.replace("state=", "state=x"), "/console/sign-in/provider/answer", f"{back[: back.index('?')]}?code=x"):
        assert refusal(client.get(wrong)) == labels.PROVIDER_PROBLEMS["state"]
    assert refusal(thief.get(back)) == labels.PROVIDER_PROBLEMS["state"]
    sent(thief)
    assert refusal(thief.get(back)) == labels.PROVIDER_PROBLEMS["state"]
    assert refusal(Client(app).get(back)) == labels.PROVIDER_PROBLEMS["state"]
    client.get(back)
    assert is_in(client)
    again = Client(app)
    again.raw.set_cookie("songbang", client.raw.get_cookie("songbang").value)
    token = client.get("/console/password").form()[1]["csrf_token"]
    client.post("/console/sign-out", {"csrf_token": token})
    assert refusal(client.get(back)) == labels.PROVIDER_PROBLEMS["state"]


@on_sqlite_alone
def test_an_answer_of_another_issuer_and_one_that_comes_late_are_refused(app, officer, clock):
    client = Client(app)
    assert refusal(client.get(at_provider(sent(client)) + "&iss=https://other.example")) == labels.PROVIDER_PROBLEMS["issuer"]
    back = at_provider(sent(client))
    clock.now += timedelta(minutes=11)
    assert refusal(client.get(back)) == labels.PROVIDER_PROBLEMS["expired"]


@on_sqlite_alone
def test_a_code_that_was_taken_before_does_not_hold_in_the_session_that_asked_for_it(app, officer):
    """The session's cookie of before is put back, as somebody who copied it would."""
    client = Client(app)
    back = at_provider(sent(client))
    before = client.raw.get_cookie("songbang").value
    client.get(back)
    replay = Client(app)
    replay.raw.set_cookie("songbang", before)
    assert refusal(replay.get(back)) == labels.PROVIDER_PROBLEMS["code"]


@on_sqlite_alone
def test_a_key_that_the_provider_changed_in_the_middle_is_fetched_and_the_old_one_forgotten(app, officer, provider):
    assert come_in(Client(app)).h1.startswith("待办")
    fetched = [name for name, _ in provider.asked].count("keys")
    assert come_in(Client(app)).h1.startswith("待办")
    assert [name for name, _ in provider.asked].count("keys") == fetched, "kept while they hold"
    client, old = Client(app), provider.key
    back = at_provider(sent(client))
    provider.rotate()
    assert client.get(back).h1.startswith("待办")
    provider.foreign_key = old
    assert refusal(come_in(Client(app))) == labels.PROVIDER_PROBLEMS["signature"]


def test_a_subject_nobody_has_and_an_account_that_is_closed_read_alike(app, officer, provider, database, tools, desk):
    client = Client(app)
    provider.claims = {"email": "someone@example.cn", "email_verified": True, "preferred_username": officer.username}
    provider.subject = "somebody else"
    unknown = refusal(come_in(client))
    assert unknown == labels.PROVIDER_PROBLEMS["unknown"]
    provider.subject = SUBJECT
    with transaction(database) as session:
        identity.switch_officer(session, officer.id, False, by=None, tools=tools)
    assert refusal(come_in(client)) == unknown
    assert not is_in(client)


def test_an_officer_links_the_account_with_the_password_and_the_provider_and_takes_it_back(app, provider, desk, database):
    client = desk(Role.CLERK)
    page = client.get(client.get("/console/account").links("account/provider")[0])
    assert "密码不对" in client.send(page, 422, password="wrong").errors[0]
    page = client.send(page, password=make.PASSWORD)
    address = page.links("/authorize")[0]
    assert parse_qs(urlsplit(address).query)["prompt"] == ["login"]
    assert "已经关联，可以用它登录" in client.get(at_provider(address)).words
    other = Client(app)
    assert come_in(other).h1.startswith("待办")
    page = client.get("/console/account")
    button = page.tree.xpath("//form[contains(@action, 'provider/unlink')]")[0]
    client.post(button.get("action"), dict(button.form_values()))
    assert (is_in(client), is_in(other)) == (True, False)
    assert refusal(come_in(other)) == labels.PROVIDER_PROBLEMS["unknown"]
    assert [a for a, _ in actions(database) if "provider" in a] == ["provider_linked", "provider_unlinked"]


def test_what_one_officer_has_linked_no_other_can(app, officer, desk, database):
    client = desk(Role.HANDLER)
    page = client.send(client.get("/console/account/provider"), password=make.PASSWORD)
    page = client.get(at_provider(page.links("/authorize")[0]))
    assert page.h1 == "我的账号" and "已经关联了别的账号" in page.text
    admin = desk(Role.ADMIN)
    with reading(database) as session:
        other = session.scalar(select(Officer.id).where(Officer.role == Role.HANDLER))
        assert session.scalars(select(ProviderLink.officer_id)).all() == [officer.id]
    page = admin.get(f"/console/officers/{other}/provider")
    assert "已经关联了别的账号" in admin.send(page, 422, subject=SUBJECT).errors[0]
    assert "sub" in admin.send(page, 422, subject="a b").errors[0]


@on_sqlite_alone
def test_a_link_begun_by_one_officer_is_not_finished_by_another(app, provider, desk):
    client = desk(Role.CLERK)
    page = client.send(client.get("/console/account/provider"), password=make.PASSWORD)
    back = at_provider(page.links("/authorize")[0])
    with client.raw.session_transaction() as session:
        del session["_user_id"]
    assert refusal(client.get(back)) == labels.PROVIDER_PROBLEMS["link_lost"]


def test_what_the_admin_enters_holds_once_the_officer_has_shown_the_password(app, provider, desk, database, tools):
    with transaction(database) as session:
        officer = make.officer(session, tools, Role.CLERK, "321112")
    before, admin = Client(app), desk(Role.ADMIN)
    before.sign_in(officer.username, make.PASSWORD)
    page = admin.get(admin.get(f"/console/officers/{officer.id}").links("/provider")[0])
    admin.send(page, at=-1, subject=SUBJECT)
    assert not is_in(before)
    client = Client(app)
    page = come_in(client, "/console/notifications")
    assert page.h1 == "确认是本人"
    assert not is_in(client), "the admin's word alone opens nothing"
    page = come_in(client, "/console/notifications")
    assert "密码不对" in client.send(page, 422, password="guess").errors[0]
    client.at = "/console/sign-in/provider/confirm?next=/console/notifications"
    assert client.send(page, password=make.PASSWORD).h1 != "确认是本人"
    assert is_in(client)
    assert come_in(Client(app)).h1.startswith("待办")
    assert "已关联" in admin.get("/console/officers").words
    page = admin.get(f"/console/officers/{officer.id}/provider")
    admin.send(page)
    assert not is_in(client)
    assert refusal(come_in(client)) == labels.PROVIDER_PROBLEMS["unknown"]
    assert [k for a, k in actions(database) if a == "provider_linked"] == [
        {"officer": officer.id, "confirmed": False}, {"officer": officer.id, "confirmed": True}
    ]  # fmt: skip


@on_sqlite_alone
def test_what_the_admin_changed_in_between_is_not_confirmed(app, provider, database, tools):
    with transaction(database) as session:
        officer = make.officer(session, tools, Role.CLERK, "321112")
        admin = make.officer(session, tools, Role.ADMIN, "321112")
        linking.enter(session, officer.id, SUBJECT, by=admin.id, tools=tools)
    client = Client(app)
    page = come_in(client)
    with transaction(database) as session:
        session.execute(update(ProviderLink).values(subject="another"))
    assert refusal(client.send(page, password=make.PASSWORD)) == labels.PROVIDER_PROBLEMS["unknown"]


def second_factor(app, officer: Officer, clock) -> pyotp.TOTP:
    client = Client(app)
    client.sign_in(officer.username, make.PASSWORD)
    page = client.send(client.get("/console/account/second-factor"))
    phone = pyotp.TOTP("".join(page.tree.xpath("string(//output)").split()))
    client.send(page, code=phone.at(clock.now))
    clock.now += timedelta(minutes=1)
    return phone


def test_our_second_step_follows_unless_the_providers_own_counts_and_was_seen(app, officer, provider, clock, tools):
    phone = second_factor(app, officer, clock)
    client = Client(app)
    provider.claims = {"amr": ["pwd", "otp"], "acr": "high"}
    page = come_in(client)
    assert page.h1 == "登录验证码", "no setting says that it counts"
    assert client.send(page, code=phone.at(clock.now)).h1.startswith("待办")
    tools.settings.values.update(OIDC_AMR="otp,mfa")
    assert come_in(Client(app)).h1.startswith("待办")
    tools.settings.values.update(OIDC_AMR="", OIDC_ACR="high, higher")
    client = Client(app)
    assert parse_qs(urlsplit(address := sent(client)).query)["acr_values"] == ["high higher"]
    assert client.get(at_provider(address)).h1.startswith("待办")
    provider.claims = {"amr": ["pwd"], "acr": "low"}
    assert come_in(Client(app)).h1 == "登录验证码", "asked for and not given"


@on_sqlite_alone
def test_where_a_second_factor_is_required_the_providers_spares_setting_up_ours(app, officer, provider, tools):
    tools.settings.values.update(SECOND_FACTOR="required", OIDC_AMR="otp")
    assert come_in(Client(app)).h1 == "设置登录验证码"
    provider.claims = {"amr": ["otp"]}
    client = Client(app)
    assert come_in(client).h1.startswith("待办")
    assert is_in(client)


def test_a_role_that_signs_in_through_the_provider_alone_has_no_use_of_the_password(app, officer, desk, tools, capsys):
    tools.settings.values.update(OIDC_ONLY="clerk,lead")
    client = Client(app)
    page = client.send(client.get("/console/sign-in"), 422, username=officer.username, password=make.PASSWORD)
    assert page.errors == [labels.PROVIDER_PROBLEMS["only"]]
    logged = capsys.readouterr().err
    assert '"problem": "only"' in logged and officer.username not in logged
    wrong = client.send(client.get("/console/sign-in"), 422, username=officer.username, password="x")
    assert wrong.errors == ["登录名或密码不对，请核对大小写"], "only who knows the password hears of it"
    assert come_in(client).h1.startswith("待办")
    page = client.get("/console/account")
    assert not page.tree.xpath("//form[contains(@action, 'unlink')]")
    token = client.get("/console/password").form()[1]["csrf_token"]
    client.post("/console/account/provider/unlink", {"csrf_token": token}, 409)
    assert desk(Role.ADMIN), "the admin's password opens"


@on_sqlite_alone
def test_sign_ins_of_the_provider_end_like_all_others(app, officer, provider, clock, tools):
    tools.settings.values.update(SESSION_HOURS=8, IDLE_MINUTES=60)
    client = Client(app)
    come_in(client)
    clock.now += timedelta(minutes=61)
    assert not is_in(client)
    come_in(client)
    stolen = Client(app)
    stolen.raw.set_cookie("songbang", client.raw.get_cookie("songbang").value)
    token = client.get("/console/password").form()[1]["csrf_token"]
    page = client.post("/console/sign-out", {"csrf_token": token})
    assert page.h1 == "已经退出" and not is_in(stolen)
    [address] = page.links("/end")
    asked = parse_qs(urlsplit(address).query)
    assert asked == {"client_id": ["songbang"], "post_logout_redirect_uri": ["http://127.0.0.1:8000/console/sign-in"]}
    provider.instead["discovery"] = lambda: ("", 503)
    oidc._provider.cache_clear()
    assert "请到统一身份认证平台上退出" in client.get("/console/signed-out").words


@on_sqlite_alone
def test_contact_data_sealed_to_a_password_still_asks_for_it(app, database, tools, provider):
    with transaction(database) as session:
        session.execute(update(ContactKey).values(kept=KeyKept.PASSWORDS))
        handler = make.officer(session, tools, Role.HANDLER, "321112", "cyberspace")
        keys.grant(session, handler.id, CONTACT_PRIVATE, by=None, tools=tools)
        linking.link(session, handler.id, SUBJECT, tools=tools)
        clue = make.clue(session, tools, contact={"name": "王某", "way": "13800000000"})
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        number = make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins").number
    client = Client(app)
    come_in(client)
    page = client.get(f"/console/clues/{number}")
    assert "用统一身份认证登录的也一样，平台的密码打不开" in page.words
    sent = {"csrf_token": page.form()[1]["csrf_token"], "reason": next(iter(labels.CONTACT_REASONS))}
    for password in ("", "平台的密码-不是这里的"):
        answer = client.post(f"/console/clues/{number}/contact", sent | {"password": password}, 422)
        assert "13800000000" not in answer.text
    assert "13800000000" in client.post(f"/console/clues/{number}/contact", sent | {"password": make.PASSWORD}).text
