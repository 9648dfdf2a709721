"""Published heads of the audit chain: insert-only, one a day."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NO_CHANGE = {
    "sqlite": [
        "CREATE TRIGGER chain_head_no_update BEFORE UPDATE ON chain_head "
        "BEGIN SELECT RAISE(ABORT, 'chain_head is insert-only'); END",
        "CREATE TRIGGER chain_head_no_delete BEFORE DELETE ON chain_head "
        "BEGIN SELECT RAISE(ABORT, 'chain_head is insert-only'); END",
    ],
    "postgresql": [
        "CREATE TRIGGER chain_head_no_change BEFORE UPDATE OR DELETE ON chain_head "
        "FOR EACH ROW EXECUTE FUNCTION audit_insert_only()",
        "CREATE TRIGGER chain_head_no_truncate BEFORE TRUNCATE ON chain_head EXECUTE FUNCTION audit_insert_only()",
    ],
}


def upgrade() -> None:
    op.create_table(
        "chain_head",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entry_id", _KEY, nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["audit.id"], name=op.f("fk_chain_head_entry_id")),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_chain_head")),
    )
    for statement in NO_CHANGE[op.get_bind().dialect.name]:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("chain_head")
