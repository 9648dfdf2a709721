"""The XML of office documents without who wrote, changed and commented it, and where (ECMA-376)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Container

from lxml import etree

from intake.cleaning.office_fields import PATH, without_instructions
from intake.cleaning.removal import Removal
from intake.errors import FileRefused

#: Who wrote a comment or a change, as readers need somebody to be.
NOBODY = "匿名"
NOWHERE = "about:blank"
_REMOVED = {
    "rPrChange": Removal.REVISIONS, "pPrChange": Removal.REVISIONS,
    "tblPrChange": Removal.REVISIONS, "tcPrChange": Removal.REVISIONS, "trPrChange": Removal.REVISIONS,
    "sectPrChange": Removal.REVISIONS, "tblGridChange": Removal.REVISIONS, "numberingChange": Removal.REVISIONS,
    "cellIns": Removal.REVISIONS, "cellDel": Removal.REVISIONS, "cellMerge": Removal.REVISIONS,
    "rsids": None, "docId": None, "docVars": Removal.HIDDEN_TEXT, "mailMerge": Removal.EMBEDDED,
    "attachedTemplate": Removal.LINKS, "dataBinding": None, "absPath": Removal.AUTHOR, "fileSharing": Removal.AUTHOR,
    "externalReferences": Removal.LINKS, "externalData": Removal.EMBEDDED, "legacyDrawingHF": None, "custDataLst": None,
    "altChunk": Removal.EMBEDDED, "videoFile": Removal.EMBEDDED, "audioFile": Removal.EMBEDDED, "snd": Removal.EMBEDDED,
    "wavAudioFile": Removal.EMBEDDED, "quickTimeFile": Removal.EMBEDDED, "revisionPtr": None, "extLst": None, "customPr": None, "customProperties": None,
    "fldData": Removal.HIDDEN_TEXT, "customWorkbookViews": Removal.AUTHOR, "customSheetViews": None, "scenarios": Removal.AUTHOR, "webPublishItems": Removal.AUTHOR,
}  # fmt: skip
#: Only Word's own mean a change: a drawing moves its pen by elements of the same names.
_WORD = frozenset({
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main",
})  # fmt: skip
_CHANGED, _UNWRAPPED = frozenset({"del", "moveFrom"}), frozenset({"ins", "moveTo"})
#: Attributes that name a person; the value is what stands there afterwards, None for the attribute going.
_PEOPLE: dict[str, str | None] = {
    "author": NOBODY, "initials": None, "lastModifiedBy": None, "userName": None, "userId": None, "providerId": None,
    "lastIdx": "0", "dt": None, "refreshedBy": None, "user": None, "ed": None,
}  # fmt: skip
#: The name of a file, where a picture or a link is described.
_FILE = re.compile(
    r"\.(?:jpe?g?|jfif|png|gif|bmp|dib|tiff?|webp|heic|[ew]mf|svg|docx?|xlsx?|pptx?|pdf|wps|et|dps|txt|mp4|mov)\s*$",
    re.IGNORECASE,
)
_DESCRIBING = frozenset({"descr", "title", "alt", "tooltip", "display"})
_NAMED = frozenset({"docPr", "cNvPr"})
_COMMENTS = re.compile(r"omment|uthors")
_IN_COMMENTS = {"date": None, "name": NOBODY}
_WORD_MARKS = frozenset({"moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd"})
_CONTENT_TYPE = "macroEnabled"


def scrub(name: str, content: bytes) -> tuple[bytes, set[Removal]]:
    """A part without people and revisions, and what was found of them. Raises FileRefused for what is not plain XML."""
    root = _parsed(content)
    removed: set[Removal] = set()
    for comment in list(root.xpath("//comment() | //processing-instruction()")):
        _take_out(comment)
    for element in list(root.iter(etree.Element)):
        removed |= _element(element, name)
    for step in _steps(name):
        removed |= step(root)
    return _written(root), removed


def without_parts(name: str, content: bytes, left: Container[str]) -> tuple[bytes, set[Removal]]:
    """Relationships or content types without the parts that stay behind; a link to a file elsewhere leads nowhere."""
    root = _parsed(content)
    removed: set[Removal] = set()
    base = posixpath.dirname(posixpath.dirname(name))
    for element in list(root):
        if _CONTENT_TYPE in element.get("ContentType", ""):
            raise FileRefused("macros")
        if _points_to(element, base) in left:
            root.remove(element)
        elif element.get("TargetMode") == "External" and not _is_web_link(element):
            element.set("Target", NOWHERE)
            removed.add(Removal.LINKS)
    return _written(root), removed


def _parsed(content: bytes) -> etree._Element:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or b"<\0!\0D\0O\0C" in content:
        raise FileRefused("damaged")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"  # ECMA-376-2, 8.1.4: no other
    parser = etree.XMLParser(
        encoding=encoding, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise FileRefused("damaged") from error


def _written(root: etree._Element) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True))


def _element(element: etree._Element, name: str) -> set[Removal]:
    local, in_word = etree.QName(element).localname, etree.QName(element).namespace in _WORD
    removed = _attributes(element, bool(_COMMENTS.search(name)))
    if in_word and local in _UNWRAPPED | _CHANGED:
        (_unwrap if local in _UNWRAPPED else _take_out)(element)
        return removed | {Removal.REVISIONS}
    if local in _WORD_MARKS:
        _take_out(element)
    elif local in _REMOVED:
        _take_out(element)
        why = _REMOVED[local]
        return removed | ({why} if why else set())
    return removed


def _attributes(element: etree._Element, in_comments: bool) -> set[Removal]:
    removed = set()
    for key, value in element.attrib.items():
        local = etree.QName(key).localname
        people = _PEOPLE | _IN_COMMENTS if in_comments else _PEOPLE
        if local.startswith("rsid"):
            del element.attrib[key]
        elif local in people and value != people[local]:
            _rename(element, key, people[local])
            removed.add(Removal.COMMENTERS)
        elif PATH.search(value) or (_FILE.search(value) and _describes(element, local)):
            element.set(key, "")
            removed.add(Removal.AUTHOR)
    return removed


def _describes(element: etree._Element, local: str) -> bool:
    """Whether an attribute says in words what an element is: who made it may have left a file's name there."""
    return local in _DESCRIBING or (local == "name" and etree.QName(element).localname in _NAMED)


