"""The category, and what hides a clue, at the end of the lists' indexes: what a filter leaves out is never read from the table."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_IN_ORDER = ("state", sa.text("coalesce(due_on, '9999-12-31')"), "id")
_WAYS = {
    "office": "office_id",
    "intake_office": "intake_office_id",
    **{f"intake_{n}": sa.text(f"substr(intake_region, 1, {n})") for n in (2, 4, 6)},
}


def upgrade() -> None:
    _create("category", "hidden_region")


def downgrade() -> None:
    _create()


def _create(*more: str) -> None:
    for name, way in _WAYS.items():
        op.drop_index(f"ix_clue_{name}", "clue")
        op.create_index(f"ix_clue_{name}", "clue", [way, *_IN_ORDER, *more])
