"""Offices are called what their place calls them, and an accused office is known however it is written."""

from __future__ import annotations

import csv

import pytest

from intake.rules.naming import office_name, parse_regions, units
from intake.rules.routing import AccusedLevel, Rule, choose_office, recused_offices, within_accused
from intake.services.directory import read_rows
from intake.tools import DATA

with (DATA / "regions.csv").open(encoding="utf-8") as _lines:
    PLACES = parse_regions(_lines)
RULES = [
    Rule(r["category"], r["region_prefix"], AccusedLevel(r["level"]) if r["level"] else None, r["lead"])
    for r in read_rows(DATA / "routing.csv")
]


@pytest.mark.parametrize(
    ("code", "remit", "name"),
    [
        ("320322", "party_office", "沛县县委办公室"),
        ("140302", "organization", "城区区委组织部"),
        ("520203", "cyberspace", "六枝特区区委网信办"),
        ("429021", "cyberspace", "神农架林区党委网信办"),
        ("232700", "party_office", "大兴安岭地委办公室"),
        ("320576", "cyberspace", "苏州工业园区党工委网信办"),
        ("152571", "party_office", "乌拉盖管理区党工委办公室"),
        ("632857", "cyberspace", "大柴旦工委网信办"),
        ("440100", "party_office", "广州市委办公厅"),
        ("110108", "education", "海淀区教育委员会"),
        ("500231", "education", "垫江县教育委员会"),
        ("120101", "education", "和平区教育局"),
        ("450000", "civil_affairs", "广西壮族自治区民政厅"),
        ("110000", "civil_affairs", "北京市民政局"),
        ("659001", "cyberspace", "石河子市委网信办"),
    ],
)
def test_an_office_is_called_what_its_kind_of_place_calls_it(code, remit, name):
    assert office_name(PLACES[code], remit) == name


@pytest.mark.parametrize(
    ("category", "code", "level", "accused", "office"),
    [
        ("apps", "430722", "county_dept", "县卫健局、县委网信办", "常德市委网信办"),
        ("apps", "430722", "county_dept", "县卫健局和县委网信办", "常德市委网信办"),
        ("apps", "430722", "county_dept", "县委宣传部（县委网信办）", "常德市委网信办"),
        ("apps", "430722", "county_dept", "县里的网信办", "常德市委网信办"),
        ("apps", "430722", "county_dept", "某县网信办", "常德市委网信办"),
        ("documents", "430722", "county_dept", "县委县政府办公室", "常德市委办公室"),
        ("documents", "430722", "county_dept", "县委、县政府办公室", "常德市委办公室"),
        ("documents", "430722", "county_dept", "县两办", "常德市委办公室"),
        ("documents", "430722", "unknown", "汉寿县委", "常德市委办公室"),
        ("documents", "430722", "unknown", "县政府", "常德市委办公室"),
        ("ledgers", "430722", "county_dept", "县行政审批服务局", "常德市数据局"),
        ("schools", "430722", "county_dept", "县教育和体育局", "常德市教育局"),
        ("quotas", "430722", "county_dept", "县级减负办", "常德市级层面整治形式主义为基层减负专项工作机制办公室"),
        ("inspections", "511623", "county_dept", "县委目督办", "广安市委督查室"),
        ("falsification", "152522", "city_dept", "锡盟统计局", "内蒙古自治区统计局"),
    ],
)
def test_an_accused_office_never_gets_the_clue_however_it_is_written(category, code, level, accused, office):
    assert choose_office(category, AccusedLevel(level), PLACES[code], accused, RULES).office == office


@pytest.mark.parametrize(
    "accused",
    [
        "县网信办", "旗网信办", "丹徒县网信办", "区网信办张某", "区委网信办主任张某", "丹徒区委网信办副主任李四", "区委网信办安全股股长张某", "区网信办的张某",
        "区委书记张某", "丹徒区委书记", "镇江丹徒区网信办", "镇江丹徒网信办", "江苏省丹徒区网信办", "江苏丹徒区网信办", "江苏镇江市丹徒区委网信办",
    ],
)  # fmt: skip
def test_an_office_is_known_by_its_people_and_by_everyday_names_of_its_place(accused):
    route = choose_office("apps", AccusedLevel.COUNTY_DEPT, PLACES["321112"], accused, RULES)
    assert route.office == "镇江市委网信办"


@pytest.mark.parametrize(
    ("accused", "remit"),
    [("区委组织部部长李某某", "organization"), ("区教育局安全股股长张某", "education"), ("区教育局的张某", "education")],
)
def test_who_works_in_an_office_recuses_that_office_alone(accused, remit):
    assert recused_offices(AccusedLevel.COUNTY_DEPT, accused, PLACES["321112"]) == (("321112", remit),)


#: The hundred commonest surnames, and some of two signs.
SURNAMES = (
    *"王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾"
    "夏付方邹熊白孟秦邱侯江尹薛阎雷段龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常", "欧阳", "上官", "呼和", "x", "×", "某",
)  # fmt: skip


@pytest.mark.parametrize(
    "form", ["{}区长", "区委{}书记", "丹徒区委{}某某书记", "区长{}志强", "常务副区长{}志强", "区委副书记{}志强", "{}志强区长"]
)
def test_a_leader_is_recused_whatever_the_surname(form):
    named = [form.format(surname) for surname in SURNAMES]
    assert [name for name in named if within_accused(AccusedLevel.UNKNOWN, name, PLACES["321112"]) != "321112"] == []


