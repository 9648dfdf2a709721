"""The routing table as an admin changes it: what a change would do, saved with its dates, and what clerks correct.

An admin cannot read clues: everything here is counts of clues between offices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from classifier import normalise
from intake.errors import InvalidInput, NotFound
from intake.models import AuditEntry, Category, Clue, Office, RoutingRule
from intake.rules.routing import AccusedLevel, Rule, choose_office, choose_rule
from intake.rules.workflow import Action, State
from intake.services import audit, directory, placing, triage
from intake.services.directory import region_prefix
from intake.tools import Tools

#: Open clues that a dry run looks at, the newest first.
MOST = 2000
#: How often clerks must have chosen the same other office before it is suggested as a rule, and within how many days.
OFTEN, WITHIN = 2, 180


@dataclass(frozen=True)
class Change:
    """A rule as an admin writes it; `region_code` "" is every place, `level` None every level."""

    category: str
    region_code: str
    level: AccusedLevel | None
    lead: str
    co: tuple[str, ...]
    valid_from: date
    source: str

    @property
    def prefix(self) -> str:
        return region_prefix(self.region_code) if self.region_code else ""


@dataclass(frozen=True)
class DryRun:
    """What a change would do: the rule that ends for it, how many clues it would give another office, and from which to which.

    It looks at the rules of the day `on`. `moving` are not assigned yet; `staying` are, and go nowhere by themselves. `resumed` is the rule that holds on where the one
    that ends has not begun.
    """

    replaced: RoutingRule | None
    looked_at: int
    moving: int
    staying: int
    shifts: Sequence[tuple[str, str, int]]
    on: date
    resumed: RoutingRule | None = None


@dataclass(frozen=True)
class Correction:
    """Clerks gave clues of a category in a place to the office of `lead`, `times` times against the rules."""

    category: str
    region_code: str
    region_name: str
    lead: str
    times: int


@dataclass(frozen=True)
class Cell:
    """Who gets a category in a place: the remit, and whether an office is there and open to answer."""

    lead: str
    answered: bool


def rows(session: Session, on: date) -> Sequence[RoutingRule]:
    """The rules that hold on a day or later, by category."""
    query = select(RoutingRule).join(Category, Category.slug == RoutingRule.category)
    order = (Category.code, RoutingRule.region_prefix, RoutingRule.level, RoutingRule.valid_from, RoutingRule.id)
    return session.scalars(query.where(directory.not_ended(on)).order_by(*order)).all()


def dry_run(session: Session, change: Change, on: date) -> DryRun:
    """What would be if the rule held already: counts over open clues that no office has signed for.

    Raises InvalidInput for a remit or category that is not known, for a day before `on`, today, and for a rule that begins
    later than this one.
    """
    _check(session, change, on)
    replaced = _replaced(session, change)
    before = directory.rules(session, change.valid_from)
    after = [rule for rule in before if replaced is None or rule != directory.as_rule(replaced)]
    return _tried(session, replaced, change.category, change.prefix, before, [*after, _rule(change)], change.valid_from)


def dry_end(session: Session, rule_id: int, on: date) -> DryRun:
    """What would be if a rule had ended, by the rules of `on`, or of its first day where it has not begun. Raises NotFound."""
    row = _row(session, rule_id)
    resumed, on = _resumed(session, row, on), max(on, row.valid_from or on)
    before = directory.rules(session, on)
    after = [rule for rule in before if rule != directory.as_rule(row)]
    after += [directory.as_rule(resumed)] if resumed else []
    return replace(_tried(session, row, row.category, row.region_prefix, before, after, on), resumed=resumed)


def save(session: Session, change: Change, *, officer_id: int, tools: Tools) -> RoutingRule:
    """Put a rule into the table; one for the same key ends the day before. Raises InvalidInput."""
    _check(session, change, tools.today())
    replaced = _replaced(session, change)
    if replaced is not None:
        _end(session, replaced, change.valid_from - timedelta(days=1), officer_id, tools)
    row = RoutingRule(
        category=change.category, region_prefix=change.prefix, level=change.level, lead=change.lead, co=list(change.co),
        source=change.source, valid_from=change.valid_from,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _record(session, row, officer_id, tools)
    return row


def end(session: Session, rule_id: int, *, officer_id: int, tools: Tools) -> bool:
    """Let a rule hold until yesterday; one that has not begun is gone, and what it was to replace holds on in its days.

    Returns whether it had not begun. Raises NotFound.
    """
    row = _row(session, rule_id)
    planned, resumed = _is_planned(row, tools.today()), _resumed(session, row, tools.today())
    if resumed is not None:
        resumed.valid_to = row.valid_to
        _record(session, resumed, officer_id, tools)
    _end(session, row, tools.today() - timedelta(days=1), officer_id, tools)
    return planned


def corrections(session: Session, on: date, tools: Tools) -> list[Correction]:
    """What clerks decided against the rules again and again, the most frequent first, without what is a rule by now."""
    since = tools.midnight(on - timedelta(days=WITHIN))
    against = AuditEntry.keys["overridden"].as_boolean().is_(True)
    times = func.count(Clue.id.distinct())
    query = (
        select(Clue.category, Office.region_code, Office.remit, times)
        .join(AuditEntry, AuditEntry.clue_id == Clue.id)
        .join(Office, Office.id == Clue.office_id)
        .where(Clue.assigned_at >= since, AuditEntry.action == Action.ASSIGN.value, against)
        .where(AuditEntry.keys["office"].as_integer() == Clue.office_id)  # not what was taken back since
        .group_by(Clue.category, Office.region_code, Office.remit)
        .having(times >= OFTEN)
    )
    known = directory.rules(session, on)
    found = [_correction(session, *row, known) for row in session.execute(query.order_by(times.desc()).limit(50))]
    return [one for one in found if one]


def matrix(session: Session, region_code: str, on: date) -> dict[str, dict[str, Cell | None]]:
    """Who gets what: for the region and each division below it that has offices, each category's cell; None for no rule."""
    below = [r.code for r in directory.children(session, region_code)]
    offices = select(Office.region_code, Office.remit).where(
        Office.region_code.in_([region_code, *below]), Office.active
    )
    there = {(code, remit) for code, remit in session.execute(offices)}
    table = directory.rules(session, on)
    slugs = session.scalars(
        select(Category.slug).where(Category.slug != triage.OUT_OF_SCOPE).order_by(Category.code)
    ).all()
    places = [code for code in (region_code, *below) if code == region_code or any(code == c for c, _ in there)]
    return {code: {slug: _cell(session, slug, code, table, there) for slug in slugs} for code in places}


