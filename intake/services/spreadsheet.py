"""Spreadsheets as other systems export them: XLSX or CSV in, a head and rows of plain text out. Nothing is computed."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from openpyxl import load_workbook

from intake.errors import InvalidInput
from intake.rules.writing import clean

#: Bytes of a file, bytes it may unpack to, columns, characters of a cell: more is a mistake or an attack.
MOST_BYTES, MOST_UNPACKED, MOST_COLUMNS, MOST_CELL = 20 * 2**20, 300 * 2**20, 200, 20_000

#: The last row that Excel knows; a file can name one beyond it.
_LAST_ROW = 2**20


@dataclass(frozen=True)
class Sheet:
    """The first sheet of a file: the head, and rows as wide as the head, empty ones before the head and in between too, so
    that a row keeps its place; every cell a stripped text."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]]


def read(content: bytes, most_rows: int) -> Sheet:
    """The sheet in a file, recognised by its content.

    Raises InvalidInput("file", ...) for what cannot be read, has no head or no rows, or is too large.
    """
    if not content:
        raise InvalidInput("file", "file_empty")
    if len(content) > MOST_BYTES:
        raise InvalidInput("file", "file_too_large")
    rows = _workbook(content) if content.startswith(b"PK") else _separated(content)
    return _sheet(rows, most_rows)


def _sheet(rows: Iterable[Sequence[str]], most_rows: int) -> Sheet:
    below = iter(rows)
    before, head = next(((at, list(row)) for at, row in enumerate(below) if any(row)), (0, []))
    while head and not head[-1]:
        head.pop()
    if len(head) > MOST_COLUMNS:
        raise InvalidInput("file", "too_many_columns")
    found = [("",) * len(head)] * before
    for row in below:
        if len(found) < most_rows:
            found.append(tuple([*row, *[""] * len(head)][: len(head)]))
        elif any(row):
            raise InvalidInput("file", "too_many_rows")
    while found and not any(found[-1]):
        found.pop()
    if not head or not found:
        raise InvalidInput("file", "no_rows")
    return Sheet(tuple(head), found)


def _workbook(content: bytes) -> Iterator[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            if sum(part.file_size for part in parts.infolist()) > MOST_UNPACKED:
                raise InvalidInput("file", "file_too_large")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what a file says of its own size cuts rows off where it is wrong
        for row in sheet.iter_rows(max_row=_LAST_ROW, max_col=MOST_COLUMNS + 1, values_only=True):
            yield [] if row.count(None) == len(row) else [_text(cell) for cell in row]
    except InvalidInput:
        raise
    except Exception as error:  # openpyxl raises whatever a broken file makes it meet
        raise InvalidInput("file", "file_unreadable") from error


def _separated(content: bytes) -> Iterator[list[str]]:
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidInput("file", "file_unreadable")
    text = _decoded(content)
    if text.lstrip().startswith("<"):  # a page that calls itself .xls, as many systems export
        raise InvalidInput("file", "file_unreadable")
    line = text.lstrip("\r\n").partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",\t;", key=line.count))
    try:
        for row in reader:
            yield [_text(cell) for cell in row[: MOST_COLUMNS + 1]]
    except csv.Error as error:
        raise InvalidInput("file", "file_unreadable") from error


def _decoded(content: bytes) -> str:
    for encoding in (
        ("utf-16", "utf-8-sig", "gb18030") if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    ):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InvalidInput("file", "file_unreadable")


def _text(cell: Any) -> str:
    """A cell as a person reads it: whole numbers without .0, dates as 2026-11-22, an error or nothing as "".

    A number of more than the 15 digits that Excel keeps is written as Excel shows it, 2.02611220000123E+17.
    """
    if cell is None:
        return ""
    if isinstance(cell, datetime | date):
        return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell) if abs(cell) < 10**15 else f"{cell:.14E}"
    return clean(str(cell))[:MOST_CELL]
