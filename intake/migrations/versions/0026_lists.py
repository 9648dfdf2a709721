"""Indexes in the order of the lists, one for each way by which clues reach an officer; and what few clues are waiting for."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_IN_ORDER = ("state", sa.text("coalesce(due_on, '9999-12-31')"), "id")
_WAYS = {
    "office": "office_id",
    "intake_office": "intake_office_id",
    **{f"intake_{n}": sa.text(f"substr(intake_region, 1, {n})") for n in (2, 4, 6)},
}
_FEW = {
    "extension": "extension_asked IS NOT NULL",
    "asked": "asked_at IS NOT NULL AND closed_at IS NULL",
    "reopened": "reopened_at IS NOT NULL AND closed_at IS NULL",
    "unplaced": "intake_region IS NULL",
}
_BEFORE = {"office": "office_id", "intake": "intake_region"}


def upgrade() -> None:
    for name in _BEFORE:
        op.drop_index(f"ix_clue_{name}", "clue")
    for name, way in _WAYS.items():
        op.create_index(f"ix_clue_{name}", "clue", [way, *_IN_ORDER])
    for name, which in _FEW.items():
        op.create_index(f"ix_clue_{name}", "clue", ["id"], sqlite_where=sa.text(which), postgresql_where=sa.text(which))
    op.create_index("ix_reminder_kind_due_on", "reminder", ["kind", "due_on"])


def downgrade() -> None:
    op.drop_index("ix_reminder_kind_due_on", "reminder")
    for name in (*_WAYS, *_FEW):
        op.drop_index(f"ix_clue_{name}", "clue")
    for name, column in _BEFORE.items():
        op.create_index(f"ix_clue_{name}", "clue", [column, "state", "due_on", "id"])
