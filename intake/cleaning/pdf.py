"""PDF, written anew object by object: what no page shows is left behind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import pikepdf
from pikepdf import Name, Object, Pdf

from intake.cleaning.pdf_drawing import drawings_of, is_shared_drawing, without_comments
from intake.cleaning.pdf_unpacking import check_packed, check_unpacked
from intake.cleaning.removal import Removal, Rewritten
from intake.errors import FileRefused

MOST_PAGES = 500
MOST_OBJECTS = 200_000
#: Keys that are taken out of every dictionary (ISO 32000-2), with what the reporter is told.
_KEYS = {
    "/Metadata": Removal.AUTHOR,
    "/PieceInfo": Removal.AUTHOR,
    "/LastModified": Removal.AUTHOR,
    "/Thumb": Removal.HIDDEN_TEXT,
    "/StructTreeRoot": None,
    "/StructParent": None,
    "/StructParents": None,
    "/MarkInfo": None,
    "/AA": Removal.SCRIPTS,
    "/OpenAction": Removal.SCRIPTS,
    "/JavaScript": Removal.SCRIPTS,
    "/JS": Removal.SCRIPTS,
    "/EmbeddedFiles": Removal.EMBEDDED,
    "/EF": Removal.EMBEDDED,
    "/AF": Removal.EMBEDDED,
    "/Collection": Removal.EMBEDDED,
    "/XFA": Removal.SCRIPTS,
    "/DSS": Removal.SIGNATURES,
    "/Perms": Removal.SIGNATURES,
    "/SpiderInfo": Removal.AUTHOR,
    "/OPI": Removal.AUTHOR,
    "/Extensions": None,
    "/Creator": Removal.AUTHOR,
    "/CreatorInfo": Removal.AUTHOR,
    "/User": Removal.AUTHOR,
}
#: Keys of an annotation that say who wrote it and when.
_WRITERS = ("/T", "/Subj", "/CreationDate", "/M", "/NM", "/RC", "/IRT", "/Popup", "/ExData")
#: What a page, an annotation or a field may have (ISO 32000-2, tables 31, 166 ff., 226); a key that no reader knows shows nothing.
_PAGE_KEYS = frozenset({
    "/Type", "/Parent", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Contents",
    "/Rotate", "/Group", "/Annots", "/UserUnit",
})  # fmt: skip
_ANNOTATION_KEYS = frozenset({
    "/Type", "/Subtype", "/Rect", "/Contents", "/AP", "/AS", "/F", "/Border", "/BS", "/BE", "/C", "/IC", "/CA",
    "/ca", "/QuadPoints", "/L", "/LE", "/LL", "/LLE", "/InkList", "/Vertices", "/DA", "/DS", "/Q", "/Dest", "/A",
    "/Parent", "/Kids", "/FT", "/T", "/V", "/DV", "/Ff", "/MaxLen", "/Opt", "/TI", "/I", "/MK", "/H", "/P", "/OC",
    "/Name", "/RD", "/CL", "/IT", "/Sy", "/Open",
})  # fmt: skip
#: Of the document's trees of names, the one that links inside it need.
_NAME_TREES = frozenset({"/Dests"})
_HARMLESS_ACTIONS = {"/GoTo", "/URI", "/Named"}
_WEB = ("http://", "https://", "mailto:")
_LOADED = {"/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D", "/Popup"}
#: A marker inside the data of a scan that is neither a stuffed byte nor a restart (ITU-T T.81, B.1.1.5).
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_DOCUMENT_KEYS = {
    "/Type",
    "/Pages",
    "/Outlines",
    "/Names",
    "/Dests",
    "/PageLabels",
    "/AcroForm",
    "/OCProperties",
    "/Lang",
}


def clean(source: BinaryIO, target: BinaryIO) -> Rewritten:
    """Write the pages of a PDF without what they do not show.

    Raises FileRefused for one that is locked, broken or unpacks too large.
    """
    check_packed(source.read())
    try:
        with Pdf.open(source, suppress_warnings=True) as document:
            _limit(document)
            check_unpacked(document)
            removed = _strip(document)
            pages = len(document.pages)
            document.remove_unreferenced_resources()
            document.save(
                target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True,
                recompress_flate=True,  # what follows the end of compressed data is not copied
            )  # fmt: skip
        with Pdf.open(target) as written:  # a broken document may be written as one that nobody can open
            _limit(written)
    except pikepdf.PasswordError as error:
        raise FileRefused("locked") from error
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, RuntimeError, RecursionError) as error:
        raise FileRefused("damaged") from error
    return Rewritten(frozenset(removed), pages=pages)


def _limit(document: Pdf) -> None:
    if not len(document.pages):
        raise FileRefused("damaged")
    if len(document.pages) > MOST_PAGES or len(document.objects) > MOST_OBJECTS:
        raise FileRefused("too_many_pages")


def _strip(document: Pdf) -> set[Removal]:
    removed: set[Removal] = set()
    if document.trailer.get(Name.Info):
        removed.add(Removal.AUTHOR)
        del document.trailer[Name.Info]
    for key in set(document.Root.keys()) - _DOCUMENT_KEYS - set(_KEYS):
        del document.Root[key]
    if isinstance(names := document.Root.get("/Names"), pikepdf.Dictionary):
        removed |= _keys(names) | _known(names, _NAME_TREES)
    drawings = {piece.objgen for page in document.pages for piece in drawings_of(page.obj)}
    for page in document.pages:
        removed |= _annotations(page.obj)
    for found in document.objects:
        for part in _parts(found):
            removed |= _keys(part) | _unknown(part)
        if isinstance(found, pikepdf.Stream):
            removed |= _picture(found)
            if found.objgen in drawings or is_shared_drawing(found):
                removed |= without_comments(found)
    return removed


def _annotations(page: Object) -> set[Removal]:
    """Leave of a page's annotations what is drawn, without files and names."""
    annotations = page.get("/Annots")
    if not isinstance(annotations, pikepdf.Array):
        return set()
    removed = set()
    kept = [
        one for one in annotations if isinstance(one, pikepdf.Dictionary) and str(one.get("/Subtype")) not in _LOADED
    ]
    if len(kept) < len(annotations):
        removed.add(Removal.EMBEDDED)
    for one in kept:
        if one.get("/Subtype") != Name.Widget and _drop(one, _WRITERS):
            removed.add(Removal.COMMENTERS)
    page.Annots = pikepdf.Array(kept)
    return removed


