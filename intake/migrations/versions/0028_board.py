"""The running month of offices with many clues, kept between looks."""

import sqlalchemy as sa
from alembic import op

from intake.db import UtcDateTime

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "board",
        sa.Column("office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_board_office_id")),
        sa.PrimaryKeyConstraint("office_id", name=op.f("pk_board")),
    )


def downgrade() -> None:
    op.drop_table("board")
