"""The aggregates of a report: each is one statement over what the viewer may see, folded by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, literal_column, select
from sqlalchemy.orm import Session

from intake.models import Clue, Clustered, ProvisionLink, Suggestion
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import OPEN, State, Verdict
from intake.services.clues import Viewer, countable, visible_to
from intake.services.learning import DECIDED
from intake.services.reports import counted
from intake.services.reports.counted import ended, overdue, within
from intake.services.reports.months import Span, local_day, local_month, month_span, period, year_ago
from intake.services.reports.value import UNDECIDED
from intake.tools import Tools

Rows = Sequence[Any]  # rows of a statement; each function says what a row holds
_N = func.count().label("n")


@dataclass(frozen=True)
class Asking:
    """Whose month is asked for, and how to reach the data."""

    session: Session
    viewer: Viewer
    month: date
    tools: Tools

    @property
    def span(self) -> Span:
        """The month."""
        return month_span(self.month, self.tools)

    @property
    def years(self) -> Span:
        """From January of the year before to the end of the month: what comparisons need."""
        return period(year_ago(self.month).replace(month=1), self.month, self.tools)

    @cached_property
    def known(self) -> ColumnElement[bool]:
        """What the viewer's figures are of."""
        return countable(self.session, self.viewer)

    def rows(self, query: Select[*tuple[Any, ...]], *conditions: ColumnElement[bool]) -> Rows:
        """The rows of a query over the clues that the viewer's figures are of."""
        return self.session.execute(query.where(self.known, *conditions)).all()


def slug() -> ColumnElement[str]:
    """A clue's category, UNDECIDED where it has none."""
    return func.coalesce(Clue.category, literal_column(f"'{UNDECIDED}'"))


class Life(NamedTuple):
    """So many clues (`n`) with the same course: the months as `2026-11` in which they were received, accepted and over.

    `measures` is how many of them led to measures; `educated` and `disciplined` count people.
    """

    received: str
    accepted: str | None
    over: str | None
    level: AccusedLevel
    slug: str
    state: State
    verdict: Verdict | None
    reason: str | None
    n: int
    measures: int
    educated: int
    disciplined: int


def lives(ask: Asking) -> list[Life]:
    """What became of every clue that something happened to since January of the year before.

    One walk through what may be seen serves all that compares months. Going by a moment's index instead would read every
    other place's clues too: four times as long where the place has a third of them.
    """
    months = [local_month(ask.session, moment, ask.tools) for moment in (Clue.created_at, Clue.assigned_at, Clue.closed_at)]
    keys = (*(m.label(f"m{n}") for n, m in enumerate(months)), Clue.accused_level, slug(), Clue.state, Clue.verdict, Clue.reason)
    sums = (func.coalesce(func.sum(people), 0) for people in (Clue.educated, Clue.disciplined))
    counts = (_N, func.count(func.nullif(Clue.measures, "")), *(cast(total, BigInteger) for total in sums))
    latest = func.coalesce(Clue.closed_at, Clue.assigned_at, Clue.created_at)
    return [Life(*row) for row in ask.rows(select(*keys, *counts).group_by(*keys), latest >= ask.years.first)]


def late(ask: Asking) -> Rows:
    """(category, n) of what was overdue at the month's end: of what is open, then of what is over since; a category may come twice."""
    query, then = select(slug(), _N).group_by(slug()), overdue(ask.month, ask.tools)
    return [*ask.rows(query, then, Clue.state.in_(OPEN)), *ask.rows(query, then, Clue.closed_at >= ask.span.last)]


def arrivals(ask: Asking) -> Rows:
    """(region, category, channel, n) of the month."""
    keys = (func.coalesce(Clue.region_code, literal_column("''")), slug(), Clue.channel)
    return ask.rows(select(*keys, _N).group_by(*keys), within(Clue.created_at, ask.span))


def by_notice(ask: Asking, condition: ColumnElement[bool]) -> Rows:
    """(notice, n) under a condition."""
    query = select(Clue.notice_id, _N).group_by(Clue.notice_id)
    return ask.rows(query, Clue.notice_id.is_not(None), condition)


