"""The name under which a file is shown: the reporter's words, nothing that misleads, and the suffix it really has."""

from __future__ import annotations

import re
import unicodedata

from intake.cleaning.recognise import FORMATS, Format

LONGEST = 60  # characters, without the suffix
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NOT_IN_NAMES = re.compile(r"[<>:\"|?*%;\s]+")


def shown(given: str, form: Format) -> str:
    """`given` without folders, controls, direction marks and its own suffix, at most LONGEST characters."""
    name = _visible(given)
    stem = (name.rpartition(".")[0] if "." in name else name).strip(". ")
    return f"{stem[:LONGEST].strip() or FORMATS[form].kind.value}.{form.value}"


def bare(given: str) -> str:
    """The same of a file that was refused: its own suffix stays, and it is cut in the middle."""
    name = _visible(given)
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 12]}…{name[-10:]}"


def _visible(given: str) -> str:
    last = re.split(r"[/\\]", given)[-1]
    return _NOT_IN_NAMES.sub(" ", "".join(c for c in last if unicodedata.category(c) not in _INVISIBLE)).strip()
