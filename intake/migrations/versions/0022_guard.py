"""A row for each sign-in, and second factors with their recovery codes."""

import sqlalchemy as sa
from alembic import op

from intake.db import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DEVICES = "device IN ('phone', 'tablet', 'windows', 'mac', 'linux', 'other')"


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("officer_id", _KEY, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=24), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(_DEVICES, name=op.f("ck_sign_in_device_known")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_sign_in_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("mark", name=op.f("uq_sign_in_mark")),
    )
    op.create_index("ix_sign_in_officer_id", "sign_in", ["officer_id"])
    op.create_table(
        "second_factor",
        sa.Column("officer_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("last_step", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_second_factor_officer_id")),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_second_factor")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("officer_id", _KEY, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_recovery_code_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("officer_id", "hash", name=op.f("uq_recovery_code_officer_id_hash")),
    )
    op.add_column("officer", sa.Column("factor_reset_at", UtcDateTime(), nullable=True))
    op.drop_column("officer", "session_epoch")


def downgrade() -> None:
    op.add_column("officer", sa.Column("session_epoch", _KEY, nullable=False, server_default="0"))
    op.drop_column("officer", "factor_reset_at")
    op.drop_table("recovery_code")
    op.drop_table("second_factor")
    op.drop_table("sign_in")
