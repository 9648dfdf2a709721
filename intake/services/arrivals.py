"""Clues that arrive in a spreadsheet (12345 tickets): columns mapped, taken in a batch at a time, refusals with reasons."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from intake.db import lock
from intake.errors import InvalidInput, NotFound
from intake.models import Channel, Clue, ImportBatch, Imported, Region
from intake.services import audit, clues, directory
from intake.services.clues import Submission, Viewer
from intake.services.directory import region_prefix
from intake.services.spreadsheet import read
from intake.tools import Tools

MOST_ROWS = 5000
#: Rows of one transaction.
CHUNK = 100
#: Days for which refused rows can be fetched.
KEPT = 1
#: The fields a column may become, each with words that its head may hold; the first is needed.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "text": ("诉求内容", "反映内容", "内容", "问题描述", "线索", "正文", "详情"),
    "title": ("标题", "主题"),
    "number": ("工单编号", "工单号", "编号", "单号"),
    "region": ("地区", "区域", "所在地", "属地", "区县"),
    "accused": ("被反映单位", "被投诉单位", "涉及单位", "责任单位"),
}
#: A long number as Excel writes it into other formats: what stands for many tickets would be taken for one.
_ROUNDED = re.compile(r"\d(?:\.\d+)?[Ee]\+\d+")


def begin(session: Session, content: bytes, name: str, *, by: Viewer, tools: Tools) -> ImportBatch:
    """Take a file in as rows that wait for their columns to be named. Raises InvalidInput."""
    sheet = read(content, MOST_ROWS)
    batch = ImportBatch(
        officer_id=by.id, office_id=by.office_id, region_code=by.region_code, made_at=tools.now(), name=name[:200],
        header=list(sheet.head), rows=[list(row) for row in sheet.rows], refused=[],
    )  # fmt: skip
    session.add(batch)
    session.flush()
    audit.record(session, "import_begun", at=tools.now(), officer_id=by.id, batch=batch.id, rows=len(sheet.rows))
    return batch


def of_office(session: Session, by: Viewer) -> Sequence[ImportBatch]:
    """The batches of the officer's office, the newest first."""
    query = select(ImportBatch).where(ImportBatch.office_id == by.office_id)
    return session.scalars(query.order_by(ImportBatch.id.desc()).limit(20)).all()


def one(session: Session, batch_id: int, by: Viewer) -> ImportBatch:
    """A batch of the officer's office. Raises NotFound."""
    batch = session.get(ImportBatch, batch_id)
    if batch is None or batch.office_id != by.office_id:
        raise NotFound("no such batch")
    return batch


def guess(head: Sequence[str]) -> dict[str, int]:
    """Which column (from 0) is probably which field, by the words of its head."""
    found: dict[str, int] = {}
    for field, words in FIELDS.items():
        hits = [
            (words.index(w), at)
            for at, cell in enumerate(head)
            for w in words
            if w in cell and at not in found.values()
        ]
        if hits:
            found[field] = min(hits)[1]
    return found


def start(session: Session, batch: ImportBatch, mapping: Mapping[str, int]) -> None:
    """Name the columns; from now on the rows are taken in. Raises InvalidInput."""
    if "text" not in mapping:
        raise InvalidInput("text", "choose_column")
    if batch.mapping is None:
        batch.mapping = dict(mapping)
        session.flush()


def waiting(session: Session) -> list[int]:
    """The batches that have rows to take in."""
    mapped = ImportBatch.mapping.is_not(None)
    return list(
        session.scalars(
            select(ImportBatch.id).where(mapped, ImportBatch.finished_at.is_(None)).order_by(ImportBatch.id)
        )
    )


def take_in(session: Session, batch_id: int, *, tools: Tools) -> list[int]:
    """Take the next CHUNK rows of a batch; the ids of the new clues. A batch at its end keeps what was refused only."""
    query = select(ImportBatch).where(ImportBatch.id == batch_id, ImportBatch.finished_at.is_(None))
    batch = session.scalar(query.with_for_update(skip_locked=True))
    if batch is None or batch.mapping is None:
        return []
    places = _places(session, batch.region_code)
    taken, refused = [], list(batch.refused)
    for at, row in enumerate(batch.rows[batch.done : batch.done + CHUNK], batch.done):
        if not any(row):
            continue
        result = _row(session, batch, at, row, places, tools)
        if isinstance(result, Clue):
            taken.append(result.id)
        else:
            refused.append([at + 2, *result])
    batch.done, batch.taken, batch.refused = min(batch.done + CHUNK, len(batch.rows)), batch.taken + len(taken), refused
    if batch.done >= len(batch.rows):
        _finish(session, batch, tools)
    session.flush()
    return taken


