"""The release before goes on serving while the schema is upgraded under it, and afterwards, until the new one takes over."""

from __future__ import annotations

import itertools
import subprocess
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from intake import db
from intake.db import reading
from intake.models import Clue
from tests.processes import ROOT, UNHINDERED, Serving
from tests.reporter import Reporter


def before() -> str:
    """The commit from before the newest schema; "" where this copy of the repository does not reach back so far."""
    newest = f"intake/migrations/versions/{db.revisions()[0]}_*.py"
    added = _git("log", "--diff-filter=A", "--format=%H", "-1", "--", newest)
    return _git("rev-parse", "--verify", "--quiet", f"{added}^") if added else ""


def _git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def release(tmp_path, commit) -> Path:
    """The program as it was at that commit; without history, as it is, which shows only that an upgrade disturbs nobody."""
    folder = tmp_path / "before"
    folder.mkdir()
    packed = subprocess.run(["git", "archive", commit or "HEAD"], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
    return folder


@pytest.mark.parametrize("commit", [pytest.param(before(), id="the release before" if before() else "no history: this release")])
def test_nobody_notices_while_the_schema_is_upgraded(settings, release, database, commit):
    if commit:
        db.downgrade(database, db.revisions()[1])
    given = settings | UNHINDERED
    old, new = Serving(given, release), Serving(given)
    receipts: list[str] = []
    failures: list[BaseException] = []
    done = threading.Event()

    def file() -> None:
        try:
            for number in itertools.count():
                with Reporter(old.url) as reporter:
                    receipts.append(reporter.file(f"第{number}次报同一张表"))
                    assert reporter.progress(receipts[-1])[0] == 200
                if done.is_set():
                    return
        except BaseException as error:
            failures.append(error)

    old.start()
    filing = threading.Thread(target=file)
    filing.start()
    try:
        _wait(receipts, 5, failures)
        assert _schema(database) == db.revisions()[bool(commit)]
        upgraded = new.run("upgrade")
        assert (upgraded.returncode, _schema(database)) == (0, db.revisions()[0]), upgraded.stderr
        _wait(receipts, len(receipts) + 5, failures)
        new.start()
        _wait(receipts, len(receipts) + 5, failures)
        with Reporter(new.url) as reporter:
            assert all(reporter.progress(code)[0] == 200 for code in (receipts[0], receipts[-1]))
            receipts.append(reporter.file("换了新版再报一次"))
    finally:
        done.set()
        filing.join()
        old.kill()
        new.kill()
    assert failures == []
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) == len(receipts)


def _schema(engine: Engine) -> str | None:
    with db.snapshot(engine) as connection:
        return db.schema(connection)


def _wait(receipts: list[str], wanted: int, failures: list[BaseException]) -> None:
    """Until so many reporters have a receipt from the release that serves."""
    gone = threading.Event()
    for _ in range(1200):
        if len(receipts) >= wanted or failures:
            break
        gone.wait(0.05)
    assert failures == []
    assert len(receipts) >= wanted
