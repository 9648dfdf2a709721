"""A notice as a poster on A4 and as a picture for a chat: set as DOCX, as PDF and PNG where LibreOffice is installed."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pypdfium2
import segno
from docx import Document
from docx.shared import Mm, Pt, RGBColor

from intake.cleaning.previews import pdfium
from intake.documents import pdf
from intake.documents.docx_parts import HEI, language, line, run, under_line
from intake.labels import long_date

_INK, _MUTED, _ACCENT = RGBColor(0x1F, 0x23, 0x29), RGBColor(0x5B, 0x64, 0x70), RGBColor(0xB3, 0x16, 0x1B)
#: Width, height, margin in millimetres, running text in points: A4, and the 3:4 of a picture sent in a chat.
SHAPES = {"poster": (210, 297, 20, 16.0), "card": (108, 144, 9, 8.5)}
KINDS = {
    "pdf": pdf.CONTENT_TYPE,
    "png": "image/png",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
_DOTS_PER_INCH = 254


@dataclass(frozen=True)
class Call:
    """What a poster says; `address` is the notice's public address."""

    title: str
    office: str
    purpose: str
    scope: Sequence[str]
    exclusions: Sequence[str]
    promises: Sequence[str]
    opens_on: date
    closes_on: date
    address: str


def kinds() -> tuple[str, ...]:
    """The kinds of file that this machine can make."""
    return tuple(KINDS) if pdf.available() else ("docx",)


def make(shape: str, kind: str, call: Call) -> bytes:
    """The file; its text shrinks to half its size if need be, until one page holds it as LibreOffice sets it.

    Raises RuntimeError for a PDF or PNG where LibreOffice is missing.
    """
    if kind == "docx" and not pdf.available():
        return _set(shape, call, 1.0)
    for scale in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5):
        document = _set(shape, call, scale)
        paper = pdf.convert(document)
        if _pages(paper) == 1:
            break
    return document if kind == "docx" else paper if kind == "pdf" else _png(paper)


def _pages(paper: bytes) -> int:
    with pdfium, pypdfium2.PdfDocument(paper) as document:
        return len(document)


def _png(paper: bytes) -> bytes:
    out = io.BytesIO()
    with pdfium, pypdfium2.PdfDocument(paper) as document:
        picture = document[0].render(scale=_DOTS_PER_INCH / 72).to_pil()
    picture.convert("P", colors=64).save(out, "PNG", optimize=True)
    return out.getvalue()


def _set(shape: str, call: Call, scale: float) -> bytes:
    """The DOCX with text of `scale` of its usual size."""
    width, _, margin, points = SHAPES[shape]
    document, size = Document(), points * scale
    _page(document, *SHAPES[shape][:3])
    under_line(_write(document, call.office, size * 0.85, _ACCENT), "B3161B", eighths=18, space=4)
    _write(document, call.title, size * 1.75, bold=True, before=size)
    _write(document, call.purpose, size, before=size * 0.6)
    _list(document, "征集哪些问题", call.scope, size)
    if shape == "poster":
        _list(document, "哪些不在范围，应当找谁", call.exclusions, size)
        _list(document, "我们的承诺", call.promises, size)
    _foot(document, call, (width - 2 * margin), points)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: Any, width: int, height: int, margin: int) -> None:
    language(document)
    section = document.sections[0]
    section.page_width, section.page_height = Mm(width), Mm(height)
    section.left_margin = section.right_margin = section.top_margin = Mm(margin)
    section.bottom_margin = Mm(margin)
    section.header_distance, section.footer_distance = Mm(margin / 2), Mm(margin * 0.7)


def _list(document: Any, head: str, items: Sequence[str], size: float) -> None:
    if not items:
        return
    _write(document, head, size * 1.15, _ACCENT, bold=True, before=size * 0.8)
    for number, item in enumerate(items, 1):
        _write(document, f"{number}. {item}", size)


def _foot(document: Any, call: Call, across: int, points: float) -> None:
    """At the foot of the page: the QR code, what to do with it, the address, and until when."""
    footer = document.sections[0].footer
    code = across * 0.27
    table = footer.add_table(rows=1, cols=2, width=Mm(across))
    table.autofit = False
    left, right = table.rows[0].cells
    for column, cell, width in zip(table.columns, (left, right), (code + 4, across - code - 4), strict=True):
        column.width = cell.width = Mm(width)
    left.paragraphs[0].add_run().add_picture(_code(call.address), width=Mm(code))
    _write(right, "手机扫码反映，不用留名字", points * 1.2, _ACCENT, bold=True, first=True)
    for text in (
        "也可以在浏览器里打开：",
        call.address,
        f"征集时间：{long_date(call.opens_on)}到{long_date(call.closes_on)}",
    ):
        _write(right, text, points * 0.8)


def _code(address: str) -> io.BytesIO:
    """The QR code (error correction M) as a picture."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="png", scale=12, border=1)
    out.seek(0)
    return out


def _write(
    where: Any,
    text: str,
    size: float,
    colour: RGBColor = _INK,
    *,
    bold: bool = False,
    before: float = 0,
    first: bool = False,
) -> Any:
    paragraph = where.paragraphs[0] if first else line(where, before=Pt(before), height=Pt(size * 1.5))
    made = run(paragraph, text, HEI, Pt(size), colour, squeeze=False)
    made.font.name, made.bold = "Arial", bold
    return paragraph
