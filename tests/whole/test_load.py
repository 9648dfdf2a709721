"""Two hundred reporters at eight counters at once, over HTTP."""

from __future__ import annotations

import http.client
import re
import threading
from html import unescape
from urllib.parse import urlencode, urlsplit

from sqlalchemy import func, select

from intake.db import reading
from intake.models import Clue
from intake.services import triage

CLIENTS, EACH = 8, 25


class Reporter:
    """One browser's connection and cookies."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._cookie = ""

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def hang_up(self) -> None:
        """Let go of the connection; the next question opens another."""
        self._connection.close()

    def ask(
        self, method: str, address: str, fields: dict[str, str] | None = None, follow: bool = True
    ) -> tuple[int, str]:
        headers = {"Cookie": self._cookie} if self._cookie else {}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self._connection.request(method, address, urlencode(fields) if fields is not None else None, headers)
        answer = self._connection.getresponse()
        text = answer.read().decode()
        if cookie := answer.headers.get("Set-Cookie"):
            self._cookie = cookie.split(";")[0]
        if answer.status == 303 and follow:
            return self.ask("GET", urlsplit(answer.headers["Location"]).path)
        return answer.status, text

    def file(self, story: str) -> str:
        """File a clue in one posting of the last page; returns the query code."""
        _, page = self.ask("GET", "/clues/new")
        hidden = {name: unescape(value) for name, value in re.findall(r'name="(csrf_token|key)" value="([^"]*)"', page)}
        fields = hidden | {
            "step": "review",
            "go": "send",
            "text": story,
            "place1": "320000",
            "listed": "320000",
            "accused_level": "unknown",
            "reporter_kind": "unsaid",
        }
        status, receipt = self.ask("POST", "/clues/new", fields)
        assert status == 200, receipt[:500]
        return re.search(r'<output id="code"[^>]*>([^<]+)<', receipt).group(1)


def test_eight_clients_file_two_hundred_and_every_code_opens_its_clue(live_server, database, tools):
    codes: list[tuple[str, str]] = []
    failures: list[BaseException] = []

    def client(number: int) -> None:
        try:
            for n in range(EACH):
                story = f"第 {number} 号窗口第 {n} 个人说：表格又要重填一遍，前天交的不算"
                with Reporter(live_server.url) as reporter:
                    codes.append((reporter.file(story), story))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len({code for code, _ in codes}) == CLIENTS * EACH
    with reading(database) as session:
        assert session.scalar(select(func.count()).select_from(Clue)) == CLIENTS * EACH
        assert triage.pending(session) == []
        by_text = {clue.text: clue.number for clue in session.scalars(select(Clue))}
    for code, story in codes:
        with Reporter(live_server.url) as reporter:
            _, page = reporter.ask("GET", "/query")
            token = re.search(r'name="csrf_token" value="([^"]*)"', page).group(1)
            status, progress = reporter.ask("POST", "/query", {"csrf_token": unescape(token), "code": code})
        assert status == 200
        assert by_text[story] in progress
