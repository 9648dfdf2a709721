"""Places, units, applications and the level named in a text: suggestions for empty fields, never used to route."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from classifier.text import Normalised, normalise, normalise_with_offsets, read_words

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Mention:
    """A span of the text as given; `code` is the division's for a place, empty otherwise."""

    start: int
    end: int
    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a text names. places: the most specific first. level: one of taxonomy.LEVELS or None."""

    places: tuple[Mention, ...] = ()
    units: tuple[Mention, ...] = ()
    applications: tuple[Mention, ...] = ()
    level: str | None = None


def find(text: str, gazetteer: Gazetteer | Iterable[Row] = ()) -> Mentions:
    """The mentions of one text. Build a Gazetteer once where many texts are read against the same rows."""
    known = gazetteer if isinstance(gazetteer, Gazetteer) else Gazetteer(gazetteer)
    normal = normalise_with_offsets(text)
    units = tuple(_mentions(normal, _units(normal.text)))
    return Mentions(
        places=known.find(normal),
        units=units,
        applications=tuple(_mentions(normal, _applications(normal.text))),
        level=level(normal.text),
    )


def _mentions(normal: Normalised, found: Iterable[tuple[int, int]]) -> Iterator[Mention]:
    seen: set[str] = set()
    for start, end in found:
        name = normal.text[start:end]
        if name not in seen:
            seen.add(name)
            yield Mention(*normal.original(start, end), name)


# -- places

_SUFFIX = re.compile(
    r"(?:特别行政区|(?:维吾尔|壮族|回族)?自治区|(?:[\u4e00-\u9fff]{1,4}族)*自治[州县旗]|地区|林区|特区|新区|[省市县区旗盟州])$"
)


class Gazetteer:
    """The administrative divisions, ready to be looked for: rows of (code, name), parents by the code's digits."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._names: dict[str, str] = {}
        self._by_name: dict[str, list[str]] = defaultdict(list)
        self._lengths: dict[str, tuple[int, ...]] = {}
        for code, name in rows:
            self._add(code, normalise(name))
        self._index()

    def _add(self, code: str, name: str) -> None:
        if len(name) < 2:
            return
        self._names[code] = name
        self._by_name[name].append(code)
        short = _SUFFIX.sub("", name) if len(code) <= 6 else name
        if len(short) >= 2 and short != name:
            self._by_name[short].append(code)

    def _index(self) -> None:
        lengths: dict[str, set[int]] = defaultdict(set)
        for name in self._by_name:
            lengths[name[:2]].add(len(name))
        self._lengths = {start: tuple(sorted(known, reverse=True)) for start, known in lengths.items()}

    def find(self, normal: Normalised) -> tuple[Mention, ...]:
        """Places named in full, by short name where the text also names what they lie in; most specific first."""
        named = [(start, end, self._by_name[normal.text[start:end]]) for start, end in self._spans(normal.text)]
        codes = {code for _, _, several in named for code in several}
        chosen = [(start, end, self._best(several, codes, end - start)) for start, end, several in named]
        sure = sorted(
            ((start, end, code) for start, end, code in chosen if code),
            key=lambda one: (-_depth(one[2]), one[0]),
        )
        return tuple(
            Mention(*normal.original(start, end), self._names[code], code) for start, end, code in _first(sure)
        )

    def _spans(self, text: str) -> Iterator[tuple[int, int]]:
        at = 0
        while at < len(text) - 1:
            end = self._longest(text, at)
            if end:
                yield at, end
                at = end
            else:
                at += 1

    def _longest(self, text: str, at: int) -> int:
        for length in self._lengths.get(text[at : at + 2], ()):
            if text[at : at + length] in self._by_name:
                return at + length
        return 0

    def _best(self, codes: list[str], named: set[str], length: int) -> str | None:
        inside = [code for code in codes if any(parent in named for parent in _parents(code))]
        if len(inside) == 1:
            return inside[0]
        pool = inside or codes
        top = min(pool, key=len)
        alone = [code for code in pool if len(code) == len(top)]
        if len(alone) != 1 and not inside:
            return None
        full = length == len(self._names[top])
        return top if full or inside or _stands_alone(top) else None


