"""Who tells the same story: the keys a clue is found by, the clues it is like, and the cluster it belongs to."""

from __future__ import annotations

import enum

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from intake.models.base import Base


class Wording(enum.StrEnum):
    """Whose words a clue bears: its reporter's, words that others copied, or an earlier clue's."""

    OWN = "own"
    COPIED = "copied"
    COPY = "copy"


class RareKey(Base):
    """Two or three rare characters of a clue, hashed; clues that share them are candidates for telling the same.

    Without a row id on SQLite, and without a second index: some eighty rows a clue are looked up by key only.
    """

    __tablename__ = "rare_key"
    __table_args__ = ({"sqlite_with_rowid": False},)
    key: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)


class Likeness(Base):
    """Two clues that look alike; `score` is 0..1, the older clue is `other_id`."""

    __tablename__ = "likeness"
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True, index=True)
    score: Mapped[float]


class Clustered(Base):
    """A clue's place in a cluster, which bears the id of the clue that began it; `copy_of_id` is whose text it repeats."""

    __tablename__ = "clustered"
    __table_args__ = (Index("ix_clustered_cluster_id", "cluster_id", "clue_id"),)
    clue_id: Mapped[int] = mapped_column(ForeignKey("clue.id"), primary_key=True)
    cluster_id: Mapped[int] = mapped_column(ForeignKey("clue.id"))
    copy_of_id: Mapped[int | None] = mapped_column(ForeignKey("clue.id"))
