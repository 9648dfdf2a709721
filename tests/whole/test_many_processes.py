"""Two web processes and two workers on one PostgreSQL; one of each is killed in the middle and nothing is lost or done twice."""

from __future__ import annotations

import http.client
import itertools
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from intake.db import reading
from intake.models import AuditEntry, Clue
from tests.whole.test_load import Reporter

ROOT = Path(__file__).resolve().parents[2]
CLIENTS, EACH = 6, 25
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def processes(settings) -> Iterator[tuple[list[int], list[subprocess.Popen[bytes]]]]:
    """(ports of the two web processes, the web processes and then the workers), all answering or at work."""
    assert _start(settings, "init").wait(120) == 0
    ports = [_free_port(), _free_port()]
    started = [_start(settings, "serve", SONGBANG_PORT=str(port)) for port in ports]
    started += [_start(settings, "worker", SONGBANG_SWEEP_SECONDS="1") for _ in range(2)]
    try:
        for port in ports:
            _await(port)
        yield ports, started
    finally:
        for process in started:
            process.kill()
            process.wait()


def _start(settings, command: str, **more: str) -> subprocess.Popen[bytes]:
    env = (
        os.environ
        | {f"SONGBANG_{name}": str(value) for name, value in settings.items()}
        | {"SONGBANG_TRIAGE": "worker"}
    )
    words = [sys.executable, "-m", "flask", "--app", "wsgi", command]
    return subprocess.Popen(words, cwd=ROOT, env=env | more, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def _await(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("a web process did not come up")


def _file(ports: Iterator[int], story: str) -> str:
    """File as a patient reporter does: again, at whichever process answers, until there is a receipt."""
    for port in itertools.islice(ports, 20):
        try:
            with Reporter(f"http://127.0.0.1:{port}") as reporter:
                return reporter.file(story)
        except (OSError, http.client.HTTPException):
            continue
    raise AssertionError("no process answers any more")


def test_whoever_has_a_receipt_has_a_clue_and_each_is_triaged_once(processes, database):
    ports, (web, _, worker, _) = processes
    receipts: dict[str, str] = {}
    failures: list[BaseException] = []

    def client(number: int) -> None:
        turn = itertools.cycle(ports if number % 2 else ports[::-1])
        try:
            for n in range(EACH):
                story = f"第 {number} 个窗口第 {n} 个人：同一张表换个抬头又要报一遍"
                receipts[story] = _file(turn, story)
        except BaseException as error:
            failures.append(error)

    clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for one in clients:
        one.start()
    _until(lambda: len(receipts) > CLIENTS * EACH // 3)
    web.send_signal(signal.SIGKILL)
    _until(lambda: _triaged(database) > 20)
    worker.send_signal(signal.SIGKILL)
    for one in clients:
        one.join()
    assert failures == []
    _until(lambda: _triaged(database) == _stored(database))
    with reading(database) as session:
        kept = set(session.scalars(select(Clue.text)))
        times = select(func.count()).where(AuditEntry.action == "triaged").group_by(AuditEntry.clue_id)
        assert set(session.scalars(times)) == {1}
    assert len(receipts) == len(set(receipts.values())) == CLIENTS * EACH
    assert set(receipts) <= kept


def _stored(database) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).select_from(Clue))


def _triaged(database) -> int:
    with reading(database) as session:
        return session.scalar(select(func.count()).where(Clue.triaged_at.is_not(None)))


def _until(true, seconds: float = 300) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)
