"""What a person said of a clue and a provision."""

import sqlalchemy as sa
from alembic import op

from intake.db import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "provision_link",
        sa.Column("clue_id", _KEY, nullable=False),
        sa.Column("provision_id", sa.String(length=10), nullable=False),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("officer_id", _KEY, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_provision_link_clue_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_provision_link_officer_id")),
        sa.PrimaryKeyConstraint("clue_id", "provision_id", name=op.f("pk_provision_link")),
    )


def downgrade() -> None:
    op.drop_table("provision_link")