def _rename(element: etree._Element, key: str, to: str | None) -> None:
    if to is None:
        del element.attrib[key]
    else:
        element.set(key, to)


def _comment_authors(root: etree._Element) -> set[Removal]:
    """The list of names in a sheet's comments, and the name that each begins with unless its author deletes it."""
    found = [one for one in root.iter("{*}author") if one.text and one.text != NOBODY]
    names = "|".join(re.escape(one.text) for one in sorted(found, key=lambda one: -len(one.text)))
    for comment in root.iter("{*}text") if found else ():
        _drop_start(comment, re.compile(rf"\s*(?:{names})\s*[:：]\s*"))
    for one in found:
        one.text = NOBODY
    return {Removal.COMMENTERS} if found else set()


def _drop_start(comment: etree._Element, start: re.Pattern[str]) -> None:
    """Take the beginning out of a text that may be spread over several runs."""
    runs = list(comment.iter("{*}t"))
    found = start.match("".join(run.text or "" for run in runs))
    left = found.end() if found else 0
    for run in runs:
        told = run.text or ""
        run.text, left = told[left:], max(0, left - len(told))


def _page_setups(root: etree._Element) -> set[Removal]:
    """A sheet's page without the printer it was set up for."""
    for setup in root.iter("{*}pageSetup"):
        for key in [key for key in setup.attrib if etree.QName(key).localname == "id"]:
            del setup.attrib[key]
    return set()


def _steps(name: str) -> list[Callable[[etree._Element], set[Removal]]]:
    if name.startswith("xl/comments"):
        return [_comment_authors]
    if name.startswith("word/"):
        return [without_instructions]
    return [_page_setups] if name.startswith("xl/") and "sheets/" in name else []


def _take_out(element: etree._Element) -> None:
    """Remove an element, not the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    _keep_tail(element, parent)
    parent.remove(element)


def _unwrap(element: etree._Element) -> None:
    """Put an element's children in its place."""
    parent = element.getparent()
    if parent is None:
        return
    at = parent.index(element)
    for offset, child in enumerate(list(element)):
        parent.insert(at + offset, child)
    parent.remove(element)


def _keep_tail(element: etree._Element, parent: etree._Element) -> None:
    before = element.getprevious()
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail


def _points_to(element: etree._Element, base: str) -> str:
    """The part that a relationship or a content type speaks of; "" for none."""
    if part := element.get("PartName"):
        return str(part).lstrip("/")
    target = str(element.get("Target", ""))
    if element.get("TargetMode") == "External" or not target:
        return ""
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(base, target))


def _is_web_link(element: etree._Element) -> bool:
    is_link = str(element.get("Type", "")).endswith("/hyperlink")
    target = str(element.get("Target", ""))
    return target == NOWHERE or (is_link and target.startswith(("http://", "https://", "mailto:")))
