"""Clues that tell the same: candidates share a key of rare characters, so no scan of the table is ever needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Row, delete, insert, or_, select, text
from sqlalchemy.orm import Session

from classifier import similarity
from intake.models import Clue, Clustered, Likeness, RareKey
from intake.services import clusters
from intake.services.clues import Viewer, visible_to

#: Candidates compared per clue, those first that share most keys: a burst of one mass text must not make the next slow.
MOST = 20
#: The newest clues looked at under each key: one that 100,000 clues share costs no more than one of twenty.
IN_KEY = 20


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
    session.add_all(Likeness(clue_id=clue.id, other_id=other_id, score=score) for other_id, score in near)
    if near:
        clusters.join(session, clue.id, *near[0])
    return len(near)


def told(clue: Clue | Row[int, str, str]) -> str:
    """What a clue is compared by: its title and its text."""
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


def find_again(session: Session, after: int, most: int = 200) -> int:
    """Run `find` for the next clues after the id `after` that have no keys; returns the last id, 0 when none is left."""
    query = select(Clue).where(Clue.id > after, Clue.triaged_at.is_not(None)).order_by(Clue.id).limit(most)
    last = 0
    for clue in session.scalars(query).all():
        keys = similarity.keys(told(clue))
        if keys and session.get(RareKey, (keys[0], clue.id)) is None:
            find(session, clue)
        last = clue.id
    return last


def _nearest(session: Session, clue: Clue, candidates: Sequence[int]) -> list[tuple[int, float]]:
    """The ids and scores of those candidates that are alike, most alike first, of two the older."""
    own = similarity.letters(told(clue))
    others = session.execute(select(Clue.id, Clue.title, Clue.text).where(Clue.id.in_(candidates)).order_by(Clue.id))
    scored = [(other.id, similarity.likeness(own, told(other))) for other in others]
    return sorted((one for one in scored if one[1] >= similarity.ALIKE), key=lambda one: -one[1])


def _candidates(session: Session, clue: Clue, keys: Sequence[int]) -> Sequence[int]:
    """The ids of clues that share the most keys with `clue`, at most MOST; one look into the index for each key."""
    if not keys:
        return ()
    bounds = {"id": clue.id, "in_key": IN_KEY, "most": MOST}
    if session.get_bind().dialect.name == "postgresql":
        return session.scalars(text(_LATERAL), bounds | {"keys": list(keys)}).all()
    return session.scalars(text(_united(len(keys))), bounds | {f"key{n}": key for n, key in enumerate(keys)}).all()


# Written out: to build and to plan a union of 28 queries anew for each clue takes longer than to run it.
_NEWEST = "(SELECT clue_id FROM rare_key WHERE key = {} AND clue_id <> :id ORDER BY clue_id DESC LIMIT :in_key)"
_EACH = "SELECT clue_id FROM {}"
_RANKED = "SELECT clue_id FROM {} GROUP BY clue_id ORDER BY count(*) DESC, clue_id DESC LIMIT :most"
_LATERAL = _RANKED.format(
    f"unnest(CAST(:keys AS bigint[])) AS wanted (one), LATERAL {_NEWEST.format('wanted.one')} AS shared"
)


@cache
def _united(count: int) -> str:
    """The same for SQLite, which has no lateral joins."""
    united = " UNION ALL ".join(_EACH.format(_NEWEST.format(f":key{n}")) for n in range(count))
    return _RANKED.format(f"({united})")
