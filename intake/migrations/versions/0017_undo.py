"""How a clue stood before a step that may be taken back."""

import sqlalchemy as sa
from alembic import op

from intake.db import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "reversible",
        sa.Column("clue_id", _KEY, nullable=False),
        sa.Column("officer_id", _KEY, nullable=False),
        sa.Column("action", sa.String(length=24), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("version", _KEY, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_reversible_clue_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_reversible_officer_id")),
        sa.PrimaryKeyConstraint("clue_id", name=op.f("pk_reversible")),
    )
    op.create_index("ix_reversible_at", "reversible", ["at"])


def downgrade() -> None:
    op.drop_table("reversible")
