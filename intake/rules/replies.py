"""What to look at twice before words go to a reporter: people, forgotten blanks, promises without a date."""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from intake.rules.disclosures import SURNAME


class Doubt(enum.StrEnum):
    """Why a passage of a reply may harm or mislead."""

    PHONE = "phone"
    ID_NUMBER = "id_number"
    NAME = "name"
    BLANK = "blank"
    UNCHANGED = "unchanged"
    PROMISE = "promise"
    AGAIN = "again"


@dataclass(frozen=True, order=True)
class Finding:
    """A doubtful passage, text[start:end]."""

    start: int
    end: int
    doubt: Doubt


#: Mobile numbers only: a landline in a referral is that of an office and belongs there.
_PATTERNS = {
    Doubt.PHONE: re.compile(r"(?<!\d)1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)"),
    Doubt.ID_NUMBER: re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])"),
    Doubt.NAME: re.compile(rf"{SURNAME}(?:某{{1,2}}|[\u4e00-\u9fff]{{0,2}}(?:先生|女士|小姐|师傅))"),
    Doubt.BLANK: re.compile(r"【[^】]*】?"),
}
_SENTENCE = re.compile(r"[^。；！？;!?\n]+")
_PROMISE = re.compile(
    r"尽快|尽早|早日|近期|近日内|[月年季周]底前|(?<!即)将(?!军)|(?<![不社机委协开大例工常议聚培宣集])会(?![议同计商场员务上后见长费客])"
)
_DATED = re.compile(
    r"\d+\s*月(?:\s*\d+\s*日|底|初|中旬|上旬|下旬)|\d{4}-\d{1,2}-\d{1,2}|[\d一二两三四五六七八九十]+\s*(?:个工作日|个月|天|日|周)[内前之]"
)


def find(text: str, *, names: Collection[str] = (), templates: Collection[str] = ()) -> list[Finding]:
    """The doubtful passages of a reply in reading order.

    `names` are people known to the writer, `templates` the wordings that were meant to be filled in.
    """
    found = {Finding(*match.span(), doubt) for doubt, sign in _PATTERNS.items() for match in sign.finditer(text)}
    found.update(Finding(at.start(), at.end(), Doubt.NAME) for name in names if name for at in _all(name, text))
    found.update(_promises(text))
    if text.strip() in {template.strip() for template in templates}:
        found.add(Finding(0, len(text), Doubt.UNCHANGED))
    return sorted(found)


def _promises(text: str) -> Iterator[Finding]:
    """A promise in a sentence that names no day."""
    for sentence in _SENTENCE.finditer(text):
        promise = _PROMISE.search(sentence.group())
        if promise and not _DATED.search(sentence.group()):
            yield Finding(sentence.start() + promise.start(), sentence.start() + promise.end(), Doubt.PROMISE)


def _all(name: str, text: str) -> Iterator[re.Match[str]]:
    return re.finditer(re.escape(name), text)


def spans(found: Collection[Finding]) -> list[tuple[int, int]]:
    """The passages to mark, in order and without overlap; a whole text that is doubtful is not marked as one."""
    merged: list[tuple[int, int]] = []
    for one in sorted(one for one in found if one.doubt not in (Doubt.UNCHANGED, Doubt.AGAIN)):
        if merged and one.start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], one.end))
        else:
            merged.append((one.start, one.end))
    return merged