def _parents(code: str) -> tuple[str, ...]:
    """The codes of the divisions above: 430722101 lies in 430722, 430700, 430000."""
    above = (code[:2] + "0000", code[:4] + "00", code[:6])
    return tuple(parent for parent in above if parent != code)


def _depth(code: str) -> int:
    if len(code) > 6:
        return 4
    return 1 if code.endswith("0000") else 2 if code.endswith("00") else 3


def _stands_alone(code: str) -> bool:
    """Provinces and cities are called by their short names; a county's (和平, 新华) is also a common word."""
    return len(code) == 6 and code.endswith("00")


def _first(found: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    seen: set[str] = set()
    for start, end, code in found:
        if code not in seen:
            seen.add(code)
            yield start, end, code


# -- units and applications

_SEAT = "省|自治区|自治州|市|州|盟|县|区|旗|镇|乡|街道|开发区|高新区"
_NAMED = rf"(?:[\u4e00-\u9fff]{{2,6}}?(?:{_SEAT}))"
_LEVEL = rf"(?:{_SEAT}|我们|本)"


@cache
def _unit_pattern() -> re.Pattern[str]:
    kernels = "|".join(sorted(map(re.escape, read_words("units.txt")), key=len, reverse=True))
    tail = "局|厅|委员会|办公室|大队|支队|中队|管委会|联合会|服务中心|指挥部"
    return re.compile(
        rf"{_NAMED}?(?:{_LEVEL})?(?:党委|党工委|委|政府|人民政府)?(?:{kernels})"
        rf"|{_NAMED}?(?:{_SEAT})[\u4e00-\u9fff]{{1,6}}?(?:{tail})"
        rf"|{_NAMED}?(?:{_SEAT})(?:党委|党工委|委|政府|人民政府|办事处)"
    )


# What may stand before a unit's name in a sentence and is no part of it.
_LEAD = re.compile(
    r"^.*(?:是|在|被|由|把|给|向|到|和|与|及|对|让|叫|说|找|去|请|要|等|了|的|个|我们|他们|反映|投诉|举报|"
    r"关于|因为|今年|去年|上周|昨天|今天|每次|结果|然后|后来|因|某(?=县|市|区|镇|乡|省))(?=[\u4e00-\u9fff]{2})"
)


def _units(text: str) -> Iterator[tuple[int, int]]:
    for match in _unit_pattern().finditer(text):
        lead = _LEAD.match(match[0])
        start = match.start() + (lead.end() if lead else 0)
        if match.end() - start >= 2:
            yield start, match.end()


_APPLICATION = re.compile(
    r"(?:[“「『《\"'](?P<quoted>[^“”「」『』《》\"'\s]{2,12})[”」』》\"']|(?P<plain>[\u4e00-\u9fffa-z0-9]{2,10}?))"
    r"(?:手机)?(?:app|公众号|小程序|客户端|视频号|微信群|工作群|钉钉群|qq群|业务群|群(?=里|内|中))"
)
_APP_LEAD = re.compile(
    r"^.*(?:下载|安装|登录|登陆|注册|关注|使用|打开|必须|要求|推广|的|个|在|用|装|了|和|与|到|把|进|建|叫|拉|我们|每天|各种|这些|那个|这个|多少|各类)"
)


@cache
def _known_applications() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, read_words("apps.txt")), key=len, reverse=True)))


def _applications(text: str) -> list[tuple[int, int]]:
    found = [match.span() for match in _known_applications().finditer(text)]
    found += [span for match in _APPLICATION.finditer(text) if (span := _application(match))]
    return sorted({span for span in found if not _inside(span, found)})


def _application(match: re.Match[str]) -> tuple[int, int] | None:
    if match["quoted"]:
        return match.span("quoted")
    lead = _APP_LEAD.match(match["plain"])
    start = match.start() + (lead.end() if lead else 0)
    return (start, match.end()) if match.end("plain") - start >= 2 else None


