"""Regions and offices: who is where, and which office answers for a remit in a place."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from sqlalchemy import ColumnElement, case, func, insert, or_, select
from sqlalchemy.orm import Session

from classifier import normalise
from intake.db import lock
from intake.errors import ConfigError, InvalidInput, NotFound
from intake.models import Category, Clue, Office, Officer, Recusal, Region, RoutingRule
from intake.rules.naming import Place, RegionLevel, office_name, parse_regions
from intake.rules.numbers import whole
from intake.rules.routing import AccusedLevel, Rule, recused_offices
from intake.services import audit
from intake.tools import DATA

INTAKE = "task_force"


@dataclass(frozen=True)
class Division:
    """A division as lists to choose from need it."""

    code: str
    name: str
    level: str


_below: dict[tuple[str, str | None], tuple[Division, ...]] = {}


def region_prefix(code: str) -> str:
    """The leading digits that a region shares with everything below it: 320000 → 32, 321100 → 3211."""
    if code.endswith("0000") and len(code) == 6:
        return code[:2]
    return code[:4] if code.endswith("00") and len(code) == 6 else code


def is_within(code: str, outer: str) -> bool:
    """Whether region `code` is `outer` or lies in it."""
    return code.startswith(region_prefix(outer))


def place(session: Session, code: str) -> Place:
    """The place of a region code with its chain of parents. Raises InvalidInput for an unknown code."""
    region = session.get(Region, code)
    if region is None:
        raise InvalidInput("region", "unknown_region")
    parent = place(session, region.parent_code) if region.parent_code else None
    return Place(region.code, region.name, RegionLevel(region.level), parent)


def children(session: Session, code: str | None) -> tuple[Division, ...]:
    """The divisions directly below `code`; the provinces for None. In order of code.

    Kept per database for the life of the process: the form asks for the same lists on every page.
    """
    key = (str(session.get_bind().engine.url), code)
    if key not in _below:
        query = select(Region.code, Region.name, Region.level).where(Region.parent_code == code).order_by(Region.code)
        found = tuple(Division(*row) for row in session.execute(query))
        if not found and code is None:
            return found  # the table is still empty
        _below[key] = found
    return _below[key]


def load_regions(session: Session, path: Path) -> int:
    """Take the divisions of a file in that the table does not have yet; returns how many. Raises ConfigError."""
    known = set(session.scalars(select(Region.code)))
    rows = [
        {"code": p.code, "name": p.name, "level": p.level.value, "parent_code": p.parent and p.parent.code}
        for p in _read_regions(path).values()
        if p.code not in known
    ]
    if rows:
        rows.sort(key=lambda r: (len(str(r["code"])), str(r["level"]) != "province", str(r["code"])))
        session.execute(insert(Region), rows)
    return len(rows)


def regions(session: Session) -> int:
    """How many divisions there are."""
    return session.scalar(select(func.count()).select_from(Region)) or 0


def _read_regions(path: Path) -> dict[str, Place]:
    try:
        with path.open(encoding="utf-8") as lines:
            return parse_regions(lines)
    except ValueError as error:
        raise ConfigError("区划文件读不懂：应当是 UTF-8 的 CSV，有 code、name、parent 三列，上级写在下级前面") from error


def load_categories(session: Session, path: Path) -> None:
    """Fill an empty category table from categories.csv."""
    if session.scalar(select(func.count()).select_from(Category)):
        return
    for row in read_rows(path):
        roll_ups = {key: row[key] for key in ("six_correction", "discipline_column", "provisions_parts")}
        fields = {key: row[key] for key in ("slug", "code", "name", "short", "definition", "examples")}
        session.add(Category(**fields, roll_ups=roll_ups))
    session.flush()


def load_rules(session: Session) -> None:
    """Fill an empty routing table from the seeds."""
    if session.scalar(select(func.count()).select_from(RoutingRule)):
        return
    sources = [row["source"] for row in read_rows(DATA / "routing.csv")]
    for rule, source in zip(seeded_rules(), sources, strict=True):
        session.add(
            RoutingRule(
                category=rule.category, region_prefix=rule.region_prefix, level=rule.level, lead=rule.lead,
                co=list(rule.co), source=source,
            )
        )  # fmt: skip
    session.flush()


def seeded_rules() -> list[Rule]:
    """The routing table that is shipped (routing.csv)."""
    return [
        Rule(
            r["category"],
            r["region_prefix"],
            AccusedLevel(r["level"]) if r["level"] else None,
            r["lead"],
            tuple(r["co"].split()),
        )
        for r in read_rows(DATA / "routing.csv")
    ]


def read_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a seed file; lines that begin with # are comments."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(line for line in lines if not line.startswith("#")))


@cache
def referrals() -> tuple[dict[str, str], ...]:
    """The reasons for which a clue is out of scope, each with where the person is sent (referrals.csv, read once)."""
    return tuple(read_rows(DATA / "referrals.csv"))


def rules(session: Session, on: date) -> list[Rule]:
    """The routing table of a day as the rules take it."""
    begun = or_(RoutingRule.valid_from.is_(None), RoutingRule.valid_from <= on)
    rows = session.scalars(select(RoutingRule).where(begun, not_ended(on)).order_by(RoutingRule.id))
    return [as_rule(row) for row in rows]


def not_ended(on: date) -> ColumnElement[bool]:
    """The condition that a rule still holds on a day, or will."""
    return or_(RoutingRule.valid_to.is_(None), RoutingRule.valid_to >= on)


def as_rule(row: RoutingRule) -> Rule:
    """A row of the table as the rules take it."""
    return Rule(row.category, row.region_prefix, row.level, row.lead, tuple(row.co))


def remits(session: Session) -> tuple[str, ...]:
    """Every remit that the routing table names, and the intake office's."""
    rows = session.scalars(select(RoutingRule)).all()
    return tuple(dict.fromkeys([INTAKE, *(r.lead for r in rows), *(co for r in rows for co in r.co)]))


