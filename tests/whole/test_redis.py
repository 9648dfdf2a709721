"""Several processes count together in a real Redis, and do without it when it is gone."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from intake import create_app, security
from tests import factories as make
from tests.conftest import on_sqlite_alone
from tests.processes import redis_server
from tests.web.client import Client, code_on, file_clue
from tests.web.test_query import WRONG, fail, seconds

DANTU = ["320000", "321100", "321112"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a Redis of this test alone, and its process."""
    with redis_server(tmp_path) as found:
        yield found


@pytest.fixture
def settings(settings, server):
    return settings | {"RATE_STORE": server[0]}


def _another_process(settings, app, monkeypatch) -> Client:
    """The application as a process of its own has it: its own connection to the store, nothing in its memory."""
    monkeypatch.setattr(security, "_day_key", security.DayKey())
    other = create_app(settings)
    other.testing = True
    other.extensions["engine"].dispose()
    other.extensions.update(engine=app.extensions["engine"], tools=app.extensions["tools"])
    return Client(other)


@on_sqlite_alone
def test_processes_count_together_and_nobody_is_kept_out_without_the_store(app, settings, server, tools, monkeypatch):
    here = _another_process(settings, app, monkeypatch)
    code = code_on(file_clue(here, make.STORY, DANTU))
    fail(here, tools.settings.number("CODE_MISSES"))
    beside = _another_process(settings, app, monkeypatch)
    page = beside.send(beside.get("/query"), status=429, code=WRONG)
    assert seconds(page) > 0, "what one process counted, the other knows"
    _, process = server
    process.kill()
    process.wait()
    assert beside.send(beside.get("/query"), code=code).h1.startswith("已收到")
    assert code_on(file_clue(beside, make.STORY, DANTU)) != code
