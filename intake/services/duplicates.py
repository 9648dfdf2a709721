"""Near duplicates: candidates share a band of the fingerprint, so no scan of the table is ever needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, or_, select, union_all
from sqlalchemy.orm import Session

from classifier import similarity
from intake.models import Band, Clue, Likeness
from intake.services.clues import Viewer, visible_to

#: Candidates compared per clue, those first that share most bands: a burst of one mass text must not make the next slow.
MOST = 50
#: The newest clues looked at in each band: one that 100,000 texts fell into costs no more than one of twenty.
IN_BAND = 20
#: Below this two texts are not worth a person's look (measured on real messages: 14 of 15 pairs above it were one matter).
ALIKE = 0.5


@dataclass(frozen=True)
class Alike:
    """A clue that looks like the one at hand, with its score (0..1)."""

    clue: Clue
    score: float


def find(session: Session, clue: Clue) -> int:
    """Store the fingerprint of `clue` and its likeness to earlier clues; returns how many were found."""
    text = f"{clue.title}\n{clue.text}"
    keys = set(similarity.fingerprint(text))
    near = _candidates(session, clue, keys)
    earlier = session.scalars(select(Clue).where(Clue.id.in_(near)).order_by(Clue.id.desc())).all()
    session.add_all(Band(key=key, clue_id=clue.id) for key in keys)
    found = 0
    for other in earlier:
        score = similarity.similarity(text, f"{other.title}\n{other.text}")
        if score >= ALIKE:
            session.add(Likeness(clue_id=clue.id, other_id=other.id, score=score))
            found += 1
    return found


def alike(session: Session, clue: Clue, viewer: Viewer, most: int = 20) -> Sequence[Alike]:
    """The clues like `clue` that `viewer` may see, most alike first."""
    other = or_(
        (Likeness.clue_id == clue.id) & (Likeness.other_id == Clue.id),
        (Likeness.other_id == clue.id) & (Likeness.clue_id == Clue.id),
    )
    query = select(Clue, Likeness.score).join(Likeness, other).where(visible_to(viewer))
    return [Alike(c, score) for c, score in session.execute(query.order_by(Likeness.score.desc(), Clue.id).limit(most))]


def _candidates(session: Session, clue: Clue, keys: set[int]) -> Sequence[int]:
    """The ids of clues that share the most bands with `clue`, at most MOST; one look into the index for each band."""
    if not keys:
        return ()
    newest = (
        select(Band.clue_id).where(Band.key == key, Band.clue_id != clue.id).order_by(Band.clue_id.desc()).limit(IN_BAND)
        for key in sorted(keys)
    )
    shared = union_all(*(select(band.subquery().c.clue_id) for band in newest)).subquery()
    ranked = select(shared.c.clue_id).group_by(shared.c.clue_id).order_by(func.count().desc(), shared.c.clue_id.desc())
    return session.scalars(ranked.limit(MOST)).all()