@pytest.mark.parametrize("name", ["区委李学中书记", "区长李学中", "区委王心怡常委", "李学中区长", "区委陈中副书记"])
def test_a_leader_is_recused_whose_name_holds_a_sign_that_ends_names_of_units(name):
    assert within_accused(AccusedLevel.UNKNOWN, name, PLACES["321112"]) == "321112"


def test_what_people_say_happens_in_the_district_is_its_leaders():
    assert within_accused(AccusedLevel.UNKNOWN, "区里", PLACES["321112"]) == "321112"


@pytest.mark.parametrize(
    ("accused", "remit"),
    [
        *((name, "education") for name in (
            "区教育局长", "教育局长王某", "教育局一把手", "教育局机关", "教育局等部门", "教育局等单位", "当地教育局", "丹徒的教育局", "应该是区教育局",
            "可能是教育局吧", "区教育局人事科张三", "区教育局下面的中心校", "教育局还有卫健局", "区教局", "区教体", "上级教育局", "主管部门教育局", "业务主管单位教育局",
            "教育局长李学中",
        )),
        *((name, "cyberspace") for name in ("区网信", "我们上级网信办")),
        *((name, "discipline") for name in ("丹徒区纪检委", "区纪检监察组")),
        *((name, "civil_affairs") for name in ("区民政局长李明", "民政局长")),
        *((name, "organization") for name in ("组织部长", "区委组织部长王某", "区委组织部高部长")),
    ],
)  # fmt: skip
def test_an_office_is_known_by_its_everyday_names(accused, remit):
    assert recused_offices(AccusedLevel.UNKNOWN, accused, PLACES["321112"]) == (("321112", remit),)


@pytest.mark.parametrize("accused", ["市委网信办", "常德市委网信办", "常德网信办"])
def test_no_office_judges_one_above_it_even_if_the_level_was_given_wrong(accused):
    route = choose_office("apps", AccusedLevel.COUNTY_DEPT, PLACES["430722"], accused, RULES)
    assert route.office == "湖南省委网信办"


@pytest.mark.parametrize(
    ("code", "level", "accused"),
    [
        ("430722", "county_dept", "津市市委网信办"),
        ("430722", "county_dept", "县卫健局督查室"),
        ("321182", "county_dept", "丹徒区政务服务和数据管理局"),
        ("211300", "unknown", "朝阳区教育局"),
        ("430722", "township", "镇党政办公室"),
        ("430722", "township", "党委办公室"),
        ("430722", "soe", "某公司组织部"),
        ("430722", "village", "某村委会"),
        ("321112", "village", "村书记"),
        ("321112", "village", "王书记"),
        ("321112", "township", "街道党工委书记"),
        ("321112", "unknown", "小区长者食堂"),
        ("321112", "unknown", "区长者食堂"),
        ("321112", "school", "区长江路小学"),
        ("321112", "school", "区长江中学"),
        ("321112", "school", "区万中学书记"),
        ("321112", "unknown", "区委万中心主任"),
        ("321112", "unknown", "区委金融办书记"),
        ("321112", "unknown", "上级主管部门"),
        ("321112", "unknown", "区长信箱"),
        ("321112", "unknown", "小区书记"),
        ("321112", "school", "区第一小学书记"),
        ("321112", "unknown", "区政协主席"),
        ("321112", "unknown", "区教育局对面的小区"),
        ("321112", "school", "县一中党委书记"),
        ("321112", "county_dept", "区妇联主席"),
        ("321112", "county_dept", "区委党校书记"),
        ("321112", "county_dept", "区委政法委书记"),
        ("321112", "county_dept", "区委乡村振兴领导小组"),
        ("321112", "county_dept", "区领导小组办公室"),
        ("321112", "county_dept", "区领导小组办"),
        ("320576", "village", "王书记"),
        ("320576", "soe", "党委书记"),
    ],
)
def test_another_units_office_recuses_nobody(code, level, accused):
    assert recused_offices(AccusedLevel(level), accused, PLACES[code]) == ()


def test_a_province_complained_of_as_a_whole_stays_with_its_task_force():
    route = choose_office("documents", AccusedLevel.PROVINCE, PLACES["320000"], "省委", RULES)
    assert (route.remit, route.upward) == ("task_force", True)


@pytest.mark.parametrize("code", ["710000", "810000", "820000"])
def test_where_there_are_no_such_offices_a_person_decides(code):
    assert choose_office("apps", AccusedLevel.UNKNOWN, PLACES[code], "", RULES).office is None


def test_a_line_that_names_several_units_is_read_as_each_of_them():
    assert {"县卫健局", "县委网信办"} <= set(units("县卫健局、县委网信办"))


def test_parents_stand_before_their_children():
    places = parse_regions(["# source\n", "code,name,parent\n", "43,x,\n"])
    assert places["43"].parent is None
    with pytest.raises(ValueError, match="430700"):
        parse_regions(["code,name,parent\n", "430722,汉寿县,430700\n"])
    with pytest.raises(ValueError, match="regions"):
        parse_regions(["name,parent,code\n", "汉寿县\n"])


def test_every_place_but_a_province_has_a_parent():
    rows = csv.DictReader(line for line in (DATA / "regions.csv").read_text("utf-8").splitlines() if line[0] != "#")
    assert all(row["parent"] or row["code"].endswith("0000") for row in rows)
