"""`flask serve` under reporters who do not give up, killed again and again; what they were promised is then looked for."""

from __future__ import annotations

import http.client
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

from sqlalchemy import func, select

from intake.db import make_engine, reading
from intake.models import AuditEntry, Clue
from tests.whole.test_load import Reporter

ROOT = Path(__file__).resolve().parent.parent
#: So that reporters on one address are neither held nor asked to wait.
UNHINDERED = dict.fromkeys(("SOURCE_PER_HOUR", "RUSH_PER_MINUTE", "SAME_TEXTS"), "1000000") | {"FORM_SECONDS": "0"}
_AWAY = (OSError, http.client.HTTPException)


class Serving:
    """`flask serve` on one port, started again after every kill."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        given = settings | UNHINDERED | {"PORT": self.port}
        self._env = os.environ | {f"SONGBANG_{name}": str(value) for name, value in given.items()}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """One command on this installation, to its end."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
        return subprocess.run(command, cwd=ROOT, env=self._env, capture_output=True, text=True, timeout=300)

    def start(self) -> None:
        """Returns once it takes connections."""
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "serve"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, cwd=ROOT, env=self._env, stdout=quiet, stderr=quiet)
        until = time.monotonic() + 120
        while time.monotonic() < until:
            assert self._process.poll() is None, "the server ended by itself"
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        raise AssertionError("the server did not come up")

    def kill(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


@dataclass
class Promises:
    """What reporters were told: the code of each story, and how often somebody had to try again."""

    codes: dict[str, str] = field(default_factory=dict)
    tries_again: Counter[str] = field(default_factory=Counter)
    failures: list[BaseException] = field(default_factory=list)


class Reporters:
    """So many reporters, each filing one story after another until `stop`; whoever gets no answer tries again.

    `about` opens every story, where two groups report to one installation.
    """

    def __init__(self, url: str, count: int, about: str = "") -> None:
        self.promises = Promises()
        self._url, self._about, self._stop = url, about, threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(number,)) for number in range(count)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> Promises:
        """Let everybody come to the end of the story at hand."""
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a reporter never got an answer"
        return self.promises

    def _work(self, number: int) -> None:
        turn = 0
        try:
            while not self._stop.is_set():
                turn += 1
                story = f"{self._about}第 {number} 位反映人第 {turn} 件：同一张表换个抬头又要报一遍，前天交的不算"
                self.promises.codes[story] = self._file(story)
        except BaseException as error:
            self.promises.failures.append(error)

    def _file(self, story: str) -> str:
        """The form, its sending, the receipt: each asked for until it is answered, and none asked for again after that."""
        with Reporter(self._url) as reporter:
            _, page = self._patiently(reporter, "form", lambda: reporter.ask("GET", "/clues/new"))
            hidden = dict(re.findall(r'name="(csrf_token|key)" value="([^"]*)"', page))
            fields = {name: unescape(value) for name, value in hidden.items()} | {
                "step": "review", "go": "send", "text": story, "place1": "320000", "listed": "320000",
                "accused_level": "unknown", "reporter_kind": "unsaid",
            }  # fmt: skip
            answer = lambda: reporter.ask("POST", "/clues/new", fields, follow=False)  # noqa: E731
            self._patiently(reporter, "sending", answer, status=303)
            _, receipt = self._patiently(reporter, "receipt", lambda: reporter.ask("GET", "/receipt"))
        return re.search(r'<output id="code"[^>]*>([^<]+)<', receipt).group(1).strip()

    def _patiently(
        self, reporter: Reporter, what: str, ask: Callable[[], tuple[int, str]], status: int = 200
    ) -> tuple[int, str]:
        until = time.monotonic() + 120
        while time.monotonic() < until:
            try:
                answer = ask()
            except _AWAY:
                reporter.hang_up()
            else:
                if answer[0] == status:
                    return answer
                assert answer[0] == 503, answer[1][:500]
            self.promises.tries_again[what] += 1
            time.sleep(0.05)
        raise AssertionError(f"no answer: {what}")


def kill_again_and_again(serving: Serving, kills: int, chance: random.Random, until: float, longest: float = 1.0) -> int:
    """Kill and start the server, each time after a random moment (at most `longest` seconds); stops early at `until`.

    `until` is of time.monotonic(). Returns how many kills were done; the server runs afterwards.
    """
    done = 0
    while done < kills and time.monotonic() < until:
        time.sleep(chance.uniform(0, longest))
        serving.kill()
        serving.start()
        done += 1
    return done


def broken_promises(serving: Serving, database_url: str, promises: Promises) -> list[str]:
    """What is wrong afterwards: each code is typed into the public page, then rows, chain and references are checked."""
    engine = make_engine(database_url)
    with reading(engine) as session:
        numbers = dict(session.execute(select(Clue.text, Clue.number)).all())
        count = session.scalar(select(func.count()).select_from(Clue))
        filed = select(AuditEntry.clue_id, func.count()).where(AuditEntry.action == "filed").group_by(AuditEntry.clue_id)
        entries = dict(session.execute(filed).all())
    engine.dispose()
    wrong = [f"no page for {story}" for story, code in promises.codes.items() if not _opens(serving, code, numbers.get(story))]
    if count != len(numbers):
        wrong.append(f"{count} clues of {len(numbers)} stories")
    if len(entries) != count or set(entries.values()) - {1}:
        wrong.append(f"{sum(entries.values())} filing entries for {count} clues")
    for words in (("audit", "verify"), ("check",)):
        done = serving.run(*words)
        wrong += [f"{' '.join(words)}: {done.stdout}{done.stderr}"] if done.returncode else []
    return wrong


def _opens(serving: Serving, code: str, number: str | None) -> bool:
    """Whether the public page shows the clue of that number to whoever has the code."""
    with Reporter(serving.url) as reporter:
        _, page = reporter.ask("GET", "/query")
        token = re.search(r'name="csrf_token" value="([^"]*)"', page).group(1)
        status, progress = reporter.ask("POST", "/query", {"csrf_token": unescape(token), "code": code})
    return status == 200 and number is not None and number in progress
