"""The rest of the workflow: pauses, extensions asked for, supervision answered, what the reporter does after the end."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
# Each CHECK is written with its column: SQLite adds and drops both together, without copying the table.
_CHECKED = {
    "postgresql": {"days": "BIGINT", "moment": "TIMESTAMP WITH TIME ZONE"},
    "sqlite": {"days": "INTEGER", "moment": "DATETIME"},
}
COLUMNS = {
    "paused_on": "DATE CONSTRAINT ck_clue_paused_while_asked CHECK "
    "(paused_on IS NULL OR (state = 'handling' AND asked_at IS NOT NULL AND due_on IS NULL))",
    "paused_left": "{days} CONSTRAINT ck_clue_days_left_when_paused CHECK ((paused_left IS NULL) = (paused_on IS NULL))",
    "extension_asked": "{days} CONSTRAINT ck_clue_extension_of_a_month CHECK "
    "(extension_asked IS NULL OR (extension_asked BETWEEN 1 AND 30 AND state = 'handling'))",
    "supervised_at": "{moment} CONSTRAINT ck_clue_supervised_while_open CHECK (supervised_at IS NULL OR closed_at IS NULL)",
    "reopened_at": "{moment}",
    "rating": "VARCHAR(24) CONSTRAINT ck_clue_rating_known CHECK (rating IN ('solved', 'partly', 'unsolved'))",
}


def upgrade() -> None:
    kinds = _CHECKED[op.get_bind().dialect.name]
    for name, definition in COLUMNS.items():
        op.execute(f"ALTER TABLE clue ADD COLUMN {name} {definition.format(**kinds)}")
    op.create_table(
        "returned_by",
        sa.Column("clue_id", _KEY, nullable=False),
        sa.Column("office_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_returned_by_clue_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_returned_by_office_id")),
        sa.PrimaryKeyConstraint("clue_id", "office_id", name=op.f("pk_returned_by")),
    )


def downgrade() -> None:
    op.drop_table("returned_by")
    for name in reversed(COLUMNS):
        op.execute(f"ALTER TABLE clue DROP COLUMN {name}")
