"""What many report at once: clues that tell the same, joined as they come in and counted over what the viewer may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from classifier import similarity
from intake.db import add_unless_there
from intake.errors import NotFound
from intake.models import Clue, Clustered, Wording
from intake.rules import bursts
from intake.rules.workflow import State
from intake.services.clues import Viewer, visible_to
from intake.services.reports.months import local_day
from intake.tools import Tools

PAGE = 20
#: Days of the trend, today the last.
TREND = 14


#: The clue whose text a clue bears: the earlier one that it repeats, or itself.
_TEXT = func.coalesce(Clustered.copy_of_id, Clustered.clue_id)


@dataclass(frozen=True)
class Cluster:
    """A cluster as a viewer sees it: every number is of clues that this viewer may see.

    `lead` is the first of them, `hours` a month as reporters said, `categories` and `states` the commonest first, `days`
    the clues of each of the last TREND days. `alone` told it in words of their own; `copies` clues bear one of `texts`
    texts that another of them bears too.
    """

    id: int
    reporters: int
    first_at: datetime
    last_at: datetime
    lead: Clue
    places: int
    hours: float
    categories: Mapping[str | None, int]
    states: Mapping[State, int]
    days: tuple[int, ...]
    alone: int
    texts: int
    copies: int


@dataclass(frozen=True)
class Burst:
    """A cluster that grew by `recent` clues in two days, `newest` the last, where `usual` were to be expected.

    `alone`, `texts` and `copies` as in Cluster, of these clues.
    """

    cluster_id: int
    newest: Clue
    recent: int
    usual: float
    alone: int
    texts: int
    copies: int


def join(session: Session, clue_id: int, nearest_id: int, score: float) -> None:
    """Put a clue into the cluster of the one it is most like, which begins one where it had none; `score` is 0..1."""
    add_unless_there(session, Clustered, clue_id=nearest_id, cluster_id=nearest_id)
    first = session.get_one(Clustered, nearest_id)
    copied = (first.copy_of_id or first.clue_id) if score >= similarity.COPIED else None
    add_unless_there(session, Clustered, clue_id=clue_id, cluster_id=first.cluster_id, copy_of_id=copied)


def listing(session: Session, viewer: Viewer, tools: Tools, page: int) -> tuple[list[Cluster], bool]:
    """The clusters of at least two clues that `viewer` sees, the largest first, on that page (from 1); whether more follow."""
    heads = _heads(session, viewer, most=PAGE + 1, skipped=PAGE * (page - 1))
    return _described(session, viewer, tools, heads[:PAGE]), len(heads) > PAGE


def cluster(session: Session, viewer: Viewer, tools: Tools, cluster_id: int) -> Cluster:
    """One cluster. Raises NotFound where `viewer` does not see two of its clues."""
    found = _described(session, viewer, tools, _heads(session, viewer, Clustered.cluster_id == cluster_id))
    if not found:
        raise NotFound("no such cluster")
    return found[0]


def of_clue(session: Session, viewer: Viewer, clue: Clue) -> tuple[int, int] | None:
    """The id of a clue's cluster and how many of its clues `viewer` sees; None where that is the clue alone."""
    own = session.get(Clustered, clue.id)
    seen = own and _heads(session, viewer, Clustered.cluster_id == own.cluster_id)
    return (seen[0].cluster_id, seen[0].reporters) if seen else None


def wording(session: Session, viewer: Viewer, cluster_id: int, clue_ids: Sequence[int]) -> dict[int, Wording]:
    """Whose words each of these clues of a cluster bears, as far as `viewer` can see."""
    query = select(Clustered.clue_id, _TEXT).where(Clustered.clue_id.in_(clue_ids))
    own = dict(iter(session.execute(query)))
    told = select(_TEXT, func.count(), func.min(Clustered.clue_id)).join(Clue, Clue.id == Clustered.clue_id)
    told = told.where(visible_to(viewer, rowwise=True), Clustered.cluster_id == cluster_id, _TEXT.in_(own.values())).group_by(_TEXT)
    found = {text_id: (n, first) for text_id, n, first in session.execute(told)}
    return {clue_id: _wording(clue_id, *found[text_id]) for clue_id, text_id in own.items()}


def _wording(clue_id: int, bearers: int, first_id: int) -> Wording:
    if bearers == 1:
        return Wording.OWN
    return Wording.COPIED if clue_id == first_id else Wording.COPY


def bursting(session: Session, viewer: Viewer, tools: Tools) -> list[Burst]:
    """The clusters that grew too fast in the last two days (rules/bursts.py), the fastest first.

    Nothing older than a month is read, however large a cluster is: this stands on the queue.
    """
    since = tools.now() - timedelta(days=bursts.RECENT_DAYS)
    grown = {
        one: row for one, row in _grown(session, viewer, Clue.created_at >= since).items() if row.n >= bursts.LEAST
    }
    if not grown:
        return []
    window = Clue.created_at.between(since - timedelta(days=bursts.USUAL_DAYS), since)
    rows = _grown(session, viewer, window, Clustered.cluster_id.in_(grown))
    before = {one: rows[one].n if one in rows else 0 for one in grown}
    found = [one for one, row in grown.items() if bursts.is_burst(row.n, before[one])]
    texts = _texts(session, viewer, found, Clue.created_at >= since)
    newest = {
        clue.id: clue for clue in session.scalars(select(Clue).where(Clue.id.in_(row.newest for row in grown.values())))
    }
    shown = (
        Burst(one, newest[grown[one].newest], grown[one].n, bursts.usual(before[one]), **texts[one]) for one in found
    )
    return sorted(shown, key=lambda one: (-one.recent, one.cluster_id))


