"""Whole numbers as pages and addresses send them."""

from __future__ import annotations

#: What a column of either database can hold.
LARGEST = 2**63 - 1


def whole(text: str) -> int:
    """The number that ASCII digits write; 0, which no row and no version has, for anything else.

    str.isdigit alone is a trap: it says yes to "²", which int() refuses, and to numbers that no column can hold.
    """
    digits = text.isascii() and text.isdigit() and len(text) <= len(str(LARGEST))
    return int(text) if digits and int(text) <= LARGEST else 0
