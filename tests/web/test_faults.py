"""When a part is out of order there is a sentence, and nothing acknowledged or typed is lost."""

from __future__ import annotations

import resource
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, event, func, select, text

from intake import db, jobs
from intake.db import make_engine, reading, transaction
from intake.models import Clue
from intake.rules.workflow import Role
from intake.services import audit, triage
from tests import factories as make
from tests.conftest import on_sqlite_alone
from tests.web.client import Client, code_on
from tests.web.test_health import ready


def break_table(database, name: str, broken: bool = True) -> None:
    """Take a table away for a while: every statement on it fails as on a damaged database."""
    before, after = (name, f"{name}_away") if broken else (f"{name}_away", name)
    with transaction(database) as session:
        session.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))


@pytest.fixture
def client(app):
    app.testing = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.jinja_env.bytecode_cache = None  # the tests' own: it would write where a test lets nobody write
    return Client(app)


def last_page(client: Client):
    page = client.send(client.get("/clues/new"), button="next", text=make.STORY)
    page = client.send(page, button="next", place1="320000", listed="320000")
    return client.send(page, button="next", times_a_month="7")


def test_a_database_out_of_order_keeps_what_was_typed_and_takes_it_later(client, database):
    page = last_page(client)
    break_table(database, "clue")
    refused = client.send(page, status=503, button="send")
    assert "您写的还在这里" in refused.h1
    assert refused.form()[1]["text"].strip() == make.STORY
    still = client.send(refused, status=503, button="send")
    break_table(database, "clue", broken=False)
    assert client.send(still, button="send").h1 == "线索已收到"
    with reading(database) as session:
        [clue] = session.query(Clue).all()
        assert (clue.times_a_month, clue.region_code) == (7, "320000")


def test_a_fault_while_the_form_is_filled_in_keeps_it_too(client, database):
    page = client.send(client.get("/clues/new"), button="next", text=make.STORY)
    break_table(database, "region")
    refused = client.send(page, status=503, button="next", place1="320000", listed="320000")
    break_table(database, "region", broken=False)
    assert client.send(refused, button="next").h1 == "还有什么要补充？"


def test_other_pages_say_that_the_database_is_out_of_order(client, database, tools):
    with transaction(database) as session:
        username = make.officer(session, tools, Role.CLERK, "321112").username
    client.sign_in(username, make.PASSWORD)
    break_table(database, "notice")
    assert client.get("/", 503).h1 == "系统暂时不能保存"
    break_table(database, "notice", broken=False)
    break_table(database, "officer")
    assert client.get("/console/queue", 503).h1 == "系统暂时不能保存"


def test_an_unforeseen_error_is_a_page_that_tells_what_became_of_the_clue(client, monkeypatch):
    monkeypatch.setattr("intake.services.notices.open_notices", lambda *_: 1 / 0)
    page = client.get("/", 500)
    assert "已经拿到查询码的线索都保存好了" in page.words


def test_a_request_beyond_every_limit_is_said_in_words(client):
    page = client.post("/clues/new", {"text": "长" * 2_000_000}, 413)
    assert "一万字" in page.words


def test_a_foreign_host_name_is_refused(client):
    answer = client.raw.get("/", headers={"Host": "evil.example"})
    assert answer.status_code == 400


# --- the disk, locks, the server of the database ---


