"""What clients that take their time cost an honest one: `python -m bench.slow [--counts 40 900] [--tries 40]`.

`flask serve` alone, without a proxy; a third of the slow ones send their head byte by byte, a third the body, a third
nothing. With none, with each count, and with none again, in one run; prints median and worst of an honest reporter's
page and of his whole filing, and the difference to none. Every slow one must still be connected at the end of its turn.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence

from tests.dawdlers import Dawdlers
from tests.processes import UNHINDERED, Serving
from tests.reporter import Reporter


def seconds(do: Callable[[], object], tries: int) -> list[float]:
    """How long each of `tries` takes."""
    taken = []
    for _ in range(tries):
        begun = time.perf_counter()
        do()
        taken.append(time.perf_counter() - begun)
    return taken


def turn(serving: Serving, count: int, tries: int) -> tuple[list[float], list[float]]:
    """Seconds of pages and of filings while `count` slow clients are there."""
    with Dawdlers(serving.port, count) as slow:
        pages = seconds(lambda: _page(serving.url), tries)
        filings = seconds(lambda: _file(serving.url), max(1, tries // 4))
        if slow.waiting() < count:
            sys.exit(f"only {slow.waiting()} of {count} slow clients were still there: the turn shows nothing")
    return pages, filings


def _page(url: str) -> None:
    with Reporter(url) as reporter:
        assert reporter.ask("GET", "/")[0] == 200


def _file(url: str) -> None:
    with Reporter(url) as reporter:
        reporter.file("同一张表换个抬头又要报一遍，前天交的不算")


def line(name: str, taken: Sequence[float], base: Sequence[float]) -> str:
    middle, worst = statistics.median(taken), max(taken)
    return f"{name:<24}{middle * 1000:>10.1f}{worst * 1000:>10.1f}{(middle - statistics.median(base)) * 1000:>+10.1f}{(worst - max(base)) * 1000:>+10.1f}"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--counts", type=int, nargs="+", default=[40, 900])
    options.add_argument("--tries", type=int, default=40)
    chosen = options.parse_args()
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with tempfile.TemporaryDirectory(prefix="sb-slow-") as folder:
        serving = Serving({"INSTANCE": folder} | UNHINDERED)
        try:
            serving.run("init")
            serving.start()
            turn(serving, 0, 4)  # to warm up
            turns = {count: turn(serving, count, chosen.tries) for count in (0, *chosen.counts)}
            again = turn(serving, 0, chosen.tries)
        finally:
            serving.kill()
    print(f"{'ms':<24}{'median':>10}{'worst':>10}{'+median':>10}{'+worst':>10}")
    for at, what in enumerate(("page", "filing")):
        for count, taken in turns.items():
            print(line(f"{what}, {count} slow", taken[at], turns[0][at]))
        print(line(f"{what}, 0 slow, again", again[at], turns[0][at]))


if __name__ == "__main__":
    main()
