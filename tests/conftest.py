"""What tests stand on: fresh databases of either kind, a clock, the application; no network, no silent skip."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import socket
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fast import MEMORY
from tests.postgres import Cluster

if TYPE_CHECKING:  # imported where they are used: the tests of rules start without loading the application
    from flask import Flask
    from jinja2 import BytecodeCache
    from sqlalchemy import Dialect, Engine

    from classifier import Classifier
    from intake.tools import Tools

pytest_plugins = ["tests.browser"]
if MEMORY:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", MEMORY)
# Many tests start the application as a process of its own: compiled once, and not by each of them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

ROOT = Path(__file__).resolve().parent.parent
#: What opens contact data in the tests, kept in a file.
CONTACT_PRIVATE = bytes(range(32))
DATABASES = ("sqlite", "postgresql")
#: For what the database has no part in.
on_sqlite_alone = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def prepare(engine: Engine) -> None:
    """Bring an empty database to where a first start of the application brings it, without accounts."""
    from intake import db, sealing
    from intake.models import ContactKey, KeyKept
    from intake.services import setup

    db.upgrade(engine)
    with db.transaction(engine) as session:
        setup.seed(session)
        setup.open_regions(session, setup.FIRST_REGIONS)
        public = sealing.public_of(CONTACT_PRIVATE)
        session.add(ContactKey(public=public, kept=KeyKept.FILE, made_at=datetime(2026, 1, 1, tzinfo=UTC)))


# --- databases: made and seeded once, copied for every test ---


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded SQLite file that nobody has open."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    _prepare_and_leave(f"sqlite:///{path}")
    assert [p.name for p in path.parent.iterdir()] == [path.name], "a write-ahead log was left behind"
    return path


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The PostgreSQL server of this run."""
    server = Cluster()
    versions["PostgreSQL"] = server.version
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster) -> str:
    """The name of a seeded database that nobody is connected to."""
    name = cluster.create()
    _prepare_and_leave(cluster.url(name))
    return name


def _prepare_and_leave(url: str) -> None:
    from intake import db

    engine = db.make_engine(url)
    prepare(engine)
    engine.dispose()


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a seeded database of this test alone; what touches data runs on both kinds."""
    if request.param == "sqlite":
        path = shutil.copyfile(request.getfixturevalue("sqlite_template"), tmp_path / "songbang.sqlite3")
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("cluster")
    name = server.create(request.getfixturevalue("postgresql_template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture(scope="session")
def compiled_statements() -> Callable[[Engine], None]:
    """Lets an engine take the statements that earlier ones of its kind compiled: half the time of a small test."""
    from sqlalchemy.util import LRUCache

    dialects: dict[str, Dialect] = {}
    statements: LRUCache[Any, Any] = LRUCache(3000)

    def share(engine: Engine) -> None:
        if engine.name not in dialects:
            engine.connect().close()  # a dialect knows its server from the first connection on
        engine.dialect = dialects.setdefault(engine.name, engine.dialect)
        engine.update_execution_options(compiled_cache=statements)

    return share


@pytest.fixture
def database(database_url: str, compiled_statements: Callable[[Engine], None]) -> Iterator[Engine]:
    """An engine on it."""
    from intake import db

    engine = db.make_engine(database_url)
    compiled_statements(engine)
    yield engine
    engine.dispose()


# --- the application ---


@dataclass
class Clock:
    """The present as a test wants it: set or move `now` (aware)."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A Monday, noon in China."""
    return Clock(datetime(2026, 11, 23, 4, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the model trained from the corpus; kept between runs until the classifier or its corpus changes."""
    from classifier import train

    digest = hashlib.sha256()
    for path in sorted((ROOT / "classifier").rglob("*")):
        if path.suffix in {".py", ".txt", ".jsonl"}:
            digest.update(path.read_bytes())
    models = request.config.cache.mkdir("models")
    folder = models / digest.hexdigest()[:16]
    with (models / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several processes run the tests: one of them trains
        if not folder.exists():
            partial = folder.with_suffix(".partial")
            partial.mkdir(exist_ok=True)
            train(out=partial / "current.model")
            partial.rename(folder)
    return Path(shutil.copytree(folder, tmp_path_factory.mktemp("model"), dirs_exist_ok=True))  # where tests can link to it


@pytest.fixture(scope="session")
def loaded(model: Path) -> tuple[int, Classifier]:
    """The model as Tools keep it once they have loaded it: when its file was written, and itself."""
    from classifier import Classifier

    path = model / "current.model"
    return path.stat().st_mtime_ns, Classifier.load(path)


@pytest.fixture
def settings(database_url: str, tmp_path: Path, model: Path) -> dict[str, object]:
    """Settings of an installation in a folder of its own, with the trained model in place; sign-ins outlast the clock's jumps."""
    from intake import sealing

    instance = tmp_path / "instance"
    shutil.copytree(model, instance / "models", copy_function=os.link)
    key_file = tmp_path / "contact.private"
    sealing.write_keys(str(key_file), [CONTACT_PRIVATE])
    lasting = {"SESSION_HOURS": 24 * 400, "IDLE_MINUTES": 24 * 60 * 400}
    return {"INSTANCE": str(instance), "DATABASE_URL": database_url, "CONTACT_KEY_FILE": str(key_file), "FORM_SECONDS": 0} | lasting


@pytest.fixture
def tools(
    settings: dict[str, object], clock: Clock, monkeypatch: pytest.MonkeyPatch, loaded: tuple[int, Classifier]
) -> Tools:
    """What the services are handed, with the test's clock, the model in their hands; passwords cost next to nothing, as time does."""
    from argon2 import PasswordHasher

    from intake import config
    from intake.services import identity
    from intake.tools import Tools

    monkeypatch.setattr(identity, "hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    return Tools(config.load(settings), clock=clock, _loaded=loaded)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Templates compiled once for all applications of this run."""
    from jinja2 import FileSystemBytecodeCache

    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture(scope="session")
def compiled_addresses() -> Iterator[None]:
    """How an address is put together is worked out once for all applications of this run, and not 130 times for each."""
    from werkzeug.routing import Rule

    work_out, known = Rule._compile_builder, {}

    def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        key = (rule.rule, repr(rule.defaults), append_unknown)
        return known.get(key) or known.setdefault(key, work_out(rule, append_unknown))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", builder)
        yield


@pytest.fixture
def app(
    settings: dict[str, object], database: Engine, tools: Tools, compiled_templates: BytecodeCache, compiled_addresses: None
) -> Iterator[Flask]:
    """The application on this test's database, engine, tools and clock."""
    from intake import create_app

    app = create_app(settings)
    app.jinja_env.bytecode_cache = compiled_templates
    app.extensions["engine"].dispose()
    app.testing = True
    app.extensions.update(engine=database, tools=tools)
    yield app


# --- no network ---


class NetworkForbidden(BaseException):
    """A test tried to leave the machine; not an Exception, so that nothing swallows it."""


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Sockets reach loopback and unix sockets only, and no name is looked up."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex", "sendto"):
            patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)), raising=True)
        patch.setattr(socket, "getaddrinfo", _guarded_lookup(socket.getaddrinfo))
        yield


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(self: socket.socket, *arguments: Any) -> Any:
        address = arguments[-1]
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _refuse_foreign(address[0])
        return method(self, *arguments)

    return guarded


