"""Large print: a parameter of the address that every link of the reporter's door carries on, so that it needs no cookie."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from flask import request

from intake.public import blueprint


def is_large() -> bool:
    """Whether the page is asked for in large print."""
    return request.args.get("big") == "1"


@blueprint.url_defaults
def carry_on(endpoint: str, values: dict[str, Any]) -> None:
    """Keep the size on every link, form and redirect within the door."""
    if is_large() and endpoint.startswith("public."):
        values.setdefault("big", "1")


def other_size() -> str:
    """The address of this page in the other size; "" where there is no such page, as on an error page.

    It is put together by hand: url_for would take a parameter called `_scheme` or `endpoint` for an order to itself.
    """
    if request.blueprint != blueprint.name or request.endpoint is None:
        return ""
    asked = [(name, value) for name, value in request.args.items(multi=True) if name != "big"]
    query = urlencode(asked if is_large() else [*asked, ("big", "1")], errors="replace")
    return quote(request.root_path + request.path, errors="replace") + (f"?{query}" if query else "")
