"""The yardstick of bench/intake.py: a bare Flask application that stores one row per POST, and nothing else.

    python -m bench.bare PORT DATABASE

It gets what a careful author would give it: the server and threads of the application, prepared connections, the
same durability, and one writer at a time on SQLite, which is faster than eight that wait for the file lock.
"""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable

import psycopg_pool
from flask import Flask, request
from waitress import serve

THREADS = 8


def create_app(store: Callable[[str], None]) -> Flask:
    """POST / stores the field `text`."""
    app = Flask(__name__)

    @app.get("/healthz")
    def healthz() -> str:
        return "ok"

    @app.post("/")
    def file() -> tuple[str, int]:
        store(request.form["text"])
        return "stored", 201

    return app


def sqlite_store(path: str) -> Callable[[str], None]:
    """Durable as the application's: write-ahead log, synchronous=FULL."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE IF NOT EXISTS clue (id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    turn = threading.Lock()

    def store(text: str) -> None:
        with turn:
            connection.execute("INSERT INTO clue (text) VALUES (?)", (text,))

    return store


def postgresql_store(address: str) -> Callable[[str], None]:
    """A connection a thread, from a pool."""
    pool = psycopg_pool.ConnectionPool(address, min_size=THREADS, kwargs={"autocommit": True}, open=True)
    with pool.connection() as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS clue (id bigserial PRIMARY KEY, text text NOT NULL)")

    def store(text: str) -> None:
        with pool.connection() as connection:
            connection.execute("INSERT INTO clue (text) VALUES (%s)", (text,))

    return store


def main(port: str, database: str) -> None:
    make_store = postgresql_store if database.startswith("postgresql:") else sqlite_store
    app = create_app(make_store(database))
    serve(
        app, host="127.0.0.1", port=int(port), threads=THREADS, connection_limit=5000,
        asyncore_use_poll=True, channel_timeout=30, ident=None,
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
