"""The reporter's door; its views hang on one blueprint."""

from __future__ import annotations

from flask import Blueprint

blueprint = Blueprint("public", __name__)
