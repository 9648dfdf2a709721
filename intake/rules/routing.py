"""Which office answers for a clue: the level above the unit complained of, the remit of the category, and recusal.

A unit is never judged by itself, and a recused office is never replaced by a sibling or by one below it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from intake.rules.naming import (
    RANK,
    REMITS,
    Place,
    RegionLevel,
    bare_remits,
    generic_words,
    is_led,
    is_whole,
    is_zone,
    office_name,
    rests,
    units,
)

TASK_FORCE = "task_force"
#: 台湾、香港、澳门: none of the offices that routing knows is there, so a person decides.
WITHOUT_OFFICES = ("71", "81", "82")
#: A township, school or enterprise has a 党委办公室 and a 政府办 of its own: without 县 or 市 before it, it is that one.
_OWN_OFFICE = frozenset({"party_office", "gov_office"})
#: What may stand before 县, 市 … in a unit's name, and after it.
_OURS, _OF = r"(?:我们|我|咱们|咱|本|该|你们|当地|某)?", r"(?:里|上)?的?"


class AccusedLevel(enum.StrEnum):
    """The level of the unit complained of, as the reporter gives it."""

    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY_DEPT = "county_dept"
    COUNTY = "county"
    CITY_DEPT = "city_dept"
    CITY = "city"
    PROVINCE_DEPT = "province_dept"
    PROVINCE = "province"
    CENTRAL = "central"
    SCHOOL = "school"
    HOSPITAL = "hospital"
    SOE = "soe"
    UNKNOWN = "unknown"


class Why(enum.StrEnum):
    """The steps that explain a route, in the order they were taken."""

    NO_PLACE = "no_place"
    NO_RULE = "no_rule"
    LEVEL = "level"
    LEVEL_UNKNOWN = "level_unknown"
    UPWARD = "upward"
    OFFICE = "office"
    RECUSED = "recused"
    NOT_RECUSED = "not_recused"
    UNNAMED = "unnamed"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Rule:
    """A row of the routing table: `level` None fits every level, `region_prefix` "" every place."""

    category: str
    region_prefix: str
    level: AccusedLevel | None
    lead: str
    co: tuple[str, ...] = ()


@dataclass(frozen=True)
class Route:
    """Who answers and why. `remit` and `office` are None where a person must decide; `upward` marks a clue that
    belongs above the installation; `recused` names the offices passed over."""

    place: Place | None
    remit: str | None
    office: str | None
    co_remits: tuple[str, ...]
    recused: tuple[str, ...]
    upward: bool
    steps: tuple[Why, ...]
    level: AccusedLevel


_NEEDS = {
    AccusedLevel.VILLAGE: RegionLevel.COUNTY,
    AccusedLevel.TOWNSHIP: RegionLevel.COUNTY,
    AccusedLevel.COUNTY_DEPT: RegionLevel.COUNTY,
    AccusedLevel.SCHOOL: RegionLevel.COUNTY,
    AccusedLevel.HOSPITAL: RegionLevel.COUNTY,
    AccusedLevel.SOE: RegionLevel.COUNTY,
    AccusedLevel.UNKNOWN: RegionLevel.COUNTY,
    AccusedLevel.COUNTY: RegionLevel.CITY,
    AccusedLevel.CITY_DEPT: RegionLevel.CITY,
    AccusedLevel.CITY: RegionLevel.PROVINCE,
    AccusedLevel.PROVINCE_DEPT: RegionLevel.PROVINCE,
    AccusedLevel.PROVINCE: RegionLevel.PROVINCE,
    AccusedLevel.CENTRAL: RegionLevel.PROVINCE,
}
_SITS = {
    AccusedLevel.COUNTY_DEPT: RegionLevel.COUNTY,
    AccusedLevel.COUNTY: RegionLevel.COUNTY,
    AccusedLevel.CITY_DEPT: RegionLevel.CITY,
    AccusedLevel.CITY: RegionLevel.CITY,
    AccusedLevel.PROVINCE_DEPT: RegionLevel.PROVINCE,
    AccusedLevel.PROVINCE: RegionLevel.PROVINCE,
}
_SMALL = frozenset(
    {AccusedLevel.VILLAGE, AccusedLevel.TOWNSHIP, AccusedLevel.SCHOOL, AccusedLevel.HOSPITAL, AccusedLevel.SOE}
)
_COUNTY_WORDS = ("县", "区", "市", "旗")
#: Without a name, a unit of these levels could be the very office that answers.
_ANY_OFFICE = frozenset({
    AccusedLevel.COUNTY_DEPT, AccusedLevel.CITY_DEPT, AccusedLevel.PROVINCE_DEPT, AccusedLevel.UNKNOWN,
})  # fmt: skip
_WHOLE = frozenset({AccusedLevel.COUNTY, AccusedLevel.CITY})


def handling_place(
    level: AccusedLevel, place: Place | None, named: Collection[tuple[str, str]] = ()
) -> tuple[Place | None, bool]:
    """The place whose offices answer for a unit of `level`, and whether the clue really belongs further up.

    Where the place given is less exact than the level needs, the place given answers; where the accused is one of the
    offices `named` above it (recused_offices), that office's place does.
    """
    if place is None:
        return None, False
    level = _as_in(level, place)
    return _not_below(place.at_or_above(_NEEDS[level]), named), level in (AccusedLevel.PROVINCE, AccusedLevel.CENTRAL)


def choose_rule(category: str, level: AccusedLevel, place: Place, rules: Iterable[Rule]) -> Rule | None:
    """The most specific row that fits: the longest region prefix first, then a row that names the level."""
    fitting = [
        rule
        for rule in rules
        if rule.category == category and place.code.startswith(rule.region_prefix) and rule.level in (None, level)
    ]
    return max(fitting, key=lambda rule: (len(rule.region_prefix), rule.level is not None), default=None)


def choose_office(
    category: str, level: AccusedLevel, place: Place | None, accused: str, rules: Iterable[Rule],
    recused: Collection[tuple[str, str]] = (),
) -> Route:  # fmt: skip
    """The office that must answer, climbing past every office that the accused is, or is part of.

    `recused` adds declared recusals as (region code, remit).
    """
    named = recused_offices(level, accused, place) if place else ()
    target, upward = handling_place(level, place, named)
    if place is None or target is None:
        return Route(None, None, None, (), (), False, (Why.NO_PLACE,), level)
    hidden = {*recused, *named}
    rule = None if place.code.startswith(WITHOUT_OFFICES) else choose_rule(category, level, target, rules)
    start = Why.UPWARD if upward else Why.LEVEL_UNKNOWN if level is AccusedLevel.UNKNOWN else Why.LEVEL
    if rule is None:
        return Route(target, None, None, (), (), upward, (start, Why.NO_RULE), level)
    remit = TASK_FORCE if upward else rule.lead
    kept = Why.UNNAMED if level in _ANY_OFFICE and not accused else Why.NOT_RECUSED
    return _climb(target, remit, rule, hidden, upward, (start, kept), level)


def recused_offices(level: AccusedLevel, accused: str, place: Place) -> tuple[tuple[str, str], ...]:
    """Every office (region code, remit) in the chain of `place` that the accused is, or is part of.

    A name with its place in it means that place; a bare one, or one with 县, 市, 省 before it, means the place where
    a unit of this level sits, or for an unknown level the nearest place it fits.
    """
    found = [office for name in units(accused) for office in _named(_as_in(level, place), name, place)]
    return tuple(dict.fromkeys(found))


def _named(level: AccusedLevel, name: str, place: Place) -> list[tuple[str, str]]:
    full = [
        (p.code, remit)
        for p in _above_township(place)
        for rest in rests(name, p)
        for remit in _remits_of(rest, p, (*generic_words(p), *_alike(level, p)))
    ]
    return full or _meant(level, name, place)


def _remits_of(rest: str, place: Place, words: Iterable[str]) -> frozenset[str]:
    """The remits named after the place itself, with or without the word for its level: 汉寿 + 县委网信办."""
    return _remits_said(rest, place) or _after_word(rest, place, words)


def _alike(level: AccusedLevel, place: Place) -> tuple[str, ...]:
    """Words for another kind of county that people say for this one: 县 where it is a 区. None that a place above bears,
    unless the level given is a county's."""
    if place.level is not RegionLevel.COUNTY:
        return ()
    above = {word for p in place.chain()[1:] for word in generic_words(p)}
    said = level in (AccusedLevel.COUNTY, AccusedLevel.COUNTY_DEPT)
    return tuple(word for word in _COUNTY_WORDS if said or word not in above)


