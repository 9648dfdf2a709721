"""Examples of what to write, one for each category: shown beside the text field where the category is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy.orm import Session

from intake.models import Notice
from intake.services import clues
from intake.services.directory import read_rows
from intake.tools import DATA

#: More than so many would be a page of their own on a phone.
MOST = 6
#: Where nothing is known of the category: kinds of burden that have little to do with one another.
ASSORTED = ("checkins", "ledgers", "inspections", "showcases")


@dataclass(frozen=True)
class Example:
    """A category by its short name, how somebody could put it, and what is most useful to say."""

    slug: str
    name: str
    text: str
    useful: str


@cache
def _rows() -> dict[str, dict[str, str]]:
    """The rows of examples.csv by category, read once."""
    return {row["slug"]: row for row in read_rows(DATA / "examples.csv")}


def every(session: Session) -> Sequence[Example]:
    """The example of every category, in the order of their codes."""
    rows = _rows()
    return [
        Example(category.slug, category.short, rows[category.slug]["example"], rows[category.slug]["useful"])
        for category in clues.categories(session)
    ]


def fitting(session: Session, topic: str, notice: Notice | None) -> Sequence[Example]:
    """The example for a chosen topic, else those of a notice whose scope is narrow, else an assortment."""
    known = {example.slug: example for example in every(session)}
    if topic in known:
        return [known[topic]]
    scope = dict.fromkeys(slug for item in (notice.scope if notice else ()) for slug in item["categories"])
    return [known[slug] for slug in (scope if 0 < len(scope) <= MOST else ASSORTED)]
