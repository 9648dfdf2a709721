"""The routing table as an admin changes it: tried before it is saved, dated, audited; nothing of a clue is shown."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from intake.db import reading, transaction
from intake.errors import InvalidInput
from intake.models import AuditEntry, Clue, Office, RoutingRule
from intake.rules.workflow import Action, Role
from intake.services import directory, placing, table
from tests import factories as make
from tests.web.client import Client, Page

NEW = {"category": "checkins", "region": "321112", "lead": "organization", "source": "区委专题会议纪要"}


@pytest.fixture
def admin(desk) -> Client:
    return desk(Role.ADMIN)


@pytest.fixture
def three(database, tools) -> list[str]:
    """Three clues about check-ins in 丹徒 and one in 句容; their numbers."""
    with transaction(database) as session:
        places = ["321112", "321112", "321112", "321183"]
        return [make.clue(session, tools, region_code=code).number for code in places]


def tried(admin: Client, **changed: str) -> Page:
    return admin.send(admin.get("/console/routing/new"), button="try", **(NEW | changed))


def lead_of(database, region: str, on: date) -> str:
    with reading(database) as session:
        clue = session.scalars(select(Clue).where(Clue.region_code == region)).first()
        return placing.route_for(session, clue, "checkins", on).remit


def test_a_rule_is_tried_on_the_open_clues_then_saved_and_routes(admin, database, tools, three):
    page = tried(admin)
    for said in ("有 3 条待受理的，受理时会按改后的规则办。", "看了 3 条"):
        assert said in page.words
    assert "不会自动移动" not in page.words
    assert "丹徒区委网信办" in page.words and "丹徒区委组织部" in page.words
    assert not [number for number in three if number in page.text], "the admin reads no clue"
    assert lead_of(database, "321112", tools.today()) == "cyberspace", "nothing is saved by trying"
    assert "规则已经保存" in admin.send(page, button="save").words
    assert lead_of(database, "321112", tools.today()) == "organization"
    assert lead_of(database, "321183", tools.today()) == "cyberspace"
    with reading(database) as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "routing_changed")).one()
        assert (entry.keys["category"], entry.keys["region"], entry.keys["lead"]) == (
            "checkins",
            "321112",
            "organization",
        )


def test_a_rule_of_the_same_key_ends_the_day_before_and_each_holds_in_its_days(admin, database, tools, three):
    admin.send(tried(admin), button="save")
    later = tools.today() + timedelta(days=30)
    page = tried(admin, lead="supervision", valid_from=later.isoformat())
    assert "同样范围已有规则" in page.words
    admin.send(page, button="save")
    assert lead_of(database, "321112", later - timedelta(days=1)) == "organization"
    assert lead_of(database, "321112", later) == "supervision"
    page = admin.send(admin.get("/console/routing/new"), 422, button="try", **NEW)
    assert "在这一天或以后才开始" in page.words
    with reading(database) as session:
        last = session.scalars(select(RoutingRule).order_by(RoutingRule.id.desc())).first()
    page = admin.get(f"/console/routing/{last.id}/end")
    admin.send(page)
    with reading(database) as session:
        assert session.get(RoutingRule, last.id) is None, "what has not begun is gone"


def test_a_rule_that_has_always_held_hides_none_that_begins_later(database, tools):
    always, later = ({"category": "checkins", "region_prefix": "3211", "level": None, "co": [], "source": "x", "lead": lead} for lead in ("education", "organization"))
    with transaction(database) as session:
        session.add_all([
            RoutingRule(**always, valid_from=None, valid_to=date(2026, 12, 31)), RoutingRule(**later, valid_from=date(2027, 1, 1)),
        ])  # fmt: skip
        session.flush()
        with pytest.raises(InvalidInput, match="rule_begins_later"):
            table.dry_run(session, table.Change("checkins", "321100", None, "party_office", (), date(2026, 12, 1), "y"), date(2026, 11, 23))


def test_what_is_assigned_already_is_said_to_stay_where_it_is(admin, database, tools, three):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        for clue in session.scalars(select(Clue).where(Clue.region_code == "321112")).all()[:2]:
            make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
    words = tried(admin).words
    assert "有 1 条待受理的" in words
    assert "有 2 条已转办、还没签收的，按改后的规则本该归别处；它们不会自动移动。" in words


def test_ending_a_rule_shows_what_it_would_do_and_leaves_a_person_to_decide(admin, database, tools, three):
    with reading(database) as session:
        rule = session.scalars(select(RoutingRule).where(RoutingRule.category == "checkins")).one()
    page = admin.get(f"/console/routing/{rule.id}/end")
    assert "有 4 条待受理的" in page.words and "人工确定" in page.words
    admin.send(page)
    assert lead_of(database, "321112", tools.today()) is None
    assert lead_of(database, "321112", tools.today() - timedelta(days=1)) == "cyberspace", "yesterday it held"
    assert "没有规则" in admin.get("/console/routing/matrix?region=321100").words
    admin.get("/console/routing/99999/end", 404)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("category", "out_of_scope", "请选择类别"),
        ("lead", "astronomy", "主办"),
        ("region", "999999", "从列表里选择地区"),
        ("source", "", "写明依据"),
        ("co", "organization", "不能和主办相同"),
        ("valid_from", "2026-11-22", "请填今天或以后的日期"),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(admin, three, field, value, words):
    page = admin.send(admin.get("/console/routing/new"), 422, button="try", **(NEW | {field: value}))
    assert words in " ".join(page.errors)


def test_what_clerks_decide_again_and_again_is_suggested_as_a_rule(admin, database, tools, three, desk):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        office = str(make.office(session, "321112", "organization").id)
        for clue in session.scalars(select(Clue).where(Clue.region_code == "321112")).all()[:2]:
            make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins", office=office)
        assert [(c.category, c.lead, c.times) for c in table.corrections(session, tools.today(), tools)] == [
            ("checkins", "organization", 2)
        ]
    page = admin.get("/console/routing")
    assert "改给组织部门 2 次" in page.words or "2 次" in page.words
    form = admin.get(page.links("/routing/new?category=checkins&region=321112")[0])
    assert form.form()[1]["lead"] == "organization"
    admin.send(admin.send(form, button="try"), button="save")
    with reading(database) as session:
        assert table.corrections(session, tools.today(), tools) == [], "it is a rule now"


def test_the_matrix_shows_who_gets_what_and_where_nobody_does(admin, database):
    with transaction(database) as session:
        session.scalars(
            select(Office).where(Office.region_code == "321112", Office.remit == "cyberspace")
        ).one().active = False
    page = admin.get("/console/routing/matrix?region=321100")
    row = page.tree.xpath("//tr[th[contains(., '强制打卡')]]")[0]
    cells = {
        head.text_content(): cell.text_content()
        for head, cell in zip(page.tree.xpath("//thead//th")[1:], row.xpath("td"), strict=True)
    }
    assert "无人承接" in cells["丹徒区"] and "无人承接" not in cells["句容市"]
    with reading(database) as session:
        shown = {r.name for r in directory.regions_with_offices(session) if r.code.startswith("3211")}
    assert set(cells) == shown


def test_the_clue_page_names_the_office_that_the_rules_give_now_and_sends_there(admin, database, three, desk):
    """A rule that changed after triage; another category than the machine's, chosen and refused once."""
    admin.send(tried(admin), button="save")
    clerk, address = desk(Role.CLERK), f"/console/clues/{three[0]}"
    page = clerk.get(f"{address}?do=assign")
    assert page.tree.xpath("string(//select[@name='office']/option[1])") == "按规则定：丹徒区委组织部（还没有人能登录，转过去没有人办）"
    assert "丹徒区委组织部（还没有人能登录，转过去没有人办）" in page.tree.xpath("//select[@name='office']/option/text()")[1:]
    desk(Role.HANDLER, remit="organization")
    page = clerk.get(f"{address}?do=assign")
    assert page.tree.xpath("string(//select[@name='office']/option[1])") == "按规则定：丹徒区委组织部"
    assert "由丹徒区委组织部主办" in page.tree.xpath("string(//p[@id='why'])")
    assert "丹徒区委组织部" in clerk.get(f"{address}?do=recuse").tree.xpath("//select[@name='whom']/option/text()")
    other = page.tree.xpath("//select[@name='other']/option[@value='plaques']")[0]
    named = other.get("data-office").removeprefix("按规则定：").partition("（")[0]
    assert f"由{named}主办" in other.get("data-why")
    page = clerk.send(page, 422, other="plaques", office="999999")
    assert page.tree.xpath("string(//select[@name='office']/option[1])").startswith(f"按规则定：{named}")
    assert f"由{named}主办" in page.tree.xpath("string(//p[@id='why'])")
    clerk.send(clerk.get(f"{address}?do=assign"))
    with reading(database) as session:
        sent = session.scalar(select(Office.name).join(Clue, Clue.office_id == Office.id).where(Clue.number == three[0]))
    assert sent == "丹徒区委组织部"


