"""Places and the names of their offices: official names, and the short ones that people write.

Names follow the usage of each kind of place: 省、自治区、直辖市, 市、自治州、盟、地区, 县、区、市、旗、林区、特区.
"""

from __future__ import annotations

import csv
import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


class RegionLevel(enum.StrEnum):
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"


RANK = {RegionLevel.TOWNSHIP: 0, RegionLevel.COUNTY: 1, RegionLevel.CITY: 2, RegionLevel.PROVINCE: 3}
MUNICIPALITIES = frozenset({"110000", "120000", "310000", "500000"})


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
        ("级层面整治形式主义为基层减负专项工作机制办公室", "整治形式主义为基层减负专项工作机制办公室", "级机制办", "机制办", "减负办", "基层减负办", "整治形式主义办公室"),
    ),
    "party_office": Remit("{party}{room}", ("{party}办",), ("委办公室", "委办公厅", "委办")),
    "gov_office": Remit(
        "{gov}{room}", ("{name}政府办",), ("人民政府办公室", "人民政府办公厅", "政府办公室", "政府办公厅", "政府办", "府办", "行政公署办公室", "行署办")
    ),
    "supervision": Remit(
        "{party}督查室", ("{name}督查室", "{party}{room}督查室"),
        ("督查室", "办公室督查室", "办公厅督查室", "委办督查室", "政府督查室", "政府办督查室", "督查局", "督查办"),
    ),
    "appraisal": Remit(
        "{party}目标绩效考核办公室", ("{name}考核办", "{party}考核办"),
        ("目标绩效考核办公室", "目标绩效办", "目标办", "绩效办", "绩效考核办", "考核办公室", "考核办"),
    ),
    "data_services": Remit(
        "{name}数据局", ("{name}政务服务和数据管理局", "{name}大数据局"),
        ("数据局", "数据管理局", "大数据局", "大数据管理局", "大数据中心", "政务服务和数据管理局", "政务服务数据管理局", "政务服务局", "政数局", "政务办"),
    ),
    "cyberspace": Remit(
        "{party}网信办", ("{name}互联网信息办公室", "{party}网络安全和信息化委员会办公室", "{name}网信办"),
        ("网信办", "网信局", "互联网信息办公室", "网络安全和信息化委员会办公室"),
    ),
    "organization": Remit("{party}组织部", ("{name}组织部",), ("组织部", "公务员局", "老干部局")),
    "establishment": Remit("{party}编办", ("{party}机构编制委员会办公室",), ("编办", "编委办", "机构编制委员会办公室")),
    "social_work": Remit("{party}社会工作部", ("{name}社会工作部",), ("社会工作部", "社工部")),
    "civil_affairs": Remit("{name}民政{dept}", (), ("民政局", "民政厅")),
    "education": Remit(
        "{name}教育{dept}", ("{name}教委", "{name}教育委员会", "{name}教体局"),
        ("教育局", "教育厅", "教委", "教育委员会", "教体局", "教育体育局", "教科局", "教科体局"),
    ),
    "commendation": Remit(
        "{name}评比达标表彰工作协调小组办公室", ("{name}评比达标表彰办",), ("评比达标表彰工作协调小组办公室", "评比达标表彰办", "表彰办", "表彰奖励办公室")
    ),
    "statistics": Remit("{name}统计局", (), ("统计局",)),
    "discipline": Remit("{name}纪委监委", ("{name}纪委", "{name}监委"), ("纪委监委", "纪委", "监委", "监察委员会", "监察委", "纪律检查委员会")),
}  # fmt: skip


def office_name(place: Place, remit: str) -> str:
    """The official name of the office for `remit` in `place`. Raises KeyError for an unknown remit."""
    if remit == "education" and place.is_municipality:
        return f"{place.name}教育委员会"
    return _fill(REMITS[remit].pattern, place)


def office_aliases(place: Place, remit: str) -> tuple[str, ...]:
    """Other names of the office, each with the place in it."""
    return tuple(_fill(pattern, place) for pattern in REMITS[remit].others)


def party_committee(place: Place) -> str:
    """汉寿县委, 镇江市委, 锡林郭勒盟委, 内蒙古自治区党委, 神农架林区党委, 大兴安岭地委."""
    if place.name.endswith(("自治区", "林区", "特区", "兵团")):
        return f"{place.name}党委"
    if place.name.endswith("地区"):
        return f"{place.name[:-1]}委"
    return f"{place.name}委"


def government(place: Place) -> str:
    """镇江市人民政府; a league and a prefecture have an administrative office, 行政公署."""
    return f"{place.name}{'行政公署' if place.name.endswith(('盟', '地区')) else '人民政府'}"


def bare_remits(accused: str) -> frozenset[str]:
    """The remits whose office a name without its place means: 网信办, 县委's 委网信办, 网信办网络科."""
    forms = {accused, *(accused.removeprefix(head) for head in ("委", "党", "党委"))}
    return frozenset(
        remit
        for remit, naming in REMITS.items()
        if any(_is_or_in(form, bare) for form in forms for bare in naming.bare)
    )


def strip_place(accused: str, place: Place) -> str | None:
    """What is left of a unit's name after `place`, written in full or in part; None if it is not named so."""
    for name in _written(place):
        if accused.startswith(name) and len(accused) > len(name):
            return accused[len(name) :]
    return None


def generic_words(place: Place) -> tuple[str, ...]:
    """How people write the level instead of the name: 县, 区, 市, 旗, 盟, 州, 省, 自治区."""
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
    """A unit's name without blanks, brackets and the words that only decorate it."""
    return re.sub(r"[\s（）()“”\"《》、，,。.]|^中共|^中国共产党", "", accused)


def parse_regions(lines: Iterable[str]) -> dict[str, Place]:
    """The places of regions.csv (code,name,parent; # begins a comment) by code; parents stand before children."""
    places: dict[str, Place] = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        parent = places[row["parent"]] if row["parent"] else None
        places[row["code"]] = Place(row["code"], row["name"], _level(row["code"]), parent)
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
        name=place.name, party=party_committee(place), gov=government(place), room="办公厅" if top else "办公室",
        dept="厅" if top and not place.is_municipality else "局",
    )  # fmt: skip


def _written(place: Place) -> Iterator[str]:
    """The ways to write a place, the longest first: in full, with its city, alone, without its last character."""
    chain = place.chain()
    for depth in range(len(chain), 0, -1):
        yield "".join(p.name for p in reversed(chain[:depth]))
    if len(place.name) > 2:
        yield re.sub(r"(市|县|区|旗|盟|省|自治州|自治县|自治区)$", "", place.name)
    if match := re.match(
        r"(.+?)(?:朝鲜|蒙古|藏|回|维吾尔|苗|彝|壮|满|侗|布依|土家|白|傣|哈萨克|傈僳|羌|景颇|哈尼|柯尔克孜|土|瑶|黎)族.*(州|县|旗)$",
        place.name,
    ):
        yield match.group(1) + match.group(2)
        yield match.group(1)


def _is_or_in(accused: str, name: str) -> bool:
    """The unit is that office, or a part of it: 网信办 and 网信办网络科, but not 统计局家属院小区."""
    if not accused.startswith(name):
        return False
    rest = accused[len(name) :]
    return not rest or bool(
        re.fullmatch(r".{0,14}(科|股|处|室|办|组|队|中心|局|部|委|领导|负责人|主任|局长|干部|工作人员|人员)", rest)
    )
