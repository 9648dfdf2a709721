"""The report's pages in a real browser: accessible, no sideways scroll, legible without script, printable."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from intake.db import transaction
from intake.rules.workflow import Role
from intake.services import identity
from intake.services.reports import freeze
from tests import factories as make
from tests import loading
from tests.browser import DESK, PHONE, accessibility_problems, overflow
from tests.conftest import on_sqlite_alone

CHINA = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def issued(database, tools, clock):
    """镇江's October 2026, issued on 2 November; the supervisor's username and the report's id."""
    moment = datetime(2026, 10, 14, 10, tzinfo=CHINA)
    clock.now = datetime(2026, 11, 2, 10, tzinfo=CHINA)
    with transaction(database) as session:
        office = make.office(session, "321100", "task_force")
        where = {"intake_office_id": office.id, "intake_region": "321100", "office_id": office.id}
        for n, category in enumerate(("likes", "checkins", "ledgers", "vanity")):
            loading.clues(session, 3 + 7 * n, moment=moment, category=category, region_code="321112", **where)
        officer = make.officer(session, tools, Role.SUPERVISOR, "321100")
        report = make.draft(session, tools, office.id, moment.date().replace(day=1))
        freeze.issue(session, report, "", officer=identity.viewer(officer), tools=tools)
        return officer.username, report.id


@on_sqlite_alone  # what is looked at is the pages; the figures are counted on both elsewhere
@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_report_pages_are_accessible_fit_and_need_no_script(live_server, open_context, issued, viewport):
    username, report_id = issued
    plain = open_context(viewport, javascript=False).new_page()
    page = open_context(viewport).new_page()
    for one in (plain, page):
        one.goto(f"{live_server.url}/console/sign-in")
        one.fill("[name=username]", username)
        one.fill("[name=password]", make.PASSWORD)
        one.click("main button")
    addresses = (
        "/console/report?month=2026-10&with=2026-09", "/console/reports", "/console/dashboard", "/console/report?month=2026-09",
        f"/console/reports/{report_id}", "/figures", f"/figures/{report_id}",
    )  # fmt: skip
    for address in addresses:
        page.goto(live_server.url + address)
        assert accessibility_problems(page) == [], address
        assert overflow(page) == [], address
        plain.goto(live_server.url + address)
        assert plain.inner_text("main") == page.inner_text("main"), address


def test_a_report_prints_without_the_controls(live_server, open_context, issued):
    page = open_context(DESK).new_page()
    page.goto(f"{live_server.url}/console/sign-in")
    page.fill("[name=username]", issued[0])
    page.fill("[name=password]", make.PASSWORD)
    page.click("main button")
    page.goto(f"{live_server.url}/console/report?month=2026-10")
    assert page.locator("text=公文（DOCX）").is_visible()
    page.emulate_media(media="print")
    assert not page.locator("text=公文（DOCX）").is_visible()
    assert not page.locator(".desk > nav").is_visible()
    assert page.locator("figure.chart svg").first.is_visible()
    assert overflow(page) == []