def provisions(ask: Asking) -> Rows:
    """(provision, n) of the month's clues that a person confirmed to touch one."""
    query = select(ProvisionLink.provision_id, _N).join(Clue, Clue.id == ProvisionLink.clue_id)
    confirmed = ProvisionLink.confirmed.is_(True)
    return ask.rows(query.group_by(ProvisionLink.provision_id), confirmed, within(Clue.created_at, ask.span))


def touching_any(ask: Asking) -> int:
    """How many of the month's clues touch a provision, each once."""
    any_of = select(ProvisionLink.clue_id).where(ProvisionLink.confirmed)
    return int(ask.rows(select(_N), Clue.id.in_(any_of), within(Clue.created_at, ask.span))[0].n)


def decided_after(ask: Asking) -> Rows:
    """(day received, day decided, n) of what was accepted, rejected, merged or transferred in the month."""
    moment = func.coalesce(Clue.assigned_at, Clue.closed_at)
    keys = (
        local_day(ask.session, Clue.created_at, ask.tools).label("a"),
        local_day(ask.session, moment, ask.tools).label("b"),
    )
    return ask.rows(select(*keys, _N).group_by(*keys), counted.decided(ask.span))


def closed_after(ask: Asking) -> Rows:
    """(day accepted, day closed, notice, extended, day due, n) of what was closed in the month."""
    keys = (
        local_day(ask.session, Clue.assigned_at, ask.tools).label("a"),
        local_day(ask.session, Clue.closed_at, ask.tools).label("b"),
        Clue.notice_id,
        Clue.extended,
        Clue.was_due_on,
    )
    return ask.rows(select(*keys, _N).group_by(*keys), ended(State.CLOSED, ask.span), Clue.assigned_at.is_not(None))


def ratings(ask: Asking) -> Rows:
    """(rating, n) of the answers of the month, by each reporter who rated; one way of having it after the other, each by its index."""
    query = select(Clue.rating, _N).where(Clue.rating.is_not(None)).group_by(Clue.rating)
    return [row for way in counted.had_answer(ask.span) for row in ask.rows(query, way)]


def burdens(ask: Asking) -> Rows:
    """(category, minutes a month, n) as reporters of the month gave it."""
    minutes = (Clue.times_a_month * Clue.minutes_each * func.coalesce(Clue.people, literal_column("1"))).label(
        "minutes"
    )
    query = select(slug(), minutes, _N).group_by(slug(), minutes)
    return ask.rows(query, counted.burdened(ask.span))


def predictions(ask: Asking) -> Rows:
    """(model, abstained, decided by a person, category as predicted, n) of the month."""
    keys = (
        Suggestion.model_version,
        Suggestion.abstained.is_not(None).label("unsure"),
        Clue.state.in_(DECIDED).label("decided"),
        (Suggestion.label == slug()).label("same"),
    )
    query = select(*keys, _N).join(Suggestion, Suggestion.clue_id == Clue.id).group_by(*keys)
    return ask.rows(query, within(Clue.created_at, ask.span))


def merges(ask: Asking) -> Rows:
    """(clue, the clue it was merged into) of the month."""
    query = select(Clue.id, Clue.merged_into_id)
    return ask.rows(query, Clue.merged_into_id.is_not(None), within(Clue.created_at, ask.span))


def clustered(ask: Asking) -> Rows:
    """(clue, the clue that began its cluster) for every clue that may be seen of the clusters the month added to."""
    seen = visible_to(ask.viewer, rowwise=True)
    grown = select(Clustered.cluster_id).join(Clue, Clue.id == Clustered.clue_id)
    grown = grown.where(seen, within(Clue.created_at, ask.span))
    query = select(Clue.id, Clustered.cluster_id).join(Clustered, Clustered.clue_id == Clue.id)
    return ask.rows(query, seen, Clustered.cluster_id.in_(grown), Clue.created_at < ask.span.last)


def seen_clues(ask: Asking, ids: Sequence[int]) -> Rows:
    """(id, number, category, state, verdict) of those of these clues that may be seen."""
    found: list[Any] = []
    for start in range(0, len(ids), 500):
        query = select(Clue.id, Clue.number, slug(), Clue.state, Clue.verdict)
        found += ask.rows(query, visible_to(ask.viewer, rowwise=True), Clue.id.in_(ids[start : start + 500]))
    return found
