"""Clues that tell the same: candidates share a key of rare characters, so no scan of the table is ever needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import delete, insert, or_, select, text
from sqlalchemy.orm import Session

from classifier import similarity
from intake.models import Clue, Clustered, Likeness, RareKey
from intake.services import clusters
from intake.services.clues import Viewer, visible_to

#: Candidates compared per clue, those first that share most keys: a burst of one mass text must not make the next slow.
MOST = 50
#: The newest clues looked at under each key: one that 100,000 clues share costs no more than one of twenty.
IN_KEY = 20
#: Likenesses kept per clue, the highest first.
KEPT = 20


@dataclass(frozen=True)
class Alike:
    """A clue that looks like the one at hand, with its score (0..1)."""

    clue: Clue
    score: float


def find(session: Session, clue: Clue) -> int:
    """Store the keys of `clue`, its likeness to the clues before it and its place in a cluster; returns how many are alike."""
    keys = similarity.keys(told(clue))
    near = _nearest(session, clue, _candidates(session, clue, keys))
    if keys:
        session.execute(insert(RareKey), [{"key": key, "clue_id": clue.id} for key in keys])
    session.add_all(Likeness(clue_id=clue.id, other_id=other.clue.id, score=other.score) for other in near)
    if near:
        clusters.join(session, clue, near[0].clue, near[0].score)
    return len(near)


def told(clue: Clue) -> str:
    """What a clue is compared by."""
    return f"{clue.title}\n{clue.text}"


def alike(session: Session, clue: Clue, viewer: Viewer, most: int = 20) -> Sequence[Alike]:
    """The clues like `clue` that `viewer` may see, most alike first."""
    other = or_(
        (Likeness.clue_id == clue.id) & (Likeness.other_id == Clue.id),
        (Likeness.other_id == clue.id) & (Likeness.clue_id == Clue.id),
    )
    query = select(Clue, Likeness.score).join(Likeness, other).where(visible_to(viewer))
    return [Alike(c, score) for c, score in session.execute(query.order_by(Likeness.score.desc(), Clue.id).limit(most))]


def forget_all(session: Session) -> None:
    """Empty what `find` stores, before it is made anew."""
    for table in (Clustered, Likeness, RareKey):
        session.execute(delete(table))


def find_again(session: Session, after: int, until: datetime, most: int = 200) -> int:
    """Run `find` for the next clues after the id `after` that were triaged by `until`; returns the last id, 0 at the end."""
    query = select(Clue).where(Clue.id > after, Clue.triaged_at <= until).order_by(Clue.id).limit(most)
    last = 0
    for clue in session.scalars(query).all():
        find(session, clue)
        last = clue.id
    return last


def _nearest(session: Session, clue: Clue, candidates: Sequence[int]) -> list[Alike]:
    """Those of the candidates that are alike, most alike first, the older of two; at most KEPT."""
    own = similarity.letters(told(clue))
    others = session.scalars(select(Clue).where(Clue.id.in_(candidates)).order_by(Clue.id)).all()
    scored = (Alike(other, similarity.likeness(own, told(other))) for other in others)
    near = (one for one in scored if one.score >= similarity.ALIKE)
    return sorted(near, key=lambda one: -one.score)[:KEPT]


def _candidates(session: Session, clue: Clue, keys: Sequence[int]) -> Sequence[int]:
    """The ids of clues that share the most keys with `clue`, at most MOST; one look into the index for each key."""
    if not keys:
        return ()
    if session.get_bind().dialect.name == "postgresql":
        return session.scalars(text(_LATERAL), {"keys": list(keys), "id": clue.id}).all()
    wanted = {f"key{n}": key for n, key in enumerate(keys)}
    return session.scalars(text(_united(len(keys))), wanted | {"id": clue.id}).all()


# Written out: to build and to plan a union of 84 queries anew for each clue takes longer than to run it.
_NEWEST = f"SELECT clue_id FROM rare_key WHERE key = {{}} AND clue_id <> :id ORDER BY clue_id DESC LIMIT {IN_KEY}"
_RANKED = f"SELECT clue_id FROM {{}} GROUP BY clue_id ORDER BY count(*) DESC, clue_id DESC LIMIT {MOST}"
_LATERAL = _RANKED.format(
    f"unnest(CAST(:keys AS bigint[])) AS wanted (one), LATERAL ({_NEWEST.format('wanted.one')}) AS shared"
)


@cache
def _united(count: int) -> str:
    """The same for SQLite, which has no lateral joins."""
    parts = (f"SELECT clue_id FROM ({_NEWEST.format(f':key{n}')})" for n in range(count))
    return _RANKED.format(f"({' UNION ALL '.join(parts)})")
