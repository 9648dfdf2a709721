"""An officer links the account and signs in through a provider in a real browser, under the pages' own policy."""

from __future__ import annotations

from intake.db import transaction
from intake.rules.workflow import Role
from tests import factories as make
from tests.browser import accessibility_problems, overflow
from tests.conftest import on_sqlite_alone
from tests.identity_provider import IdentityProvider


@on_sqlite_alone
def test_an_officer_links_signs_in_and_out_through_the_provider(live_server, phone, tools, clock, database):
    provider = IdentityProvider(clock)
    try:
        provider.asks, provider.subject = True, "a-subject"
        provider.client.backs.append(f"{live_server.url}/console/sign-in/provider/answer")
        tools.settings.values.update(provider.settings(), PUBLIC_URL=live_server.url)
        with transaction(database) as session:
            officer = make.officer(session, tools, Role.CLERK, "321112")
        phone.goto(f"{live_server.url}/console/sign-in")
        phone.get_by_label("登录名").fill(officer.username)
        phone.get_by_label("密码").fill(make.PASSWORD)
        phone.get_by_role("button", name="登录", exact=True).click()
        phone.wait_for_url("**/console/queue*")
        phone.goto(f"{live_server.url}/console/account/provider")
        phone.get_by_label("密码").fill(make.PASSWORD)
        phone.get_by_role("button", name="下一步").click()
        phone.get_by_role("link", name="去统一身份认证登录").click()
        phone.get_by_role("button", name="Sign in").click()
        phone.wait_for_url("**/console/account")
        assert (accessibility_problems(phone), overflow(phone)) == ([], [])
        phone.context.clear_cookies()
        phone.goto(f"{live_server.url}/console/sign-in")
        assert (accessibility_problems(phone), overflow(phone)) == ([], [])
        phone.get_by_role("link", name="用统一身份认证登录").click()
        phone.get_by_role("button", name="Sign in").click()
        phone.wait_for_url("**/console/queue*")
        phone.locator("form[action$='sign-out'] button").first.click()
        phone.wait_for_url("**/console/signed-out")
        assert (accessibility_problems(phone), overflow(phone)) == ([], [])
        phone.get_by_role("link", name="一并退出统一身份认证").click()
        phone.get_by_role("heading", name="Signed out").wait_for()
    finally:
        provider.close()
