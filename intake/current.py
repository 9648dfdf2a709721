"""The engine and the tools of the application at work; for the edges (doors and commands) alone."""

from __future__ import annotations

from typing import cast

from flask import current_app
from sqlalchemy import Engine

from intake.tools import Tools


def engine() -> Engine:
    return cast(Engine, current_app.extensions["engine"])


def tools() -> Tools:
    return cast(Tools, current_app.extensions["tools"])
