"""Leave and leaving: who stands in acts under his own name, in the other's role, for as long as was said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from intake.access import as_markdown
from intake.config import ROOT
from intake.db import reading, transaction
from intake.models import Clue, Delegation, Officer, OfficerKey
from intake.rules.workflow import Action, Role, State
from intake.services import audit
from tests import factories as make
from tests.web.client import Client

CONCLUSION = {"verdict": "substantiated", "measures": "取消", "answer": "已经取消。"}


@pytest.fixture
def office(database, tools, desk) -> dict[str, Client]:
    """A clue in handling at 丹徒区委网信办, and clients of its people."""
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools)
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    people = {
        who: desk(role, remit="cyberspace")
        for who, role in (("lead", Role.LEAD), ("one", Role.HANDLER), ("two", Role.HANDLER))
    }
    press(people["one"], database, "sign")
    return people


def the_clue(database) -> Clue:
    with reading(database) as session:
        return session.scalars(select(Clue)).one()


def press(client: Client, database, action: str, status: int = 200, **fields: str):
    number = the_clue(database).number
    return client.send(client.get(f"/console/clues/{number}?do={action}"), status, **fields)


def delegate(lead: Client, tools, to: int, days: int = 3, status: int = 200):
    today = tools.today()
    page = lead.get("/console/leave")
    at = len(page.tree.xpath("//main//form")) - 1
    return lead.send(
        page, status, at=at, to=str(to), first_on=today.isoformat(), last_on=(today + timedelta(days=days)).isoformat()
    )


def test_more_than_a_year_is_asked_about_once(office, tools, database):
    one = ids(database)[-2]
    page = delegate(office["lead"], tools, one, days=3652, status=422)
    assert "超过一年了" in page.errors[0]
    assert "已经委托" in office["lead"].send(page, at=-1, long="y").words


def ids(database) -> list[int]:
    with reading(database) as session:
        return [o.id for o in session.scalars(select(Officer).order_by(Officer.id))]


def test_a_colleague_stands_in_for_a_lead_and_never_approves_what_is_his_own(office, database, tools, clock):
    _, lead, one, two = ids(database)
    delegate(office["lead"], tools, one)
    delegate(office["lead"], tools, two)
    press(office["one"], database, "conclude", **CONCLUSION)
    for who in ("one", "two"):
        assert "同意办结" not in office[who].get(f"/console/clues/{the_clue(database).number}").words, (
            "not before he begins to stand in"
        )
        page = office[who].send(office[who].get("/console/leave"))
        assert "审核人（代行）" in page.text
    refused = press(office["one"], database, "approve", 409)
    assert "不能自己审结" in refused.text
    press(office["two"], database, "approve")
    assert the_clue(database).state is State.CLOSED
    with reading(database) as session:
        entry = next(e for e in audit.of_clue(session, 1) if e.action == "approve")
        assert (entry.officer_id, entry.keys["behalf"]) == (two, lead)


def test_standing_in_ends_with_its_days_or_when_it_is_taken_back(office, database, tools, clock):
    one = ids(database)[2]
    delegate(office["lead"], tools, one, days=1)
    office["one"].send(office["one"].get("/console/leave"))
    assert "代行" in office["one"].get("/console/queue").text
    clock.now += timedelta(days=2)
    assert "审核人（代行）" not in office["one"].get("/console/queue").text
    delegate(office["lead"], tools, one)
    office["one"].send(office["one"].get("/console/leave"))
    office["lead"].send(office["lead"].get("/console/leave"), at=0)
    assert "审核人（代行）" not in office["one"].get("/console/queue").text
    with reading(database) as session:
        assert [d.last_on for d in session.scalars(select(Delegation))] == [tools.today() - timedelta(days=1)]


def test_only_colleagues_can_stand_in_and_only_forward(office, database, tools, desk):
    stranger = desk(Role.HANDLER, "321100", "cyberspace")
    delegate(office["lead"], tools, ids(database)[-1], status=422)
    delegate(office["lead"], tools, ids(database)[2], days=-1, status=422)
    _, fields = stranger.get("/console/password").form()
    stranger.post("/console/acting", {"csrf_token": fields["csrf_token"], "delegation": "1"}, 404)


def test_who_leaves_hands_over_in_one_action(office, database, tools, desk):
    admin = desk(Role.ADMIN)
    _, lead, one, _, _ = ids(database)
    page = admin.get(f"/console/officers/{lead}/hand-over")
    assert "现有 1 条没有办结的线索" in page.words
    admin.send(page, 422, to="99999")
    admin.send(page, to=str(one))
    assert "工作人员登录" in office["lead"].get("/console/queue").text, "the account is closed"
    assert "我可以代行" in office["one"].get("/console/leave").text
    admin.get(f"/console/officers/{lead}/hand-over", 404)


def test_the_table_of_addresses_and_roles_is_what_the_code_says(app):
    page = (ROOT / "docs" / "access.md").read_text("utf-8")
    assert as_markdown(app.url_map.iter_rules()) in page, "run: flask --app wsgi access"


def test_the_tree_of_offices_leads_down_and_up(desk):
    admin = desk(Role.ADMIN)
    page = admin.get("/console/offices?region=321100")
    assert "丹徒区" in page.words
    assert admin.get(page.links("region=321112")[0]).links("region=321100")
    found = admin.get("/console/offices?words=丹徒区委网信")
    assert [cell.text for cell in found.tree.xpath("//tbody/tr/td[1]")] == ["丹徒区委网信办"]
    assert "没有找到" in admin.get("/console/offices?words=%25").words


def test_who_forgot_his_password_gets_a_new_first_one(office, database, app, desk):
    """Shown to the administrator once; the old password and the sign-ins are gone, and so is the grant to open contact data."""
    with reading(database) as session:
        lead = session.scalars(select(Officer).where(Officer.role == Role.LEAD)).one()
    admin = desk(Role.ADMIN)
    page = admin.get(f"/console/officers/{lead.id}")
    actions = [form.get("action") for form in page.tree.xpath("//main//form[@method='post']")]
    shown = admin.send(page, at=actions.index(f"/console/officers/{lead.id}/password"))
    assert shown.h1 == "密码已重置"
    password = shown.tree.xpath("string(//output)").strip()
    assert office["lead"].raw.get("/console/queue").status_code == 302, "signed out"
    again = Client(app)
    refused = again.send(again.get("/console/sign-in"), 422, username=lead.username, password=make.PASSWORD)
    assert refused.errors
    assert again.sign_in(lead.username, password).h1 == "修改密码"
    with reading(database) as session:
        entry = audit.latest(session, "password_reset")
        assert entry.keys == {"officer": lead.id} and entry.officer_id
        own = session.get(OfficerKey, lead.id)
        assert own is None or own.sealed is None
    admin.get(f"/console/officers/{entry.officer_id}", 404)  # nobody resets his own
