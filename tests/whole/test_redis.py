"""Several processes count together in a real Redis, and do without it when it is gone."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from intake import config, create_app, jobs, security
from intake.bell import Bell
from intake.db import transaction
from intake.services import clues
from intake.tools import Tools
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


def test_whoever_rings_wakes_all_who_wait_and_rings_while_nobody_waits_are_not_lost(server):
    address, process = server
    ringing, waiting = Bell(address), [Bell(address), Bell(address)]
    stop = threading.Event()
    for one in waiting:
        one.wait(stop, 0.2)  # from here on it hears
    with ThreadPoolExecutor() as pool:
        asleep = [pool.submit(one.wait, stop, 30) for one in waiting]
        ringing.ring()
        done, _ = wait(asleep, 10)
    assert len(done) == 2
    ringing.ring()
    ringing.ring()
    begun = time.monotonic()
    waiting[0].wait(stop, 30)
    assert time.monotonic() - begun < 10, "it rang while nobody waited"
    waiting[0].wait(stop, 0.5)
    assert time.monotonic() - begun > 0.5, "two rings were one round"
    process.kill()
    process.wait()
    ringing.ring()
    threading.Timer(0.3, stop.set).start()
    waiting[0].wait(stop, 30)
    assert time.monotonic() - begun < 20, "without Redis it still stops when told to"


@on_sqlite_alone
def test_a_worker_does_not_wait_for_its_round_when_a_clue_is_filed(settings, server, database, clock):
    tools = Tools(config.load(settings | {"TRIAGE": "worker", "SWEEP_SECONDS": 600}), clock=clock)
    stop, rounds = threading.Event(), queue.Queue()
    working = threading.Thread(target=jobs.run, args=(database, tools, stop, rounds.put))
    working.start()
    try:
        assert rounds.get(timeout=30) == 0
        time.sleep(0.5)  # until it listens
        with transaction(database) as session:
            filed = clues.submit(session, make.submission(), tools=tools).id
        jobs.after_filing(database, filed, tools)
        assert rounds.get(timeout=30) == 1
    finally:
        stop.set()
        working.join()
