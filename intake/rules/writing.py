"""Text as people and other systems send it, without what no page shows and no database takes."""

from __future__ import annotations

import unicodedata

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\u200b")


def clean(value: str | None) -> str:
    """The text without NUL, lone surrogates, direction marks and other invisible controls; line ends become \\n."""
    text = (value or "").replace("\r\n", "\n").replace("\r", "\n")
    return "".join(
        c for c in text if c in "\n\t" or not (c in _BIDI or unicodedata.category(c) in ("Cc", "Cs"))
    ).strip()
