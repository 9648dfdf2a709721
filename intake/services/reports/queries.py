"""The aggregates of a report: each is one statement over what the viewer may see, folded by the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, cast, func, literal_column, select
from sqlalchemy.orm import Session

from intake.models import Clue, Clustered, ProvisionLink, Suggestion
from intake.rules.workflow import State
from intake.services.clues import Viewer, visible_now
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

    @property
    def year(self) -> Span:
        """From January to the end of the month."""
        return period(self.month.replace(month=1), self.month, self.tools)

    @cached_property
    def seen(self) -> ColumnElement[bool]:
        """What the viewer may see."""
        return visible_now(self.session, self.viewer)

    def rows(self, query: Select[*tuple[Any, ...]], *conditions: ColumnElement[bool]) -> Rows:
        """The rows of a query over the clues that the viewer may see."""
        return self.session.execute(query.where(self.seen, *conditions)).all()


def slug() -> ColumnElement[str]:
    """A clue's category, UNDECIDED where it has none."""
    return func.coalesce(Clue.category, literal_column(f"'{UNDECIDED}'"))


def received(ask: Asking) -> Rows:
    """(month, category, n) of what came in."""
    month = local_month(ask.session, Clue.created_at, ask.tools).label("m")
    return ask.rows(select(month, slug(), _N).group_by(month, slug()), within(Clue.created_at, ask.years))


def accepted(ask: Asking) -> Rows:
    """(month, category, n) of what was taken up and given to an office."""
    month = local_month(ask.session, Clue.assigned_at, ask.tools).label("m")
    return ask.rows(select(month, slug(), _N).group_by(month, slug()), within(Clue.assigned_at, ask.years))


def over(ask: Asking) -> Rows:
    """(month, category, state, verdict, reason, n) of what was rejected, merged or closed."""
    month = local_month(ask.session, Clue.closed_at, ask.tools).label("m")
    keys = (month, slug(), Clue.state, Clue.verdict, Clue.reason)
    return ask.rows(select(*keys, _N).group_by(*keys), within(Clue.closed_at, ask.years))


def late(ask: Asking) -> Rows:
    """(category, n) of what is overdue at the month's end."""
    return ask.rows(select(slug(), _N).group_by(slug()), overdue(ask.month, ask.tools))


def places(ask: Asking) -> Rows:
    """(region, category, n) of the month."""
    keys = (func.coalesce(Clue.region_code, literal_column("''")), slug())
    return ask.rows(select(*keys, _N).group_by(*keys), within(Clue.created_at, ask.span))


def by_notice(ask: Asking, condition: ColumnElement[bool]) -> Rows:
    """(notice, n) under a condition."""
    query = select(Clue.notice_id, _N).group_by(Clue.notice_id)
    return ask.rows(query, Clue.notice_id.is_not(None), condition)


def channels(ask: Asking) -> Rows:
    """(channel, n) of the month."""
    return ask.rows(select(Clue.channel, _N).group_by(Clue.channel), within(Clue.created_at, ask.span))


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
    """(day received, day decided, n) of what was accepted, rejected or merged in the month."""
    moment = func.coalesce(Clue.assigned_at, Clue.closed_at)
    keys = (
        local_day(ask.session, Clue.created_at, ask.tools).label("a"),
        local_day(ask.session, moment, ask.tools).label("b"),
    )
    return ask.rows(select(*keys, _N).group_by(*keys), counted.decided(ask.span))


def closed_after(ask: Asking) -> Rows:
    """(day accepted, day closed, notice, extended, n) of what was closed in the month."""
    keys = (
        local_day(ask.session, Clue.assigned_at, ask.tools).label("a"),
        local_day(ask.session, Clue.closed_at, ask.tools).label("b"),
        Clue.notice_id,
        Clue.extended,
    )
    return ask.rows(select(*keys, _N).group_by(*keys), ended(State.CLOSED, ask.span), Clue.assigned_at.is_not(None))


def outcomes(ask: Asking) -> Rows:
    """(month, level, category, verdict, n, with measures, educated, disciplined) of what was closed this year."""
    month = local_month(ask.session, Clue.closed_at, ask.tools).label("m")
    keys = (month, Clue.accused_level, slug(), Clue.verdict)
    sums = (
        func.count(func.nullif(Clue.measures, "")),
        cast(func.coalesce(func.sum(Clue.educated), 0), BigInteger),
        cast(func.coalesce(func.sum(Clue.disciplined), 0), BigInteger),
    )
    return ask.rows(select(*keys, _N, *sums).group_by(*keys), ended(State.CLOSED, ask.year))


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
    grown = select(Clustered.cluster_id).join(Clue, Clue.id == Clustered.clue_id)
    grown = grown.where(ask.seen, within(Clue.created_at, ask.span))
    query = select(Clue.id, Clustered.cluster_id).join(Clustered, Clustered.clue_id == Clue.id)
    return ask.rows(query, Clustered.cluster_id.in_(grown), Clue.created_at < ask.span.last)


def seen_clues(ask: Asking, ids: Sequence[int]) -> Rows:
    """(id, number, category, state, verdict) of those of these clues that may be seen."""
    found: list[Any] = []
    for start in range(0, len(ids), 500):
        query = select(Clue.id, Clue.number, slug(), Clue.state, Clue.verdict)
        found += ask.rows(query, Clue.id.in_(ids[start : start + 500]))
    return found
