"""What protects the pages themselves: headers, cookies, the rate limiter's key, the sign-in session."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress
from datetime import UTC, date, datetime
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import cast

from flask import Flask, Response, abort, current_app, request, session
from flask_limiter import Limiter
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import CSRFProtect
from limits.storage import Storage
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from intake.access import KEEP_WORDS, UPLOADS
from intake.db import reading, transaction
from intake.models import Officer, SignIn
from intake.rules.devices import Device, device_of
from intake.services import factors, identity, sign_ins, staffing
from intake.services.clues import Viewer

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: So many numbers of 50 bits: Redis hands larger ones to its scripts as fractions.
_PARTS = 4


class DayKey:
    """A random key, new each day, that processes share through the store they count in; each its own while that is down."""

    def __init__(self) -> None:
        self._day, self._key, self._agreed = date.min, b"", False

    def of(self, today: date, store: Storage) -> bytes:
        if self._day != today:
            self._day, self._key, self._agreed = today, secrets.token_bytes(32), False
        if not self._agreed and (shared := _shared_key(today, store)):
            self._key, self._agreed = shared, True
        return self._key


def _shared_key(today: date, store: Storage) -> bytes | None:
    """The key that whoever came first left in the store as numbers, the only thing it keeps; None until it is whole."""
    name, kept = f"songbang/day-key/{today}", 2 * 86400
    try:
        if store.incr(f"{name}/claim", kept) == 1:
            for part in range(_PARTS):
                store.incr(f"{name}/{part}", kept, secrets.randbits(50) + 1)
            store.incr(f"{name}/whole", kept)
        if not store.get(f"{name}/whole"):
            return None
        return ",".join(str(store.get(f"{name}/{part}")) for part in range(_PARTS)).encode()
    except Exception:  # every store has errors of its own, and none may keep a reporter out
        return None


def source() -> str:
    """A keyed hash of the address, good for counting and for nothing else: its key is never on disk and new each day."""
    key = _day_key.of(datetime.now(UTC).date(), limiter.storage)
    return hmac.new(key, _line(request.remote_addr or "").encode(), hashlib.sha256).hexdigest()[:32]


def _line(address: str) -> str:
    """Whose line an address is of: in IPv6 its /64, the least that a line is given (RFC 6177); of IPv4 within it the address itself."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, IPv4Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Network((int(ip) >> 64 << 64, 64)))


csrf = CSRFProtect()
login = LoginManager()
_day_key = DayKey()
limiter = Limiter(key_func=source, default_limits=[], headers_enabled=False)


def login_rate() -> str:
    """How often one source may try a password, as Flask-Limiter reads it."""
    return f"{current_app.extensions['tools'].settings.number('LOGIN_PER_MINUTE')} per minute"


class SignedIn(UserMixin):
    """The officer of this request, loaded and let go of before the view opens its own transaction; `id` is the cookie's mark."""

    def __init__(self, mark: str, found: SignIn, acting: Viewer | None, lacks_factor: bool) -> None:
        self.id = mark
        self.sign_in_id = found.id
        self.officer = found.officer
        self.viewer: Viewer = acting or identity.viewer(found.officer)
        self.lacks_factor = lacks_factor


def signed_in() -> SignedIn:
    """The officer of this request; only behind access.check."""
    return cast(SignedIn, current_user)


def viewer() -> Viewer:
    """The signed-in officer, as visibility takes it; only behind access.check."""
    return signed_in().viewer


def device() -> Device:
    """What kind of device an officer signs in with; nothing else of the agent is kept."""
    return device_of(request.user_agent.string)


@login.user_loader
def load_officer(mark: str) -> SignedIn | None:
    """The officer of the mark in a session cookie, or None when it is no longer good."""
    tools = current_app.extensions["tools"]
    with reading(current_app.extensions["engine"]) as database:
        found = sign_ins.find(database, mark, tools=tools)
        if found is None:
            return None
        lacks = not session.get("provider") and factors.is_missing(database, found.officer_id, tools=tools)
        loaded = SignedIn(mark, found, _acting(database, found.officer), lacks)
    if not sign_ins.is_seen(found, tools=tools):
        _see(found.id)
    return loaded


def _see(sign_in_id: int) -> None:
    """Remember that a sign-in is in use; where nothing can be written, pages can still be read."""
    with suppress(DBAPIError), transaction(current_app.extensions["engine"]) as database:
        sign_ins.see(database, sign_in_id, tools=current_app.extensions["tools"])


def _acting(database: Session, officer: Officer) -> Viewer | None:
    """In whose role the officer chose to act in this session, while that holds."""
    if "acting" not in session:
        return None
    return staffing.acting(database, officer, session["acting"], current_app.extensions["tools"].today())


def protect(app: Flask) -> None:
    """Install the headers, CSRF protection, sign-in and rate limits on `app`."""
    app.before_request(_refuse_nul)
    app.before_request(_make_room)
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    csrf.init_app(app)
    app.before_request(_check_token)
    login.init_app(app)
    login.session_protection = None  # it would keep a hash of address and user agent
    limiter.init_app(app)
    app.after_request(add_headers)


def is_from_here() -> bool | None:
    """Whether one of our own pages sent this request; None where the browser does not say (those before 2020).

    Sec-Fetch-Site is set by the browser itself; `Origin` is of no use, for pages without a referrer send "null".
    """
    sent_by = request.headers.get("Sec-Fetch-Site")
    return None if sent_by is None else sent_by == "same-origin"


def _check_token() -> None:
    """Refuse a post without the session's token, but for views that do so by their form and then show what was typed."""
    if not (request.endpoint in KEEP_WORDS and is_from_here()):
        csrf.protect(apply_exemptions=True)


def _refuse_nul() -> None:
    """An address with a NUL in it names nothing: PostgreSQL takes none, and would look like a database that is down."""
    if "\0" in request.path or any("\0" in word for pair in request.args.items(multi=True) for word in pair):
        abort(404)


def _make_room() -> None:
    """Let the views that take files take them; before anything reads the body."""
    if request.endpoint in UPLOADS and request.mimetype == "multipart/form-data":
        request.max_content_length = UPLOADS[request.endpoint]


def add_headers(response: Response) -> Response:
    """Headers for every answer; a page of a person is never cached, a static file may be."""
    response.headers.setdefault("Content-Security-Policy", CSP)
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def forget_reporter() -> None:
    """Take everything of the reporter's door out of the session cookie."""
    for key in ("receipt", "opened", "csrf_token", "_flashes"):
        session.pop(key, None)
