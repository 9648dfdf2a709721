"""Contact data sealed to a public key, and reporters who are told by mail that there is news."""

import sqlalchemy as sa
from alembic import op

from intake.db import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ONE_RECEIVER = "ck_outgoing_one_receiver"
_CLUE_UNLESS_TEST = "ck_outgoing_clue_unless_test"
_NO_EVENT = "ck_outgoing_no_event_for_reporter"


def upgrade() -> None:
    op.create_table(
        "contact_key",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("kept", sa.String(length=24), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kept IN ('file', 'passwords')", name=op.f("ck_contact_key_kept_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_key")),
    )
    op.create_table(
        "officer_key",
        sa.Column("officer_id", _KEY, nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("granted_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("(sealed IS NULL) = (granted_at IS NULL)", name=op.f("ck_officer_key_granted_when_sealed")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_officer_key_officer_id")),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_officer_key")),
    )
    with op.batch_alter_table("contact") as table:
        table.add_column(sa.Column("key_id", _KEY, nullable=True))
        table.add_column(sa.Column("wants_news", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_foreign_key(op.f("fk_contact_key_id"), "contact_key", ["key_id"], ["id"])
    op.create_index("ix_contact_key_id", "contact", ["key_id"])
    with op.batch_alter_table("outgoing") as table:
        table.drop_constraint(op.f(_ONE_RECEIVER), type_="check")
        table.drop_constraint(op.f(_CLUE_UNLESS_TEST), type_="check")
        table.alter_column("event", existing_type=sa.String(length=24), nullable=True)
        table.create_check_constraint(op.f(_ONE_RECEIVER), "officer_id IS NULL OR webhook_id IS NULL")
        table.create_check_constraint(op.f(_NO_EVENT), "(event IS NULL) = (officer_id IS NULL AND webhook_id IS NULL)")
        table.create_check_constraint(op.f(_CLUE_UNLESS_TEST), "(coalesce(event, '') = 'test') = (clue_id IS NULL)")


def downgrade() -> None:
    # What is sealed to a public key cannot be sealed back: the older schema would show nothing but rubbish.
    op.execute("DELETE FROM contact WHERE key_id IS NOT NULL")
    op.execute("DELETE FROM outgoing WHERE event IS NULL")
    with op.batch_alter_table("outgoing") as table:
        for name in (_ONE_RECEIVER, _NO_EVENT, _CLUE_UNLESS_TEST):
            table.drop_constraint(op.f(name), type_="check")
        table.alter_column("event", existing_type=sa.String(length=24), nullable=False)
        table.create_check_constraint(op.f(_ONE_RECEIVER), "(officer_id IS NULL) <> (webhook_id IS NULL)")
        table.create_check_constraint(op.f(_CLUE_UNLESS_TEST), "(event = 'test') = (clue_id IS NULL)")
    op.drop_index("ix_contact_key_id", "contact")
    with op.batch_alter_table("contact") as table:
        table.drop_constraint(op.f("fk_contact_key_id"), type_="foreignkey")
        table.drop_column("wants_news")
        table.drop_column("key_id")
    op.drop_table("officer_key")
    op.drop_table("contact_key")
