"""`flask serve` under reporters who do not give up, killed again and again; what they were promised is then looked for."""

from __future__ import annotations

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import func, select

from intake.db import make_engine, reading
from intake.models import AuditEntry, Clue
from tests.processes import Serving
from tests.reporter import Reporter, code_on, filled

_AWAY = (OSError, http.client.HTTPException)


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
            answer = lambda: reporter.ask("POST", "/clues/new", filled(page, story), follow=False)  # noqa: E731
            self._patiently(reporter, "sending", answer, status=303)
            _, receipt = self._patiently(reporter, "receipt", lambda: reporter.ask("GET", "/receipt"))
        return code_on(receipt)

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
        status, progress = reporter.progress(code)
    return status == 200 and number is not None and number in progress
