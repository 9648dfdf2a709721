"""Filters that an officer keeps under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.errors import InvalidInput, NotFound
from intake.models import SavedFilter

MOST = 12


def mine(session: Session, officer_id: int) -> Sequence[SavedFilter]:
    """The officer's filters in the order in which they were kept."""
    return session.scalars(
        select(SavedFilter).where(SavedFilter.officer_id == officer_id).order_by(SavedFilter.id)
    ).all()


def keep(session: Session, officer_id: int, name: str, query: Mapping[str, str]) -> SavedFilter:
    """Keep a filter. Raises InvalidInput on "name" if there are MOST, the name is taken, or nothing is filtered."""
    kept = mine(session, officer_id)
    if not query.keys() - {"list"}:
        raise InvalidInput("name", "nothing_to_keep")
    if len(kept) >= MOST:
        raise InvalidInput("name", "filters_full")
    if any(one.name == name for one in kept):
        raise InvalidInput("name", "filter_name_taken")
    one = SavedFilter(officer_id=officer_id, name=name, query=dict(query))
    session.add(one)
    return one


def drop(session: Session, officer_id: int, filter_id: int) -> None:
    """Forget a filter. Raises NotFound if it is not this officer's."""
    one = session.get(SavedFilter, filter_id)
    if one is None or one.officer_id != officer_id:
        raise NotFound("no such filter")
    session.delete(one)