def _cell(session: Session, slug: str, code: str, table: list[Rule], there: set[tuple[str, str]]) -> Cell | None:
    rule = choose_rule(slug, AccusedLevel.UNKNOWN, directory.place(session, code), table)
    return Cell(rule.lead, (code, rule.lead) in there) if rule else None


def _correction(
    session: Session, category: str | None, code: str, remit: str, times: int, known: list[Rule]
) -> Correction | None:
    if category is None:
        return None
    place = directory.place(session, code)
    rule = choose_rule(category, AccusedLevel.UNKNOWN, place, known)
    return None if rule and rule.lead == remit else Correction(category, code, place.name, remit, times)


def _tried(
    session: Session, ends: RoutingRule | None, category: str, prefix: str, before: list[Rule], after: list[Rule], on: date
) -> DryRun:
    query = select(Clue).where(
        Clue.category == category, Clue.state.in_((State.RECEIVED, State.ASSIGNED)), Clue.region_code.startswith(prefix)
    )
    clues = session.scalars(query.order_by(Clue.id.desc()).limit(MOST)).all()
    moves: Counter[tuple[str, str]] = Counter()
    states: Counter[State] = Counter()
    for clue in clues:
        old, new = (_office(session, clue, category, table) for table in (before, after))
        if old != new:
            moves[old, new] += 1
            states[clue.state] += 1
    shifts = [(old, new, n) for (old, new), n in moves.most_common()]
    return DryRun(ends, len(clues), states[State.RECEIVED], states[State.ASSIGNED], shifts, on)


