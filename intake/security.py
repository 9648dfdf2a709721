"""What protects the pages themselves: headers, cookies, the rate limiter's key, the sign-in session."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import UTC, date, datetime
from typing import cast

from flask import Flask, Response, current_app, request, session
from flask_limiter import Limiter
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf import CSRFProtect
from sqlalchemy.orm import Session

from intake.access import UPLOADS
from intake.db import reading
from intake.models import Officer
from intake.services import identity, staffing
from intake.services.clues import Viewer

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_day_key: tuple[date, bytes] = (date.min, b"")


def source() -> str:
    """A keyed hash of the address, good for counting and for nothing else: the key is in memory and new each day."""
    global _day_key
    today = datetime.now(UTC).date()
    if _day_key[0] != today:
        _day_key = (today, secrets.token_bytes(32))
    return hmac.new(_day_key[1], (request.remote_addr or "").encode(), hashlib.sha256).hexdigest()[:32]


csrf = CSRFProtect()
login = LoginManager()
limiter = Limiter(key_func=source, default_limits=[], headers_enabled=False)


class SignedIn(UserMixin):
    """The officer of this request, loaded and let go of before the view opens its own transaction."""

    def __init__(self, officer: Officer, acting: Viewer | None = None) -> None:
        self.officer = officer
        self.viewer: Viewer = acting or identity.viewer(officer)

    def get_id(self) -> str:
        return f"{self.officer.id}.{self.officer.session_epoch}"


def viewer() -> Viewer:
    """The signed-in officer, as visibility takes it; only behind access.check."""
    return cast(SignedIn, current_user).viewer


@login.user_loader
def load_officer(mark: str) -> SignedIn | None:
    """The officer of a session mark, or None when it is no longer good."""
    officer_id, _, epoch = mark.partition(".")
    if not (officer_id.isdigit() and epoch.isdigit()):
        return None
    with reading(current_app.extensions["engine"]) as database:
        officer = identity.load(database, int(officer_id), int(epoch))
        return SignedIn(officer, _acting(database, officer)) if officer else None


def _acting(database: Session, officer: Officer) -> Viewer | None:
    """In whose role the officer chose to act in this session, while that holds."""
    if "acting" not in session:
        return None
    return staffing.acting(database, officer, session["acting"], current_app.extensions["tools"].today())


def protect(app: Flask) -> None:
    """Install the headers, CSRF protection, sign-in and rate limits on `app`."""
    app.before_request(_make_room)
    csrf.init_app(app)
    login.init_app(app)
    login.session_protection = None  # it would keep a hash of address and user agent
    limiter.init_app(app)
    app.after_request(add_headers)


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
