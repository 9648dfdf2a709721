"""Monthly reports: drafts, issued ones, and every revision of their figures; indexes for what happened in a month."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("office_id", _KEY, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("year", _KEY, nullable=True),
        sa.Column("number", _KEY, nullable=True),
        sa.Column("addressee", sa.String(length=200), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("issued_by_id", _KEY, nullable=True),
        sa.Column("public", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("state IN ('draft', 'issued')", name=op.f("ck_report_state_known")),
        sa.CheckConstraint(
            "(state = 'issued') = (issued_at IS NOT NULL AND number IS NOT NULL AND public IS NOT NULL)",
            name=op.f("ck_report_number_once_issued"),
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_report_office_id")),
        sa.ForeignKeyConstraint(["issued_by_id"], ["officer.id"], name=op.f("fk_report_issued_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
        sa.UniqueConstraint("office_id", "month", name=op.f("uq_report_office_id_month")),
        sa.UniqueConstraint("office_id", "year", "number", name=op.f("uq_report_office_id_year_number")),
    )
    op.create_index("ix_report_month", "report", ["month"])
    op.create_table(
        "report_revision",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("report_id", _KEY, nullable=False),
        sa.Column("number", _KEY, nullable=False),
        sa.Column("queried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("taxonomy", sa.String(length=12), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("officer_id", _KEY, nullable=True),
        sa.ForeignKeyConstraint(["report_id"], ["report.id"], name=op.f("fk_report_revision_report_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_report_revision_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_revision")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_report_revision_report_id_number")),
    )
    op.create_index("ix_clue_assigned", "clue", ["assigned_at"])
    op.create_index("ix_clue_closed", "clue", ["closed_at"])


def downgrade() -> None:
    op.drop_index("ix_clue_closed", table_name="clue")
    op.drop_index("ix_clue_assigned", table_name="clue")
    op.drop_table("report_revision")
    op.drop_index("ix_report_month", table_name="report")
    op.drop_table("report")
