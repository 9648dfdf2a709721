"""The only module that opens the database.

SQLite needs care (measured): a writing transaction begins with BEGIN IMMEDIATE, and the writers of one process
take turns on a lock, which cuts the worst waiting time by a factor of eight. Between processes short waits between two
tries take the place of SQLite's own, which cuts it by five again. synchronous=FULL, so that what was acknowledged survives
a power cut.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, DateTime, Engine, create_engine, event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.types import TypeDecorator

from intake.errors import ConfigError, StaleClue

#: Seconds that anybody waits for a lock or a connection; then there is a sentence instead of a page that never comes.
PATIENCE = 15
#: Seconds between two tries to begin writing while another process writes.
_NEXT_TRY = 0.002
#: The number of the lock under which an installation is brought up to date.
_ALONE = 0x50B
_T = TypeVar("_T")
_DEADLOCK = "40P01"  # PostgreSQL's deadlock_detected
_writers: dict[str, threading.Lock] = {}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on both databases; a naive one is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def make_engine(url: str) -> Engine:
    """An engine for `url`, SQLite or PostgreSQL, with this module's settings on every connection. Raises ConfigError.

    Its errors do not carry the values of a statement: they could be a reporter's words, and errors get into logs.
    """
    try:
        return _engine(url)
    except (ArgumentError, ImportError) as error:
        raise ConfigError(
            "数据库地址读不懂：应当写成 sqlite:////文件的完整路径，或 postgresql+psycopg://用户:密码@主机/库名"
        ) from error


def _engine(url: str) -> Engine:
    if url.startswith("sqlite"):
        engine = create_engine(url, connect_args={"timeout": PATIENCE}, pool_size=20, max_overflow=20, hide_parameters=True)
        _writers.setdefault(url, threading.Lock())
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # Disks of today: the default of 4 comes from ones that turn, and makes the planner read and sort what an index has in order.
    arguments = {"connect_timeout": PATIENCE, "options": f"-c lock_timeout={PATIENCE}s -c random_page_cost=1.1"}
    return create_engine(url, connect_args=arguments, pool_pre_ping=True, pool_size=10, max_overflow=20, hide_parameters=True)


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session that writes: commits at the end of the block, rolls back when it raises.

    Raises StaleClue where another changed the same at the same moment.
    """
    lock = _writers.get(engine.url.render_as_string(hide_password=False)) if engine.dialect.name == "sqlite" else None
    session = Session(engine.execution_options(writes=True), expire_on_commit=False)
    try:
        with _turn(lock) if lock else nullcontext(), session, session.begin():
            yield session
    except StaleDataError as error:
        raise StaleClue("the row is at another version") from error
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == _DEADLOCK:
            raise StaleClue("each waited for the other") from error
        raise


@contextmanager
def _turn(lock: threading.Lock) -> Iterator[None]:
    """The writers of this process one after another; who has waited PATIENCE asks the database itself, which may be locked from outside."""
    held = lock.acquire(timeout=PATIENCE)
    try:
        yield
    finally:
        if held:
            lock.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that only reads; nothing it changes is kept."""
    with Session(engine, expire_on_commit=False, autoflush=False) as session:
        yield session


def lock(session: Session, row: Any) -> None:
    """Let nobody else change a row until the transaction ends, and read it again as it is; to be asked for before the first
    audit entry. Whoever waited finds it as the other left it. On SQLite the transaction alone does that."""
    kind = type(row)
    held = select(kind).where(kind.id == row.id).with_for_update(key_share=True, of=kind)
    session.scalars(held.execution_options(populate_existing=True)).one()


def add_unless_there(session: Session, table: type, **row: Any) -> None:
    """Insert a row unless one with its keys is there, also when several try at once; the transaction goes on either way."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(table).values(**row).on_conflict_do_nothing())


def once_more(do: Callable[[], _T]) -> _T:
    """Do what stores something once for a key, and again where another was storing it at the same moment: that then is found."""
    try:
        return do()
    except IntegrityError:
        return do()


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment of the whole database until the block ends, while others go on writing."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin():
            yield connection


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """One process at a time is in this block, on whatever machine; the others wait for as long as it takes."""
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            connection.exec_driver_sql("SET lock_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_ALONE})")
            try:
                yield
            finally:
                connection.invalidate()  # closed, and the lock with it
        return
    folder = Path(engine.url.database or "").parent
    with _locked(folder) if folder.is_dir() else nullcontext():  # what is wrong with it the database will say
        yield


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Nobody else is at this folder; not at a file in it, whose closing would let go SQLite's own locks."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def schema(connection: Connection) -> str | None:
    """The revision the database is at, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def revisions() -> tuple[str, ...]:
    """Every revision this software knows, the newest first."""
    return tuple(script.revision for script in ScriptDirectory.from_config(_alembic(None)).walk_revisions())


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to `revision`. Raises ConfigError for a database that cannot hold Chinese."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
        if encoding != "UTF8":
            raise ConfigError(f"数据库的编码是 {encoding}，存不了汉字：请用 createdb -E UTF8 -T template0 新建一个库，再改 SONGBANG_DATABASE_URL")
    command.upgrade(_alembic(engine), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to `revision` ("base" for nothing)."""
    command.downgrade(_alembic(engine), revision)


def _alembic(engine: Engine | None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["engine"] = engine
    return config


def _prepare_sqlite(connection: object, _record: object) -> None:
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON", "temp_store=MEMORY"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """SQLite's own waiting grows to 100 ms between two tries, while another process's writers follow each other in 5."""
    if not connection.get_execution_options().get("writes"):
        connection.exec_driver_sql("BEGIN")
        return
    raw, until = cast(sqlite3.Connection, connection.connection.driver_connection), time.monotonic() + PATIENCE
    raw.execute("PRAGMA busy_timeout=0")
    try:
        while _is_busy(raw) and time.monotonic() < until:
            time.sleep(_NEXT_TRY)
        if not raw.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")  # once more, for an error of SQLAlchemy's kind
    finally:
        raw.execute(f"PRAGMA busy_timeout={1000 * PATIENCE}")


def _is_busy(raw: sqlite3.Connection) -> bool:
    """Whether another process writes; where none does and nothing is amiss, the transaction has begun."""
    try:
        raw.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
    return False
