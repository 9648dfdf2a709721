"""Whether the same burden told again is found, and what it costs to look for it in small and in large tables.

    python -m bench.duplicates pairs                          (recall and precision; prints what was missed)
    python -m bench.duplicates [sqlite|postgresql] [size …]   (both; 10,000, 100,000 and 1,000,000)

The pairs are tests/data/rewritten_pairs.jsonl; every parameter was chosen on the first half of them.

For the cost, a clue of the table has the keys of a text made of the halves of two texts of the corpus, so that keys fill
up as the table grows; one in fifty belongs to a single burst and has all keys of one text. Databases of all sizes are
filled first and then looked into in turn, so that whatever else the machine does meets each. Prints for SQLite and
PostgreSQL the median milliseconds of a look (transaction rolled back), for a clue of the common kind and for one more of
the burst, in each table, and the ratio to the smallest (the aim: at most 2).
"""

from __future__ import annotations

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from classifier import corpus, similarity
from intake import db
from intake.models import Clue
from intake.services import duplicates
from tests import loading
from tests.conftest import prepare
from tests.postgres import Cluster

PAIRS = Path(__file__).parent.parent / "tests" / "data" / "rewritten_pairs.jsonl"
LOOKS = 60
BURST = 50
CHUNK = 50_000


def judge() -> None:
    """Print recall and precision on both halves of the pairs, and what was missed or found wrongly."""
    pairs = [json.loads(line) for line in PAIRS.read_text("utf-8").splitlines()]
    for name, half in (("chosen on", pairs[0::2]), ("unseen", pairs[1::2])):
        right = [found(pair["text"], pair["again"]) for pair in half]
        wrong = [(side, pair) for pair in half for side in ("text", "again") if found(pair[side], pair["other"])]
        precision = sum(right) / (sum(right) + len(wrong))
        print(f"{name}: {len(half)} pairs, recall {sum(right) / len(half):.3f}, precision {precision:.3f}")
        for pair in (pair for hit, pair in zip(right, half, strict=True) if not hit):
            print(f"  missed: {pair['text']}\n          {pair['again']}")
        for side, pair in wrong:
            print(f"  wrong:  {pair[side]}\n          {pair['other']}")


def found(one: str, other: str) -> bool:
    """Whether the one would be found and shown beside the other."""
    shared = set(similarity.keys(one)) & set(similarity.keys(other))
    return bool(shared) and similarity.likeness(one, other) >= similarity.ALIKE


def main(databases: Sequence[str], sizes: Sequence[int]) -> None:
    """Measure the databases and print."""
    texts = [example.text for example in corpus.read()]
    print(f"tables of {', '.join(map(str, sizes))} clues, {len(texts)} texts, medians of {LOOKS} looks")
    if "sqlite" in databases:
        with tempfile.TemporaryDirectory(prefix="bench-duplicates-") as folder:
            measure("SQLite", [f"sqlite:///{Path(folder) / f'{size}.sqlite3'}" for size in sizes], texts, sizes)
    if "postgresql" not in databases:
        return
    cluster = Cluster()
    try:
        measure("PostgreSQL", [cluster.url(cluster.create()) for _ in sizes], texts, sizes)
    finally:
        cluster.close()


def measure(name: str, urls: Sequence[str], texts: list[str], sizes: Sequence[int]) -> None:
    """Fill a database of each size, and look at all of them in turn: whatever else the machine does, each meets it."""
    engines = [filled(url, size, texts) for url, size in zip(urls, sizes, strict=True)]
    chance = random.Random(2)
    for kind, told in (("common", [chance.choice(texts) for _ in range(LOOKS)]), ("burst", texts[:1] * LOOKS)):
        rounds = [[look(engine, one) for engine in engines] for one in told]
        first, *_ = medians = [statistics.median(times) for times in zip(*rounds, strict=True)]
        for size, took in zip(sizes, medians, strict=True):
            print(f"{name}, {size} clues, {kind}: {took:.1f} ms, ratio {took / first:.2f}", flush=True)
    for engine in engines:
        engine.dispose()


def filled(url: str, size: int, texts: Sequence[str]) -> Engine:
    """A database of `size` clues with their keys, as an installation has it that has been running for a while."""
    engine = db.make_engine(url)
    prepare(engine)
    chance = random.Random(1)
    fill(engine, size, texts, chance)
    return engine


def fill(engine: Engine, count: int, texts: Sequence[str], chance: random.Random) -> None:
    """`count` more clues with their keys, in the order of the keys: both databases take those many times faster."""
    for begun in range(0, count, CHUNK):
        with db.transaction(engine) as session:
            ids = add(session, min(CHUNK, count - begun))
        store(engine, sorted(rows(ids, texts, chance)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for line in ("VACUUM ANALYZE", "CHECKPOINT") if engine.dialect.name == "postgresql" else ("ANALYZE",):
            connection.execute(text(line))


def store(engine: Engine, keyed: Sequence[tuple[int, int]]) -> None:
    """The rows of rare_key, past SQLAlchemy and unchecked."""
    raw = engine.raw_connection()
    cursor = raw.cursor()
    if engine.dialect.name == "postgresql":
        cursor.execute("SET LOCAL session_replication_role = replica")
        with cursor.copy("COPY rare_key (key, clue_id) FROM STDIN") as copy:
            copy.write("".join(f"{key}\t{clue_id}\n" for key, clue_id in keyed))
    else:
        for line in ("PRAGMA foreign_keys=OFF", "PRAGMA cache_size=-400000", "BEGIN"):
            cursor.execute(line)
        cursor.executemany("INSERT INTO rare_key (key, clue_id) VALUES (?, ?)", keyed)
    raw.commit()
    raw.detach()
    raw.close()


def add(session: Session, count: int) -> Sequence[int]:
    """The ids of `count` more clues, all of one text: it is read and compared like any other."""
    last = session.scalar(select(Clue.id).order_by(Clue.id.desc()).limit(1)) or 0
    loading.clues(
        session, count, moment=datetime(2026, 11, 2, tzinfo=UTC), category="checkins", region_code="321112",
        intake_office_id=1, intake_region="321100", office_id=1, text="每天要在三个应用里打卡，晚了就点名。",
    )  # fmt: skip
    return session.scalars(select(Clue.id).where(Clue.id > last)).all()


def rows(ids: Sequence[int], texts: Sequence[str], chance: random.Random) -> Iterator[tuple[int, int]]:
    """The keys of each clue: of the burst's text, or of half of each of two texts."""
    burst = similarity.keys(texts[0])
    for clue_id in ids:
        one, other = chance.choice(texts), chance.choice(texts)
        mixed = one[: len(one) // 2] + other[len(other) // 2 :]
        keys = burst if clue_id % BURST == 0 else similarity.keys(mixed)
        yield from ((key, clue_id) for key in keys)


def look(engine: Engine, told: str) -> float:
    """Milliseconds of `duplicates.find` for a new clue of this text; nothing is kept."""
    with db.reading(engine) as session:
        clue = session.get_one(Clue, add(session, 1)[0])
        clue.text = told
        start = time.perf_counter()
        with session.no_autoflush:
            duplicates.find(session, clue)
        took = 1000 * (time.perf_counter() - start)
        session.rollback()
    return took


if __name__ == "__main__":
    if sys.argv[1:] == ["pairs"]:
        judge()
    else:
        named = [word for word in sys.argv[1:] if not word.isdigit()] or ["sqlite", "postgresql"]
        main(named, [int(word) for word in sys.argv[1:] if word.isdigit()] or [10_000, 100_000, 1_000_000])
