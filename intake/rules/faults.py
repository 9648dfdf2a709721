"""What can be wrong with an installation, and what it needs before it is ready."""

from __future__ import annotations

import enum

#: How long a clue may wait for triage before an installation is called unready.
BACKLOG_SECONDS = 900


class Fault(enum.StrEnum):
    """What can be wrong; the sentence of each stands in labels.FAULTS."""

    SCHEMA = "schema"
    CHAIN = "chain"
    REFERENCE = "reference"
    RULE = "rule"
    ATTACHMENT = "attachment"
    INDEX = "index"
    COUNTER = "counter"
    KEY = "key"
    PUBLIC_KEY = "public_key"
    MODEL = "model"
    CALENDAR = "calendar"
    ILLEGIBLE = "illegible"


class Need(enum.StrEnum):
    """What /readyz looks at; the value is what it answers with."""

    DATABASE = "database"
    SCHEMA = "schema"
    BACKLOG = "backlog"
    MODEL = "model"
    CALENDAR = "calendar"