@contextmanager
def full_disk(database: Engine) -> Iterator[None]:
    """No file of this process grows any more, as on a disk without room (RLIMIT_FSIZE; SQLite writes in this process)."""
    wal = Path(f"{database.url.database}-wal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (wal.stat().st_size if wal.exists() else 0, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def read_only(database: Engine) -> Iterator[None]:
    """The database takes no writing: a disk mounted read-only, a standby server."""
    postgresql = database.dialect.name == "postgresql"
    statement = "SET TRANSACTION READ ONLY" if postgresql else "PRAGMA query_only = ON"

    def forbid(connection, *_) -> None:
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()

    event.listen(database, "checkout", forbid)
    try:
        yield
    finally:
        event.remove(database, "checkout", forbid)
        database.dispose()


@contextmanager
def locked(database: Engine) -> Iterator[None]:
    """Somebody else holds what filing needs and does not let go."""
    if database.dialect.name == "sqlite":
        other = sqlite3.connect(database.url.database, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        other = psycopg.connect(database.url.set(drivername="postgresql").render_as_string(hide_password=False))
        other.execute("LOCK TABLE counter IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        other.close()


@pytest.fixture
def impatient(monkeypatch) -> None:
    """Whoever waits for a lock waits a second."""
    monkeypatch.setattr(db, "PATIENCE", 1)


@pytest.fixture
def database(impatient, database_url) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


def refused_then_taken(client: Client, database: Engine, fault: Callable[[Engine], AbstractContextManager[None]]) -> None:
    """While it lasts there is a page with everything typed; sent again afterwards there is a receipt, and one clue."""
    page = last_page(client)
    with fault(database):
        refused = client.send(page, status=503, button="send")
        assert "您写的还在这里" in refused.h1
        assert refused.form()[1]["text"].strip() == make.STORY
        again = client.send(refused, status=503, button="send")
    assert client.send(again, button="send").h1 == "线索已收到"
    with reading(database) as session:
        assert session.scalars(select(Clue.text)).all() == [make.STORY]
        assert list(audit.verify(session)) == []


@on_sqlite_alone
def test_a_full_disk_keeps_what_was_typed_and_takes_it_when_there_is_room(client, database):
    refused_then_taken(client, database, full_disk)


def test_a_disk_that_takes_no_writing_keeps_what_was_typed(client, database):
    refused_then_taken(client, database, read_only)


def test_a_database_locked_by_another_ends_in_a_sentence_and_not_in_waiting(client, database):
    refused_then_taken(client, database, locked)


def test_many_who_wait_for_one_lock_are_all_told_in_the_time_of_two(app, client, database):
    """Who waits in this process does not wait for the patience of everybody before him."""
    pages = [(one := Client(app), last_page(one)) for _ in range(12)]
    answers: list[int] = []

    def send(one: Client, page) -> None:
        answers.append(one.raw.post("/clues/new", data=page.form(button="send")[1]).status_code)

    with locked(database):
        threads = [threading.Thread(target=send, args=pair) for pair in pages]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 10  # one after another they would take 12 seconds
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        assert answers == [503] * 12


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_server_that_went_down_and_came_back_is_taken_up_again_at_once(client, database, cluster):
    page = last_page(client)
    cluster.crash()
    try:
        refused = client.send(page, status=503, button="send")
        assert refused.form()[1]["text"].strip() == make.STORY
        assert client.get("/", 503).h1 == "系统暂时不能保存"
    finally:
        cluster.start_again()
    receipt = client.send(refused, button="send")
    assert receipt.h1 == "线索已收到"
    cluster.crash()
    cluster.start_again()
    assert client.get("/").status == 200, "connections of before are not handed out"
    found = client.send(client.get("/query"), code=code_on(receipt))
    assert "线索" in found.words


def test_a_damaged_model_takes_the_clue_in_and_sorts_it_once_there_is_another(app, client, database, tools):
    good = tools.model_path.read_bytes()
    tools.model_path.unlink()
    tools.model_path.write_bytes(good[: len(good) // 2])
    assert client.send(last_page(client), button="send").h1 == "线索已收到"
    assert [reason for reason in ready(app)[1] if reason.startswith("model")] == ["model not ready: corrupt"]
    with reading(database) as session:
        waiting = triage.pending(session)
        assert len(waiting) == 1
    tools.model_path.write_bytes(good)
    assert jobs.sweep(database, tools) == 1
    with reading(database) as session:
        assert session.scalar(select(func.count()).where(Clue.triaged_at.is_not(None))) == 1


@pytest.mark.parametrize("back", [timedelta(minutes=10), timedelta(days=40)])
def test_a_clock_set_back_keeps_numbers_codes_chain_and_sign_ins(client, database, tools, clock, desk, back):
    clerk = desk(Role.CLERK)
    codes = [code_on(client.send(last_page(client), button="send"))]
    clock.now -= back
    codes.append(code_on(client.send(last_page(client), button="send")))
    clock.now += back
    codes.append(code_on(client.send(last_page(client), button="send")))
    for code in codes:
        assert client.send(client.get("/query"), code=code).status == 200
    assert clerk.get("/console/queue").status == 200
    with reading(database) as session:
        numbers = session.scalars(select(Clue.number)).all()
        assert len(set(numbers)) == 3
        assert list(audit.verify(session)) == []
