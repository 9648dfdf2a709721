"""Tables of an official document: each whole on its page, and the imprint at the foot of the last one."""

from __future__ import annotations

from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from intake.documents.docx_parts import FANG_SONG, HEI, SONG, line, run
from intake.documents.words import Sheet

_WIDTH = 156.0
_MOST_COLUMNS = 12


def add(document: Any, sheet: Sheet, number: int) -> None:
    """A table under its title, with a head, kept on one page; one too wide is cut into blocks of columns."""
    blocks = _blocks(sheet)
    for at, columns in enumerate(blocks):
        more = f"（{at + 1}/{len(blocks)}）" if len(blocks) > 1 else ""
        title = line(document, WD_ALIGN_PARAGRAPH.CENTER, before=Pt(14), height=Pt(24))
        title.paragraph_format.keep_with_next = True
        run(title, f"附表{number}  {sheet.title}{more}", HEI, Pt(14), squeeze=False)
        _table(document, sheet, columns)
        note = line(document, height=Pt(16))
        run(note, f"单位：{sheet.unit}。{sheet.note}", FANG_SONG, Pt(10.5), squeeze=False)


def _blocks(sheet: Sheet) -> list[list[int]]:
    """Column numbers of each block; every block begins with the names of the rows."""
    columns = list(range(1, len(sheet.head)))
    size = _MOST_COLUMNS - 1
    return [[0, *columns[start : start + size]] for start in range(0, max(len(columns), 1), size)]


def _table(document: Any, sheet: Sheet, columns: list[int]) -> None:
    table = document.add_table(rows=0, cols=len(columns))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    widths = _widths(len(columns))
    rows = [sheet.head, *sheet.rows]
    for at, values in enumerate(rows):
        cells = table.add_row().cells
        for cell, column, width in zip(cells, columns, widths, strict=True):
            cell.width = Mm(width)
            _fill(cell, values[column], head=at == 0, left=column == 0)
            cell.paragraphs[0].paragraph_format.keep_with_next = True
        _whole(table.rows[-1], head=at == 0)


def _widths(count: int) -> list[float]:
    first = 52.0 if count > 2 else 100.0
    return [first, *[(_WIDTH - first) / (count - 1)] * (count - 1)] if count > 1 else [_WIDTH]


def _fill(cell: Any, value: object, *, head: bool, left: bool) -> None:
    paragraph = cell.paragraphs[0]
    form = paragraph.paragraph_format
    form.alignment = (
        WD_ALIGN_PARAGRAPH.LEFT if left else WD_ALIGN_PARAGRAPH.CENTER if head else WD_ALIGN_PARAGRAPH.RIGHT
    )
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(15)
    form.space_before = form.space_after = Pt(1.5)
    run(paragraph, written(value), HEI if head else FANG_SONG, Pt(10.5), squeeze=False)


def written(value: object) -> str:
    """A cell as the paper writes it."""
    if value is None:
        return "—"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _whole(row: Any, *, head: bool) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if head:
        properties.append(OxmlElement("w:tblHeader"))


def imprint(document: Any, first: str, office: str, printed: str) -> None:
    """版记: thick lines above and below, a thin one between, at the foot of the page."""
    table = document.add_table(rows=2, cols=2)
    table.autofit = False
    _float_to_foot(table)
    top = table.rows[0].cells[0].merge(table.rows[0].cells[1])
    _say(top, first, WD_ALIGN_PARAGRAPH.LEFT)
    _say(table.rows[1].cells[0], office, WD_ALIGN_PARAGRAPH.LEFT)
    _say(table.rows[1].cells[1], printed, WD_ALIGN_PARAGRAPH.RIGHT)
    for cell, width in zip(table.rows[1].cells, (96, 60), strict=True):
        cell.width = Mm(width)
    end = line(document, height=Pt(1))
    run(end, "", SONG, Pt(1), squeeze=False)


def _say(cell: Any, text: str, align: Any) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.alignment = align
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
    run(paragraph, text, FANG_SONG, Pt(14), squeeze=False)


def _float_to_foot(table: Any) -> None:
    properties = table._tbl.tblPr
    place = OxmlElement("w:tblpPr")
    for name, value in (
        ("vertAnchor", "margin"),
        ("horzAnchor", "margin"),
        ("tblpXSpec", "left"),
        ("tblpYSpec", "bottom"),
    ):
        place.set(qn(f"w:{name}"), value)
    properties.insert(1 if properties.find(qn("w:tblStyle")) is not None else 0, place)
    borders = OxmlElement("w:tblBorders")
    for side, eighths in (("top", "8"), ("bottom", "8"), ("insideH", "6")):
        edge = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", eighths), ("space", "0"), ("color", "000000")):
            edge.set(qn(f"w:{name}"), value)
        borders.append(edge)
    later = [e for e in properties if e.tag in {qn("w:shd"), qn("w:tblLayout"), qn("w:tblCellMar"), qn("w:tblLook")}]
    properties.insert(list(properties).index(later[0]) if later else len(properties), borders)
