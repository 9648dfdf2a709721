"""Very many clues at once, written by the database itself: for figures whose sums matter and for measurements."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

_serial = [0]

_INSERT = """
INSERT INTO clue (number, code_hash, channel, created_at, title, text, region_code, accused_name, accused_level,
  reporter_kind, named, triaged_at, triage_attempts, category, secondary, reason, intake_office_id, intake_region,
  state, version, office_id, assigned_at, closed_at, extended, verdict, measures, answer, educated, disciplined)
WITH RECURSIVE serial(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM serial WHERE n + 1 < {last})
SELECT 'load-' || n, 'load-' || n, 'import', :created_at, '', :text, :region_code, '', :accused_level,
  'unsaid', {false}, :created_at, 1, :category, CAST(:secondary AS json), NULL, :intake_office_id, :intake_region,
  :state, 1, :office_id, :assigned_at, :closed_at, {false}, :verdict, :measures, :answer,
  CASE WHEN n < {first} + :educated THEN 1 ELSE 0 END, CASE WHEN n < {first} + :disciplined THEN 1 ELSE 0 END
FROM serial
"""


def clues(session: Session, count: int, *, moment: datetime, **columns: Any) -> None:
    """`count` clues, all received, accepted and closed at `moment` unless `columns` says otherwise.

    `educated` and `disciplined` are the numbers of clues in which one person was dealt with so.
    """
    if not count:
        return
    given: Mapping[str, Any] = {
        "created_at": moment, "assigned_at": moment, "closed_at": moment, "text": "x", "state": "closed",
        "verdict": "substantiated", "measures": "x", "answer": "x", "secondary": json.dumps([]), "educated": 0,
        "disciplined": 0, "accused_level": "township",
    } | columns  # fmt: skip
    first = _serial[0]
    _serial[0] += count
    postgresql = session.get_bind().dialect.name == "postgresql"
    statement = _INSERT.format(first=first, last=first + count, false="false" if postgresql else "0")
    if not postgresql:
        statement = statement.replace("CAST(:secondary AS json)", ":secondary")
        given = given | {k: _stored(v) for k, v in given.items() if isinstance(v, datetime)}
    else:
        for name in ("created_at", "assigned_at", "closed_at"):
            statement = statement.replace(f":{name}", f"CAST(:{name} AS timestamptz)")
    session.execute(text(statement), given)


def _stored(moment: datetime) -> str:
    """As the application stores it in SQLite."""
    return moment.replace(tzinfo=None).strftime("%Y-%m-%d %H:%M:%S.%f")
