"""The other systems' door: JSON over HTTPS with a token; no cookie, no page."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
