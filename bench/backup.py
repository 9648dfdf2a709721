"""What a backup and a restore cost beside SQLite's own copy of the file, and that memory does not grow with the clues.

    python -m bench.backup [--counts 10000 100000]

Clues are written by the database itself, all with one text of 258 characters (so the archive is smaller than a real one). Processor time is what carries over.
"""

from __future__ import annotations

import argparse
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from intake import config, db
from intake.tools import Tools
from intake.upkeep import backup, sealing
from tests import factories, loading
from tests.conftest import prepare


def main() -> None:
    """A process for each count, so that each has a memory of its own."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--counts", type=int, nargs="+", default=[10_000, 100_000])
    given.add_argument("--one", type=int)
    chosen = given.parse_args()
    if chosen.one is not None:
        measure(chosen.one)
        return
    print("  clues      rows   archive | backup CPU  restore CPU | file copy CPU | peak memory")
    for count in chosen.counts:
        subprocess.run([sys.executable, "-m", "bench.backup", "--one", str(count)], check=True)


def measure(count: int) -> None:
    """One line of the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        old, new = (
            Tools(config.load({"INSTANCE": str(folder / place), "DATABASE_URL": ""})) for place in ("old", "new")
        )
        engine = db.make_engine(old.settings.database_url)
        prepare(engine)
        with db.transaction(engine) as session:
            place = {"region_code": "321112", "intake_region": "321100", "intake_office_id": 1, "office_id": 1}
            words = factories.STORY * 6
            loading.clues(session, count, moment=datetime(2026, 11, 23, tzinfo=UTC), category="ledgers", text=words, **place)
        backup.make_key(old.settings.instance, folder / "operator.pem")
        manifest, out = cpu(lambda: backup.back_up(engine, old, folder / "a.backup"))
        key = sealing.read_private(folder / "operator.pem")
        _, back = cpu(lambda: backup.restore(db.make_engine(new.settings.database_url), new, folder / "a.backup", key))
        _, plain = cpu(lambda: copy(old.settings.instance / "songbang.sqlite3", folder / "plain.sqlite3"))
        size = (folder / "a.backup").stat().st_size / 2**20
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{count:>7} {manifest.rows:>9} {size:>6.1f} MB | {out:>8.1f} s {back:>10.1f} s | {plain:>11.2f} s | {peak:>6.0f} MB"
        )


def copy(source: Path, target: Path) -> None:
    """SQLite's own online backup."""
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)


def cpu(work: Callable[[], Any]) -> tuple[Any, float]:
    """What `work` gives and the processor seconds it took."""
    start = time.process_time()
    return work(), time.process_time() - start


if __name__ == "__main__":
    main()
