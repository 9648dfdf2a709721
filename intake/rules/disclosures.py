"""What in a text could tell who wrote it: numbers, accounts, homes, names, and "only I know of this".

A find is an offer to the reporter, never a refusal: whoever wants to send the text as it is may do so.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    """What a find is; the order says which wins where two overlap."""

    MAIL = "mail"
    IDENTITY = "identity"
    CARD = "card"
    PHONE = "phone"
    ACCOUNT = "account"
    PLATE = "plate"
    BADGE = "badge"
    ADDRESS = "address"
    NAME = "name"
    ALONE = "alone"


@dataclass(frozen=True)
class Disclosure:
    """A find: the half-open span [start, end) of the text, in characters."""

    kind: Kind
    start: int
    end: int

    def words(self, text: str) -> str:
        """What of the text is found."""
        return text[self.start : self.end]


BLUR = "×"
_CHINESE = str.maketrans("〇零一幺壹二贰三叁四肆五伍六陆七柒八捌九玖", "001112233445566778899")
_GAP = r"[ .·–—-]{0,2}"
_END = r"(?![0-9]|[.,][0-9])"
#: GB/T 2260: the first two digits of an identity number are a province.
_PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 82))
    for code in range(first, last + 1)
)
_NUMBERED = re.compile(
    r"(?:编号|文号|单号|案号|工单|订单|流水|批次|批号|合同|受理号|查询码|代码|序列号|档案号|发票)"
    r"[^0-9,。;\n]{0,6}(?:[A-Za-z0-9]{1,12}-)*$"
)
_COUNTED = re.compile(r"\s*(?:元|万|亿|块钱|人次|平方|公里|吨|条数据)")
_CITED_IDENTITY = re.compile(r"身份证[^0-9,。;\n]{0,6}$")


def _digits(pattern: str) -> str:
    """The pattern of digits with a gap allowed before each but the first."""
    return pattern.replace("d", rf"{_GAP}[0-9]")


_IDENTITY_18 = re.compile(rf"(?<![0-9A-Za-z])[1-9]{_digits('d' * 16)}{_GAP}[0-9Xx](?![0-9A-Za-z])")
_IDENTITY_15 = re.compile(rf"(?<![0-9A-Za-z])[1-9]{_digits('d' * 14)}(?![0-9A-Za-z])")
_CARD = re.compile(r"(?<![0-9A-Za-z])[3-69][0-9]{3}(?:[ -]?[0-9]{4}){3}(?:[ -]?[0-9]{1,3})?(?![0-9A-Za-z])")
_MOBILE = re.compile(rf"(?<![0-9A-Za-z.])(?:\+?86{_GAP})?1{_GAP}[3-9]{_digits('d' * 9)}{_END}")
_AREA = r"(?:010|02[0-9]|0[3-9][0-9]{2})"
_LANDLINE = re.compile(rf"(?<![0-9A-Za-z.])[(]?{_AREA}[) -]{{1,2}}[2-8][0-9]{{2,3}}[ -]?[0-9]{{4}}{_END}")
_CUED_PHONE = re.compile(
    rf"(?:电话|座机|固话|致电|拨打|手机|联系方式|[Tt][Ee][Ll])[^0-9,。;\n]{{0,4}}({_AREA}?[2-8][0-9]{{2,3}}[ -]?[0-9]{{4}}){_END}"
)
_MAIL = re.compile(r"[A-Za-z0-9_.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LINK = r"(?:号码|账号|号|是|为|:|\s|我的|加|\()*"
_WECHAT = re.compile(
    rf"(?:微信|薇信|威信|v信|weixin|wechat|(?<![a-z])(?:vx|wx)){_LINK}([a-z][a-z0-9_-]{{5,19}})(?![a-z0-9_-])",
    re.IGNORECASE,
)
_QQ = re.compile(rf"(?:(?<![a-z])qq|扣扣|企鹅){_LINK}([1-9][0-9]{{4,11}})(?![0-9])", re.IGNORECASE)
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-Z][ ·•・]?"
    r"(?:(?=(?:[A-Z]?[0-9]){3})[A-HJ-NP-Z0-9]{5}|[A-HJK][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJK]|[A-HJ-NP-Z0-9]{4}[挂学警港澳])"
    r"(?![A-Za-z0-9])", re.IGNORECASE,
)  # fmt: skip
_BADGE = re.compile(
    r"(?:工号|警号|学号|胸牌号|(?:职工|员工|教工|工作证|执业证|编制|党员|网格员)(?:编)?号)(?:码|是|为|:|\s)*([A-Za-z]{0,4}-?[0-9]{3,12})(?![0-9人份张条个])"
)
#: A home named down to house, stair or room; what stands before it says that the writer lives there.
_ADDRESS = re.compile(
    r"(?:(?<![常暂入留租农])住(?!建|房|户|宅|院|校|址(?!:)|所|宿|持)(?:址:|在|的是)?|家就?在|(?:家庭|居住)?地址(?:是|:))[: ]?"
    r"((?:(?!一共|每|要|共)[\u4e00-\u9fff0-9A-Za-z-]){0,24}?(?:[0-9一二三四五六七八九十]{1,4}(?:栋|幢|号楼|单元|号院|组(?![织长]))|[0-9A-Z]{1,5}(?:座|弄|巷|号(?![码线楼院])))"
    r"(?:[0-9一二三四五六七八九十]{1,4}(?:单元|门|楼|层|号|室|户|栋|-)?){0,3})"
)

_WHO = r"(?:我|咱|俺|本人)"
_FEW = r"(?:自己|们?(?:[一二两三四五六七八九几0-9]{1,2}(?:个人|个|人)?|俩|仨)?)"
_RUN = r"[^。,;!?\n]"
_KNOWS = r"(?:知道|知情|清楚|在场|经手|负责|参加|参与|收到|去了|看到|做过|管这)"
_ALONE = tuple(map(re.compile, (
    rf"(?:只有|仅有|就|只){_WHO}{_FEW}{_RUN}{{0,6}}?{_KNOWS}",
    rf"(?:就|只有|只剩|仅){_WHO}(?:一个人?|一人|自己|们?(?:俩|仨|[两三四五]个(?:人)?))",
    rf"只有{_RUN}{{0,4}}?[一二两三四五几0-9]个?人(?:知道|知情|在场)",
    rf"知道{_RUN}{{0,6}}的(?:人)?(?:就|只有|只|仅){_RUN}{{0,4}}?[一二两三四五几0-9]个?(?:人)?",
    rf"(?:全|整个){_RUN}{{1,5}}(?:就|只有){_WHO}{_RUN}{{0,8}}",
    rf"(?:我|本人)是{_RUN}{{0,12}}?(?:唯一|仅有){_RUN}{{0,10}}",
    rf"唯一的?{_RUN}{{0,10}}?(?:就是|是){_WHO}(?![们的])",
)))  # fmt: skip

SURNAME = (
    "(?:欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|[王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田姜范石姚谭廖邹熊陆郝孔崔康毛邱秦史顾侯邵孟龙段雷钱汤尹黎易贺赖龚樊兰殷施陶洪翟颜倪严牛俞章鲁葛韦申尤毕聂焦柳邢岳齐庞庄高曾肖于任金付方白江万覃武莫向常"
    "褚卫苗臧纪舒屈项祝阮蓝闵席梅刁骆虞柯裘荀甄封晏柴瞿温辛欧邬元穆凌霍裴翁薄涂])"
)
_NAME = rf"({SURNAME}[\u4e00-\u9fff]{{1,2}})"
_STOP = r"(?=[。,.;:、!?\s()]|$|(?:电话|手机|身份证|工号|是|在|系|今年|住|家住|来自|现|男|女))"
_PLACE = r"(?:村|社区|街道|镇|乡|局|所|站|校|小学|中学|医院|卫生院|中心|办|科|组|队|公司|委|里|上)"
_POST = (
    r"(?:村民|居民|干部|教师|老师|医生|护士|村医|职工|社工|网格员|工作人员|会计|出纳|文书|主任|副主任|书记|副书记|支书|组长|科员|办事员|"
    r"副?[镇乡局科所站校]长|民警|辅警|党员|队员|驻村干部|大学生村官)"
)
#: After a word for the writer any name is one, with any surname or none: 巴特尔, 买买提·吐尔逊.
_ANY_NAME = r"((?!某|匿名|不愿|保密|[\u4e00-\u9fff]{0,4}(?:居民|村民|群众|干部|教师|老师|职工|家长|员工))[\u4e00-\u9fff]{2,6}(?:[·•][\u4e00-\u9fff]{1,6})*)(?=[。,.;、!?()\n]|\s*$)"
_NAMES = tuple(map(re.compile, (
    rf"(?:反映人|举报人|投诉人|来信人|署名|落款): ?{_ANY_NAME}",
    r"(?:[我俺咱]叫|姓名:)(?!他|她|它|你|我|人|苦|不|谁|大家)([\u4e00-\u9fff]{1,6}[·•][\u4e00-\u9fff]{1,6})",
    r"(?:[我俺咱]叫|我的名字(?:叫|是)|本人姓名)(?![他她它你我人苦不谁大一冤停])([\u4e00-\u9fff]{2,5})(?=[。.]|$|,(?:是|在|系|今年|来自))",
    rf"(?:[我俺咱](?:名字?)?叫|我的名字(?:叫|是)|我姓名|本人(?:姓名|名叫|叫|是)?)[:, ]?{_NAME}{_STOP}",
    rf"(?:我|本人|俺)(?:是|系)(?:{_RUN}{{0,20}}?{_PLACE}的?{_POST}?)?{_NAME}{_STOP}",
    rf"(?:反映人|举报人|投诉人|来信人|姓名|署名|落款)[: ] ?(?:{_RUN}{{0,20}}?(?:{_POST} ?| ))?{_NAME}{_STOP}",
    rf"\n{_RUN}{{0,16}}{_POST} ?{_NAME}(?=\s*(?:$|\n[^\n]{{0,20}}[0-9日]$))",
)))  # fmt: skip
#: In the name of a file a person's name stands by itself, between brackets, blanks or dashes.
_FILE_NAME = re.compile(rf"(?:^|[(\[【《_ .-]){_NAME}(?=$|[)\]】》_ .-])")
#: What follows a surname's sign in these places and is no name of the writer: a post, a place, an everyday word.
_NO_NAME = re.compile(
    r".(?:主任|书记|局长|科长|站长|老师|镇长|村长|所长|会计|队长|校长|院长|总|姐|哥|工|处|某|某某|[××]+)$|.*[村镇乡县市区的了]$"
    r"|(?:程序|石油|史料|马上|何时|何人|易地|余下|严重|严格|章程|段长|龙头|夏天|江苏|苏州|杭州|广东|唐山|石家|黎明前|田间|田地|林业|林长|黄色|元[旦月]|凌晨|薄弱|于[去今昨上本每是]|向[上下领各有县区市镇]|常[常年]|方[面法便]|高[度兴级]|任[何务职]|付出|金额|白[天干]|万一|江[边西]|莫名|牛羊|马路|毕业|施工|康复)"
)  # fmt: skip


def find(text: str, contact_name: str = "") -> tuple[Disclosure, ...]:
    """What the text discloses of its writer, in reading order, without overlaps; `contact_name` is what the writer gave as his."""
    return _without_overlaps(_all(_fold(text), _fold(contact_name)))


def _without_overlaps(found: Iterable[Disclosure]) -> tuple[Disclosure, ...]:
    """The finds in reading order; of two that overlap the one whose kind goes first, then the earlier."""
    taken: list[Disclosure] = []
    for one in sorted(found, key=lambda d: (_RANK[d.kind], d.start, -d.end)):
        if all(one.end <= other.start or other.end <= one.start for other in taken):
            taken.append(one)
    return tuple(sorted(taken, key=lambda d: d.start))


def find_in_file_name(name: str) -> tuple[Disclosure, ...]:
    """What the name of a file discloses, before its suffix: a person's name set apart, and all that `find` finds."""
    plain = _fold(name.rpartition(".")[0] or name)
    apart = _spans(Kind.NAME, _FILE_NAME, plain, lambda m: not _NO_NAME.match(m[1]))
    return _without_overlaps([*apart, *_all(plain, "")])


