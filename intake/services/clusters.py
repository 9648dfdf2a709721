"""What many report at once: clues that tell the same, joined as they come in and counted over what the viewer may see."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from classifier import similarity
from intake.models import Clue, Clustered


def join(session: Session, clue: Clue, nearest: Clue, score: float) -> None:
    """Put `clue` into the cluster of the clue it is most like, which begins one where it had none; `score` is 0..1."""
    _add(session, clue_id=nearest.id, cluster_id=nearest.id)
    first = session.get_one(Clustered, nearest.id)
    copied = (first.copy_of_id or first.clue_id) if score >= similarity.COPIED else None
    _add(session, clue_id=clue.id, cluster_id=first.cluster_id, copy_of_id=copied)


def _add(session: Session, **place: Any) -> None:
    """A row of clustered unless the clue has one: two workers may begin the same cluster at once."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Clustered).values(**place).on_conflict_do_nothing())
