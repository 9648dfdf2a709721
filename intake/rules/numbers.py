"""Numbers as pages, addresses and people send them: whole ones, and those of clues."""

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
