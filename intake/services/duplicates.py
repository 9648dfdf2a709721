"""Near duplicates: candidates share a band of the fingerprint, so no scan of the table is ever needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from classifier import similarity
from intake.models import Band, Clue, Likeness
from intake.services.clues import Viewer, visible_to

#: Candidates compared per clue: a burst of one mass text must not make the next clue slow.
MOST = 50
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
    near = select(Band.clue_id).where(Band.key.in_(keys), Band.clue_id != clue.id).distinct()
    earlier = session.scalars(select(Clue).where(Clue.id.in_(near)).order_by(Clue.id.desc()).limit(MOST)).all()
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
