"""Two web processes and two workers on one PostgreSQL and one Redis; one of each is killed in the middle, nothing is lost or done twice."""

from __future__ import annotations

import http.client
import itertools
import signal
import subprocess
import threading
import time
from collections.abc import Iterator

import pytest
from redis import Redis
from sqlalchemy import func, select

from intake.db import reading
from intake.models import AuditEntry, Clue
from tests.processes import UNHINDERED, Serving, redis_server
from tests.reporter import Reporter

CLIENTS, ALL = 6, 1000
pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
def redis(tmp_path) -> Iterator[str]:
    with redis_server(tmp_path) as (address, _):
        yield address


@pytest.fixture
def machines(settings, redis) -> Iterator[tuple[list[Serving], list[subprocess.Popen[bytes]]]]:
    """Two web processes that answer, and two workers at work, as on so many machines."""
    given = settings | UNHINDERED | {"TRIAGE": "worker", "SWEEP_SECONDS": 1, "RATE_STORE": redis}
    web = [Serving(given), Serving(given)]
    assert web[0].run("init").returncode == 0
    workers = [one.begin("worker") for one in web]
    try:
        for one in web:
            one.start()
        yield web, workers
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
        for one in web:
            one.kill()


def _file(web: Iterator[Serving], story: str) -> str:
    """File as a patient reporter does: again, at whichever process answers, until there is a receipt."""
    for one in itertools.islice(web, 20):
        try:
            with Reporter(one.url) as reporter:
                return reporter.file(story)
        except (OSError, http.client.HTTPException):
            continue
    raise AssertionError("no process answers any more")


def test_whoever_has_a_receipt_has_a_clue_and_each_is_triaged_once(machines, redis, database):
    web, workers = machines
    receipts: dict[str, str] = {}
    failures: list[BaseException] = []
    stories = iter([f"第 {n} 个人：同一张表换个抬头又要报一遍，第 {n % 7} 回了" for n in range(ALL)])

    def client(number: int) -> None:
        turn = itertools.cycle(web if number % 2 else web[::-1])
        try:
            for story in stories:
                receipts[story] = _file(turn, story)
        except BaseException as error:
            failures.append(error)

    clients = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for one in clients:
        one.start()
    _until(lambda: len(receipts) > ALL // 3)
    web[0].kill()
    _until(lambda: _triaged(database) > ALL // 20)
    workers[0].send_signal(signal.SIGKILL)
    assert _triaged(database) < ALL, "in the middle"
    for one in clients:
        one.join()
    assert failures == []
    assert Redis.from_url(redis).dbsize() > 0, "both counted in Redis"
    _until(lambda: _triaged(database) == _stored(database))
    with reading(database) as session:
        kept = set(session.scalars(select(Clue.text)))
        times = select(func.count()).where(AuditEntry.action == "triaged").group_by(AuditEntry.clue_id)
        assert set(session.scalars(times)) == {1}
    assert len(receipts) == len(set(receipts.values())) == ALL
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