def _heads(
    session: Session, viewer: Viewer, *conditions: ColumnElement[bool], most: int = PAGE, skipped: int = 0
) -> Sequence[Any]:
    """(cluster_id, reporters, first_at, last_at, lead_id, minutes) of clusters with at least two clues that may be seen."""
    size = func.count().label("reporters")
    newest = func.max(Clue.id)
    minutes = func.sum(Clue.times_a_month * Clue.minutes_each * func.coalesce(Clue.people, 1)).label("minutes")
    span = func.min(Clue.created_at).label("first_at"), func.max(Clue.created_at).label("last_at")
    query = select(Clustered.cluster_id, size, *span, func.min(Clue.id).label("lead_id"), minutes)
    query = query.join(Clue, Clue.id == Clustered.clue_id).where(visible_to(viewer, rowwise=True), *conditions)
    query = query.group_by(Clustered.cluster_id).having(size > 1).order_by(size.desc(), newest.desc())
    return session.execute(query.limit(most).offset(skipped)).all()


def _described(session: Session, viewer: Viewer, tools: Tools, heads: Sequence[Any]) -> list[Cluster]:
    """The clusters with all that is counted of them: five statements, however many."""
    if not heads:
        return []
    ids = [head.cluster_id for head in heads]
    leads = {clue.id: clue for clue in session.scalars(select(Clue).where(Clue.id.in_([h.lead_id for h in heads])))}
    day = local_day(session, Clue.created_at, tools)
    begin = tools.now() - timedelta(days=TREND)
    categories, states, regions = (
        _folded(session, viewer, ids, c) for c in (Clue.category, Clue.state, Clue.region_code)
    )
    days, texts = _folded(session, viewer, ids, day, Clue.created_at >= begin), _texts(session, viewer, ids)
    wanted = [(tools.today() - timedelta(days=back)).isoformat() for back in reversed(range(TREND))]
    return [
        Cluster(
            id=head.cluster_id, reporters=head.reporters, first_at=head.first_at, last_at=head.last_at,
            lead=leads[head.lead_id], places=len(regions[head.cluster_id].keys() - {None}), hours=(head.minutes or 0) / 60,
            categories=categories[head.cluster_id], states=states[head.cluster_id],
            days=tuple(days[head.cluster_id].get(one, 0) for one in wanted), **texts[head.cluster_id],
        )
        for head in heads
    ]  # fmt: skip


def _folded(
    session: Session, viewer: Viewer, ids: Sequence[int], column: Any, *conditions: ColumnElement[bool]
) -> Mapping[int, dict[Any, int]]:
    """For each cluster how many of its clues have each value of `column`, the commonest first."""
    size = func.count()
    query = select(Clustered.cluster_id, column, size).join(Clue, Clue.id == Clustered.clue_id)
    query = query.where(visible_to(viewer, rowwise=True), Clustered.cluster_id.in_(ids), *conditions)
    found: defaultdict[int, dict[Any, int]] = defaultdict(dict)
    for cluster_id, value, n in session.execute(query.group_by(Clustered.cluster_id, column).order_by(size.desc())):
        found[cluster_id][value] = n
    return found


def _texts(
    session: Session, viewer: Viewer, ids: Sequence[int], *conditions: ColumnElement[bool]
) -> Mapping[int, dict[str, int]]:
    """For each cluster `alone`, `texts` and `copies`."""
    told = select(Clustered.cluster_id, func.count().label("n")).join(Clue, Clue.id == Clustered.clue_id)
    told = told.where(visible_to(viewer, rowwise=True), Clustered.cluster_id.in_(ids), *conditions)
    rows = told.group_by(Clustered.cluster_id, _TEXT).subquery()
    shared = rows.c.n > 1
    query = select(
        rows.c.cluster_id, func.count().filter(~shared), func.count().filter(shared),
        func.coalesce(func.sum(rows.c.n).filter(shared), 0),
    ).group_by(rows.c.cluster_id)  # fmt: skip
    return {one: {"alone": alone, "texts": texts, "copies": int(n)} for one, alone, texts, n in session.execute(query)}


def _grown(session: Session, viewer: Viewer, *conditions: ColumnElement[bool]) -> dict[int, Any]:
    """For each cluster (cluster_id, n, newest): how many of its clues meet the conditions, and the id of the last."""
    query = select(Clustered.cluster_id, func.count().label("n"), func.max(Clue.id).label("newest"))
    query = query.join(Clue, Clue.id == Clustered.clue_id).where(visible_to(viewer, rowwise=True), *conditions)
    return {row.cluster_id: row for row in session.execute(query.group_by(Clustered.cluster_id))}