def _inside(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(other != span and other[0] <= span[0] and span[1] <= other[1] for other in others)


def units(text: str) -> tuple[Mention, ...]:
    """The units named in a text, each name once."""
    normal = normalise_with_offsets(text)
    return tuple(_mentions(normal, _units(normal.text)))


# -- who leads a division

# A committee or government itself: not one of its offices, its site or its hotline.
_ITSELF = (
    r"(?=[,.;:!?、。\s)]|$|要求|规定|通知|下发|下文|下令|印发|发文|发了|开会|开了|让|叫|逼|和|与|又|还|也|每|今年|去年|安排|决定|组织(?!部)|考核|通报|"
    r"的(?!办|局|部|网|组|宣)|[省市州盟县区旗](?:政府|长))"
)
_LEADERS = re.compile(
    r"(?<![社小园校街辖片灾库景厂矿战林学考赛闹])[省市州盟县区旗](?:"
    r"(?:党委|党工委|工委|委)[\u4e00-\u9fff]{0,3}?(?:第一|副)?(?:书记|常委)"
    r"|(?:党委|委|人民政府|政府|里的?)(?:主要|分管)?(?:领导|一把手|班子)"
    rf"|(?:党委|党工委|委|人民政府|政府|管委会){_ITSELF}"
    r"|(?:主要|分管)领导"
    r"|长(?![期途者江城远效寿假沙春款久短度大辈条线热信公专质])"
    r")"
)
_OWN_SECRETARY = re.compile(r"政法|纪委|党校|宣传|组织|统战|机关|团委|[部办局室院校厂司]|(?<!委)会")


def leaders(text: str) -> tuple[Mention, ...]:
    """Who leads a county, a city or a province, each name once: 区委, 县委王书记, 市长; none of their offices."""
    normal = normalise_with_offsets(text)
    found = (match.span() for match in _LEADERS.finditer(normal.text) if not _OWN_SECRETARY.search(match[0]))
    return tuple(_mentions(normal, found))


# -- level

# From the highest down: who burdens is as a rule above whom the text speaks of, so the highest one named wins.
_BODY = r"[\u4e00-\u9fff]{0,7}?(?:局(?!面|部|限)|厅|委(?!书记|员|要求|的|托|会|和|、)|办(?!事|法|理|公|了|好|个|完)|中心|支队|大队|协会|联合会)"
_LEVELS: tuple[tuple[str, str], ...] = (
    ("central", r"国家部委|中央部委|国务院部门|全国性"),
    ("province_dept", rf"(?:某省|我省|全省|省|自治区){_BODY}|省直|厅里|省厅"),
    ("province", r"省委|省政府|省里|省级"),
    ("city_dept", rf"(?:某市|我市|全市|市)(?!场){_BODY}|市直|[州盟]{_BODY}"),
    ("city", r"市委|市政府|市里|州里|盟里|地级市|某市(?!场)"),
    (
        "county_dept",
        rf"(?:某县|我县|全县|县|某区|区|旗)(?:委|政府)?{_BODY}|县直|区直|局里|(?:县里|区里)(?:某|的|哪个)?{_BODY}",
    ),
    ("county", r"县委|县政府|县里|区委|区政府|区里|旗里|某县|某区|我县|全县"),
    ("township", r"镇里|乡里|镇上|乡上|街道|镇政府|乡政府|镇党委|乡党委|办事处|某镇|某乡|我们镇|我们乡|乡镇"),
    ("hospital", r"医院|护士长|卫生院|科主任|院里"),
    ("school", r"学校|校长|园长|幼儿园|教务处"),
    ("soe", r"国企|央企|集团公司|供电公司|供电所|电网|烟草公司|国有|总公司|分公司|支行|分行|林场|农场|上级行"),
    ("village", r"村委会|村委|村里|居委会|村支书|社区"),
)
_ORDERS = (
    r"[^，。！？；]{0,8}?(?:要求|规定|通知|下发|印发|让|叫|逼|下了|发文|搞|组织|派|考核|通报|出台|说|检查|定了|强制|"
    r"安排|推送|下达|发来|来查|布置|规划|建了|修了|投资|答复|回复|举办)"
)


@cache
def _level_patterns() -> tuple[tuple[str, re.Pattern[str], re.Pattern[str]], ...]:
    return tuple((name, re.compile(f"(?:{p})"), re.compile(f"(?:{p}){_ORDERS}")) for name, p in _LEVELS)


def level(text: str) -> str | None:
    """The highest level seen to give orders in the text; the highest named, where none is seen to; else None."""
    plain = normalise(text)
    ordering = (name for name, _, orders in _level_patterns() if orders.search(plain))
    named = (name for name, alone, _ in _level_patterns() if alone.search(plain))
    return next(ordering, None) or next(named, None)
