"""Notices: the calls for clues that are open to the public."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.errors import NotFound
from intake.models import Notice, NoticeState
from intake.services.directory import office


def open_notices(session: Session, today: date) -> Sequence[Notice]:
    """The notices one can answer today, the newest first."""
    query = select(Notice).where(
        Notice.state == NoticeState.PUBLISHED, Notice.opens_on <= today, Notice.closes_on >= today
    )
    return session.scalars(query.order_by(Notice.opens_on.desc(), Notice.id)).all()


def published(session: Session, slug: str) -> Notice:
    """The notice of a short address, open or over. Raises NotFound."""
    notice = session.scalar(select(Notice).where(Notice.slug == slug, Notice.state != NoticeState.DRAFT))
    if notice is None:
        raise NotFound("no such notice")
    return notice


def every(session: Session) -> Sequence[Notice]:
    """All notices, the newest first."""
    return session.scalars(select(Notice).order_by(Notice.opens_on.desc(), Notice.id)).all()


def is_open(notice: Notice, today: date) -> bool:
    """Whether one can answer a notice today."""
    return notice.state is NoticeState.PUBLISHED and notice.opens_on <= today <= notice.closes_on


def load_notices(session: Session, path: Path) -> int:
    """Add the notices of a seed file whose region has offices here; returns how many are new."""
    known = set(session.scalars(select(Notice.slug)))
    new = [row for row in tomllib.loads(path.read_text("utf-8"))["notice"] if row["slug"] not in known]
    for row in new:
        remit = row.pop("remit")
        session.add(Notice(**row, office_id=office(session, row["region_code"], remit).id, state=NoticeState.PUBLISHED))
    session.flush()
    return len(new)
