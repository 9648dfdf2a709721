"""What a reporter's device says of itself is nowhere afterwards: not in a file, not in the database, not in a log."""

from __future__ import annotations

import base64
import hashlib
import signal
import subprocess
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest
import urllib3
from lxml import html

from intake.rules.codes import code_from
from tests import factories as make
from tests.browser import PHONE
from tests.conftest import on_sqlite_alone
from tests.processes import ROOT, command, environment, free_port
from tests.whole.test_browser import file_on_phone, press
from tests.whole.test_commands import _get

TIMES = 50
#: Stands in every story and must be found: a search that finds nothing anywhere shows nothing.
MARKER = "青石板路面"


class Reporter:
    """One who files behind a proxy with a device of his own, without script."""

    def __init__(self, url: str, serial: int) -> None:
        self.url, self.serial = url, serial
        self.says = {
            "X-Forwarded-For": f"203.0.113.{serial}",
            "User-Agent": f"Marked-Agent-{serial}/9.7",
            "Accept-Language": f"zh-x-marked{serial}",
            "Referer": f"https://marked-{serial}.example/letter",
        }
        self.cookies: dict[str, str] = {}
        self._web = urllib3.PoolManager(retries=False)

    def open(self, address: str, fields: dict[str, str] | None = None) -> tuple[int, html.HtmlElement]:
        """The status and the page, with redirects followed."""
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self._web.request(
            "POST" if fields else "GET", f"{self.url}{address}", body=urlencode(fields) if fields else None, redirect=False,
            headers=self.says | {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"},
        )  # fmt: skip
        for name, cookie in SimpleCookie(answer.headers.get("Set-Cookie", "")).items():
            self.cookies[name] = cookie.value
        self.cookies = {name: value for name, value in self.cookies.items() if value}
        if answer.status == 303:
            return self.open(answer.headers["Location"])
        return answer.status, html.document_fromstring(answer.data)

    def file(self) -> str:
        """File a clue in one go; returns the heading of the receipt."""
        form = self.open("/clues/new")[1].xpath("//main//form")[0]
        given = dict(form.form_values()) | {
            "step": "review", "go": "send", "text": f"{make.STORY}{MARKER}第{self.serial}段。", "place1": "320000", "place2": "321100",
            "place3": "321112", "listed": "321112", "accused_level": "township", "reporter_kind": "unsaid",
            "named": "y", "contact_name": MARKER, "contact_way": "13800000000",
        }  # fmt: skip
        return self.open("/clues/new", given)[1].findtext(".//h1")

    def guess(self) -> int:
        """Try a query code that nobody has; the status of the answer, 429 when this source has to wait."""
        token = self.open("/query")[1].xpath("string(//main//input[@name='csrf_token']/@value)")
        return self.open("/query", {"csrf_token": token, "code": code_from(b"another installation", "no key")})[0]

    def traces(self) -> Iterator[bytes]:
        """What would lead to the device: as it was sent, and the plain digests of it."""
        for said in self.says.values():
            plain = said.encode()
            yield plain
            yield base64.b64encode(plain).rstrip(b"=")
            for kind in ("md5", "sha1", "sha256"):
                digest = hashlib.new(kind, plain)
                yield from (digest.digest(), digest.hexdigest().encode())


@pytest.fixture
def installation(settings, tmp_path):
    """An installation behind one proxy, served by a process of its own: its address, and the file of all it says."""
    port, said = free_port(), tmp_path / "output.log"
    more = {
        "SONGBANG_PORT": str(port),
        "SONGBANG_PROXIES": "1",
        "SONGBANG_FORM_SECONDS": "0",
        "SONGBANG_LOG_LEVEL": "DEBUG",
        "PYTHONUNBUFFERED": "1",
    }
    with said.open("wb") as output:
        server = subprocess.Popen(
            command("serve"), cwd=ROOT, env=environment(settings, **more),
            stdout=output, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        _get(f"http://127.0.0.1:{port}/", server)
        yield f"http://127.0.0.1:{port}"
        server.send_signal(signal.SIGINT)
        server.wait(30)


def kept(folder: Path, database_url: str, request: pytest.FixtureRequest) -> dict[str, bytes]:
    """Every byte that an installation keeps: its files with the database, or with a dump of it."""
    found = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".model"}
    if database_url.startswith("postgresql"):
        cluster = request.getfixturevalue("cluster")
        name = database_url.split("/")[3].split("?")[0]
        command = [str(cluster.bin / "pg_dump"), "-h", str(cluster.folder), "-U", "songbang", name]
        found["dump"] = subprocess.run(command, capture_output=True, check=True).stdout
    return found


def test_after_fifty_submissions_no_byte_of_their_devices_is_kept(installation, tmp_path, database_url, request):
    reporters = [Reporter(installation, serial) for serial in range(1, TIMES + 1)]
    for reporter in reporters:
        assert reporter.file() == "线索已收到"
        assert reporter.cookies == {}, "no cookie outlives the receipt"
    while (status := reporters[0].guess()) == 422:
        pass
    assert status == 429
    assert reporters[1].guess() == 422, "each is counted by the address it came from"
    everything = kept(tmp_path, database_url, request)
    assert any(path.endswith(("-wal", "dump")) for path in everything), "what is not yet in the database file counts"
    assert sum(content.count(MARKER.encode()) for content in everything.values()) >= TIMES
    for reporter in reporters:
        for trace in reporter.traces():
            assert [path for path, content in everything.items() if trace in content] == [], trace
    assert b"13800000000" not in b"".join(everything.values())


@on_sqlite_alone
def test_no_public_page_asks_anybody_but_the_site_itself(live_server, open_context, database_url):
    page = open_context(PHONE).new_page()
    asked: set[str] = set()
    page.on("request", lambda sent: asked.add(sent.url))
    code = file_on_phone(open_context(PHONE, javascript=False).new_page(), live_server.url)
    for address in ("/", "/n/zhenjiang", "/clues/new", "/privacy", "/chain", "/figures", "/nowhere", "/query"):
        page.goto(live_server.url + address)
    page.get_by_label("查询码").fill(code)
    press(page, "查看")
    page.goto(f"{live_server.url}/clue/proof")
    assert f"{live_server.url}/static/app.css" in asked
    assert [url for url in asked if not url.startswith(f"{live_server.url}/")] == []