def _office(session: Session, clue: Clue, category: str, table: list[Rule]) -> str:
    placed = placing.place_of(session, clue)
    accused = normalise(clue.accused_name)
    return choose_office(category, clue.accused_level, placed.place, accused, table, placed.recused).office or ""


def _check(session: Session, change: Change, today: date) -> None:
    names = directory.remit_names()
    if change.category == triage.OUT_OF_SCOPE or session.get(Category, change.category) is None:
        raise InvalidInput("category", "choose_category")
    if change.lead not in names:
        raise InvalidInput("lead", "choose_remit")
    if change.valid_from < today:  # what was routed by then stays so: the table would tell another story than the clues
        raise InvalidInput("valid_from", "rule_in_the_past")
    if not set(change.co) <= names.keys() - {change.lead}:
        raise InvalidInput("co", "choose_other_remits")
    if change.region_code:
        try:
            directory.place(session, change.region_code)
        except InvalidInput as error:
            raise InvalidInput("region", error.problem) from error


def _replaced(session: Session, change: Change) -> RoutingRule | None:
    """The rule for the same key that the change ends. Raises InvalidInput for one that begins on its day or later."""
    query = select(RoutingRule).where(_of_key(change.category, change.prefix, change.level), directory.not_ended(change.valid_from))
    row = session.scalar(query.order_by(RoutingRule.valid_from.desc().nulls_last()).limit(1))
    if row is not None and row.valid_from is not None and row.valid_from >= change.valid_from:
        raise InvalidInput("valid_from", "rule_begins_later")
    return row


def _resumed(session: Session, row: RoutingRule, on: date) -> RoutingRule | None:
    """The rule for the same key that ends for one that has not begun on a day."""
    if row.valid_from is None or not _is_planned(row, on):
        return None
    ends_for_it = RoutingRule.valid_to == row.valid_from - timedelta(days=1)
    query = select(RoutingRule).where(_of_key(row.category, row.region_prefix, row.level), ends_for_it)
    return session.scalar(query.order_by(RoutingRule.id.desc()).limit(1))


def _is_planned(row: RoutingRule, on: date) -> bool:
    return row.valid_from is not None and row.valid_from > on


def _of_key(category: str, prefix: str, level: AccusedLevel | None) -> ColumnElement[bool]:
    """The rule is for this category, place and level."""
    same_level = RoutingRule.level.is_(None) if level is None else RoutingRule.level == level
    return and_(RoutingRule.category == category, RoutingRule.region_prefix == prefix, same_level)


def _rule(change: Change) -> Rule:
    return Rule(change.category, change.prefix, change.level, change.lead, change.co)


def _row(session: Session, rule_id: int) -> RoutingRule:
    row = session.get(RoutingRule, rule_id)
    if row is None:
        raise NotFound("no such rule")
    return row


def _end(session: Session, row: RoutingRule, last: date, officer_id: int, tools: Tools) -> None:
    row.valid_to = last
    if row.valid_from is not None and last < row.valid_from:
        row.valid_to = row.valid_from
        session.delete(row)
    _record(session, row, officer_id, tools)


def _record(session: Session, row: RoutingRule, officer_id: int, tools: Tools) -> None:
    dates: dict[str, Any] = {"from": row.valid_from and row.valid_from.isoformat(), "to": row.valid_to and row.valid_to.isoformat()}
    audit.record(
        session, "routing_changed", at=tools.now(), officer_id=officer_id, rule=row.id, category=row.category,
        region=row.region_prefix, level=row.level and row.level.value, lead=row.lead, **dates,
    )  # fmt: skip
