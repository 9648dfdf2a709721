"""The mark of a clue's text, and why it is kept apart."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "text_mark",
        sa.Column("clue_id", _KEY, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("hold", sa.String(length=24), nullable=True),
        sa.CheckConstraint("hold IN ('same', 'many', 'flood', 'robot')", name=op.f("ck_text_mark_hold_known")),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_text_mark_clue_id")),
        sa.PrimaryKeyConstraint("clue_id", name=op.f("pk_text_mark")),
    )
    for column in ("at", "mark", "hold"):
        op.create_index(f"ix_text_mark_{column}", "text_mark", [column])


def downgrade() -> None:
    op.drop_table("text_mark")
