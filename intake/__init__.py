"""The web application: create_app puts the rooms together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from flask import Flask
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix

from intake import access, cli, cli_keys, cli_systems, config, db, logs, meters, pages, security
from intake.tools import Tools, read_calendar


def create_app(settings: Mapping[str, object] | None = None) -> Flask:
    """The application for these settings (SONGBANG_* without the prefix); see intake/config.py.

    Raises ConfigError when a setting is missing or unsafe.
    """
    values = config.load(settings)
    logs.configure(values.text("LOG_LEVEL"))
    app = Flask("intake", root_path=str(config.ROOT / "intake"), template_folder=str(config.ROOT / "templates"))
    _configure(app, values)
    app.extensions["settings"] = values
    app.extensions["engine"] = db.make_engine(values.database_url)
    app.extensions["tools"] = Tools(values, calendar=read_calendar(values.text("CALENDAR_FILE")))
    logs.install(app)
    meters.install(app)
    security.protect(app)
    app.before_request(access.check)
    pages.register(app)
    cli.register(app)
    app.cli.add_command(cli_keys.keys_group)
    app.cli.add_command(cli_systems.systems_group)
    return app


def _configure(app: Flask, values: config.Settings) -> None:
    app.config.update(
        SECRET_KEY=values.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(values.secret_keys[1:]),
        WTF_CSRF_SECRET_KEY=list(reversed(values.secret_keys)),  # itsdangerous signs with the last and takes all
        SESSION_COOKIE_NAME="songbang",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=values.https,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=values.number("SESSION_HOURS")),
        TRUSTED_HOSTS=values.trusted_hosts,
        MAX_CONTENT_LENGTH=4 * 2**20,
        MAX_FORM_MEMORY_SIZE=4 * 2**20,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it asks for the referrer, which our own pages never send
        WTF_I18N_ENABLED=False,
        RATELIMIT_STORAGE_URI=values.text("RATE_STORE"),
        RATELIMIT_IN_MEMORY_FALLBACK_ENABLED=True,
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    if proxies := values.number("PROXIES"):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies)  # type: ignore[method-assign]
