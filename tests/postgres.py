"""A real PostgreSQL of the tests' own, from the system's binaries, gone when they end."""

from __future__ import annotations

import itertools
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg

from tests.fast import MEMORY

USER = "songbang"
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_names = itertools.count(1)


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL server on this machine."""
    found = [p.parent for p in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: float(folder.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class Cluster:
    """A server in a temporary folder, reached through a unix socket only; close() ends and removes it.

    `durable` keeps fsync on, for figures that must include the disk.
    """

    def __init__(self, *, durable: bool = False) -> None:
        self.bin = binaries()
        if self.bin is None:
            raise RuntimeError("no PostgreSQL server found: run `python tests/system.py`")
        at = "/tmp" if durable or MEMORY is None else MEMORY  # a socket path may have 107 bytes
        self.folder = Path(tempfile.mkdtemp(prefix="sb-pg-", dir=at))
        self._as = _unprivileged()
        if self._as:
            os.chown(self.folder, self._as["user"], self._as["group"])
        self._init()
        self._settings = () if durable else _FAST
        self._server = self._start(self._settings)
        self.version = self._await()

    def url(self, name: str) -> str:
        """The SQLAlchemy address of one of its databases."""
        return f"postgresql+psycopg://{USER}@/{name}?host={self.folder}"

    def create(self, template: str = "template0") -> str:
        """The name of a new database: empty, or a copy of `template`, which nobody may be connected to."""
        name = f"t{next(_names)}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop(self, name: str) -> None:
        self._sql(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        self._server.send_signal(signal.SIGINT)
        try:
            self._server.wait(20)
        except subprocess.TimeoutExpired:
            self._server.kill()
            self._server.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def crash(self) -> None:
        """End it as `pg_ctl stop -m immediate` does: without a checkpoint, every connection cut."""
        self._server.send_signal(signal.SIGQUIT)
        self._server.wait(20)

    def start_again(self) -> None:
        """Start after a crash; returns once it has recovered and answers."""
        self._server = self._start(self._settings)
        self._await()

    @property
    def pid(self) -> int:
        return self._server.pid

    def _init(self) -> None:
        options = ("--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        command = [str(self.bin / "initdb"), "-D", str(self.folder / "data"), "-U", USER, *options]
        done = subprocess.run(command, capture_output=True, text=True, check=False, **self._surroundings())
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr}")

    def _start(self, settings: Sequence[str]) -> subprocess.Popen[bytes]:
        only_here = ("listen_addresses=", f"unix_socket_directories={self.folder}")
        every = (*settings, *only_here, "max_connections=200")
        options = [word for setting in every for word in ("-c", setting)]
        with (self.folder / "log").open("wb") as log:
            command = [str(self.bin / "postgres"), "-D", str(self.folder / "data"), *options]
            return subprocess.Popen(command, stdout=log, stderr=log, **self._surroundings())

    def _surroundings(self) -> dict[str, Any]:
        # Its own session: a Ctrl-C must not reach the server before the tests are done with it.
        return {"cwd": self.folder, "start_new_session": True, **self._as}

    def _await(self) -> str:
        """The server's version, once it answers."""
        until = time.monotonic() + 30
        while True:
            try:
                return re.match(r"[\d.]+", str(self._sql("SHOW server_version")))[0]
            except psycopg.OperationalError:
                if self._server.poll() is not None or time.monotonic() > until:
                    log = (self.folder / "log").read_text(errors="replace")
                    self.close()
                    raise RuntimeError(f"PostgreSQL did not start: {log[-2000:]}") from None
                time.sleep(0.05)

    def _sql(self, statement: str) -> object:
        address = f"postgresql://{USER}@/postgres?host={self.folder}"
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchone()[0] if cursor.description else None


def _unprivileged() -> dict[str, int]:
    """Who the server runs as: itself refuses root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid}
