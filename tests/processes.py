"""The commands of the application as processes of their own: run to the end, or started, waited for and killed."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from redis import Redis, RedisError

ROOT = Path(__file__).resolve().parent.parent
#: So that reporters on one address are neither held nor asked to wait.
UNHINDERED = dict.fromkeys(("SOURCE_PER_HOUR", "RUSH_PER_MINUTE", "SAME_TEXTS"), "1000000") | {"FORM_SECONDS": "0"}


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def environment(settings: Mapping[str, object], **more: str) -> dict[str, str]:
    """This process's environment with an installation's settings."""
    return os.environ | {f"SONGBANG_{name}": str(value) for name, value in settings.items()} | more


def command(*words: str) -> list[str]:
    """How a flask command of the application is called."""
    return [sys.executable, "-m", "flask", "--app", "wsgi", *words]


class Serving:
    """`flask serve` on one port, and the commands of its installation; started again after every kill.

    `program` is where the code lies that is run.
    """

    def __init__(self, settings: Mapping[str, object], program: Path = ROOT) -> None:
        self.port = free_port()
        self._program = program
        self._env = environment(settings, SONGBANG_PORT=str(self.port))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command on this installation, to its end."""
        return subprocess.run(command(*words), cwd=self._program, env=self._env, capture_output=True, text=True, timeout=300)

    def start(self) -> None:
        """Returns once it takes connections."""
        self._process = self.begin("serve")
        until = time.monotonic() + 120
        while time.monotonic() < until:
            assert self._process.poll() is None, "the server ended by itself"
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("the server did not come up")

    def begin(self, *words: str) -> subprocess.Popen[bytes]:
        """Start a command on this installation and leave it at work."""
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command(*words), cwd=self._program, env=self._env, stdout=quiet, stderr=quiet)

    def kill(self) -> None:
        """End the server as a power cut would."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a Redis of one's own that keeps nothing on disk, and its process."""
    program = shutil.which("redis-server")
    assert program, "no Redis server found: run `python tests/system.py redis`"
    port = free_port()
    words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    try:
        _until_it_answers(Redis(port=port))
        yield f"redis://127.0.0.1:{port}", process
    finally:
        process.kill()
        process.wait()


def _until_it_answers(client: Redis) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            client.ping()
            return
        except RedisError:
            time.sleep(0.05)
    raise AssertionError("Redis did not start")
