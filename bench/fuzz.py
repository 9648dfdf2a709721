"""How often hostile input makes the application fail: every form and query parameter of every address, and every parser.

    python -m bench.fuzz [--inputs 100000] [--seed 1] [--database URL] [--only pages|parsers] [--keep FOLDER]

Half of the inputs are requests drawn by hypothesis (bench/fuzz_pages.py), as a stranger and as each role; half go to
the parsers under atheris, guided by coverage (bench/fuzz_parsers.py). Prints counts, coverage and every failure; ends
in an error if there is one. What made a parser fail stays in the folder --keep.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench import fuzz_pages
from bench.fuzz_pages import PASSWORD, Outcome
from intake import create_app, db
from intake.db import transaction
from intake.rules.workflow import Role
from intake.services import directory, identity, setup
from intake.services.clues import Submission, submit

#: Seconds that one parser may take for its share.
LONGEST = 900


@dataclass(frozen=True)
class Run:
    """What one parser was given, which edges were reached, how fast, and what failed."""

    target: str
    inputs: int
    coverage: int
    rate: float
    failed: tuple[str, ...]


def furnish(app: Flask) -> None:
    """Offices, an officer of each role, and three clues."""
    engine, tools = app.extensions["engine"], app.extensions["tools"]
    with transaction(engine) as session:
        office = directory.office(session, "321112", "task_force")
        for role in Role:
            officer, first = identity.create_officer(session, f"fuzz-{role.value}", "李老师", role, office, tools=tools)
            identity.change_password(session, officer, first, PASSWORD, tools=tools)
        for n in range(3):
            submit(
                session,
                Submission(key=f"fuzz-{n:027d}", text="社区每天打卡三次，太多了。", region_code="321112"),
                tools=tools,
            )


def parser(name: str, runs: int, folder: Path) -> Run:
    """Fuzz one parser in a process of its own and read what it left."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "bench.fuzz_parsers", name, str(runs), str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=LONGEST)
        told, code = done.stderr + done.stdout, done.returncode
    except subprocess.TimeoutExpired as error:
        told, code = str(error.stderr), -1
    inputs, coverage = (_last(rf"{word}\s*(\d+)", told) for word in ("number_of_executed_units:", "cov:"))
    failed = [path.read_text().strip() for path in sorted(folder.glob("found-*.txt"))]
    failed += [path.name for kind in ("timeout", "oom", "crash", "leak") for path in folder.glob(f"{kind}-*")]
    if code and not failed:
        failed.append(f"ended with {code}: {told[-300:]}")
    return Run(name, inputs, coverage, inputs / (time.perf_counter() - begun), tuple(failed))


def parsers(inputs: int, kept: Path) -> Iterator[Run]:
    """Every parser in turn with its share of `inputs`."""
    from bench.fuzz_parsers import TARGETS

    parts = sum(target.part for target in TARGETS.values())
    for name, target in TARGETS.items():
        yield parser(name, round(inputs * target.part / parts) + 1, kept / name.replace(" ", "-"))


def _last(pattern: str, told: str) -> int:
    found = re.findall(pattern, told)
    return int(found[-1]) if found else 0


def _installation(folder: str, url: str) -> Flask:
    app = create_app({"INSTANCE": folder, "DATABASE_URL": url, "LOG_LEVEL": "ERROR"})
    db.upgrade(app.extensions["engine"])
    with transaction(app.extensions["engine"]) as session:
        setup.seed(session)
        setup.open_regions(session, ("321100",))
    furnish(app)
    return app


def _pages(count: int, seed: int, url: str) -> list[str]:
    """Run the requests and print what they were answered with; returns what failed."""
    outcome, begun = Outcome(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        fuzz_pages.run(_installation(folder, url), outcome, count, seed)
    spent = time.perf_counter() - begun
    answers = "  ".join(f"{status}: {n}" for status, n in sorted(outcome.answers.items()))
    print(f"{'requests':<22}{outcome.tried['requests']:>8}   {count / spent:.0f}/s   {len(outcome.names)} names   {answers}", flush=True)
    return [f"{what}\n    {shown!a}" for what, shown in sorted(outcome.failed.items())]


def _parsers(count: int, kept: Path) -> list[str]:
    failed, inputs = [], 0
    for run in parsers(count, kept):
        print(f"{run.target:<22}{run.inputs:>8}   {run.rate:.0f}/s   coverage {run.coverage}   failures {len(run.failed)}", flush=True)
        failed += [f"{run.target}: {what}" for what in run.failed]
        inputs += run.inputs
    print(f"{'parsers together':<22}{inputs:>8}", flush=True)
    return failed


def main() -> None:
    """Try, and print what was tried and what failed."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--inputs", type=int, default=100_000)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--database", default="", help="an empty database; a new SQLite file if none is given")
    given.add_argument("--only", choices=("pages", "parsers"))
    given.add_argument("--keep", type=Path, default=None)
    chosen, failed = given.parse_args(), []
    kept = chosen.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    half = chosen.inputs if chosen.only else chosen.inputs // 2
    if chosen.only != "pages":
        failed += _parsers(half, kept)
    if chosen.only != "parsers":
        failed += _pages(half, chosen.seed, chosen.database)
    print(f"failures {len(failed)}" + (f", inputs in {kept}" if failed else ""))
    for line in failed:
        print(f"FAILED {line}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