def _not_below(target: Place, named: Collection[tuple[str, str]]) -> Place:
    """The place that answers where the accused is an office above `target`: no office judges one above it."""
    above = {code for code, _ in named}
    return next((p for p in reversed(target.chain()) if p.code in above), target)


def within_accused(level: AccusedLevel, accused: str, place: Place) -> str | None:
    """The code of the region whose every office is part of the accused: its committee or government as a whole.

    By the level given or by the name, whichever stands higher. None for a province: nobody above it is in the
    installation, so its task force keeps the clue and refers it upward.
    """
    named = set(recused_offices(level, accused, place))
    level = _as_in(level, place)
    whole = [p for p in place.chain() if named.issuperset((p.code, remit) for remit in REMITS)]
    if level in _WHOLE and (seat := place.at(_SITS[level])):
        whole.append(seat)
    return max(whole, key=lambda p: RANK[p.level]).code if whole else None


def _climb(
    place: Place,
    remit: str,
    rule: Rule,
    hidden: Collection[tuple[str, str]],
    upward: bool,
    why: tuple[Why, Why],
    level: AccusedLevel,
) -> Route:
    """Up from `place` past every hidden office; `why` says how the level was found, and what holds where none was passed."""
    start, kept = why
    passed: list[str] = []
    at: Place | None = place
    while at is not None and (at.code, remit) in hidden:
        passed.append(office_name(at, remit))
        at = at.parent
    top = place.chain()[-1]
    if at is None and remit != TASK_FORCE and (top.code, TASK_FORCE) not in hidden:
        at, remit, upward = top, TASK_FORCE, True
    if at is None:
        return Route(top, None, None, (), tuple(passed), True, (start, Why.RECUSED, Why.NOBODY), level)
    co = tuple(r for r in rule.co if r != remit and (at.code, r) not in hidden)
    steps = (start, Why.OFFICE, Why.RECUSED if passed else kept)
    return Route(at, remit, office_name(at, remit), co, tuple(passed), upward, steps, level)