def open_offices(session: Session, root: str, home: bool = True) -> int:
    """Make the offices of `root` and of every division below it down to the county; returns how many are new.

    The task forces above `root` are made too: a clue about `root` itself is theirs.
    """
    root_place = place(session, root)
    known = {(code, remit) for code, remit in session.execute(select(Office.region_code, Office.remit))}
    below = select(Region).where(
        Region.code.startswith(region_prefix(root)), Region.level != RegionLevel.TOWNSHIP.value
    )
    wanted = [(r.code, remit) for r in session.scalars(below) for remit in remits(session)]
    wanted += [(p.code, INTAKE) for p in root_place.chain()[1:]]
    new = [pair for pair in wanted if pair not in known]
    _open(session, new)
    if home:
        office(session, root, INTAKE).is_home = True
    return len(new)


def office(session: Session, region_code: str, remit: str) -> Office:
    """The office for a remit in a region; made under its official name when it is first needed."""
    return find_office(session, region_code, remit) or _open(session, [(region_code, remit)])[0]


def active_office(session: Session, region_code: str, remit: str) -> Office | None:
    """The same; None while it is closed: a closed office gets no new clue."""
    found = office(session, region_code, remit)
    return found if found.active else None


def find_office(session: Session, region_code: str, remit: str) -> Office | None:
    """The office for a remit in a region, if this installation has it."""
    return session.scalar(select(Office).where(Office.region_code == region_code, Office.remit == remit))


def offices_in(session: Session, region_code: str) -> Sequence[Office]:
    """The active offices of one region, by name."""
    return session.scalars(
        select(Office).where(Office.region_code == region_code, Office.active).order_by(Office.name)
    ).all()


def at_home(session: Session) -> Sequence[Office]:
    """The task forces of the regions that this installation was opened for, in order of code."""
    query = select(Office).where(Office.is_home, Office.active, Office.remit == INTAKE)
    return session.scalars(query.order_by(Office.region_code)).all()


def served(session: Session) -> Sequence[Region]:
    """The regions that this installation was opened for, in order of code."""
    home = [office.region_code for office in at_home(session)]
    return session.scalars(select(Region).where(Region.code.in_(home)).order_by(Region.code)).all()


def looks_instead(session: Session, code: str) -> Sequence[Office]:
    """Who looks at a clue of a region that is not served: the nearest task force above it, else those at home here; () if it is
    served."""
    if any(is_within(code, region.code) for region in served(session)):
        return ()
    above = (find_office(session, step.code, INTAKE) for step in place(session, code).chain())
    nearest = next((office for office in above if office and office.active), None)
    return [nearest] if nearest else at_home(session)


def office_by_id(session: Session, office_id: str) -> Office:
    """The active office of an id as a form sends it. Raises InvalidInput."""
    found = session.get(Office, whole(office_id))
    if found is None or not found.active:
        raise InvalidInput("office", "choose_office")
    return found


def office_choices(session: Session) -> list[tuple[str, str]]:
    """All active offices as (id, name), the intake offices first, then by region."""
    order = (Office.remit != INTAKE, Office.region_code, Office.name)
    return [(str(o.id), o.name) for o in session.scalars(select(Office).where(Office.active).order_by(*order))]


def regions_with_offices(session: Session) -> Sequence[Region]:
    """The regions in which this installation has offices, in order of code."""
    here = select(Office.region_code).distinct()
    return session.scalars(select(Region).where(Region.code.in_(here)).order_by(Region.code)).all()


