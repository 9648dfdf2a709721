"""One reporter at the public door over HTTP, as a browser without scripts is."""

from __future__ import annotations

import http.client
import re
from html import unescape
from urllib.parse import urlencode, urlsplit


class Reporter:
    """One browser's connection and cookies."""

    def __init__(self, url: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        self._cookie = ""

    def __enter__(self) -> Reporter:
        return self

    def __exit__(self, *_: object) -> None:
        self.hang_up()

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
        status, receipt = self.ask("POST", "/clues/new", filled(page, story))
        assert status == 200, receipt[:500]
        return code_on(receipt)

    def progress(self, code: str) -> tuple[int, str]:
        """Status and page of what the public door shows to whoever types in that query code."""
        _, page = self.ask("GET", "/query")
        return self.ask("POST", "/query", _hidden(page) | {"code": code})


def filled(page: str, story: str) -> dict[str, str]:
    """What the last step of the form sends, by the page of the form."""
    return _hidden(page) | {
        "step": "review", "go": "send", "text": story, "place1": "320000", "listed": "320000",
        "accused_level": "unknown", "reporter_kind": "unsaid",
    }  # fmt: skip


def code_on(receipt: str) -> str:
    """The query code on the page of the receipt."""
    return re.search(r'<output id="code"[^>]*>([^<]+)<', receipt).group(1).strip()


def _hidden(page: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in re.findall(r'name="(csrf_token|key)" value="([^"]*)"', page)}
