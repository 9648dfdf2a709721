"""Who sees which clue: the level above the unit complained of, never the unit itself."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from intake.db import transaction
from intake.errors import NotFound
from intake.models import Clue, Likeness, RareKey, Recusal
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Action, Role, State
from intake.services import bulk, clues, duplicates, lists, placing, recusing, reports, search
from intake.services.lists import Filter
from intake.services.placing import Unsaid
from tests import factories as make


def sees(session, viewer, clue) -> bool:
    """Whether every way to a clue agrees, and what they say."""
    try:
        by_number = clues.visible(session, viewer, clue.number) is clue
    except NotFound:
        by_number = False
    listed = clue in lists.listing(session, viewer, Filter(), size=200).rows
    counted = lists.count(session, viewer, Filter()) > 0
    assert by_number == listed
    assert counted or not listed
    return by_number


@pytest.mark.parametrize(
    ("region", "level", "accused", "seen_by"),
    [
        ("321112", AccusedLevel.TOWNSHIP, "某街道", {"321112", "321100"}),
        ("321112101", AccusedLevel.VILLAGE, "某村委会", {"321112", "321100"}),
        ("321112", AccusedLevel.COUNTY, "丹徒区政府", {"321100"}),
        ("321100", AccusedLevel.CITY_DEPT, "市城管局", {"321100"}),
        ("321100", AccusedLevel.CITY, "镇江市委", set()),
        ("321112", AccusedLevel.COUNTY_DEPT, "区减负办", {"321100"}),
        ("321112", AccusedLevel.VILLAGE, "丹徒區政府區委辦公廳（王書記）", {"321100"}),
    ],
)
def test_the_intake_office_that_sees_a_clue_stands_above_the_accused(database, tools, region, level, accused, seen_by):
    with transaction(database) as session:
        clerks = {code: make.viewer(session, tools, Role.CLERK, code) for code in ("321112", "321100", "430700")}
        clue = make.clue(session, tools, region_code=region, accused_level=level, accused_name=accused)
        assert {code for code, clerk in clerks.items() if sees(session, clerk, clue)} == seen_by


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_admin_and_auditor_see_no_clue(database, tools, role):
    with transaction(database) as session:
        viewer = make.viewer(session, tools, role, "321100")
        clue = make.clue(session, tools)
        assert not sees(session, viewer, clue)
        assert lists.count(session, viewer, Filter()) == 0


def test_an_office_sees_what_is_assigned_to_it_and_nothing_before(database, tools):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        neighbour = make.viewer(session, tools, Role.HANDLER, "321112", "education")
        clue = make.clue(session, tools)
        assert not sees(session, handler, clue)
        make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")
        assert sees(session, handler, clue)
        assert not sees(session, neighbour, clue)


def test_a_recused_office_finds_a_clue_nowhere(database, tools):
    with transaction(database) as session:
        accused = make.viewer(session, tools, Role.HANDLER, "321112", "party_office")
        city = make.viewer(session, tools, Role.CLERK, "321100")
        clue = make.clue(
            session,
            tools,
            accused_name="区委办",
            accused_level=AccusedLevel.COUNTY_DEPT,
            text="区委办一周开六个会，个个要一把手到场签字",
        )
        assert session.get(Recusal, (clue.id, accused.office_id))
        clue.office_id = accused.office_id  # as if everything else had failed
        session.flush()
        found = search.matching(session, "一把手", tools.segmenter())
        assert not sees(session, accused, clue)
        assert lists.count(session, accused, Filter(words=found)) == 0
        assert lists.count(session, city, Filter(words=found)) == 1
        report = reports.monthly(session, accused, tools.today().replace(day=1), tools=tools)
        assert report.figure("categories", "total", "received") == 0


def test_a_clue_that_triage_has_not_reached_is_shown_to_nobody(database, tools):
    with transaction(database) as session:
        home = make.viewer(session, tools, Role.CLERK, "321100")
        filed = clues.submit(session, make.submission(), tools=tools)
        session.flush()
        assert home.home
        assert not sees(session, home, filed)


def test_a_place_outside_the_installation_goes_to_a_clerk_at_home(database, tools):
    with transaction(database) as session:
        home = make.viewer(session, tools, Role.CLERK, "321100")
        county = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools, region_code="330106", accused_level=AccusedLevel.TOWNSHIP)
        assert sees(session, home, clue)
        assert not sees(session, county, clue)


@pytest.mark.parametrize("query", ["打卡", "签到", "点名 社区", "社区 签到", "晚一分钟"])
def test_two_character_words_are_found_in_any_order(database, tools, query):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        clue = make.clue(session, tools, text="街道要社区每天打卡签到，晚一分钟就在群里点名")
        make.clue(session, tools, text="镇里的广场修了又拆，拆了又修")
        condition = search.matching(session, query, tools.segmenter())
        assert list(lists.listing(session, clerk, Filter(words=condition)).rows) == [clue]


@pytest.mark.parametrize("query", ["'", '"', "a AND", "*", "打卡' OR 1=1", "():&|!", "NEAR(a b)", "\\"])
def test_signs_of_the_query_language_are_harmless(database, tools, query):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        make.clue(session, tools)
        assert lists.count(session, clerk, Filter(words=search.matching(session, query, tools.segmenter()))) in (0, 1)


def test_pages_of_a_list_hold_every_clue_once(database, tools):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        filed = [make.clue(session, tools, text=f"第 {n} 次要求补台账，前面交过的不算数").id for n in range(23)]
        seen, after = [], ""
        while True:
            page = lists.listing(session, clerk, Filter(), after, size=5)
            seen += [clue.id for clue in page.rows]
            after = page.after
            if not after:
                break
        assert sorted(seen) == sorted(filed)
        assert len(seen) == len(set(seen))


def test_a_rewritten_clue_is_shown_beside_the_first(database, tools):
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        first = make.clue(session, tools)
        second = make.clue(session, tools, text=make.STORY.replace("八点前", "七点半前") + "真受不了")
        other = make.clue(session, tools, text="村里挂了四十多块牌子，墙都不够用，还要我们再做两块")
        assert [found.clue.id for found in duplicates.alike(session, second, clerk)] == [first.id]
        assert duplicates.alike(session, other, clerk) == []


def test_a_key_that_very_many_texts_share_neither_hides_the_true_neighbour_nor_is_read_whole(database, tools):
    """Newer clues that share a few keys each must not push out the older one that shares them all."""
    with transaction(database) as session:
        first = make.clue(session, tools)
        keys = sorted(session.scalars(select(RareKey.key).where(RareKey.clue_id == first.id)))
        crowd = [make.clue(session, tools, text=f"第 {n} 号村的牌子又多了 {n} 块") for n in range(duplicates.MOST + 10)]
        for n, other in enumerate(crowd):
            session.execute(delete(RareKey).where(RareKey.clue_id == other.id))
            session.add_all(RareKey(key=key, clue_id=other.id) for key in keys[n % 3 :: 3][:4])
        session.flush()
        again = make.clue(session, tools)
        found = session.scalars(select(Likeness.other_id).where(Likeness.clue_id == again.id)).all()
        assert found == [first.id]


def test_what_a_text_names_is_shown_only_where_the_reporter_left_it_open(database, tools):
    from intake.console.desk import mentioned

    text = "我是汉寿县蒋家嘴镇的，县卫健局要求每天用“平安常德”APP打卡"
    with transaction(database) as session:
        left_open = make.clue(session, tools, text=text, accused_name="", accused_level=AccusedLevel.UNKNOWN)
        given = make.clue(session, tools, text=text, accused_name="县卫健局", accused_level=AccusedLevel.COUNTY_DEPT)
        assert {"县卫健局", "汉寿县", "平安常德"} <= set(mentioned(left_open, tools))
        assert mentioned(given, tools) == []
        assert left_open.intake_region == "321112"


def test_a_clerk_is_warned_where_only_the_text_names_who_leads_the_place(database, tools):
    text = "我们区委书记要求每天在群里打卡"
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        blank = make.clue(session, tools, text=text, accused_name="", accused_level=AccusedLevel.UNKNOWN)
        named = make.clue(session, tools, text=text, accused_name="区委书记", accused_level=AccusedLevel.VILLAGE)
        assert [placing.unsaid_of(session, clue) for clue in (blank, named)] == [Unsaid("区委书记", whole=True), None]
        [seen] = bulk.outlooks(session, [blank.number], Action.ASSIGN, {"category": "checkins"}, officer=clerk, tools=tools)
        assert (seen.office, seen.unsaid) == ("丹徒区委网信办", "区委书记")
        make.act(session, blank, Action.RECUSE, clerk, tools, whom=f"office-{blank.intake_office_id}", text="反映的是区委")
        assert blank.intake_region == named.intake_region == "321100"


def test_who_is_recused_by_names_that_are_read_now_sees_an_older_clue_no_more(database, tools):
    """As if the clues had been triaged by a version that did not know the names; nobody who was recused sees one again."""
    with transaction(database) as session:
        old, lies, _ = (
            make.clue(session, tools, text=f"第{n}件：每天三个应用签到", accused_name=name, accused_level=AccusedLevel.COUNTY_DEPT)
            for n, name in enumerate(("区委书记王某某", "区委网信办主任张某", "区民政局"))
        )
        session.execute(delete(Recusal))
        for clue in (old, lies):
            clue.hidden_region, clue.intake_office_id, clue.intake_region = None, make.office(session, "321112", "task_force").id, "321112"
        office = make.office(session, "321112", "cyberspace")
        lies.state, lies.category, lies.assigned_at, lies.office_id = State.ASSIGNED, "checkins", tools.now(), office.id
        session.flush()
    with transaction(database) as session:
        found = [recusing.renew(session, 0, tools=tools, most=2), recusing.renew(session, 2, tools=tools), recusing.renew(session, 3, tools=tools)]
        assert [one.last for one in found] == [2, 3, 0]
        assert (sum(one.hidden for one in found), found[0].lie) == (3, ["2026-11-0002"])
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        assert not sees(session, clerk, session.get_one(Clue, 1)) and session.get_one(Clue, 1).intake_region == "321100"
        assert not sees(session, handler, session.get_one(Clue, 2)) and sees(session, clerk, session.get_one(Clue, 2))
        assert recusing.renew(session, 0, tools=tools).hidden == 0
