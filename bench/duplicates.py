"""What it costs to look for a clue's near duplicates, in a small table and in a large one.

    python -m bench.duplicates [small] [large]        (10,000 and 100,000 unless told otherwise)

Every clue of the table has half the bands of each of two texts of the corpus, so that bands fill up as the table grows;
one in fifty belongs to a single burst and has all bands of one text. Prints for SQLite and PostgreSQL the median
milliseconds of a look (transaction rolled back), for a clue of the common kind and for one more of the burst, in both
tables, and the ratio (the aim: at most 2). The small table does not yet fill the fifty comparisons that a look is
bounded by.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from classifier import corpus, similarity
from intake import db
from intake.models import Band, Clue
from intake.services import duplicates
from tests import loading
from tests.conftest import prepare
from tests.postgres import Cluster

LOOKS = 60
BURST = 50
CHUNK = 20_000


def main(small: int, large: int) -> None:
    """Measure both databases and print."""
    texts = [example.text for example in corpus.read()]
    print(f"tables of {small} and {large} clues, {len(texts)} texts, medians of {LOOKS} looks")
    with tempfile.TemporaryDirectory(prefix="bench-duplicates-") as folder:
        measure("SQLite", f"sqlite:///{Path(folder) / 'bench.sqlite3'}", texts, (small, large))
        cluster = Cluster()
        try:
            measure("PostgreSQL", cluster.url(cluster.create()), texts, (small, large))
        finally:
            cluster.close()


def measure(name: str, url: str, texts: list[str], sizes: tuple[int, int]) -> None:
    """Fill the table up to each size in turn, and look."""
    engine = db.make_engine(url)
    prepare(engine)
    chance = random.Random(1)
    prints = [similarity.fingerprint(one) for one in texts]
    took: list[tuple[float, float]] = []
    filled = 0
    for size in sizes:
        fill(engine, size - filled, prints, chance)
        filled = size
        looked = [look(engine, [chance.choice(texts) for _ in range(LOOKS)]), look(engine, texts[:1] * LOOKS)]
        took.append((looked[0], looked[1]))
    for kind, small, large in zip(("common", "burst"), *took, strict=True):
        print(f"{name}, {kind}: {small:.1f} ms and {large:.1f} ms, ratio {large / small:.2f}")
    engine.dispose()


def fill(engine: Engine, count: int, prints: Sequence[tuple[int, ...]], chance: random.Random) -> None:
    """`count` more clues with their bands."""
    for begun in range(0, count, CHUNK):
        with db.transaction(engine) as session:
            last = session.scalar(select(Clue.id).order_by(Clue.id.desc()).limit(1)) or 0
            more = min(CHUNK, count - begun)
            loading.clues(
                session, more, moment=datetime(2026, 11, 2, tzinfo=UTC), category="checkins", region_code="321112",
                intake_office_id=1, intake_region="321100", office_id=1, text="每天要在三个应用里打卡，晚了就点名。",
            )  # fmt: skip
            ids = session.scalars(select(Clue.id).where(Clue.id > last)).all()
            session.execute(insert(Band), list(bands(ids, prints, chance)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def bands(ids: Sequence[int], prints: Sequence[tuple[int, ...]], chance: random.Random) -> Iterator[dict[str, int]]:
    """The bands of each clue: of the burst's text, or half of each of two texts."""
    for clue_id in ids:
        one, other = chance.choice(prints), chance.choice(prints)
        keys = set(prints[0]) if clue_id % BURST == 0 else {*one[::2], *other[1::2]}
        yield from ({"key": key, "clue_id": clue_id} for key in keys)


def look(engine: Engine, texts: list[str]) -> float:
    """Milliseconds of `duplicates.find` for a new clue of each text: the median; nothing is kept."""
    times = []
    for one in texts:
        with db.reading(engine) as session:
            clue = _newest(session)
            clue.text = one
            start = time.perf_counter()
            with session.no_autoflush:
                duplicates.find(session, clue)
            times.append(1000 * (time.perf_counter() - start))
            session.rollback()
    return statistics.median(times)


def _newest(session: Session) -> Clue:
    return session.scalars(select(Clue).order_by(Clue.id.desc()).limit(1)).one()


if __name__ == "__main__":
    given = [int(number) for number in sys.argv[1:]] or [10_000, 100_000]
    main(given[0], given[-1])
