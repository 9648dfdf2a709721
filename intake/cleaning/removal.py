"""What cleaning takes out of a file, as the reporter is told of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Removal(enum.StrEnum):
    """One thing that was found and taken out; labels.REMOVED has its sentence."""

    LOCATION = "location"
    CAMERA = "camera"
    HIDDEN_TEXT = "hidden_text"
    FRAMES = "frames"
    AUTHOR = "author"
    COMMENTERS = "commenters"
    REVISIONS = "revisions"
    SCRIPTS = "scripts"
    EMBEDDED = "embedded"
    SIGNATURES = "signatures"
    LINKS = "links"
    TAGS = "tags"
    TRACKS = "tracks"


@dataclass(frozen=True)
class Rewritten:
    """What one cleaner did; sizes in pixels, None where the format has none."""

    removed: frozenset[Removal] = frozenset()
    width: int | None = None
    height: int | None = None
    pages: int | None = None
