"""Making an installation: seeds, offices, the first officers. Each step does nothing where it was done before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake.models import Office, Officer
from intake.rules.workflow import Role
from intake.services import directory, identity, notices, replies
from intake.tools import DATA, Tools

#: The four places whose calls for clues the first installation carries: 镇江, 常德, 孝感, 内蒙古.
FIRST_REGIONS = ("321100", "430700", "420900", "150000")


@dataclass(frozen=True)
class FirstOfficer:
    """An account made at the beginning, with the password that is shown once."""

    username: str
    role: Role
    office: str
    password: str


def seed(session: Session) -> int:
    """Regions, categories, routing rules and wordings from intake/data; returns the number of regions."""
    count = directory.regions(session) or directory.load_regions(session, DATA / "regions.csv")
    directory.load_categories(session, DATA / "categories.csv")
    directory.load_rules(session)
    replies.load_templates(session)
    return count


def open_regions(session: Session, codes: Sequence[str]) -> int:
    """The offices of these regions and everything below, and the notices that name them; returns new offices."""
    new = sum(directory.open_offices(session, code) for code in codes)
    notices.load_notices(session, DATA / "notices.toml")
    return new


def has_offices(session: Session) -> bool:
    return bool(session.scalar(select(func.count()).select_from(Office)))


def first_officers(session: Session, region: str, *, tools: Tools) -> Iterator[FirstOfficer]:
    """One officer of each role in `region`, if there is no officer at all."""
    if session.scalar(select(func.count()).select_from(Officer)):
        return
    for role in Role:
        remit = "cyberspace" if role in (Role.HANDLER, Role.LEAD) else directory.INTAKE
        office = directory.office(session, region, remit)
        officer, password = identity.create_officer(session, role.value, "首任用户", role, office, tools=tools)
        yield FirstOfficer(officer.username, role, office.name, password)
