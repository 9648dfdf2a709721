"""Clues that tell the same are joined as they come in, and may be joined anew."""

from __future__ import annotations

from sqlalchemy import select

from intake.db import transaction
from intake.models import Clustered, Likeness, RareKey
from intake.services import duplicates
from tests import factories as make

AGAIN = "每天八点以前要在应用上签到，晚了群里点名批评，街道月底拿签到率给各社区排名次。"


def stored(session) -> list[list[tuple]]:
    """What `find` keeps, as values."""
    return [
        sorted(tuple(getattr(row, column.key) for column in table.__mapper__.columns) for row in session.scalars(select(table)))
        for table in (RareKey, Likeness)
    ]  # fmt: skip


def test_each_clue_joins_the_cluster_of_the_one_it_is_most_like_and_a_copy_of_a_copy_names_the_first(database, tools):
    with transaction(database) as session:
        first, copy, copied_again, own = (make.clue(session, tools, text=t).id for t in (*[make.STORY] * 3, AGAIN))
        make.clue(session, tools, text="村里挂了四十多块牌子，墙都不够用，还要我们再做两块")
        rows = session.execute(
            select(Clustered.clue_id, Clustered.cluster_id, Clustered.copy_of_id).order_by(Clustered.clue_id)
        )
        assert rows.all() == [
            (first, first, None), (copy, first, first), (copied_again, first, first), (own, first, None),
        ]  # fmt: skip


def test_made_anew_it_is_what_it_was_and_what_is_there_is_left_alone(database, tools):
    with transaction(database) as session:
        for text in (make.STORY, AGAIN, make.STORY):
            last = make.clue(session, tools, text=text).id
        before = stored(session)
        assert duplicates.find_again(session, 0) == last
        assert stored(session) == before
        duplicates.forget_all(session)
        session.expire_all()
        assert stored(session) == [[], []]
        assert duplicates.find_again(session, duplicates.find_again(session, 0, most=2), most=2) == last
        assert duplicates.find_again(session, last) == 0
        session.flush()
        assert [len(part) for part in stored(session)] == [len(part) for part in before]
