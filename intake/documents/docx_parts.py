"""The parts an official document is set from: page, lines of the grid, runs with their fonts, page numbers."""

from __future__ import annotations

from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

#: Named, never shipped: the reader's machine has them or takes another.
FANG_SONG = "仿宋_GB2312"
TITLE_SONG = "方正小标宋简体"
HEI = "黑体"
SONG = "宋体"
_LATIN = "Times New Roman"
LINE = Pt(28.9)
_GRID = 578  # twentieths of a point: 28.9 pt
_SQUEEZE = -5  # twentieths of a point: 28 characters a line


def prepare(document: Any) -> None:
    """Page, margins, grid and language."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(15), Mm(23)
    _grid(section)
    language(document)
    style = document.styles["Normal"]
    style.font.name, style.font.size = _LATIN, Pt(16)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FANG_SONG)
    style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
    document.settings.odd_and_even_pages_header_footer = True


def language(document: Any) -> None:
    """Chinese is the language of the East Asian text, with the fonts named that go with it."""
    defaults = document.styles.element.find(qn("w:docDefaults")).find(qn("w:rPrDefault")).find(qn("w:rPr"))
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(_element("w:lang", val="en-US", eastAsia="zh-CN"))
    fonts = defaults.find(qn("w:rFonts"))
    for theme in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[theme]
    fonts.set(qn("w:eastAsia"), FANG_SONG)
    fonts.set(qn("w:ascii"), _LATIN)
    fonts.set(qn("w:hAnsi"), _LATIN)


def line(
    document: Any, align: Any = WD_ALIGN_PARAGRAPH.LEFT, *, indent: int = 0, before: Any = None, height: Any = LINE
) -> Any:
    """A paragraph on the grid; `indent` in characters, `before` a length above it."""
    paragraph = document.add_paragraph()
    form = paragraph.paragraph_format
    form.alignment = align
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, height
    form.space_before, form.space_after = before or Pt(0), Pt(0)
    form.widow_control = False
    if indent:
        form.first_line_indent = Pt(15.75 * indent)
    return paragraph


def run(paragraph: Any, text: str, font: str, size: Any, colour: RGBColor | None = None, squeeze: bool = True) -> Any:
    """Text in a font; the East Asian name on every run, or another script's glyphs appear."""
    made = paragraph.add_run(text)
    made.font.name, made.font.size = _LATIN, size
    made.font.color.rgb = colour or RGBColor(0, 0, 0)
    properties = made._element.get_or_add_rPr()
    fonts = properties.get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), font)
    fonts.set(qn("w:hint"), "eastAsia")
    if squeeze:
        _before(properties, _element("w:spacing", val=str(_SQUEEZE)), ("w:w", "w:kern", "w:position", "w:sz", "w:szCs"))
    return made


def off_grid(paragraph: Any) -> None:
    """Let a paragraph of a table or a note set its lines closer than the page's grid."""
    properties = paragraph._p.get_or_add_pPr()
    _before(properties, _element("w:snapToGrid", val="0"), ("w:spacing", "w:ind", "w:jc", "w:rPr"))


def narrow(made: Any, percent: int) -> None:
    """Draw a run's characters narrower: the head of a long name stays on one line."""
    _before(made._element.rPr, _element("w:w", val=str(percent)), ("w:kern", "w:position", "w:sz", "w:szCs"))


def under_line(paragraph: Any, colour: str, *, eighths: int, space: int) -> None:
    """A line under a paragraph: its width in eighths of a point, its distance in points."""
    borders = OxmlElement("w:pBdr")
    borders.append(_element("w:bottom", val="single", sz=str(eighths), space=str(space), color=colour))
    properties = paragraph._p.get_or_add_pPr()
    _before(properties, borders, ("w:shd", "w:tabs", "w:snapToGrid", "w:spacing", "w:ind", "w:jc", "w:rPr"))


def foot(paragraph: Any) -> None:
    """Put a paragraph in a frame at the foot of the type area, between lines of 0.35 mm."""
    properties = paragraph._p.get_or_add_pPr()
    frame = _element(
        "w:framePr", w=str(round(156 / 25.4 * 1440)), hSpace="0", wrap="around", vAnchor="margin", hAnchor="margin",
        xAlign="left", yAlign="bottom",
    )  # fmt: skip
    later = (
        "w:widowControl",
        "w:numPr",
        "w:pBdr",
        "w:shd",
        "w:tabs",
        "w:snapToGrid",
        "w:spacing",
        "w:ind",
        "w:jc",
        "w:rPr",
    )
    _before(properties, frame, later)
    borders = OxmlElement("w:pBdr")
    for side in ("top", "bottom"):
        borders.append(_element(f"w:{side}", val="single", sz="8", space="4", color="000000"))
    _before(properties, borders, later[3:])


def page_number(document: Any) -> None:
    """— 1 — at the right on odd pages, at the left on even ones, one character in."""
    section = document.sections[0]
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        form = paragraph.paragraph_format
        form.alignment = align
        form.left_indent = form.right_indent = Pt(14)
        run(paragraph, "— ", SONG, Pt(14), squeeze=False)
        _field(run(paragraph, "", SONG, Pt(14), squeeze=False), "PAGE")
        run(paragraph, " —", SONG, Pt(14), squeeze=False)


def _field(made: Any, name: str) -> None:
    for kind in ("begin", "instr", "end"):
        if kind == "instr":
            part = OxmlElement("w:instrText")
            part.set(qn("xml:space"), "preserve")
            part.text = name
        else:
            part = _element("w:fldChar", fldCharType=kind)
        made._element.append(part)


def _grid(section: Any) -> None:
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    properties.append(_element("w:docGrid", type="lines", linePitch=str(_GRID)))


def _element(tag: str, **attributes: str) -> Any:
    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def _before(parent: Any, child: Any, later: tuple[str, ...]) -> None:
    """Put a hand-made element where the schema wants it: before the first of `later`."""
    for at, sibling in enumerate(parent):
        if sibling.tag in {qn(name) for name in later}:
            parent.insert(at, child)
            return
    parent.append(child)
