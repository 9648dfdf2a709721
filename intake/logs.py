"""Logs as JSON lines on standard error: codes and names of places in the program, never words, addresses or query strings.

Only the keys in KEYS get out, so that nobody can log a text by mistake. What libraries log loses its values; of an error
its kind and the lines of this program it passed through remain.
"""

from __future__ import annotations

import logging
import secrets
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import Any

import structlog
from flask import Flask, Response, g, request

from intake.config import ROOT

#: Every key a line may carry.
KEYS = frozenset(
    {
        "at",
        "level",
        "event",
        "logger",
        "request_id",
        "view",
        "error",
        "where",
        "problem",
        "clue_id",
        "attachment_id",
        "office_id",
        "batch_id",
        "duty",
        "year",
    }
)
_FRAMES = 6

log = structlog.get_logger()


def configure(level: str) -> None:
    """Send everything that is logged in this process through the rules of this module."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True, key="at"),
            only_known,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, FromLibraries)]
    root.addHandler(FromLibraries(logging.WARNING))


def only_known(logger: Any, method: str, line: dict[str, Any]) -> dict[str, Any]:
    """The line without keys nobody declared."""
    return {key: value for key, value in line.items() if key in KEYS}


class FromLibraries(logging.Handler):
    """Passes on what libraries log, without the values: they may hold an address or a text."""

    def emit(self, record: logging.LogRecord) -> None:
        said = str(record.msg) if record.args else "library message"
        error, where = (record.exc_info[0], places(record.exc_info[2])) if record.exc_info else (None, [])
        place = where or [f"{record.filename}:{record.lineno}"]
        log.log(record.levelno, said, logger=record.name, error=error.__name__ if error else None, where=place)


def places(trace: TracebackType | None) -> list[str]:
    """Where in this program an error passed, the innermost last: `intake/services/clues.py:12`."""
    frames = [frame for frame in traceback.extract_tb(trace) if Path(frame.filename).is_relative_to(ROOT)]
    own = [frame for frame in frames if ".venv" not in frame.filename]
    return [f"{Path(frame.filename).relative_to(ROOT)}:{frame.lineno}" for frame in own[-_FRAMES:]]


def install(app: Flask) -> None:
    """Give every request an id of its own, and log errors by the rules.

    The id is made here and never taken from a proxy, and on the reporter's door it is not sent out: beside an address
    in another log it would say who wrote.
    """

    @app.before_request
    def begin() -> None:
        g.request_id = secrets.token_hex(8)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=g.request_id, view=request.endpoint)

    @app.after_request
    def end(response: Response) -> Response:
        if (request.endpoint or "").startswith("console."):
            response.headers["X-Request-Id"] = g.request_id
        return response

    def log_exception(exc_info: Any) -> None:
        log.error("request failed", error=exc_info[0].__name__, where=places(exc_info[2]))

    app.log_exception = log_exception  # type: ignore[method-assign]