def pieces(text: str, found: Collection[Disclosure]) -> Iterator[tuple[str, Disclosure | None]]:
    """The text cut at the finds (as `find` gives them): each piece with its find, None for what lies between."""
    at = 0
    for one in found:
        if at < one.start:
            yield text[at : one.start], None
        yield one.words(text), one
        at = one.end
    if at < len(text):
        yield text[at:], None


def blur(text: str, found: Collection[Disclosure]) -> str:
    """The text with every sign of the finds replaced by ×, as long as before."""
    return "".join(BLUR * len(words) if one else words for words, one in pieces(text, found))


_RANK = {kind: place for place, kind in enumerate(Kind)}


def _fold(text: str) -> str:
    """The text with full-width digits, letters and punctuation as half-width ones; every sign stays where it was."""
    return "".join(n if len(n := unicodedata.normalize("NFKC", sign)) == 1 else sign for sign in text)


def _all(plain: str, contact_name: str) -> Iterator[Disclosure]:
    # Numbers are looked for twice: 「一三八…」 is one, and in 「13812345678一共」 the 一 is none.
    for signs in {plain, plain.translate(_CHINESE)}:
        yield from _numbers(signs)
    yield from _spans(Kind.MAIL, _MAIL, plain)
    for pattern in (_WECHAT, _QQ):
        yield from _spans(Kind.ACCOUNT, pattern, plain)
    for kind, pattern in ((Kind.PLATE, _PLATE), (Kind.BADGE, _BADGE), (Kind.ADDRESS, _ADDRESS)):
        yield from _spans(kind, pattern, plain)
    for pattern in _NAMES:
        yield from _spans(Kind.NAME, pattern, plain, lambda m: not _NO_NAME.match(m[1]))
    if len(contact_name) > 1:
        yield from _spans(Kind.NAME, re.compile(re.escape(contact_name)), plain)
    for pattern in _ALONE:
        yield from _spans(Kind.ALONE, pattern, plain)


