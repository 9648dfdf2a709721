"""What machines ask: is the process up, can the installation work, how is it."""

from __future__ import annotations

import hmac
from pathlib import Path

from flask import Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import DBAPIError

from intake.current import engine, tools
from intake.db import reading
from intake.public import blueprint
from intake.rules.faults import Need
from intake.services import health


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    return Response("ok\n", content_type="text/plain")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    missing = _unready()
    lines = [f"{need} {'not ready: ' + missing[need] if need in missing else 'ok'}" for need in Need]
    return Response("\n".join(lines) + "\n", 503 if missing else 200, content_type="text/plain")


@blueprint.get("/metrics")
def metrics() -> ResponseReturnValue:
    _check_token()
    missing = _unready()
    figures: list[health.Figure] = []
    if not missing.keys() & {Need.DATABASE, Need.SCHEMA}:
        with reading(engine()) as database:
            figures = list(health.figures(database, tools=tools()))
    meters = current_app.extensions["meters"]
    return Response(meters.exposition(figures, missing), content_type=CONTENT_TYPE_LATEST)


def _unready() -> dict[Need, str]:
    try:
        with reading(engine()) as database:
            return health.unready(database, tools=tools())
    except DBAPIError:
        return {Need.DATABASE: "unreachable"}


def _check_token() -> None:
    """Only who knows the token learns that there is anything. A proxy on this machine looks like this machine, so its address says nothing."""
    path = tools().settings.text("METRICS_TOKEN_FILE")
    expected = f"Bearer {Path(path).read_text('utf-8').strip()}" if path else ""
    if not expected or not hmac.compare_digest(request.headers.get("Authorization", "").encode(), expected.encode()):
        abort(404)
