"""Places and the names of their offices: official names, and the short ones that people write.

Names follow the usage of each kind of place: 省、自治区、直辖市, 市、自治州、盟、地区, 县、区、市、旗、林区、特区.
"""

from __future__ import annotations

import csv
import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from intake.rules.disclosures import SURNAME


class RegionLevel(enum.StrEnum):
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


RANK = {RegionLevel.TOWNSHIP: 0, RegionLevel.COUNTY: 1, RegionLevel.CITY: 2, RegionLevel.PROVINCE: 3}
MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})
#: Municipalities whose districts and counties, too, have an education commission; 天津 and 上海 have bureaus there.
EDUCATION_COMMISSIONS = frozenset({"110000", "500000"})
#: The fifteen sub-provincial cities: their committee and government have a 办公厅.
SUB_PROVINCIAL = frozenset({
    "210100", "210200", "220100", "230100", "320100", "330100", "330200", "350200",
    "370100", "370200", "420100", "440100", "440300", "510100", "610100",
})  # fmt: skip
PEOPLES = (
    "朝鲜|蒙古|回|藏|维吾尔|苗|彝|壮|满|侗|布依|土家|白|傣|哈萨克|傈僳|羌|景颇|哈尼|柯尔克孜|土|瑶|黎|畲|锡伯|塔吉克|达斡尔|"
    "东乡|保安|撒拉|裕固|仫佬|毛南|仡佬|水|拉祜|佤|布朗|独龙|怒|普米|纳西|各"
)
#: Short names that cutting the ending does not give.
NICKNAMES = {
    "内蒙古自治区": ("内蒙古", "内蒙"), "广西壮族自治区": ("广西",), "西藏自治区": ("西藏",), "宁夏回族自治区": ("宁夏",),
    "新疆维吾尔自治区": ("新疆",), "锡林郭勒盟": ("锡盟",), "阿拉善盟": ("阿盟",), "巴音郭楞蒙古自治州": ("巴州",),
    "博尔塔拉蒙古自治州": ("博州",), "克孜勒苏柯尔克孜自治州": ("克州",),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A division: `code` has six digits (nine for a township), `parent` is the division that answers above it."""

    code: str
    name: str
    level: RegionLevel
    parent: Place | None = None

    def chain(self) -> tuple[Place, ...]:
        """The place itself, what it lies in, and so on up to the province."""
        return (self, *self.parent.chain()) if self.parent else (self,)

    def at(self, level: RegionLevel) -> Place | None:
        """The place of exactly that level in the chain."""
        return next((place for place in self.chain() if place.level is level), None)

    def at_or_above(self, level: RegionLevel) -> Place:
        """The nearest place in the chain that stands at `level` or higher."""
        return next(place for place in self.chain() if RANK[place.level] >= RANK[level] or place.parent is None)

    @property
    def full_name(self) -> str:
        """江苏省镇江市丹徒区高资街道."""
        return "".join(place.name for place in reversed(self.chain()))

    @property
    def is_municipality(self) -> bool:
        return self.code in MUNICIPALITIES


@dataclass(frozen=True)
class Remit:
    """How the office for a remit is called: its name pattern, other patterns in use, and bare words for it.

    In a pattern {name} is the place, {party} its party committee, {gov} its government; {room} is 办公厅 in a
    province and 办公室 below, {dept} is 厅 in a province or region and 局 elsewhere.
    """

    pattern: str
    others: tuple[str, ...]
    bare: tuple[str, ...]


REMITS: dict[str, Remit] = {
    "task_force": Remit(
        "{name}级层面整治形式主义为基层减负专项工作机制办公室",
        ("{name}整治形式主义为基层减负专项工作机制办公室", "{name}减负办", "{party}减负办", "{name}机制办"),
        ("级层面整治形式主义为基层减负专项工作机制办公室", "整治形式主义为基层减负专项工作机制办公室", "机制办", "专项机制办", "专项工作机制办公室", "减负办", "减负专班", "为基层减负办", "基层减负办", "整治形式主义办公室"),
    ),
    "party_office": Remit("{party}{room}", ("{party}办",), ("委办公室", "委办公厅", "委办")),
    "gov_office": Remit(
        "{gov}{room}", ("{name}政府办",), ("人民政府办公室", "人民政府办公厅", "政府办公室", "政府办公厅", "政府办", "府办", "行政公署办公室", "行署办", "管委会办公室", "管委会办", "行政委员会办公室", "行委办公室", "行委办")
    ),
    "supervision": Remit(
        "{party}督查室", ("{name}督查室", "{party}{room}督查室"),
        ("督查室", "办公室督查室", "办公厅督查室", "委办督查室", "政府督查室", "政府办督查室", "办督查室", "督查局", "督查办", "督察室", "目督办", "目标督查办", "目标管理督查办公室", "督查考核办"),
    ),
    "appraisal": Remit(
        "{party}目标绩效考核办公室", ("{name}考核办", "{party}考核办"),
        ("目标绩效考核办公室", "目标绩效办", "目标办", "绩效办", "绩效考核办", "绩效考核办公室", "目标绩效管理办公室", "目标考核办", "综合考核办", "考评办", "考核办公室", "考核办"),
    ),
    "data_services": Remit(
        "{name}数据局", ("{name}政务服务和数据管理局", "{name}大数据局"),
        ("数据局", "数据管理局", "大数据局", "大数据管理局", "大数据中心", "政务服务和数据管理局", "政务服务数据管理局", "政务服务局", "政务服务管理局", "政务服务中心", "行政审批服务局", "行政审批局", "大数据发展管理局", "大数据发展局", "数管局", "政数局", "政务办"),
    ),
    "cyberspace": Remit(
        "{party}网信办", ("{name}互联网信息办公室", "{party}网络安全和信息化委员会办公室", "{name}网信办"),
        ("网信", "网信办", "网信委", "网信局", "网信中心", "宣传部网信办", "网络安全和信息化办公室", "网络安全和信息化委员会", "网络安全和信息化领导小组办公室", "互联网信息办公室", "网络安全和信息化委员会办公室"),
    ),
    "organization": Remit("{party}组织部", ("{name}组织部",), ("组织部", "公务员局", "老干部局")),
    "establishment": Remit("{party}编办", ("{party}机构编制委员会办公室",), ("编办", "编委办", "编制办", "机构编制委员会", "机构编制委员会办公室")),
    "social_work": Remit("{party}社会工作部", ("{name}社会工作部",), ("社会工作部", "社工部")),
    "civil_affairs": Remit("{name}民政{dept}", (), ("民政局", "民政厅")),
    "education": Remit(
        "{name}教育{dept}", ("{name}教委", "{name}教育委员会", "{name}教体局"),
        ("教育局", "教育厅", "教委", "教育委员会", "教体局", "教育体育局", "教育和体育局", "教育科技局", "教育科技和体育局", "教育科技体育局", "教育工委", "教育工作委员会", "教科局", "教科体局", "教体科局", "教局", "教体", "教科体"),
    ),
    "commendation": Remit(
        "{name}评比达标表彰工作协调小组办公室", ("{name}评比达标表彰办",), ("评比达标表彰工作协调小组办公室", "评比达标表彰办", "表彰办", "表彰奖励办公室")
    ),
    "statistics": Remit("{name}统计局", (), ("统计局",)),
    "discipline": Remit("{name}纪委监委", ("{name}纪委", "{name}监委"), ("纪委监委", "纪委", "监委", "监察委员会", "监察委", "纪律检查委员会", "纪检委", "纪监委", "纪检监察机关", "纪检监察组")),
}  # fmt: skip


#: How people say whose office it is, without a name: 上级教育局, 主管部门教育局, 我们这里的网信办.
_ABOVE = r"(?:我们?(?:这里|这边)?的?)?(?:上级|上面|主管|业务)+(?:部门|单位|机关)?的?"


def office_name(place: Place, remit: str) -> str:
    """The official name of the office for `remit` in `place`. Raises KeyError for an unknown remit."""
    if remit == "education" and (place.is_municipality or place.chain()[-1].code in EDUCATION_COMMISSIONS):
        return f"{place.name}教育委员会"
    return _fill(REMITS[remit].pattern, place)


def office_aliases(place: Place, remit: str) -> tuple[str, ...]:
    """Other names of the office, each with the place in it."""
    return tuple(_fill(pattern, place) for pattern in REMITS[remit].others)


def is_zone(place: Place) -> bool:
    """A development zone that the statistical codes count as a county: its code ends in 71 to 79 or 90 to 99."""
    return place.level is RegionLevel.COUNTY and place.code[2:4] != "90" and place.code[4] in "79"


def party_committee(place: Place) -> str:
    """汉寿县委, 沛县县委, 镇江市委, 锡林郭勒盟委, 内蒙古自治区党委, 神农架林区党委, 大兴安岭地委, 苏州工业园区党工委."""
    if place.name.endswith(("自治区", "林区", "兵团")):
        return f"{place.name}党委"
    if place.name.endswith("行政委员会"):
        return f"{place.name.removesuffix('行政委员会')}工委"
    if is_zone(place):
        return f"{place.name.removesuffix('管委会')}党工委"
    if len(place.name) == 2 or place.name.endswith("特区"):
        return f"{place.name}{place.name[-1]}委"
    if place.name.endswith("地区"):
        return f"{place.name[:-1]}委"
    return f"{place.name}委"


def government(place: Place) -> str:
    """镇江市人民政府; a league and a prefecture have an administrative office, 行政公署, a zone its 管委会."""
    if place.name.endswith("行政委员会"):
        return place.name
    if is_zone(place):
        return f"{place.name.removesuffix('管委会')}管委会"
    return f"{place.name}{'行政公署' if place.name.endswith(('盟', '地区')) else '人民政府'}"


def bare_remits(accused: str) -> frozenset[str]:
    """The remits whose office a name without its place means: 网信办, 县委's 委网信办, 网信办网络科."""
    accused = re.sub(rf"^(?:级层面|层面|级|(?:当地|本地)?[里上]?的|当地|本地|{_ABOVE})", "", accused)
    forms = {
        accused,
        *(
            accused.removeprefix(head)
            for head in ("委", "党", "党工", "工", "党委", "党工委", "工委", "政府", "人民政府")
        ),
    }
    return frozenset(
        remit
        for remit, naming in REMITS.items()
        if any(_is_or_in(form, bare) for form in forms for bare in naming.bare)
    )


#: A Han sign, or what people put for one.
_HAN = r"[\u4e00-\u9fffXx×*]"
#: A person's name where anything else could stand as well: no sign that ends a unit's or a place's name.
_NAME = rf"(?:(?![部门办局室院校厂司会团组科股站所处中心堂场联党镇乡街村社区县市委]){_HAN})"
#: A full name that holds such a sign: 李学中, 王心怡; not 江中学, 万中心, which are a school and a centre.
_FULL = rf"(?:{SURNAME}(?:{_NAME}|[中心学]){{1,2}}(?<![中小大]学)(?<!中心))"
#: Not the person but the body whose secretary or chair is meant.
_BODY = r"政协|人大|机关|政法|纪检|纪委|监察|宣传|组织|统战|总支|支部|开发|高新|经开|[老离]干"
#: Whoever it is, with any surname: where 书记 or 区长 follows, one to four signs are a name.
_SOMEBODY = rf"(?:(?!{_BODY})(?:{_NAME}{{1,4}}?|{_FULL})(?<![学园馆队台库网支企社小校街辖片灾景厂矿战考赛闹]))?"
#: The name after 区长; none in 区长信箱, 区长者食堂, 区长江路小学.
_CALLED = rf"(?:(?!信箱|热线|专线|[者效期途远征久短])(?:(?:(?![路学桥]){_NAME}){{1,4}}|{_FULL}))"
_ORGAN = r"(?:委|党委|党工委|工委|委员会|人民政府|政府|行政公署|行署|管委会)"
_RANKED = r"(?:第一|常务|副|主要|分管)*"
_HEAD = r"(?:书记|常委|[区县市旗州盟省]长|主席|专员)"
_LEADERS = r"(?:领导(?!小组)|班子|领导班子|四套班子|一把手|负责人|负责同志)"
_WHOLE = re.compile(
    rf"{_ORGAN}(?:{_RANKED}{_LEADERS}{_HAN}{{0,4}})?"
    rf"|{_ORGAN}?(?:办公室|办公厅|办)?{_SOMEBODY}{_RANKED}{_HEAD}{_HAN}{{0,4}}"
    rf"|管委会{_SOMEBODY}{_RANKED}主任{_HAN}{{0,4}}"
    rf"|{_RANKED}{_LEADERS}{_HAN}{{0,4}}"
    rf"|长{_CALLED}?"
)


def is_whole(rest: str) -> bool:
    """What follows the place is its committee or government as a whole, or who leads it: 县委, 市人民政府, 县委王书记, 区长."""
    return bool(_WHOLE.fullmatch(rest))


def is_led(name: str, word: str) -> bool:
    """A person is named as who leads the place of that word: 王区长, 李副县长, 副区长李四."""
    return bool(re.fullmatch(rf"{_SOMEBODY}{_RANKED}{word}(?:长|委?书记){_CALLED}?", name))


_GUESS = r"(?:(?:应该|可能|好像|大概|估计|就|主要|也许)?是|应该|可能|好像|大概|估计)"


def units(accused: str) -> tuple[str, ...]:
    """The units that one line names: 县卫健局、县委网信办 are two, 县委县政府办公室 is two offices."""
    parts = [part for part in re.split(r"[、，,;；/（）()|\n]", accused) if part.strip()]
    names = [normal(part) for part in (accused, *parts)]
    for cuts in (r"(?<!服务)(?:以及|还有|或者?|[和与及跟])(?!信息化|体育|数据)", r"(?<=政府)(?=[省市县区旗盟州]?委)"):
        names += [half for name in names for cut in re.finditer(cuts, name) for half in (name[: cut.start()], name[cut.end() :])]
    for name in tuple(names):
        if both := re.fullmatch(r"(.*?)(?:委[省市县区旗盟州]?(?:人民)?政府|两(?=办))(.*)", name):
            names += [f"{both[1]}委{both[2]}", f"{both[1]}政府{both[2]}"]
    return tuple(dict.fromkeys(name for name in names if name))


def rests(accused: str, place: Place) -> tuple[str, ...]:
    """What can be left of a unit's name after `place`, written in full or in part; nothing if it is not named so."""
    left = [accused]
    for above in reversed(place.chain()[1:]):
        left += [rest for one in left for rest in _after(one, above)]
    return tuple(dict.fromkeys(rest for one in left for rest in _after(one, place) if rest))


def generic_words(place: Place) -> tuple[str, ...]:
    """How people write the level instead of the name: 县, 区, 市, 旗, 盟, 州, 省, 自治区."""
    if is_zone(place):
        return ("开发区", "经开区", "高新区", "新区", "园区", "管理区", "示范区", "区")
    ends = {
        "自治州": ("州", "自治州"),
        "自治区": ("自治区", "区", "省"),
        "自治县": ("县", "自治县"),
        "自治旗": ("旗",),
        "新区": ("区", "新区"),
        "地区": ("地区", "行署", "地"),
    }
    for end, words in ends.items():
        if place.name.endswith(end):
            return words
    return (place.name[-1],) if place.name[-1] in "省市县区旗盟州" else ()


def normal(accused: str) -> str:
    """A unit's name without blanks, brackets and the words that only decorate it or say that it is a guess."""
    plain = re.sub(r"[\s（）()“”\"《》、，,。.]", "", accused)
    return re.sub(rf"^{_GUESS}?(?:中共|中国共产党)?|[吧呢啊]$", "", plain)


def parse_regions(lines: Iterable[str]) -> dict[str, Place]:
    """The places of regions.csv (code,name,parent; # begins a comment) by code; parents stand before children.

    Raises ValueError for a table without these columns, or a row whose parent does not stand before it.
    """
    places: dict[str, Place] = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        try:
            parent = places[row["parent"]] if row["parent"] else None
            places[row["code"]] = Place(row["code"], row["name"], _level(row["code"]), parent)
        except (KeyError, AttributeError, TypeError) as error:  # a row of too few columns has None in the others
            raise ValueError(f"a row of the regions lacks or does not know {error}") from error
    return places


def _level(code: str) -> RegionLevel:
    if len(code) == 9:
        return RegionLevel.TOWNSHIP
    if code.endswith("0000"):
        return RegionLevel.PROVINCE
    return RegionLevel.CITY if code.endswith("00") else RegionLevel.COUNTY


def _fill(pattern: str, place: Place) -> str:
    top = place.level is RegionLevel.PROVINCE
    return pattern.format(
        name=place.name, party=party_committee(place), gov=government(place), room="办公厅" if top or place.code in SUB_PROVINCIAL else "办公室",
        dept="厅" if top and not place.is_municipality else "局",
    )  # fmt: skip


def _after(text: str, place: Place) -> list[str]:
    return [text[len(name) :] for name in dict.fromkeys(_written(place)) if text.startswith(name)]


def _written(place: Place) -> Iterator[str]:
    """The ways to write a place without what it lies in: in full, and in short."""
    yield place.name
    if len(place.name) > 2:
        yield re.sub(r"(市|县|区|旗|盟|省|自治州|自治县|自治区)$", "", place.name)
    if (seat := re.sub(r"(行政委员会|管委会)$", "", place.name)) != place.name:
        yield seat
    yield from NICKNAMES.get(place.name, ())
    if match := re.fullmatch(rf"(.{{2,}}?)(?:(?:{PEOPLES})族?)+自治(州|县|旗)", place.name):
        yield match[1] + match[2]
        yield match[1]


#: Near the office or living there, and not of it; words that 办 and 长 begin.
_NOT_OF_IT = re.compile(r"家属|宿舍|小区|附近|旁|对面|门口|门前|隔壁|^[事法理](?!室|科|股|处)|^长(?:期|远|效|途|久)")


def _is_or_in(accused: str, name: str) -> bool:
    """The unit is that office, or says more of it: 网信办网络科, 教育局长王某, 教育局等单位, but not 统计局家属院小区.

    To be safe every other word after the office's name counts as a part of it, or as somebody there.
    """
    return accused.startswith(name) and not _NOT_OF_IT.search(accused[len(name) :])