def _numbers(signs: str) -> Iterator[Disclosure]:
    yield from _spans(Kind.IDENTITY, _IDENTITY_18, signs, _is_identity_18)
    yield from _spans(Kind.IDENTITY, _IDENTITY_15, signs, _is_identity_15)
    yield from _spans(Kind.CARD, _CARD, signs, lambda m: _personal(m) and _luhn(_only_digits(m[0])))
    for pattern in (_MOBILE, _LANDLINE, _CUED_PHONE):
        yield from _spans(Kind.PHONE, pattern, signs, _personal)


def _spans(
    kind: Kind, pattern: re.Pattern[str], signs: str, holds: Callable[[re.Match[str]], bool] = bool
) -> Iterator[Disclosure]:
    """The matches that hold; a pattern with a group means its group, the cue before it stays readable."""
    group = 1 if pattern.groups else 0
    for match in pattern.finditer(signs):
        if holds(match):
            yield Disclosure(kind, *match.span(group))


def _personal(match: re.Match[str]) -> bool:
    """Whether the number is neither a file's, an order's or a form's, nor an amount."""
    before = match.string[max(0, match.start() - 30) : match.start()]
    return not _NUMBERED.search(before) and not _COUNTED.match(match.string, match.end())


def _only_digits(words: str) -> str:
    return "".join(sign for sign in words.upper() if sign in "0123456789X")


def _is_identity_18(match: re.Match[str]) -> bool:
    number = _only_digits(match[0])
    if number[:2] not in _PROVINCES or not _is_day(number[6:14]):
        return False
    cited = _CITED_IDENTITY.search(match.string[max(0, match.start() - 10) : match.start()])
    return bool(cited) or _check_sign(number[:17]) == number[17]


def _is_identity_15(match: re.Match[str]) -> bool:
    number = _only_digits(match[0])
    return number[:2] in _PROVINCES and _is_day("19" + number[6:12]) and _personal(match)


def _is_day(digits: str) -> bool:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return 1900 <= day.year <= 2100


def _check_sign(seventeen: str) -> str:
    """The last sign of an identity number (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(int(digit) * (2 ** (17 - place) % 11) for place, digit in enumerate(seventeen))
    return "10X98765432"[total % 11]


def _luhn(digits: str) -> bool:
    """Whether the check digit of a bank card is right (ISO/IEC 7812-1)."""
    doubled = (int(d) * (1 + place % 2) for place, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0
