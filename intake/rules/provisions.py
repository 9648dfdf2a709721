"""The numbers a reporter gives beside the numeric limits of the provisions: 「12,000 字」 beside 「一般不超过 5000 字」.

A finding is a hint for a person to confirm, never a judgement: a text says who counted what only roughly.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_HAN = "〇零一二两三四五六七八九十百千万半"
#: Never from within a number; a comma stands in one only before three digits: 「讲了3，4个小时」 are two.
_NUMBER = rf"(?<![\d.{_HAN}])(\d+(?:[,，]\d{{3}}(?!\d))*(?:\.\d+)?(?:\s*[万千百](?:\d+[千百]?)*)?|[{_HAN}]+)"
#: A day in the calendar is no length of time: 2024年, 二〇二四年, 到3月.
_LENGTH = rf"(?<![年到从自至])(?!(?:19|20)\d\d\s*年|[一二][九〇零][〇零一二三四五六七八九]{{2}}年){_NUMBER}"
_MORE = r"(?:多|余|来|几)?\s*个?"
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_PAPER = r"(?:文件|方案|通知|材料|报告|总结|发文|红头|稿子?|汇报|意见)"
_CHECK = r"(?:督查|督导|检查|考核|巡查|迎检)"
_APP = r"(?:[Aa][Pp][Pp]|应用|小程序|平台|系统|软件)"
_A_YEAR = r"(?:一年|今年|全年|每年|年内|一年到头)"


@dataclass(frozen=True)
class Finding:
    """A number of the reporter that a limit is about: `number` in the limit's unit, where it stands in the text."""

    number: float
    words: str
    start: int
    end: int


def number_of(words: str) -> float | None:
    """The value of a number in digits or Chinese numerals (3,000; 1.2 万; 1万5千; 三千五; 两百; 一; 半); None for none."""
    plain = words.replace(",", "").replace("，", "").replace(" ", "")
    if re.fullmatch(r"(?:\d+(?:\.\d+)?[万千百])*(?:\d+(?:\.\d+)?)?", plain) and plain:
        return _mixed(re.findall(r"(\d+(?:\.\d+)?)([万千百]?)", plain))
    if plain == "半":
        return 0.5
    return _chinese(plain.removesuffix("半")) if plain and set(plain) <= {*_DIGITS, *_TENS, "半"} else None


def _mixed(parts: list[tuple[str, str]]) -> float:
    """The sum of digits with their units; a single digit after a unit counts tenths of it (1万5, as in speech)."""
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ("", "")
    if before[1] and not last[1] and len(last[0]) == 1:
        return _mixed(parts[:-1]) + float(last[0]) * _TENS[before[1]] / 10
    return sum(float(digits) * _TENS.get(unit, 1) for digits, unit in parts)


def _chinese(plain: str) -> float | None:
    total = section = digit = 0
    unit = 10
    for sign in plain:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign == "万":
            total, section, digit, unit = (total + section + digit) * 10_000, 0, 0, 10_000
        else:
            unit = _TENS[sign]
            section, digit = section + max(digit, 1) * unit, 0
    loose = (
        digit * unit // 10
        if digit and plain[-1] in _DIGITS and len(plain) > 1 and plain[-2] in _TENS and unit > 10
        else digit
    )
    return float(total + section + loose) if plain else None


@dataclass(frozen=True)
class _Limit:
    """How to find the number: patterns whose first group is it, and what it is worth in the unit of the limit."""

    patterns: tuple[re.Pattern[str], ...]
    worth: Callable[[re.Match[str], float], float | None] = lambda match, number: number


def _limit(
    *patterns: str, worth: Callable[[re.Match[str], float], float | None] = lambda match, number: number
) -> _Limit:
    return _Limit(tuple(re.compile(p) for p in patterns), worth)


def _characters(match: re.Match[str], number: float) -> float | None:
    return number if number >= 300 else None  # 三十字 is no document


def _hours(match: re.Match[str], number: float) -> float | None:
    minutes = match[0].rstrip("的了").endswith("分钟")
    return number / 60 if minutes else number + 0.5 * ("个半" in match[0])


def _days(match: re.Match[str], number: float) -> float | None:
    return number + 0.5 * match[0].endswith("天半")


def _months(match: re.Match[str], number: float) -> float | None:
    years = "年" in match[0][match.start(1) - match.start() :]
    half = 0.5 * bool(re.search(r"(?:年|个)半", match[0]))
    return (number + half) * (12 if years else 1)


