"""Numbers as pages, addresses and people send them: whole ones, those of clues, and small ones in words."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

#: What a column of either database can hold.
LARGEST = 2**63 - 1


def whole(text: str) -> int:
    """The number that ASCII digits write; 0, which no row and no version has, for anything else.

    str.isdigit alone is a trap: it says yes to "²", which int() refuses, and to numbers that no column can hold.
    """
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))
    return int(text) if digits and int(text) <= LARGEST else 0


_NUMBER = re.compile(r"(?:(\d{4})-)?(\d{2})-(\d{4,6})", re.ASCII)


def clue_number(typed: str, today: date) -> str:
    """A clue's number, `2026-11-0382`, from what a person types: of any width, or without the year as lists show it.

    Without a year it is of the latest such month that has begun. "" for anything else.
    """
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", typed).strip())
    if found is None:
        return ""
    year = found[1] or today.year - (int(found[2]) > today.month)
    return f"{year}-{found[2]}-{found[3]}"


def in_short(number: str, today: date) -> str:
    """A clue's number as lists show it: without this year, with any other."""
    return number.removeprefix(f"{today.year}-")


_SMALL = r"([0-9]{1,7}|[零一二两三四五六七八九十百]{1,7})"
_COUNT = re.compile(rf"{_SMALL}(?:次|回|遍|趟|个人?|人次?|名|位)?")
_MINUTES = re.compile(rf"{_SMALL}(?:分钟?)?")
_HOURS = re.compile(rf"{_SMALL}个?(\.5|半)?个?(?:小时|钟头)(?:{_SMALL}分钟?)?")
_AROUND = re.compile(r"^(?:大约|大概|约|平均|每次|每月)|左右$|\s")
_DIGITS = "零一二三四五六七八九"


def counted(text: str) -> int | None:
    """How many times or people somebody writes, in digits or in Chinese below 1,000, with its measure word: 五次 is 5.

    None for anything else, and for what may be read in two ways (两百五).
    """
    found = _COUNT.fullmatch(_plain(text))
    return _small(found[1]) if found else None


def minutes(text: str) -> int | None:
    """The minutes that somebody writes: 10分钟, 两个小时, 一个半小时; a bare number is minutes. None for anything else."""
    plain = _plain(text)
    if plain in ("半小时", "半个小时", "半个钟头"):
        return 30
    if found := _HOURS.fullmatch(plain):
        hours, rest = _small(found[1]), _small(found[3]) if found[3] else 0
        return None if hours is None or rest is None else 60 * hours + (30 if found[2] else 0) + rest
    found = _MINUTES.fullmatch(plain)
    return _small(found[1]) if found else None


def _plain(text: str) -> str:
    return _AROUND.sub("", unicodedata.normalize("NFKC", text))


def _small(words: str) -> int | None:
    return int(words) if words.isdigit() else _SPOKEN.get(words.replace("两", "二"))


def _spoken(number: int) -> str:
    """A number from 1 to 999 as it is said: 十, 二十三, 一百零五."""
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    said = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        said += f"{_DIGITS[tens] if tens > 1 or hundreds else ''}十"
    elif hundreds and ones:
        said += "零"
    return said + (_DIGITS[ones] if ones else "")


_SPOKEN = {_spoken(number): number for number in range(1, 1000)}
