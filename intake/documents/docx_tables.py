"""Tables of an official document: each whole on its page, and the imprint at the foot of the last one."""

from __future__ import annotations

from typing import Any

from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from intake.documents.docx_parts import FANG_SONG, HEI, SONG, foot, line, narrow, off_grid, run
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
        note = line(document, height=Pt(14))
        off_grid(note)
        run(note, f"单位：{sheet.unit}。{sheet.note}", FANG_SONG, Pt(9), squeeze=False)


def _blocks(sheet: Sheet) -> list[list[int]]:
    """Column numbers of each block; every block begins with the names of the rows."""
    columns = list(range(1, len(sheet.head)))
    size = _MOST_COLUMNS - 1
    return [[0, *columns[start : start + size]] for start in range(0, max(len(columns), 1), size)]


def _table(document: Any, sheet: Sheet, columns: list[int]) -> None:
    table = document.add_table(rows=0, cols=len(columns))
    table.style, table.alignment, table.autofit = "Table Grid", WD_TABLE_ALIGNMENT.CENTER, False
    widths, size = _widths(sheet, columns), Pt(10.5 if len(columns) < 8 else 9)
    _narrow_margins(table)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    rows = [sheet.head, *sheet.rows]
    for at, values in enumerate(rows):
        cells = table.add_row().cells
        for cell, column, width in zip(cells, columns, widths, strict=True):
            cell.width = Mm(width)
            _fill(cell, values[column], size, head=at == 0, left=column == 0)
            cell.paragraphs[0].paragraph_format.keep_with_next = True
        _whole(table.rows[-1], head=at == 0)


def _widths(sheet: Sheet, columns: list[int]) -> list[float]:
    """Millimetres: the names as wide as the longest needs, up to a third of the page; the figures share the rest, words
    with as many parts as they have characters."""
    longest = max((len(str(row[0])) for row in sheet.rows), default=4)
    if len(columns) < 3:
        return [110.0, *[46.0] * (len(columns) - 1)]
    first = min(52.0 if len(columns) < 8 else 44.0, max(20.0, 3.9 * longest + 4))
    parts = [_part(sheet, column) for column in columns[1:]]
    return [first, *((_WIDTH - first) * part / sum(parts) for part in parts)]


def _part(sheet: Sheet, column: int) -> int:
    """How much room a column wants: figures, and words of up to seven characters, seven parts each."""
    return max([7, *(min(len(row[column]), 12) for row in sheet.rows if isinstance(row[column], str))])


def _narrow_margins(table: Any) -> None:
    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        edge = OxmlElement(f"w:{side}")
        edge.set(qn("w:w"), "45")
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    properties = table._tbl.tblPr
    look = properties.find(qn("w:tblLook"))
    properties.insert(list(properties).index(look) if look is not None else len(properties), margins)


def _fill(cell: Any, value: object, size: Any, *, head: bool, left: bool) -> None:
    paragraph = cell.paragraphs[0]
    form = paragraph.paragraph_format
    form.alignment = (
        WD_ALIGN_PARAGRAPH.CENTER if head and not left
        else WD_ALIGN_PARAGRAPH.LEFT if left or isinstance(value, str)
        else WD_ALIGN_PARAGRAPH.RIGHT
    )
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(14)
    off_grid(paragraph)
    run(paragraph, written(value), HEI if head else FANG_SONG, size, squeeze=False)


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


def imprint(document: Any, office: str, printed: str) -> None:
    """版记: who printed it and when, between two thick lines, at the foot of the page it falls on."""
    end = line(document, height=Pt(26))
    off_grid(end)
    form = end.paragraph_format
    form.left_indent = form.right_indent = Pt(14)
    form.tab_stops.add_tab_stop(Pt(426), WD_TAB_ALIGNMENT.RIGHT)
    made = run(end, office, FANG_SONG, Pt(14), squeeze=False)
    narrow(made, min(100, int(100 * 235 / (14 * max(len(office), 1)))))
    run(end, f"\t{printed}", FANG_SONG, Pt(14), squeeze=False)
    foot(end)
    tail = line(document, height=Pt(1))
    run(tail, "", SONG, Pt(1), squeeze=False)
