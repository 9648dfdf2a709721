"""The ways out of the house: a mail by SMTP, a message to a robot or a program. What fails says why in one word, and nothing waits long."""

from __future__ import annotations

import ipaddress
import json
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from intake.calls import ending
from intake.config import Settings
from intake.errors import DeliveryFailed
from intake.rules import robots

SECONDS = 10
LARGEST_ANSWER = 16 * 1024  # bytes
#: Addresses of IPv4 in IPv6 (RFC 6052), and those of a network of its own (RFC 8215), which ipaddress takes for the world's.
_NAT64, _OWN_NAT64 = ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48")


def send_mail(settings: Settings, to: str, subject: str, text: str) -> None:
    """Hand a mail to the configured server. Raises DeliveryFailed."""
    mail = _mail(settings.text("SMTP_FROM"), to, subject, text)
    try:
        with _leaving(_server(settings)) as server:
            if user := settings.text("SMTP_USER"):
                server.login(user, Path(settings.text("SMTP_PASSWORD_FILE")).read_text("utf-8").strip())
            server.send_message(mail)
    except smtplib.SMTPAuthenticationError as error:
        raise DeliveryFailed("sign_in") from error
    except (smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:  # it speaks to nobody now
        raise DeliveryFailed("unreachable") from error
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused, smtplib.SMTPNotSupportedError, ValueError) as error:
        raise DeliveryFailed("refused") from error
    except (smtplib.SMTPException, OSError) as error:
        raise DeliveryFailed("unreachable") from error


@contextmanager
def _leaving(server: smtplib.SMTP) -> Iterator[smtplib.SMTP]:
    """The server, left at the end: what it answers to that says nothing of the mail, which is taken by then or is not."""
    try:
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _mail(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    mail = EmailMessage()
    try:
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
    except Exception as error:  # the standard library raises whatever an address that is none makes it meet
        raise DeliveryFailed("refused") from error
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office reply comes back
    mail.set_content(text)
    return mail


def post(letter: robots.Letter, own_origins: frozenset[str]) -> None:
    """Post a message to a robot or a program and hear that it was taken. Raises DeliveryFailed.

    The connection goes to the address that was looked at, so that a name cannot change its meaning in between; no
    redirect is followed. Origins that the operator runs himself may lie in his own network.
    """
    parts = urlsplit(letter.address)
    own = f"{parts.scheme}://{parts.netloc}" in own_origins
    try:
        with ending(_pool(parts.scheme, parts.hostname or "", parts.port, own), SECONDS) as pool:
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            headers = {"Host": parts.netloc, "Content-Type": "application/json", **letter.headers}
            answer = pool.request("POST", target, letter.content, headers=headers, redirect=False, preload_content=False)
            taken = _is_taken(letter, answer)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise DeliveryFailed("unreachable") from error
    except ValueError as error:
        raise DeliveryFailed("refused") from error
    if not taken:
        raise DeliveryFailed("refused")


def _is_taken(letter: robots.Letter, answer: urllib3.BaseHTTPResponse) -> bool:
    """Raises ValueError for an answer that cannot be read."""
    if letter.by_status:
        return 200 <= answer.status < 300
    said = json.loads(answer.read(LARGEST_ANSWER, decode_content=True))
    return answer.status == 200 and isinstance(said, Mapping) and robots.was_taken(said)


def _server(settings: Settings) -> smtplib.SMTP:
    host, port, tls = settings.text("SMTP_HOST"), settings.number("SMTP_PORT"), settings.text("SMTP_TLS")
    context = ssl.create_default_context()
    if tls == "tls":
        return smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
    server = smtplib.SMTP(host, port, timeout=SECONDS)
    if tls == "starttls":
        server.starttls(context=context)
    return server


def _pool(scheme: str, host: str, port: int | None, own: bool) -> urllib3.HTTPConnectionPool:
    address = _address_of(host, port or (443 if scheme == "https" else 80), own)
    timeout = urllib3.Timeout(connect=SECONDS, read=SECONDS)
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout, retries=False)
    return urllib3.HTTPSConnectionPool(
        address, port, timeout=timeout, retries=False, server_hostname=host, assert_hostname=host
    )


def _address_of(host: str, port: int, own: bool) -> str:
    """An address of the host that may be spoken to. Raises DeliveryFailed for one inside a network, OSError for none."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not own and not all(is_outside(address) for address in found):
        raise DeliveryFailed("blocked")
    return found[0]


def is_outside(address: str) -> bool:
    """Whether an address is one of the open internet, and of none that is wrapped in it (RFC 3056, 4380, 6052)."""
    ip = ipaddress.ip_address(address)
    wrapped: list[ipaddress.IPv4Address | None] = []
    if ip in _OWN_NAT64:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = [ip.ipv4_mapped, ip.sixtofour, ip.teredo[1] if ip.teredo else None]
        if ip in _NAT64:
            wrapped.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
    return all(one.is_global and not one.is_multicast for one in (ip, *wrapped) if one is not None)
