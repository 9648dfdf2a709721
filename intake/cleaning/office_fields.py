"""Fields of Word (ECMA-376-1, 17.16): what they show stays, what would fetch something or tell a place on a computer goes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from intake.cleaning.removal import Removal

#: A place on a computer or in its network; told in whatever attribute, it holds the name of an account.
PATH = re.compile(r"(?<![A-Za-z])[A-Za-z]:[\\/]{1,2}\w|^\s*\\\\\w|\bfile:/|(?<!\w)/(?:Users|home)/\w", re.IGNORECASE)
#: Instructions that number, refer within the document, calculate, or draw what they say.
_HARMLESS = frozenset({
    "PAGE", "NUMPAGES", "SECTION", "SECTIONPAGES", "PAGEREF", "REF", "NOTEREF", "STYLEREF", "SEQ", "TOC", "INDEX", "LISTNUM",
    "AUTONUM", "AUTONUMLGL", "AUTONUMOUT", "EQ", "SYMBOL", "ADVANCE", "QUOTE", "DATE", "TIME", "FORMTEXT", "FORMCHECKBOX",
    "FORMDROPDOWN", "=",
})  # fmt: skip
_FIRST = re.compile(r"\s*(=|\w+)")
_WEB_LINK = re.compile(r'\s*HYPERLINK\s+"?\s*(?:https?://|mailto:|\\[lL]\b)', re.IGNORECASE)


def without_instructions(root: etree._Element) -> set[Removal]:
    """Empty the instructions of a part that are not known to be harmless, or hold a place on a computer."""
    removed = set()
    for pieces in _fields(root):
        if not _is_harmless("".join(piece.text or "" for piece in pieces)):
            removed.add(Removal.LINKS)
            for piece in pieces:
                piece.text = ""
    for simple in root.iter("{*}fldSimple"):
        for key, instruction in simple.attrib.items():
            if etree.QName(key).localname == "instr" and not _is_harmless(instruction):
                removed.add(Removal.LINKS)
                simple.set(key, "")
    return removed


def _is_harmless(instruction: str) -> bool:
    first = _FIRST.match(instruction)
    if first is None:
        return not instruction.strip()
    known = first[1].upper() in _HARMLESS or _WEB_LINK.match(instruction)
    return bool(known) and not PATH.search(instruction)


def _fields(root: etree._Element) -> Iterator[list[etree._Element]]:
    """The pieces of each field's instruction; fields may lie in one another, and a piece outside of all is one alone."""
    open_fields: list[list[etree._Element]] = []
    for element in root.iter("{*}fldChar", "{*}instrText"):
        if etree.QName(element).localname == "instrText":
            if open_fields:
                open_fields[-1].append(element)
            else:
                yield [element]
            continue
        kind = next((value for key, value in element.attrib.items() if etree.QName(key).localname == "fldCharType"), "")
        if kind == "begin":
            open_fields.append([])
        elif kind == "end" and open_fields:
            yield open_fields.pop()
    yield from open_fields
