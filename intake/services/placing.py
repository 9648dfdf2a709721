"""Where a clue belongs whatever its state: its place, the office that must answer, and who must not know of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from classifier import mentions, normalise
from intake.models import Clue, Office, Recusal
from intake.rules.naming import Place
from intake.rules.routing import AccusedLevel, Route, choose_office, recused_offices, within_accused
from intake.rules.workflow import State
from intake.services.directory import is_within, place, rules


@dataclass(frozen=True)
class Placed:
    """Where a clue belongs whatever its category: its place, the offices that the accused is or is part of, and all that must
    not know of it."""

    place: Place | None
    named: tuple[tuple[str, str], ...]
    recused: tuple[tuple[str, str], ...]
    hidden_region: str | None


@dataclass(frozen=True)
class Unsaid:
    """Whom the text names and the field for the unit does not: who leads a place as a `whole`, or else one office."""

    name: str
    whole: bool


def place_of(session: Session, clue: Clue) -> Placed:
    """The place of a clue and who must not see it: by the name of the accused, and by what people declared."""
    declared = _declared(session, clue)
    if clue.region_code is None:
        return Placed(None, (), declared, None)
    where = place(session, clue.region_code)
    level, name = clue.accused_level, normalise(clue.accused_name)
    named = recused_offices(level, name, where)
    return Placed(where, named, tuple(dict.fromkeys((*named, *declared))), within_accused(level, name, where))


def route_for(session: Session, clue: Clue, category: str, on: date, placed: Placed | None = None) -> Route:
    """The office that must answer for `clue` if it is of `category`, by the rules of the day `on`, with its steps."""
    return routes_for(session, clue, (category,), on, placed)[category]


def routes_for(
    session: Session, clue: Clue, categories: Iterable[str], on: date, placed: Placed | None = None
) -> dict[str, Route]:
    """The same for each of these categories."""
    placed, table, accused = placed or place_of(session, clue), rules(session, on), normalise(clue.accused_name)
    return {
        category: choose_office(category, clue.accused_level, placed.place, accused, table, placed.recused)
        for category in categories
    }


def unsaid(session: Session, region_code: str | None, level: AccusedLevel, accused: str, text: str) -> Unsaid | None:
    """Who is named in the text alone and would get the clue or see it: who leads a place here, where the unit and its level do
    not recuse that place; where no unit is given, an office here. None for nobody.

    Never routes: the reporter is asked, and the clerk is warned.
    """
    if not region_code:
        return None
    where = place(session, region_code)
    kept = within_accused(level, normalise(accused), where)
    for one in mentions.leaders(text):
        meant = within_accused(level, one.name, where)
        if meant and not (kept and is_within(meant, kept)):
            return Unsaid(one.name, whole=True)
    return None if accused.strip() else _office_in(text, level, where, kept)


def _office_in(text: str, level: AccusedLevel, where: Place, kept: str | None) -> Unsaid | None:
    """The first unit of the text that is an office here, outside the region `kept` from the clue."""
    for one in mentions.units(text):
        offices = recused_offices(level, one.name, where)
        if any(not (kept and is_within(code, kept)) for code, _ in offices):
            return Unsaid(one.name, whole=False)
    return None


def unsaid_of(session: Session, clue: Clue) -> Unsaid | None:
    """The same of a clue, while a clerk still decides who handles it."""
    if clue.state is not State.RECEIVED:
        return None
    return unsaid(session, clue.region_code, clue.accused_level, clue.accused_name, clue.text)


def _declared(session: Session, clue: Clue) -> tuple[tuple[str, str], ...]:
    offices = session.scalars(select(Office).join(Recusal).where(Recusal.clue_id == clue.id))
    return tuple((office.region_code, office.remit) for office in offices)
