"""Every page there is, in a real browser: accessible to everybody, and no wider than the screen."""

from __future__ import annotations

import pytest

from intake.access import ACCESS
from intake.db import transaction
from intake.rules.workflow import Role
from tests import factories as make
from tests import things
from tests.browser import DESK, PHONE, accessibility_problems, overflow
from tests.conftest import on_sqlite_alone
from tests.web.test_queries import BY_LENGTH
from tests.whole.test_browser import sign_in

#: Files; and pages that only a second factor, an identity provider, an open seal, an upload or an issued report brings.
NO_PAGES = {
    "console.refused_rows", "console.report_file", "console.notice_poster", "console.attachment", "console.attachment_page",
    "console.recovery_codes", "console.contact", "console.report_of", "console.link_provider", "console.officer_link",
    "console.audit_file",
}  # fmt: skip
#: The tabs, steps and picks of an address are pages too.
MORE = {
    "console.clue": ("", "?do=reject", "?do=merge", "?do=assign", "?tab=thread"),
    "console.bulk": ("?do=assign&pick={number}", "?do=reject&pick={number}"),
    "console.audit": ("", "?verify=1"),
}


def pages(app, role: Role, known: dict[str, list[str]]) -> list[tuple[str, str]]:
    """(endpoint, address) of whatever the console answers to a GET, for the role that sees the most of it."""
    return [
        (rule.endpoint, address + more.format(number=known["number"][0]))
        for rule in app.url_map.iter_rules() if rule.endpoint.startswith("console.") and "GET" in rule.methods
        if next((one for one in BY_LENGTH if one in ACCESS[rule.endpoint]), None) is role
        for address in things.addresses(app, rule, known)
        for more in MORE.get(rule.endpoint, ("",))
    ]  # fmt: skip


@on_sqlite_alone
@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR])
def test_every_page_of_the_console_is_accessible_and_fits(live_server, open_context, app, database, tools, role):
    with transaction(database) as session:
        known = things.make_all(session, tools, "420900", "420902")
        username = make.officer(session, tools, role, "420900").username
    page = open_context(DESK).new_page()
    assert accessibility_problems(sign_in(page, live_server.url, username)) == []
    wrong, no_pages = {}, set()
    for endpoint, address in pages(app, role, known | {"kind": ["xlsx"], "shape": ["poster"]}):
        answer = page.request.get(live_server.url + address)
        if answer.status != 200 or not answer.headers["content-type"].startswith("text/html"):
            no_pages.add(endpoint)
            continue
        page.goto(live_server.url + address)
        wide = [overflow_at(page, width) for width in (DESK["width"], PHONE["width"])]
        if found := accessibility_problems(page) + [str(one) for one in wide if one]:
            wrong[address] = found
    assert wrong == {}
    assert no_pages <= NO_PAGES


def overflow_at(page, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    return overflow(page)