def _as_in(level: AccusedLevel, place: Place) -> AccusedLevel:
    """The level as this place has it: 市委 in 北京 is the province's, in 仙桃 (a county) the county's."""
    if level not in (AccusedLevel.CITY, AccusedLevel.CITY_DEPT) or place.at(RegionLevel.CITY):
        return level
    whole = level is AccusedLevel.CITY
    if place.chain()[-1].is_municipality or place.level is RegionLevel.PROVINCE:
        if not place.chain()[-1].is_municipality:
            return level
        return AccusedLevel.PROVINCE if whole else AccusedLevel.PROVINCE_DEPT
    return AccusedLevel.COUNTY if whole else AccusedLevel.COUNTY_DEPT


def _above_township(place: Place) -> list[Place]:
    return [p for p in place.chain() if RANK[p.level] >= RANK[RegionLevel.COUNTY]]


def _meant(level: AccusedLevel, name: str, place: Place) -> list[tuple[str, str]]:
    """The offices that a name without a place of its own means."""
    seat = place.at(_SITS[level]) if level in _SITS else None
    above = _above_township(place)
    places = [seat, *above] if seat else above
    said = ([(at.code, remit) for remit in _after_word(name, at, generic_words(at))] for at in places)
    own = next(filter(None, said), [])
    alike = [(at.code, remit) for at in above[:1] for remit in _after_word(name, at, _alike(level, at))]
    return [*own, *alike] or _bare(level, name, seat or (above[0] if above else None))


def _bare(level: AccusedLevel, name: str, nearest: Place | None) -> list[tuple[str, str]]:
    """The offices of the nearest place that a name without any place in it means."""
    if nearest is None:
        return []
    if is_zone(nearest) and name.startswith(("管委会", "党工委")) and is_whole(name):
        return [(nearest.code, remit) for remit in REMITS]
    own = _OWN_OFFICE if level in _SMALL else frozenset()
    return [(nearest.code, remit) for remit in bare_remits(name) - own]


def _after_word(name: str, place: Place, words: Iterable[str]) -> frozenset[str]:
    """The remits of the office named after a word for the level of `place`: 县委网信办, 我们县里的网信办, 本区区委办."""
    for word in sorted(words, key=len, reverse=True):
        if is_led(name, word):
            return _all_remits(place)
        if head := re.match(f"{_OURS}{word}{_OF}", name):
            rest = name[head.end() :]
            if not rest and head[0].endswith(("里", "上")):
                return _all_remits(place)
            if said := _remits_said(rest, place) or _remits_said(rest.removeprefix(word), place):
                return said
    return frozenset()


def _remits_said(rest: str, place: Place) -> frozenset[str]:
    """The remits of the office named; all of them where it is the whole committee or government."""
    return _all_remits(place) if is_whole(rest) else bare_remits(rest)


def _all_remits(place: Place) -> frozenset[str]:
    """Every remit; a province's task force stays: nobody inside the installation stands above it."""
    return frozenset(REMITS) - ({TASK_FORCE} if place.level is RegionLevel.PROVINCE else set())