def _parts(found: Object) -> Iterator[Object]:
    """The dictionaries directly inside an object, itself among them, not following references."""
    waiting = [found]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Array):
            waiting += [inner for inner in one if _is_nested(inner)]
        elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            yield one
            waiting += [inner for inner in one.values() if _is_nested(inner)]


def _is_nested(inner: Object) -> bool:
    return isinstance(inner, pikepdf.Array | pikepdf.Dictionary) and not inner.is_indirect


def _keys(part: Object) -> set[Removal]:
    found = tuple(_KEYS.keys() & set(part.keys()))
    _drop(part, found)
    removed = {why for key in found if (why := _KEYS[key])}
    removed |= _actions(part)
    if part.get("/FT") == Name.Sig and _drop(part, ("/V", "/Lock", "/SV")):
        removed.add(Removal.SIGNATURES)
    if part.get("/Type") == Name.Filespec:
        _drop(part, ("/F", "/UF", "/Desc"))
    return removed


def _actions(part: Object) -> set[Removal]:
    """Leave of what a part does that it shows a page or a place on the web, and nothing after that."""
    removed = set()
    if "/S" in part and _drop(part, ("/Next",)):
        removed.add(Removal.SCRIPTS)
    for key in ("/A", "/PA"):
        action = part.get(key)
        if not isinstance(action, pikepdf.Dictionary) or "/S" not in action:
            continue
        leads_elsewhere = action.S == Name.URI and not str(action.get("/URI", "")).lower().startswith(_WEB)
        if leads_elsewhere or str(action.S) not in _HARMLESS_ACTIONS:
            del part[key]
            removed.add(Removal.LINKS if leads_elsewhere else Removal.SCRIPTS)
    return removed


def _unknown(part: Object) -> set[Removal]:
    """Take away what no reader knows of a page, an annotation or a field."""
    if part.get("/Type") == Name.Page:
        return _known(part, _PAGE_KEYS)
    return _known(part, _ANNOTATION_KEYS) if "/FT" in part or part.get("/Type") == Name.Annot else set()


def _known(part: Object, keys: frozenset[str]) -> set[Removal]:
    """Leave of a dictionary what has one of `keys`."""
    return {Removal.HIDDEN_TEXT} if _drop(part, tuple(set(part.keys()) - keys)) else set()


def _drop(part: Object, keys: tuple[str, ...]) -> bool:
    found = [key for key in keys if key in part]
    for key in found:
        del part[key]
    return bool(found)


def _picture(stream: Object) -> set[Removal]:
    """A photograph lies in a PDF as the camera wrote it: take its own metadata out."""
    filters = stream.get("/Filter")
    names = [str(one) for one in filters] if isinstance(filters, pikepdf.Array) else [str(filters)]
    if names != ["/DCTDecode"]:
        if {"/JPXDecode", "/DCTDecode"} & set(names):
            raise FileRefused("print_again")
        return set()
    content = stream.read_raw_bytes()
    bare = bare_jpeg(content)
    parameters: Any = stream.get("/DecodeParms")
    stream.write(bare, filter=Name.DCTDecode, decode_parms=parameters)
    return {Removal.CAMERA} if content.count(b"Exif\0\0") > bare.count(b"Exif\0\0") else set()


def bare_jpeg(content: bytes) -> bytes:
    """A JPEG without application segments and comments; Adobe's (APP14) says how the colours are stored and stays.

    Raises FileRefused where the segments cannot be followed.
    """
    out, at = bytearray(content[:2]), 2
    while content[at : at + 1] == b"\xff" and at + 2 <= len(content):
        marker = content[at + 1]
        if marker == 0xD9:
            return bytes(out + content[at : at + 2])
        end = at + 2 + int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xDA:
            following = _MARKER.search(content, end)
            end = following.start() if following else len(content)
        if not (0xE0 <= marker <= 0xED or marker in (0xEF, 0xFE)):
            out += content[at:end]
        at = end
    raise FileRefused("damaged")
