"""The paper as LibreOffice sets it: page, lines, characters, fonts named, tables whole, page numbers, imprint."""

from __future__ import annotations

import io
import re
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile
from itertools import pairwise
from pathlib import Path

import pytest
from docx import Document
from docx.shared import Pt

from intake.documents import docx, pdf
from intake.documents.docx_parts import FANG_SONG, HEI, SONG, TITLE_SONG, line, page_number, prepare, run
from intake.documents.docx_tables import written
from tests import system
from tests.documents import sample
from tests.documents.test_formats import REPORT, SHEETS, local

MM = 72 / 25.4


class Word:
    """A word on a page, in points from the top left corner."""

    def __init__(self, page: int, element: ElementTree.Element) -> None:
        self.page, self.text = page, element.text or ""
        self.left, self.top, self.right, self.bottom = (
            float(element.get(k, 0)) for k in ("xMin", "yMin", "xMax", "yMax")
        )


class Paper:
    """A PDF with its words."""

    def __init__(self, content: bytes, folder: Path) -> None:
        assert system.poppler(), "run `python tests/system.py`"
        self.path = folder / "paper.pdf"
        self.path.write_bytes(content)
        html = self._tool("pdftotext", "-bbox", str(self.path), "-")
        tree = ElementTree.fromstring(re.sub(r'\sxmlns="[^"]+"|<!DOCTYPE[^>]*>', "", html))
        self.pages = [(float(p.get("width", 0)), float(p.get("height", 0))) for p in tree.iter("page")]
        self.words = [Word(n, w) for n, page in enumerate(tree.iter("page"), 1) for w in page.iter("word")]

    def lines(self, page: int) -> list[list[Word]]:
        """The words of a page's type area by line, from the top."""
        found: dict[int, list[Word]] = {}
        for word in self.words:
            if word.page == page and word.bottom < (297 - 33) * MM:
                found.setdefault(round(word.top / 6), []).append(word)
        return [found[key] for key in sorted(found)]

    def find(self, text: str) -> list[Word]:
        return [word for word in self.words if text in word.text]

    def _tool(self, *command: str) -> str:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def document() -> bytes:
    return docx.monthly(REPORT, sample.record(REPORT), local)


@pytest.fixture(scope="module")
def paper(document, tmp_path_factory) -> Paper:
    assert pdf.available(), "run `python tests/system.py`"
    return Paper(pdf.convert(document), tmp_path_factory.mktemp("paper"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Paper:
    """Nothing but body text, enough for more than two pages."""
    made = Document()
    prepare(made)
    for _ in range(2):
        run(line(made), "国" * 28 * 25, FANG_SONG, Pt(16))
    page_number(made)
    buffer = io.BytesIO()
    made.save(buffer)
    return Paper(pdf.convert(buffer.getvalue()), tmp_path_factory.mktemp("filled"))


def test_a_page_holds_22_lines_of_28_characters(filled):
    for page in (1, 2):
        lines = filled.lines(page)
        assert len(lines) == 22
        assert {sum(len(w.text) for w in one) for one in lines if one != lines[-1]} == {28}


def test_the_type_area_is_156_by_225_millimetres_from_37_and_28(filled):
    words = [w for w in filled.words if w.page == 1 and "国" in w.text]
    assert min(w.left for w in words) == pytest.approx(28 * MM, abs=1)
    assert max(w.right for w in words) <= (210 - 26) * MM + 1
    tops = sorted({round(w.top, 1) for w in words})
    steps = [b - a for a, b in pairwise(tops)]
    assert steps == pytest.approx([28.9] * 21, abs=0.3)
    assert tops[0] >= 37 * MM - 1 and max(w.bottom for w in words) <= (297 - 35) * MM + 2
    assert filled.pages[0] == pytest.approx((210 * MM, 297 * MM), abs=0.5)


def test_page_numbers_stand_right_on_odd_pages_and_left_on_even_ones(paper):
    for page in range(1, len(paper.pages) + 1):
        foot = [w for w in paper.words if w.page == page and w.top > (297 - 33) * MM]
        assert "".join(w.text for w in foot) == f"—{page}—"
        middle = (foot[0].left + foot[-1].right) / 2
        assert (middle > 150 * MM) if page % 2 else (middle < 60 * MM)
        assert 262 * MM + 5 < foot[0].top < 275 * MM  # 7 mm under the type area


def test_the_head_stands_35_millimetres_under_the_type_area_on_one_line(paper):
    name = paper.find(sample.OFFICE)
    assert name[0].page == 1
    assert name[0].top == pytest.approx((37 + 35) * MM, abs=12)
    assert name[0].right - name[0].left <= 156 * MM + 1
    assert paper.find("〔2026〕9")


def test_every_table_is_whole_on_one_page(paper):
    """A title stands before every table and a unit after it: both are on the same page."""
    titles = [w.page for w in paper.words if w.text == "附表"]
    units = [w.page for w in paper.words if w.text.startswith("单位：")]
    assert titles == units
    assert len(titles) == len(docx.TABLES) + 1  # places are too wide for one block
    rows = [w.text for w in paper.words if w.page in titles]
    for key in docx.TABLES:
        assert written(SHEETS[key].rows[-1][-1]) in rows, key


def test_the_imprint_closes_the_last_page(paper):
    printed = paper.find("日印发")
    assert [w.page for w in printed] == [len(paper.pages)]
    assert printed[0].bottom > (297 - 35 - 14) * MM


def test_no_page_bears_the_signature_alone(paper):
    signed = paper.find(sample.OFFICE)[1]
    assert [w for w in paper.words if w.page == signed.page and w.bottom < signed.top]


def test_fonts_are_named_and_not_shipped(document):
    archive = zipfile.ZipFile(io.BytesIO(document))
    assert not [name for name in archive.namelist() if "font" in name.lower() and not name.endswith(".xml")]
    body = archive.read("word/document.xml").decode()
    assert (
        {FANG_SONG, HEI, TITLE_SONG, SONG}
        >= set(re.findall(r'w:eastAsia="([^"]+)"', body))
        >= {FANG_SONG, HEI, TITLE_SONG}
    )
    footer = archive.read("word/footer1.xml").decode()
    assert SONG in footer
    runs = re.findall(r"<w:r>.*?</w:r>", body, re.S)
    assert all("w:eastAsia" in one for one in runs if "<w:t" in one)
    assert 'w:eastAsia="zh-CN"' in archive.read("word/styles.xml").decode()


def test_the_text_is_escaped_and_no_size_is_left_to_chance(document):
    body = zipfile.ZipFile(io.BytesIO(document)).read("word/document.xml").decode()
    sizes = set(re.findall(r'<w:sz w:val="(\d+)"', body))
    assert {"32", "44", "28"} <= sizes  # 3 号, 2 号, 4 号
    assert 'w:linePitch="578"' in body