def refused_rows(batch: ImportBatch) -> list[list[str]]:
    """The rows that were refused, with their number and `problem` codes, as far as they are still kept."""
    return [[*refusal, *cells] for refusal, cells in zip(batch.refused, batch.rows, strict=False)]


def forget(session: Session, *, tools: Tools) -> int:
    """Delete the cells of batches that are older than KEPT days, begun or finished; returns how many batches."""
    limit = tools.now() - timedelta(days=KEPT)
    old = session.scalars(select(ImportBatch).where(ImportBatch.made_at < limit)).all()
    kept = [batch for batch in old if batch.rows and (batch.finished_at or batch.mapping is None)]
    for batch in kept:
        drop(session, batch, tools=tools)
    return len(kept)


def drop(session: Session, batch: ImportBatch, *, tools: Tools) -> None:
    """Delete the cells of a batch: one that never began is gone altogether, one that runs ends with the rows it has taken."""
    lock(session, batch)
    if batch.mapping is None:
        session.execute(delete(ImportBatch).where(ImportBatch.id == batch.id))
        return
    batch.rows = []
    if batch.finished_at is None:
        _end(session, batch, tools)


def _row(
    session: Session,
    batch: ImportBatch,
    at: int,
    row: Sequence[str],
    places: Sequence[_Division],
    tools: Tools,
) -> Clue | tuple[str, str]:
    """The clue of a row, or why there is none: a problem and what it is about."""
    cells = {field: row[column] for field, column in (batch.mapping or {}).items()}
    number = cells.get("number", "")[:100]
    if problem := _problem(cells["text"]):
        return problem, ""
    if _ROUNDED.fullmatch(number):
        return "number_rounded", number
    known_by = number or _likeness_of(cells)
    if session.get(Imported, (batch.office_id, known_by)):
        return "imported_before", number
    region = _place(cells.get("region", ""), batch.region_code, places)
    if region is None:
        return "place_unknown", cells["region"]
    given = Submission(
        key=f"import-{batch.id}-{at}", text=cells["text"], region_code=region, title=cells.get("title", "")[:200],
        accused_name=cells.get("accused", "")[:200], channel=Channel.IMPORT,
    )  # fmt: skip
    clue = clues.submit(session, given, tools=tools)
    session.add(Imported(office_id=batch.office_id, external_number=known_by, clue_id=clue.id))
    session.flush()
    return clue


def _likeness_of(cells: Mapping[str, str]) -> str:
    """What stands for the number of a row that has none: the same words about the same place are the same ticket."""
    said = "\0".join(cells.get(field, "") for field in FIELDS)
    return f"{Imported.HASHED}{hashlib.sha256(said.encode()).hexdigest()}"


def _problem(text: str) -> str:
    if len(text) < 4:
        return "text_too_short"
    return "text_too_long" if len(text) > 10_000 else ""


class _Division(NamedTuple):
    """A division by its code, and the names of it and of all it lies in, its own first."""

    code: str
    names: tuple[str, ...]

    def named_in(self, cell: str) -> tuple[int, int, int]:
        """How small it is, how many of its names a cell has, how long its own is: the largest is the one meant."""
        return len(self.names), sum(name in cell for name in self.names), len(self.names[0])


def _places(session: Session, region_code: str) -> list[_Division]:
    """The divisions of a region: 城关镇 and 鼓楼区 are the names of many."""
    inside = session.scalars(select(Region).where(Region.code.startswith(region_prefix(region_code))).order_by(Region.code)).all()
    places = [directory.place(session, region.code) for region in inside]
    return [_Division(place.code, tuple(one.name for one in place.chain())) for place in places]


def _place(cell: str, own: str, places: Sequence[_Division]) -> str | None:
    """The smallest division that a cell names or whose code it is; the office's own region for an empty cell; None where it
    names none, or one of several."""
    if not cell:
        return own
    if any(place.code == cell for place in places):
        return cell
    named = [place for place in places if place.names[0] in cell]
    best = max((place.named_in(cell) for place in named), default=None)
    meant = [place.code for place in named if place.named_in(cell) == best]
    return meant[0] if len(meant) == 1 else None


def _finish(session: Session, batch: ImportBatch, tools: Tools) -> None:
    """Keep of the cells only those mapped of the rows refused."""
    columns = list((batch.mapping or {}).values())
    batch.header = [batch.header[c] for c in columns]
    batch.rows = [[batch.rows[number - 2][c] for c in columns] for number, *_ in batch.refused]
    _end(session, batch, tools)


def _end(session: Session, batch: ImportBatch, tools: Tools) -> None:
    batch.finished_at = tools.now()
    audit.record(
        session, "import_finished", at=tools.now(), officer_id=batch.officer_id, batch=batch.id, taken=batch.taken,
        refused=len(batch.refused),
    )  # fmt: skip