def _guarded_lookup(lookup: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *arguments: Any, **named: Any) -> Any:
        if host is not None:
            _refuse_foreign(host.decode() if isinstance(host, bytes) else host)
        return lookup(host, *arguments, **named)

    return guarded


def _refuse_foreign(host: str) -> None:
    if host not in {"localhost", "::1", "0.0.0.0", "::", ""} and not host.startswith("127."):
        raise NetworkForbidden(host)


# --- no silent skip, and a summary that says what ran on what ---

versions: dict[str, str] = {"SQLite": sqlite3.sqlite_version}
_ran: Counter[str] = Counter()
_KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Write on the report what the test stood on: it may be read in another process."""
    report = yield
    if browser := getattr(item, "funcargs", {}).get("browser"):
        versions["Chromium"] = browser.version
    report.stood_on = (_kinds(item), dict(versions))
    return report


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    kinds, there = report.stood_on
    versions.update(there)
    if report.when == "call" and not report.skipped:
        _ran.update(kinds)


def _kinds(item: pytest.Item) -> list[str]:
    """What a test stands on, by its fixtures."""
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    kinds = [_KINDS[parameters["database_url"]]] if "database_url" in parameters else []
    if "browser" in getattr(item, "fixturenames", ()):
        kinds.append("Chromium")
    return kinds or ["neither"]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that was skipped or expected to fail has shown nothing: the run fails."""
    if session.exitstatus == pytest.ExitCode.OK and _shown_nothing(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _shown_nothing(config: pytest.Config) -> bool:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:  # one of several processes; the one that gathers their reports says it
        return False
    return bool(reporter.stats.get("skipped") or reporter.stats.get("xfailed"))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    terminalreporter.section("what ran on what")
    for name in ("SQLite", "PostgreSQL", "Chromium"):
        terminalreporter.line(f"{name} {versions.get(name, '(not started)')}: {_ran[name]} tests")
    terminalreporter.line(f"without database or browser: {_ran['neither']} tests")
    if _shown_nothing(config):
        terminalreporter.line("FAILED: tests were skipped or expected to fail; see the reasons above", red=True)
