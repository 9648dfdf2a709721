"""Spreadsheets on their way in, and the numbers of other systems that were taken in."""

import sqlalchemy as sa
from alembic import op

from intake.db import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "import_batch",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("officer_id", _KEY, nullable=False),
        sa.Column("office_id", _KEY, nullable=False),
        sa.Column("region_code", sa.String(length=9), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("header", sa.JSON(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("done", _KEY, nullable=False),
        sa.Column("taken", _KEY, nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "finished_at IS NULL OR mapping IS NOT NULL", name=op.f("ck_import_batch_mapped_before_finished")
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_import_batch_office_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_import_batch_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batch")),
    )
    op.create_index("ix_import_batch_office_id", "import_batch", ["office_id"])
    op.create_table(
        "imported",
        sa.Column("office_id", _KEY, nullable=False),
        sa.Column("external_number", sa.String(length=100), nullable=False),
        sa.Column("clue_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_imported_clue_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_imported_office_id")),
        sa.PrimaryKeyConstraint("office_id", "external_number", name=op.f("pk_imported")),
    )
    op.create_index("ix_imported_clue_id", "imported", ["clue_id"])


def downgrade() -> None:
    op.drop_table("imported")
    op.drop_table("import_batch")
