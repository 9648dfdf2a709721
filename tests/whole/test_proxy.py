"""Behind nginx with the shipped configuration and HTTPS: a browser files a clue, an officer signs in and takes it."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from intake.db import reading, transaction
from intake.models import Clue
from intake.rules.workflow import Action, Role, State
from tests import factories as make
from tests.browser import DESK
from tests.conftest import on_sqlite_alone
from tests.processes import ROOT, UNHINDERED, Serving, free_port
from tests.whole.test_browser import file_on_phone, sign_in, take

HOST = "songbang.example.gov.cn"


@contextmanager
def proxy(folder: Path, web: Serving) -> Iterator[int]:
    """The port of an nginx that does what deploy/nginx.conf says, in front of a server that stands for both of its two."""
    program = shutil.which("nginx")
    assert program, "no nginx found: run `python tests/system.py nginx`"
    port = free_port()
    (folder / "nginx.conf").write_text(_configuration(folder, port, web), "utf-8")
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen([program, "-p", str(folder), "-c", str(folder / "nginx.conf")], stdout=log, stderr=log)
    try:
        until = time.monotonic() + 20
        while not _listens(port):
            assert process.poll() is None and time.monotonic() < until, (folder / "nginx.log").read_text()
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def _configuration(folder: Path, port: int, web: Serving) -> str:
    """The shipped configuration with this test's ports and files, in the frame that Debian puts around it."""
    shipped = (ROOT / "deploy" / "nginx.conf").read_text("utf-8")
    ours = {
        "127.0.0.1:8001": f"127.0.0.1:{web.port}", "127.0.0.1:8002": f"127.0.0.1:{web.port}", "listen 443 ssl": f"listen 127.0.0.1:{port} ssl", "listen 80;": f"listen unix:{folder}/plain;",
        "/etc/ssl/songbang.pem": f"{folder}/cert.pem", "/etc/ssl/private/songbang.key": f"{folder}/key.pem", "/var/log/nginx/songbang.log": f"{folder}/error.log",
    }  # fmt: skip
    for theirs, mine in ours.items():
        assert theirs in shipped
        shipped = shipped.replace(theirs, mine)
    _certify(folder)
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    return f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\nhttp {{ {temporary}\n{shipped}\n}}"


def _certify(folder: Path) -> None:
    """A key and a certificate for HOST, signed by itself."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    signed = made.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(1)).sign(key, hashes.SHA256())
    (folder / "cert.pem").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(key.private_bytes(*plain))


@pytest.fixture
def behind_nginx(settings, database, tmp_path) -> Iterator[int]:
    """The port of nginx in front of an installation that knows of it."""
    web = Serving(settings | UNHINDERED | {"PROXIES": 1, "PUBLIC_URL": f"https://{HOST}"})
    try:
        web.start()
        with proxy(tmp_path, web) as port:
            yield port
    finally:
        web.kill()


@on_sqlite_alone
def test_the_shipped_proxy_with_https_takes_a_clue_and_an_officers_decision(behind_nginx, browser, database, tools):
    with transaction(database) as session:
        officer = make.officer(session, tools, Role.CLERK, "321112")
        make.office(session, "321112", "cyberspace")
    url = f"https://127.0.0.1:{behind_nginx}"
    phone, desk = contexts = [
        browser.new_context(ignore_https_errors=True, java_script_enabled=script, viewport=DESK) for script in (False, True)
    ]
    try:
        assert re.fullmatch(r"[0-9A-Z-]{20,}", file_on_phone(phone.new_page(), url))
        with reading(database) as session:
            number = session.scalar(select(Clue.number))
        page = sign_in(desk.new_page(), url, officer.username)
        [cookie] = desk.cookies()
        assert (cookie["secure"], cookie["httpOnly"]) == (True, True)
        take(page, url, number, Action.ASSIGN, category="checkins")
    finally:
        for context in contexts:
            context.close()
    with reading(database) as session:
        assert session.scalar(select(Clue.state)) is State.ASSIGNED
    assert _status(behind_nginx, "/metrics") == _status(behind_nginx, "/readyz") == 404
    assert _status(behind_nginx, "/healthz") == 200


def _status(port: int, path: str) -> int:
    """What nginx answers to a GET under the site's name."""
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with closing(trusting.wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname=HOST)) as connection:
        connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
        return int(connection.recv(64).split()[1])
