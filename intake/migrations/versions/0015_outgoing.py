"""Officers' mail addresses and wishes, robots of offices, and what waits to be sent."""

import sqlalchemy as sa
from alembic import op

from intake.db import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_EVENTS = "event IN ('arrived', 'due_soon', 'overdue', 'answered', 'supervised', 'test')"
_PACES = "pace IN ('at_once', 'daily', 'never')"
_OPEN = sa.text("sent_at IS NULL AND dropped_at IS NULL")


def upgrade() -> None:
    op.add_column("officer", sa.Column("email", sa.String(length=254), nullable=False, server_default=""))
    op.create_table(
        "subscription",
        sa.Column("officer_id", _KEY, nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("pace", sa.String(length=24), nullable=False),
        sa.CheckConstraint(_EVENTS, name=op.f("ck_subscription_event_known")),
        sa.CheckConstraint(_PACES, name=op.f("ck_subscription_pace_known")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_subscription_officer_id")),
        sa.PrimaryKeyConstraint("officer_id", "event", name=op.f("pk_subscription")),
    )
    op.create_table(
        "webhook",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("office_id", _KEY, nullable=False),
        sa.Column("robot", sa.String(length=24), nullable=False),
        sa.Column("pace", sa.String(length=24), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("shown", sa.String(length=200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("robot IN ('wecom', 'dingtalk', 'feishu')", name=op.f("ck_webhook_robot_known")),
        sa.CheckConstraint(_PACES, name=op.f("ck_webhook_pace_known")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_webhook_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook")),
    )
    op.create_index("ix_webhook_office_id", "webhook", ["office_id"])
    _create_outgoing()


def _create_outgoing() -> None:
    op.create_table(
        "outgoing",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("event", sa.String(length=24), nullable=False),
        sa.Column("clue_id", _KEY, nullable=True),
        sa.Column("officer_id", _KEY, nullable=True),
        sa.Column("webhook_id", _KEY, nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("attempts", _KEY, nullable=False),
        sa.Column("problem", sa.String(length=60), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("dropped_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(_EVENTS, name=op.f("ck_outgoing_event_known")),
        sa.CheckConstraint("(officer_id IS NULL) <> (webhook_id IS NULL)", name=op.f("ck_outgoing_one_receiver")),
        sa.CheckConstraint("(event = 'test') = (clue_id IS NULL)", name=op.f("ck_outgoing_clue_unless_test")),
        sa.CheckConstraint("sent_at IS NULL OR dropped_at IS NULL", name=op.f("ck_outgoing_sent_or_dropped")),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_outgoing_clue_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_outgoing_officer_id")),
        sa.ForeignKeyConstraint(["webhook_id"], ["webhook.id"], name=op.f("fk_outgoing_webhook_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing")),
    )
    for column in ("clue_id", "officer_id", "webhook_id"):
        op.create_index(f"ix_outgoing_{column}", "outgoing", [column])
    op.create_index("ix_outgoing_waiting", "outgoing", ["not_before"], sqlite_where=_OPEN, postgresql_where=_OPEN)


def downgrade() -> None:
    op.drop_table("outgoing")
    op.drop_table("webhook")
    op.drop_table("subscription")
    with op.batch_alter_table("officer") as table:
        table.drop_column("email")
