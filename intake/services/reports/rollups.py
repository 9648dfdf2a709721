"""The three roll-ups of categories that a report prints, and the levels of the central commission's table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from intake.models import Category
from intake.rules.routing import AccusedLevel
from intake.services.reports.value import REST, UNDECIDED

#: Table key to the field of Category.roll_ups and the keys of its rows.
ROLL_UPS = {
    "six": ("six_correction", ("1", "2", "3", "4", "5", "6", "0")),
    "discipline": ("discipline_column", ("1", "2", "3", "4", "other")),
    "parts": ("provisions_parts", ("1", "2", "3", "4", "5", "6", "7")),
}
LEVELS = ("province_rank", "city_rank", "county_rank", "township_rank")
#: Which rank a problem at a unit of that level counts for: the rank of those who lead the unit.
_RANKS = {
    AccusedLevel.CENTRAL: "province_rank",
    AccusedLevel.PROVINCE: "province_rank",
    AccusedLevel.PROVINCE_DEPT: "city_rank",
    AccusedLevel.CITY: "city_rank",
    AccusedLevel.CITY_DEPT: "county_rank",
    AccusedLevel.COUNTY: "county_rank",
}


def rank(level: AccusedLevel) -> str:
    """The column of LEVELS that a unit's level counts for; townships and below for everything not above them."""
    return _RANKS.get(level, "township_rank")


def groups(categories: Sequence[Category], table: str, slugs: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The rows of a roll-up with those of `slugs` each adds up; REST takes what no other row has.

    A category may stand in several rows of "parts", so those do not add up to the total.
    """
    field, rows = ROLL_UPS[table]
    found: dict[str, list[str]] = {row: [] for row in (*rows, REST)}
    for category in categories:
        touched = [row for row in str(category.roll_ups[field]).split() if row in found]
        if table == "discipline" and category.slug == "out_of_scope":
            touched = []
        for row in touched or [REST]:
            found[row].append(category.slug)
    if UNDECIDED in slugs:
        found[REST].append(UNDECIDED)
    return {row: tuple(slugs) for row, slugs in found.items()}


def column_of(categories: Sequence[Category]) -> Mapping[str, str]:
    """The discipline commission's column of each category; what has none counts as "other"."""
    field = ROLL_UPS["discipline"][0]
    known = ROLL_UPS["discipline"][1]
    return {c.slug: v if (v := str(c.roll_ups[field])) in known else "other" for c in categories}
