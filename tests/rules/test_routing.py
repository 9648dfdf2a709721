"""Every expected routing holds, and nothing is ever routed to the accused."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.rules.naming import REMITS, RegionLevel, office_aliases, office_name, parse_regions
from intake.rules.routing import AccusedLevel, Rule, choose_office, choose_rule, recused_offices, within_accused
from intake.services.directory import is_within, read_rows, seeded_rules
from intake.services.routes import find_place, route_rows
from intake.tools import DATA

with (DATA / "regions.csv").open(encoding="utf-8") as _lines:
    PLACES = parse_regions(_lines)
RULES = seeded_rules()
NAMES = {r["slug"]: r["name"] for r in read_rows(DATA / "categories.csv")}
with (Path(__file__).parent.parent / "data" / "routing_expected.csv").open(encoding="utf-8") as _lines:
    EXPECTED = list(csv.DictReader(_lines))
ABOVE_TOWNSHIP = [p for p in PLACES.values() if p.level is not RegionLevel.TOWNSHIP]


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: f"{row['no']} {row['why']}")
def test_the_expected_office_answers(row):
    [routed] = route_rows([row], PLACES, RULES, NAMES)
    assert (routed["region"], routed["remit"], routed["office"]) == (
        row["expected_region"], row["expected_remit"], row["expected_office"],
    )  # fmt: skip
    assert routed["reason"].endswith("。")


@given(
    st.sampled_from(list(PLACES.values())),
    st.sampled_from(AccusedLevel),
    st.sampled_from(RULES),
    st.sampled_from(list(REMITS)),
    st.integers(0, 3),
)
def test_no_clue_is_routed_to_the_unit_complained_of_or_out_of_its_chain(place, level, rule, remit, depth):
    seat = place.chain()[min(depth, len(place.chain()) - 1)]
    if seat.level is RegionLevel.TOWNSHIP:
        return
    for accused in (office_name(seat, remit), *office_aliases(seat, remit)):
        route = choose_office(rule.category, level, place, accused, RULES)
        assert route.office != office_name(seat, remit)
        assert route.place in place.chain()


@pytest.mark.parametrize("remit", REMITS)
def test_every_place_has_one_office_of_its_own_for_each_remit(remit):
    names = [office_name(place, remit) for place in ABOVE_TOWNSHIP]
    assert all(names)
    by_parent = {(place.parent, name) for place, name in zip(ABOVE_TOWNSHIP, names, strict=True)}
    assert len(by_parent) == len(ABOVE_TOWNSHIP)


@pytest.mark.parametrize("remit", REMITS)
@pytest.mark.parametrize(
    "code", ["430722", "321112", "152522", "222404", "110108", "429004", "321100", "150000", "110000"]
)
def test_an_office_is_known_by_its_official_name_and_its_aliases(remit, code):
    place = PLACES[code]
    for name in (office_name(place, remit), *office_aliases(place, remit)):
        assert (code, remit) in recused_offices(AccusedLevel.UNKNOWN, name, place), name


@pytest.mark.parametrize(
    ("accused", "level", "code", "remits"),
    [
        ("县委网信办网络科", "county_dept", "430722", {"cyberspace"}),
        ("汉寿县网信办的工作人员", "county_dept", "430722", {"cyberspace"}),
        ("我县教育局", "county_dept", "430722", {"education"}),
        ("镇江市丹徒区教育局基教科", "county_dept", "321112", {"education"}),
        ("丹徒区减负办", "unknown", "321112", {"task_force"}),
        ("延边州统计局", "city_dept", "222400", {"statistics"}),
        ("县卫健局", "county_dept", "430722", set()),
        ("某镇人民政府", "township", "430722", set()),
        ("统计局家属院", "unknown", "430722", set()),
        ("长沙市教育局", "city_dept", "430722", set()),
        ("", "unknown", "430722", set()),
    ],
)
def test_a_name_means_the_office_it_says_and_no_other(accused, level, code, remits):
    assert {remit for _, remit in recused_offices(AccusedLevel(level), accused, PLACES[code])} == remits


@pytest.mark.parametrize(
    ("level", "accused", "code", "region"),
    [
        ("county", "", "321112101", "321112"), ("city", "", "321112", "321100"), ("province", "", "321112", None),
        ("county_dept", "", "321112", None), ("city", "", "110108", None), ("city", "", "429004", "429004"), ("unknown", "", "321112", None),
        ("village", "区委王书记", "321112101", "321112"), ("village", "丹徒区委书记 王大明", "321112", "321112"),
        ("village", "丹徒区政府区委办公厅（王书记）", "321112", "321112"), ("township", "王区长", "321112", "321112"),
        ("county_dept", "副区长李四", "321112", "321112"), ("unknown", "县委书记", "321112", "321112"),
        ("village", "镇江市委", "321112", "321100"), ("county", "市领导", "321112", "321100"), ("city", "区委", "321112", "321100"),
        ("village", "区政府及各部门", "321112", "321112"), ("village", "本区区委主要领导", "321112", "321112"),
        ("soe", "管委会王主任", "320576", "320576"), ("village", "省委书记", "321112", None),
    ],
)  # fmt: skip
def test_a_committee_or_government_as_a_whole_hides_its_region_by_level_or_name_whichever_is_higher(
    level, accused, code, region
):
    place = PLACES[code]
    assert within_accused(AccusedLevel(level), accused, place) == region
    if region:
        route = choose_office("apps", AccusedLevel(level), place, accused, RULES)
        assert route.place == PLACES[region].parent


def test_declared_recusal_climbs_as_a_named_one_does():
    place = PLACES["321112"]
    route = choose_office("ledgers", AccusedLevel.TOWNSHIP, place, "", RULES, [("321112", "data_services")])
    assert route.office == "镇江市数据局"
    everybody = [(p.code, remit) for p in place.chain() for remit in REMITS]
    nobody = choose_office("ledgers", AccusedLevel.TOWNSHIP, place, "", RULES, everybody)
    assert (nobody.office, nobody.upward) == (None, True)


def test_the_most_specific_row_wins():
    rows = [
        *RULES,
        Rule("apps", "32", None, "data_services"),
        Rule("apps", "3211", None, "party_office"),
        Rule("apps", "3211", AccusedLevel.SCHOOL, "education"),
    ]
    chosen = [choose_rule("apps", level, PLACES[code], rows).lead for level, code in [
        (AccusedLevel.TOWNSHIP, "430722"), (AccusedLevel.TOWNSHIP, "320412"), (AccusedLevel.TOWNSHIP, "321112"), (AccusedLevel.SCHOOL, "321112"),
    ]]  # fmt: skip
    assert chosen == ["cyberspace", "data_services", "party_office", "education"]


def test_out_of_scope_has_no_office():
    route = choose_office("out_of_scope", AccusedLevel.TOWNSHIP, PLACES["321112"], "", RULES)
    assert (route.place.code, route.office) == ("321112", None)


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("3211", "321100"),
        ("32", "320000"),
        ("430722101203", "430722101"),
        ("430722101", "430722101"),
        ("999", None),
        ("", None),
        ("x", None),
    ],
)
def test_codes_are_read_in_the_lengths_people_write(code, found):
    place = find_place(code, PLACES)
    assert (place.code if place else None) == found


@pytest.mark.parametrize(
    "row",
    [
        {"category": "moon", "region": "321112", "level": "village"},
        {"category": "apps", "region": "999999", "level": "village"},
        {"category": "apps", "region": "321112", "level": "moon"},
    ],
)
def test_a_row_that_cannot_be_read_says_so(row):
    [routed] = route_rows([row], PLACES, RULES, NAMES)
    assert routed["office"] == ""
    assert "请" in routed["reason"]


def test_the_divisions_are_whole():
    levels = {level: sum(p.level is level for p in PLACES.values()) for level in RegionLevel}
    assert levels[RegionLevel.PROVINCE] == 34
    assert levels[RegionLevel.CITY] > 330
    assert levels[RegionLevel.COUNTY] > 2950
    assert levels[RegionLevel.TOWNSHIP] > 41000
    assert PLACES["110108"].parent.code == "110000"
    assert not any(p.name in ("市辖区", "县", "省直辖县级行政区划") for p in PLACES.values())


@given(st.sampled_from(list(PLACES.values())), st.sampled_from(ABOVE_TOWNSHIP))
def test_being_within_a_region_agrees_with_its_prefix(place, outer):
    if not outer.code.startswith(("4190", "4290", "4690", "6590", "5001", "5002")):
        assert is_within(place.code, outer.code) == (outer in place.chain())
