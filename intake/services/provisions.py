"""The provisions that a clue may touch, with their limits beside what the reporter says, for a person to confirm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.errors import InvalidInput
from intake.models import Clue, ProvisionLink
from intake.rules.provisions import Finding, find
from intake.services import audit
from intake.services.clues import Viewer
from intake.services.directory import read_rows
from intake.tools import DATA, Tools


@dataclass(frozen=True)
class Provision:
    """A row of provisions.csv. `item` is "" unless the item's number itself was read in the source (certainty "read")."""

    id: str
    instrument: str
    part: str
    item: str
    title: str
    gist: str
    unit: str
    limit: float | None
    categories: frozenset[str]
    source: str
    certainty: str


@dataclass(frozen=True)
class Touched:
    """A provision beside a clue: the reporter's number if its limit is about one, and what a person said."""

    provision: Provision
    finding: Finding | None
    confirmed: bool | None

    @property
    def exceeded(self) -> bool:
        """Whether the reporter's number is over the limit."""
        limit = self.provision.limit
        return self.finding is not None and limit is not None and self.finding.number > limit


@cache
def known() -> dict[str, Provision]:
    """Every provision by its id (intake/data/provisions.csv, read once)."""
    return {row["id"]: _provision(row) for row in read_rows(DATA / "provisions.csv")}


def touching(session: Session, clue: Clue) -> Sequence[Touched]:
    """The provisions of the clue's categories: confirmed first, then those whose limit is exceeded, dismissed last."""
    links = session.scalars(select(ProvisionLink).where(ProvisionLink.clue_id == clue.id))
    said = {link.provision_id: link.confirmed for link in links}
    label = clue.category or (clue.suggestion.label if clue.suggestion else "")
    slugs = {label, *clue.secondary}
    text = f"{clue.title}\n{clue.text}"
    found = [
        Touched(provision, find(provision.id, text), said.get(provision.id))
        for provision in known().values()
        if provision.categories & slugs or provision.id in said
    ]
    return sorted(
        found, key=lambda one: (one.confirmed is False, one.confirmed is None, not one.exceeded, one.finding is None)
    )


def judge(session: Session, clue: Clue, provision_id: str, confirmed: bool, *, by: Viewer, tools: Tools) -> None:
    """Say that a clue touches a provision, or that it does not. Raises InvalidInput for an unknown one."""
    if provision_id not in known():
        raise InvalidInput("provision", "unknown_provision")
    session.merge(
        ProvisionLink(clue_id=clue.id, provision_id=provision_id, confirmed=confirmed, officer_id=by.id, at=tools.now())
    )
    session.flush()
    audit.record(
        session, "provision_judged", at=tools.now(), officer_id=by.id, clue_id=clue.id, provision=provision_id,
        confirmed=confirmed,
    )  # fmt: skip


def _provision(row: dict[str, str]) -> Provision:
    read = row["certainty"] == "read"
    return Provision(
        row["id"], row["instrument"], row["part"], row["item"] if read else "", row["title"], row["gist"], row["limit_kind"],
        float(row["limit_value"]) if row["limit_value"] else None, frozenset(row["category_slugs"].split()), row["source"],
        row["certainty"],
    )  # fmt: skip
