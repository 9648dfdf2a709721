"""Officers recused by declaration, colleagues who stand in, and rules of routing that hold for a time."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_ONE_A_KEY = "uq_routing_rule_category_region_prefix_level"


def upgrade() -> None:
    op.create_table(
        "officer_recusal",
        sa.Column("clue_id", _KEY, nullable=False),
        sa.Column("officer_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_officer_recusal_clue_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_officer_recusal_officer_id")),
        sa.PrimaryKeyConstraint("clue_id", "officer_id", name=op.f("pk_officer_recusal")),
    )
    op.create_index("ix_officer_recusal_officer_id", "officer_recusal", ["officer_id"])
    op.create_table(
        "delegation",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("from_id", _KEY, nullable=False),
        sa.Column("to_id", _KEY, nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.CheckConstraint("last_on >= first_on", name=op.f("ck_delegation_dates_in_order")),
        sa.CheckConstraint("from_id <> to_id", name=op.f("ck_delegation_to_another")),
        sa.ForeignKeyConstraint(["from_id"], ["officer.id"], name=op.f("fk_delegation_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["officer.id"], name=op.f("fk_delegation_to_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    for column in ("from_id", "to_id"):
        op.create_index(f"ix_delegation_{column}", "delegation", [column])
    with op.batch_alter_table("routing_rule") as table:
        table.drop_constraint(_ONE_A_KEY, type_="unique")
        table.add_column(sa.Column("valid_from", sa.Date(), nullable=True))
        table.add_column(sa.Column("valid_to", sa.Date(), nullable=True))
        table.create_check_constraint("ck_routing_rule_dates_in_order", "valid_to >= valid_from")


def downgrade() -> None:
    # The older schema knows one rule for a key, and none that ends: what is limited in time cannot be kept.
    op.execute("DELETE FROM routing_rule WHERE valid_from IS NOT NULL OR valid_to IS NOT NULL")
    with op.batch_alter_table("routing_rule") as table:
        table.drop_constraint("ck_routing_rule_dates_in_order", type_="check")
        table.drop_column("valid_to")
        table.drop_column("valid_from")
        table.create_unique_constraint(_ONE_A_KEY, ["category", "region_prefix", "level"])
    op.drop_table("delegation")
    op.drop_index("ix_officer_recusal_officer_id", "officer_recusal")
    op.drop_table("officer_recusal")
