"""What the pages and the verbs cost when there are many clues: `python -m bench.scale [--sizes 10000 100000 1000000] [--only sqlite]`.

Fills a database of each size with clues made from the corpus's texts (their numbers begin with SYN: nobody could take
one for a real one), over two years and the offices of three cities, with their search words and filing entries, but
without similarity keys, which bench/duplicates.py measures. Beyond 100,000 they are copied within the database. One
county has 2,000 of them whatever the size, every other place grows with the whole.

Then every page and verb is asked for in turn, all sizes in every round, by a clerk of a county and a supervisor of a
city that grow, and by a supervisor of the county that does not. Prints for each the median milliseconds, the growth
from the smallest to the largest, and the bytes of the page.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Engine, String, cast, insert, inspect, select, text

from classifier import corpus, train
from intake import create_app
from intake.db import reading, transaction
from intake.models import AuditEntry, Clue, Office
from intake.rules.workflow import Role, State
from intake.services import clues, search, triage
from intake.services.reports import board
from tests import factories as make
from tests.conftest import prepare
from tests.postgres import Cluster
from tests.web.client import Client

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
#: The month whose report is drafted, as on any day after its end.
MONTH = date(2026, 10, 1)
CHUNK = 20_000
DAYS = 730
COUNTY, CITY = "321112", "321100"
#: The county that does not grow, and how many clues it has.
STILL, FEW = "430702", 2000
#: So many clues are made one by one; the rest are copies of them.
BASE = 100_000
CITIES = ("3211", "4307", "4209")


@dataclass
class Installation:
    """An application on a database of `size` clues, with two officers signed in."""

    size: int
    app: Flask
    clerk: Client
    supervisor: Client
    still: Client
    engine: Engine
    number: str
    deep: str
    taken: dict[str, list[float]] = field(default_factory=dict)
    bytes: dict[str, int] = field(default_factory=dict)


def install(url: str, folder: Path, models: Path, size: int) -> Installation:
    """Prepare, fill, and sign the officers in."""
    shutil.copytree(models, folder / "models")
    app = create_app({"INSTANCE": str(folder), "DATABASE_URL": url, "LOG_LEVEL": "ERROR", "FORM_SECONDS": 0})
    engine, tools = app.extensions["engine"], app.extensions["tools"]
    tools.clock = lambda: NOW
    if not _is_full(engine):
        prepare(engine)
        begun = time.perf_counter()
        fill(engine, size, tools.segmenter())
        print(f"  {size} clues filled in {time.perf_counter() - begun:.0f} s", flush=True)
    with transaction(engine) as session:
        posts = ((Role.CLERK, COUNTY), (Role.SUPERVISOR, CITY), (Role.SUPERVISOR, STILL))
        officers = [make.officer(session, tools, *post) for post in posts]
        for officer in officers[1:]:  # as the worker does on a month's first working day
            make.draft(session, tools, officer.office_id, MONTH)
    clerk, supervisor, still = clients = [Client(app) for _ in officers]
    for client, officer in zip(clients, officers, strict=True):
        client.sign_in(officer.username, make.PASSWORD)
    with reading(engine) as session:
        waiting = session.scalars(
            select(Clue).where(Clue.region_code == COUNTY, Clue.state == State.RECEIVED).order_by(Clue.due_on, Clue.id)
        ).all()
        some = waiting[len(waiting) // 2]
        return Installation(size, app, clerk, supervisor, still, engine, some.number, f"{some.due_on}_{some.id}")


def _is_full(engine: Engine) -> bool:
    return inspect(engine).has_table("clue_words")


def fill(engine: Engine, size: int, segmenter: Any) -> None:
    """The clues with their words and filing entries, and statistics where a database in use has them."""
    told = [(one.text, one.category, " ".join(_words(one.text, segmenter))) for one in corpus.read()]
    chance = random.Random(size)
    with reading(engine) as session:
        found = session.scalars(select(Office).where(Office.remit == "task_force"))
        offices = [(o.id, o.region_code) for o in found if o.region_code[:4] in CITIES and len(o.region_code) == 6]
    still, growing = [o for o in offices if o[1] == STILL], [o for o in offices if o[1] != STILL]
    base = min(size, BASE)
    for first in range(1, base + 1, CHUNK):
        rows = [_row(n, told, still if n <= FEW else growing, chance) for n in range(first, min(first + CHUNK, base + 1))]
        with transaction(engine) as session:
            session.execute(insert(Clue), [row for row, _ in rows])
            session.execute(text(search.STATEMENTS[engine.dialect.name]["insert"]), [{"id": row["id"], "words": words} for row, words in rows])
            session.execute(insert(AuditEntry), [_entry(row) for row, _ in rows])
    for offset in range(base, size, base):
        _copy(engine, base, offset)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in ("clue", "audit"):
                connection.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {size + 1})"))
            connection.execute(text("VACUUM ANALYZE"))  # as its own daemon does; SQLite has no statistics unless somebody asks for them


def _copy(engine: Engine, base: int, offset: int) -> None:
    """The first `base` clues once more, but those of the county that does not grow, with ids from `offset` on."""
    key = search.STATEMENTS[engine.dialect.name]["id"]
    with transaction(engine) as session:
        for kind, unlike in ((Clue, {"number": "SYN-", "code_hash": "synthetic-"}), (AuditEntry, {"hash": "synthetic-"})):
            shifted: dict[str, Any] = {"id": kind.id + offset, **{name: sign + cast(kind.id + offset, String) for name, sign in unlike.items()}}
            if kind is AuditEntry:
                shifted["clue_id"] = kind.id + offset
            names = [column.name for column in kind.__table__.columns]
            session.execute(
                insert(kind).from_select(names, select(*(shifted.get(n, getattr(kind, n)) for n in names)).where(kind.id.between(FEW + 1, base)))
            )
        moved = text(f"INSERT INTO clue_words ({key}, words) SELECT {key} + :by, words FROM clue_words WHERE {key} BETWEEN :first AND :last")
        session.execute(moved, {"by": offset, "first": FEW + 1, "last": base})


def _words(story: str, segmenter: Any) -> list[str]:
    return list(dict.fromkeys(word for raw in segmenter.search_words(story) if (word := search.bare(raw))))


def _row(n: int, told: Sequence[tuple[str, str, str]], offices: Sequence[tuple[int, str]], chance: random.Random) -> tuple[dict[str, Any], str]:
    """A clue of the last two years and its search words; of the last two months most are open, before that all are closed."""
    story, label, words = chance.choice(told)
    office, region = chance.choice(offices)
    age = chance.randrange(DAYS)
    at = NOW - timedelta(days=age, seconds=chance.randrange(86400))
    state = chance.choice((State.RECEIVED, State.RECEIVED, State.CLOSED)) if age < 60 else State.CLOSED
    row: dict[str, Any] = {
        "id": n, "number": f"SYN-{n:08d}", "code_hash": f"synthetic-{n}", "channel": "import", "created_at": at, "title": "",
        "text": f"{story}（合成 {n}）", "region_code": region, "accused_name": "", "accused_level": "township", "reporter_kind": "unsaid",
        "named": False, "triaged_at": at, "triage_attempts": 1, "category": label, "secondary": [], "intake_office_id": office,
        "intake_region": region, "state": state, "version": 1, "extended": False,
        "reason": "other" if label == "out_of_scope" else None,
        "due_on": None, "office_id": None, "assigned_at": None, "closed_at": None, "verdict": None, "measures": None, "answer": None,
        "educated": None, "disciplined": None,
    }  # fmt: skip
    if state is State.RECEIVED:
        return row | {"due_on": at.date() + timedelta(days=chance.randrange(1, 90))}, f"{words} {n}".strip()
    closed = {"office_id": office, "assigned_at": at, "closed_at": at, "verdict": "substantiated", "measures": "已取消", "answer": "已取消。", "educated": 0, "disciplined": 0}
    return row | closed, f"{words} {n}".strip()


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"], "at": row["created_at"], "action": "filed", "clue_id": row["id"], "keys": {}, "previous": "synthetic", "hash": f"synthetic-{row['id']}",
    }  # fmt: skip


def asked(place: Installation) -> Iterator[tuple[str, Callable[[], int]]]:
    """(what, do it and return the bytes of the page, 0 where there is none)."""
    for name, client, address in (
        ("queue, clerk", place.clerk, "/console/queue"),
        ("queue, supervisor", place.supervisor, "/console/queue"),
        ("queue, deep page", place.clerk, f"/console/queue?after={place.deep}"),
        ("all clues, clerk", place.clerk, "/console/clues"),
        ("filtered by category", place.supervisor, "/console/clues?category=checkins"),
        ("search, a rare word", place.clerk, "/console/clues?words=低保"),
        ("search, a common word", place.supervisor, "/console/clues?words=社区"),
        ("search, two words", place.supervisor, "/console/clues?words=社区 签到"),
        ("clue", place.clerk, f"/console/clues/{place.number}"),
        ("one burden, many clues", place.supervisor, "/console/clusters"),
        ("what is held", place.supervisor, "/console/holds"),
        ("notices", place.supervisor, "/console/notices"),
        ("report of a month", place.supervisor, "/console/report?month=2026-10"),
        ("running month", place.supervisor, "/console/dashboard"),
        ("still county: queue", place.still, "/console/queue"),
        ("still county: all clues", place.still, "/console/clues"),
        ("still county: category", place.still, "/console/clues?category=checkins"),
        ("still county: search", place.still, "/console/clues?words=社区"),
        ("still county: report", place.still, "/console/report?month=2026-10"),
        ("still county: running", place.still, "/console/dashboard"),
        ("home", place.clerk, "/"),
        ("health", place.clerk, "/readyz"),
    ):
        yield name, lambda client=client, address=address: len(client.raw.get(address).data)
    yield "running month, counted", lambda: _count(place)
    yield "filing and triage", lambda: _file(place)


def _count(place: Installation) -> int:
    """What the worker does for the page of the running month where the place has many clues."""
    with reading(place.engine) as session:
        board.again(session, make.office(session, CITY, "task_force").id, tools=place.app.extensions["tools"])
    return 0


def _file(place: Installation) -> int:
    tools = place.app.extensions["tools"]
    with transaction(place.engine) as session:
        filed = clues.submit(session, make.submission(), tools=tools).id
    with transaction(place.engine) as session:
        triage.triage(session, filed, tools=tools)
    return 0


def rounds(places: Sequence[Installation], count: int) -> None:
    """Ask every installation for everything, `count` times and once before to warm up."""
    for turn in range(count + 1):
        for place in places:
            for what, do in asked(place):
                begun = time.perf_counter()
                size = do()
                if turn:
                    place.taken.setdefault(what, []).append(1000 * (time.perf_counter() - begun))
                    place.bytes[what] = size


def table(name: str, places: Sequence[Installation]) -> str:
    """Medians, the spread of the largest, growth and bytes."""
    head = f"{name:<24}" + "".join(f"{place.size:>12}" for place in places) + f"{'spread':>16}{'growth':>9}{'bytes':>9}"
    lines = [head]
    for what in places[0].taken:
        medians = [statistics.median(place.taken[what]) for place in places]
        last = places[-1].taken[what]
        spread = f"{min(last):.0f}–{max(last):.0f}"
        lines.append(f"{what:<24}" + "".join(f"{m:>12.1f}" for m in medians) + f"{spread:>16}{medians[-1] / medians[0]:>9.2f}{places[-1].bytes[what]:>9}")
    return "\n".join(lines)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--only", choices=("sqlite", "postgresql"))
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="sb-scale-model-") as models:
        train(out=Path(models) / "current.model")
        for kind in ("sqlite", "postgresql"):
            if chosen.only in (None, kind):
                measure(kind, chosen.sizes, chosen.rounds, Path(models))


def measure(kind: str, sizes: Sequence[int], count: int, models: Path) -> None:
    """One kind of database, all sizes side by side."""
    cluster = Cluster() if kind == "postgresql" else None
    places: list[Installation] = []
    with tempfile.TemporaryDirectory(prefix="sb-scale-") as top:
        folder = Path(top)
        try:
            urls = [cluster.url(cluster.create()) if cluster else f"sqlite:///{folder / f'{size}.sqlite3'}" for size in sizes]
            for url, size in zip(urls, sizes, strict=True):
                places.append(install(url, folder / str(size), models, size))
            rounds(places, count)
            print(table(kind, places), flush=True)
        finally:
            for place in places:
                place.engine.dispose()
            if cluster:
                cluster.close()


if __name__ == "__main__":
    main()