_CHARACTERS = _limit(
    rf"{_PAPER}[^。！？；\n]{{0,14}}?{_NUMBER}{_MORE}字", rf"{_NUMBER}{_MORE}字(?:以上)?的{_PAPER}", worth=_characters
)
_SECONDED = _limit(
    rf"借[调用][^。！？；\n]{{0,12}}?{_LENGTH}{_MORE}(?:年半|年|个?半?月)",
    rf"抽[调走][^。！？；\n]{{0,12}}?{_LENGTH}{_MORE}(?:年半|年|个?半?月)", worth=_months,
)  # fmt: skip
_CHECKS = _limit(
    rf"{_A_YEAR}[^。！？；\n]{{0,10}}?{_NUMBER}{_MORE}(?:次|项|轮|拨|趟|回)[^。！？；\n]{{0,6}}?{_CHECK}",
    rf"{_CHECK}[^。！？；\n]{{0,6}}?{_A_YEAR}[^。！？；\n]{{0,6}}?{_NUMBER}{_MORE}(?:次|项|轮|拨|趟|回)",
    rf"{_A_YEAR}[^。！？；\n]{{0,8}}?{_CHECK}[^。！？；\n]{{0,4}}?{_NUMBER}{_MORE}(?:次|项|轮|拨|趟|回)",
)
#: By the id of the provision in intake/data/provisions.csv.
LIMITS: Mapping[str, _Limit] = {
    "R02": _CHARACTERS,
    "R02b": _CHARACTERS,
    "R04": _limit(
        rf"{_A_YEAR}[^。！？；\n]{{0,10}}?{_NUMBER}{_MORE}(?:次|场|个|回)[^。！？；\n]{{0,6}}?(?:综合|全[市县区省]|系统|工作|部署|推进)[^。！？；\n]{{0,4}}?会",
    ),
    "R06": _limit(
        rf"(?:讲话|报告|发言|讲了|讲|念稿|念)[^。！？；\n]{{0,10}}?{_NUMBER}{_MORE}半?(?:小时|钟头|分钟)", worth=_hours
    ),
    "R06b": _limit(rf"(?:会|会议)[^。！？；\n]{{0,8}}?{_NUMBER}{_MORE}天半?", worth=_days),
    "R06c": _limit(rf"(?:会|会议)[^。！？；\n]{{0,8}}?{_NUMBER}{_MORE}天半?", worth=_days),
    "R07": _CHECKS,
    "R11": _SECONDED,
    "R13": _limit(rf"{_NUMBER}{_MORE}[款套种]?[^。！？；，,\n就有]{{0,6}}?{_APP}", rf"{_APP}[^。！？；\n]{{0,4}}?(?:有|装了|多达)\s*{_NUMBER}{_MORE}[款套种]?"),
    "R14": _limit(
        rf"(?:同一?[张份个样]?的?|一[张份]|相同的?)(?:表|材料|数据|信息|内容)[^。！？；\n]{{0,12}}?(?:报|填|交|录|要)[了过]?{_NUMBER}{_MORE}(?:遍|次|回|家|份|套)",
    ),
    "E25b": _CHECKS,
    "E25c": _limit(rf"白名单[^。！？；\n]{{0,8}}?{_NUMBER}{_MORE}[项个]"),
    "E25d": _limit(
        rf"(?:一|每|这|上)个?学期[^。！？；\n]{{0,12}}?{_NUMBER}{_MORE}(?:次|场|个|项|回)[^。！？；\n]{{0,8}}?(?:进校园|活动)",
        rf"进校园[^。！？；\n]{{0,8}}?(?:一|每|这|上)个?学期[^。！？；\n]{{0,8}}?{_NUMBER}{_MORE}(?:次|场|个|项|回)",
    ),
    "E25e": _SECONDED,
}  # fmt: skip


def find(provision_id: str, text: str) -> Finding | None:
    """The largest number in a text that the provision's limit is about; None where there is none, or no limit."""
    limit = LIMITS.get(provision_id)
    if limit is None:
        return None
    found = [made for p in limit.patterns for match in p.finditer(text) if (made := _finding(limit, match))]
    return max(found, key=lambda one: (one.number, -one.start), default=None)


def _finding(limit: _Limit, match: re.Match[str]) -> Finding | None:
    number = number_of(match[1].strip())
    worth = limit.worth(match, number) if number is not None else None
    if worth is None or worth <= 0:
        return None
    words = match[0][match.start(1) - match.start() :].strip()
    return Finding(worth, words, match.start(1), match.end())
