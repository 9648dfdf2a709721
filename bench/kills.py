"""`flask serve` killed with SIGKILL at random moments while reporters file; is everything there that was acknowledged?

    python -m bench.kills [--kills 100] [--crashes 5] [--seed 1] [--seconds 1800]

So many kills on SQLite and as many on PostgreSQL, both at once, four reporters at each; then PostgreSQL itself is
stopped as in a crash. Each code is typed into the public page at the end. Ends with an error if a promise is broken.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from tests.killing import Reporters, broken_promises, kill_again_and_again  # noqa: E402
from tests.postgres import Cluster  # noqa: E402
from tests.processes import UNHINDERED, Serving  # noqa: E402

REPORTERS = 4


def trial(name: str, address: str, instance: Path, kills: int, chance: random.Random, until: float) -> list[str]:
    """One database's kills; prints its line, returns what is wrong."""
    serving = Serving({"INSTANCE": instance, "DATABASE_URL": address} | UNHINDERED)
    try:
        serving.start()
        reporters = Reporters(serving.url, REPORTERS)
        reporters.start()
        done = kill_again_and_again(serving, kills, chance, until)
        return _look(f"{name}: {done} kills of the server", serving, address, reporters)
    finally:
        serving.kill()


def crashes(cluster: Cluster, address: str, instance: Path, count: int, chance: random.Random) -> list[str]:
    """PostgreSQL stopped at once and started again under a server that runs on."""
    serving = Serving({"INSTANCE": instance, "DATABASE_URL": address} | UNHINDERED)
    try:
        serving.start()
        reporters = Reporters(serving.url, REPORTERS, "数据库停过：")
        reporters.start()
        for _ in range(count):
            time.sleep(chance.uniform(0.2, 2))
            cluster.crash()
            time.sleep(chance.uniform(0, 1))
            cluster.start_again()
        time.sleep(1)
        return _look(f"PostgreSQL: {count} crashes of the database", serving, address, reporters)
    finally:
        serving.kill()


def _look(what: str, serving: Serving, address: str, reporters: Reporters) -> list[str]:
    promises = reporters.stop()
    wrong = [*map(repr, promises.failures), *broken_promises(serving, address, promises)]
    again = ", ".join(f"{step} {times}" for step, times in sorted(promises.tries_again.items()))
    print(f"{what}: {len(promises.codes)} codes given, {len(wrong)} promises broken; asked again: {again}", flush=True)
    return wrong


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--kills", type=int, default=100, help="on each database")
    options.add_argument("--crashes", type=int, default=5)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--seconds", type=float, default=1800, help="no further kill after so long")
    chosen = options.parse_args()
    wrong: list[str] = []
    with ExitStack() as closing:
        folder = Path(closing.enter_context(tempfile.TemporaryDirectory(prefix="sb-kills-")))
        cluster = Cluster(durable=True)
        closing.callback(cluster.close)
        places = {"SQLite": f"sqlite:///{folder / 'songbang.sqlite3'}", "PostgreSQL": cluster.url(cluster.create())}
        for name, address in places.items():
            prepared = Serving({"INSTANCE": folder / name, "DATABASE_URL": address} | UNHINDERED).run("init")
            if prepared.returncode:
                sys.exit(prepared.stderr)
        until = time.monotonic() + chosen.seconds

        def run(name: str, address: str) -> None:
            chance = random.Random(f"{chosen.seed} {name}")
            wrong.extend(trial(name, address, folder / name, chosen.kills, chance, until))

        threads = [threading.Thread(target=run, args=place) for place in places.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        chance = random.Random(chosen.seed)
        wrong += crashes(cluster, places["PostgreSQL"], folder / "PostgreSQL", chosen.crashes, chance)
    if wrong:
        sys.exit("BROKEN:\n" + "\n".join(wrong))


if __name__ == "__main__":
    main()