def test_a_closed_office_is_named_as_closed_and_many_clues_do_not_go_there(admin, database, three, desk):
    with transaction(database) as session:
        make.office(session, "321112", "cyberspace").active = False
    clerk = desk(Role.CLERK)
    page = clerk.get(f"/console/clues/{three[0]}?do=assign")
    assert page.tree.xpath("string(//select[@name='office']/option[1])") == "按规则定：丹徒区委网信办（已停用，请另选）"
    assert "请另选承办机构：按规则定的机构已停用" in " ".join(clerk.send(page, 422).errors)
    page = clerk.get("/console/bulk?do=assign&list=queue")
    assert page.words.count("不能一起办：请另选承办机构：按规则定的机构已停用") == 3


def test_a_rule_that_has_not_begun_is_cancelled_and_the_one_it_was_to_replace_holds_on(admin, database, tools, three):
    first, second = (tools.today() + timedelta(days=days) for days in (30, 60))
    for begins, lead in ((first, "organization"), (second, "supervision")):
        admin.send(tried(admin, region="", lead=lead, valid_from=begins.isoformat()), button="save")
    with reading(database) as session:
        planned = {row.lead: row.id for row in session.scalars(select(RoutingRule).where(RoutingRule.valid_from.is_not(None)))}
    page = admin.get(f"/console/routing/{planned['organization']}/end")
    assert f"按 {first} 那天的规则试" in page.words
    assert f"接着有效，到 {second - timedelta(days=1)} 为止" in page.words
    assert "有 4 条待受理的" in page.words and "丹徒区委组织部丹徒区委网信办" in page.words.replace(" ", "")
    assert "规则已经取消" in admin.send(page).words
    assert [lead_of(database, "321112", day) for day in (first, second)] == ["cyberspace", "supervision"]
    page = admin.get(f"/console/routing/{planned['supervision']}/end")
    assert "（主办网信办）接着有效。" in page.words
    admin.send(page)
    assert lead_of(database, "321112", second) == "cyberspace"
    with reading(database) as session:
        left = session.scalars(select(RoutingRule).where(RoutingRule.category == "checkins")).one()
        assert (left.lead, left.valid_to) == ("cyberspace", None)


def test_what_was_changed_after_its_trial_is_tried_again_before_it_is_saved(admin, database, tools, three):
    page = admin.send(tried(admin), button="save", lead="supervision", source="会议纪要")
    assert "内容和试过的不一样" in page.words and "会改变什么" in page.words
    assert lead_of(database, "321112", tools.today()) == "cyberspace"
    assert "规则已经保存" in admin.send(page, button="save", source="区委会议纪要").words
    assert lead_of(database, "321112", tools.today()) == "supervision"
    page = admin.post("/console/routing/new", admin.get("/console/routing/new").form()[1] | NEW | {"go": "save", "region": "321183"})
    assert "内容和试过的不一样" in page.words, "never tried"