def staffing_below(session: Session, region_code: str) -> list[tuple[Division, int, int]]:
    """The divisions directly below a region that have offices, each with how many, and how many of them are staffed."""
    staffed = select(Officer.office_id).where(Officer.active)
    query = select(Office.region_code, func.count(), func.sum(case((Office.id.in_(staffed), 1), else_=0)))
    below = {d.code: d for d in children(session, region_code)}
    rows = session.execute(query.where(Office.region_code.in_(below)).group_by(Office.region_code).order_by(Office.region_code))
    return [(below[code], offices, with_staff) for code, offices, with_staff in rows]


def offices_with_staff(session: Session, region_code: str, words: str = "") -> list[tuple[Office, int]]:
    """The offices of a region, or at most 100 anywhere with `words` in the name, each with how many officers may sign in for it."""
    staff = func.count(Officer.id)
    query = select(Office, staff).outerjoin(Officer, (Officer.office_id == Office.id) & Officer.active)
    wanted = Office.name.contains(words, autoescape=True) if words else Office.region_code == region_code
    query = query.where(wanted).group_by(Office.id).order_by(Office.name).limit(100 if words else None)
    return [(office, count) for office, count in session.execute(query)]


def staffed(session: Session, codes: Collection[str]) -> set[tuple[str, str]]:
    """The offices (region code, remit) in these regions for which somebody can sign in."""
    query = select(Office.region_code, Office.remit).join(Officer, Officer.office_id == Office.id)
    return {(code, remit) for code, remit in session.execute(query.where(Officer.active, Office.region_code.in_(codes)).distinct())}


def closed(session: Session, codes: Collection[str]) -> set[tuple[str, str]]:
    """The closed offices (region code, remit) in these regions."""
    query = select(Office.region_code, Office.remit).where(~Office.active, Office.region_code.in_(codes))
    return {(code, remit) for code, remit in session.execute(query)}


def unstaffed_with_work(session: Session) -> list[tuple[Office, int]]:
    """Offices that have open clues and nobody who could sign in for them, with how many; no clue is named."""
    staffed = select(Officer.office_id).where(Officer.active)
    holder = func.coalesce(Clue.office_id, Clue.intake_office_id)
    query = select(Office, func.count(Clue.id)).join(Clue, holder == Office.id)
    query = query.where(Clue.closed_at.is_(None), Office.id.not_in(staffed)).group_by(Office.id)
    return [(office, count) for office, count in session.execute(query.order_by(func.count(Clue.id).desc()).limit(50))]


def switch_office(session: Session, office_id: int, active: bool, *, officer_id: int, now: datetime) -> Office:
    """Close an office or open it; one that is so already stays as it is. Raises NotFound."""
    found = session.get(Office, office_id)
    if found is None:
        raise NotFound("no such office")
    lock(session, found)
    if found.active is active:
        return found
    found.active = active
    audit.record(session, "office_changed", at=now, officer_id=officer_id, office=found.id, active=found.active)
    return found


def remit_names() -> dict[str, str]:
    """The Chinese of every remit (remits.csv)."""
    return {row["slug"]: row["name"] for row in read_rows(DATA / "remits.csv")}


def offices_named(session: Session, pairs: Iterable[tuple[str, str]]) -> list[Office]:
    """The offices of this installation among (region code, remit) pairs."""
    return [found for code, remit in pairs if (found := find_office(session, code, remit))]


def _open(session: Session, pairs: Sequence[tuple[str, str]]) -> list[Office]:
    made = [Office(name=office_name(place(session, code), remit), region_code=code, remit=remit) for code, remit in pairs]
    session.add_all(made)
    session.flush()
    _hide_from(session, [office for office in made if office.remit == INTAKE])
    return made


def _hide_from(session: Session, task_forces: Sequence[Office]) -> None:
    """Write down the clues that complain of a task force opened after their triage: it would see all of its region's.

    Any other office comes by a clue through a step alone, and that asks merging.is_kept_from.
    """
    by_region = {office.region_code: office for office in task_forces}
    if not by_region:
        return
    inside = or_(*(Clue.region_code.startswith(region_prefix(code)) for code in by_region))
    query = select(Clue.id, Clue.region_code, Clue.accused_level, Clue.accused_name).where(Clue.accused_name != "", inside)
    for clue_id, code, level, name in session.execute(query):
        for region, remit in recused_offices(level, normalise(name), place(session, code or "")):
            if remit == INTAKE and region in by_region:
                session.add(Recusal(clue_id=clue_id, office_id=by_region[region].id))
    session.flush()
