import pytest

from classifier import mentions

ROWS = [
    ("430000", "湖南省"),
    ("430700", "常德市"),
    ("430722", "汉寿县"),
    ("430722101", "龙阳街道"),
    ("120000", "天津市"),
    ("120101", "和平区"),
    ("210000", "辽宁省"),
    ("210102", "和平区"),
    ("150000", "内蒙古自治区"),
    ("152500", "锡林郭勒盟"),
]
GAZETTEER = mentions.Gazetteer(ROWS)


def codes(text: str) -> list[str]:
    return [place.code for place in mentions.find(text, GAZETTEER).places]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("湖南省常德市汉寿县的事", ["430722", "430700", "430000"]),
        ("汉寿县龙阳街道又开会", ["430722101", "430722"]),
        ("常德汉寿那边", ["430722", "430700"]),
        ("內蒙古自治區錫林郭勒盟", ["152500", "150000"]),
        ("汉寿的米粉好吃", []),  # a county's short name alone may be a common word
        ("和平区的事", []),  # which of two
        ("天津和平区的事", ["120101", "120000"]),
        ("和平年代", []),
    ],
)
def test_places_are_found_most_specific_first_and_never_guessed(text: str, expected: list[str]) -> None:
    assert codes(text) == expected


def test_a_mention_is_a_span_of_the_text_as_given() -> None:
    text = "我们在\u200b漢壽縣教育局門口"
    found = mentions.find(text, GAZETTEER)
    assert [text[place.start : place.end] for place in found.places] == ["漢壽縣"]
    assert any("教育局" in unit.name for unit in found.units)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("上周区教育局让我们报材料", "区教育局"),
        ("汉寿县委网信办要求下载", "汉寿县委网信办"),
        ("是县网信办发的通知", "县网信办"),
        ("镇政府天天开会", "镇政府"),
        ("派出所让社区开证明", "派出所"),
    ],
)
def test_units_are_found_by_pattern(text: str, unit: str) -> None:
    assert unit in [found.name for found in mentions.find(text).units]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("每天要在“学习强国”App上打卡", "学习强国"),
        ("必须关注县融媒体公众号", "县融媒体公众号"),
        ("下载「某某通」小程序", "某某通"),
        ("安全教育平台又要答题", "安全教育平台"),
    ],
)
def test_applications_are_found_by_name_and_by_pattern(text: str, name: str) -> None:
    assert name in [found.name for found in mentions.find(text).applications]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("镇里要求我们村每天报三张表", "township"),
        ("县教育局下发通知，要求各校涨粉", "county_dept"),
        ("县委要求周末开会", "county"),
        ("市住建局每月通报排名", "city_dept"),
        ("省厅下文要求全部达标", "province_dept"),
        ("什么也没说", None),
    ],
)
def test_the_level_is_that_of_who_gives_the_orders(text: str, level: str | None) -> None:
    assert mentions.find(text).level == level


def test_rows_may_be_handed_in_without_a_gazetteer() -> None:
    assert [place.code for place in mentions.find("湖南省", iter(ROWS)).places] == ["430000"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我们区委书记王大明要求每天打卡", ["区委书记"]),
        ("區委王書記來村裏，縣長也來", ["区委王书记", "县长"]),
        ("县委、县政府要求每周报一次", ["县委", "县政府"]),
        ("开发区管委会要求，县里领导来检查", ["区管委会", "县里领导"]),
        ("区委组织部要求，区委办公室、区政府网站、区委政法委书记", []),
        ("小区长期没人管，社区书记、街道党工委书记，打了市长热线，去了市场", []),
    ],
)
def test_who_leads_a_division_is_told_from_its_offices_and_from_other_words(text: str, expected: list[str]) -> None:
    assert [found.name for found in mentions.leaders(text)] == expected
