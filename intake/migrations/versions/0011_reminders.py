"""Reminders of dates that come near or pass, and indexes for the daily search of them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0004"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
PARTIAL = {"ix_clue_due": "due_on", "ix_clue_supervised": "supervised_at"}


def upgrade() -> None:
    op.create_table(
        "reminder",
        sa.Column("clue_id", _KEY, nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('due_soon', 'overdue', 'unanswered')", name=op.f("ck_reminder_kind_known")),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_reminder_clue_id")),
        sa.PrimaryKeyConstraint("clue_id", "kind", "due_on", name=op.f("pk_reminder")),
    )
    for name, column in PARTIAL.items():
        there = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "clue", [column], sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    for name in PARTIAL:
        op.drop_index(name, table_name="clue")
    op.drop_table("reminder")
