"""Whom the identity provider's subjects stand for."""

import sqlalchemy as sa
from alembic import op

from intake.db import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "provider_link",
        sa.Column("officer_id", _KEY, autoincrement=False, nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_provider_link_officer_id")),
        sa.PrimaryKeyConstraint("officer_id", name=op.f("pk_provider_link")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_provider_link_issuer_subject")),
    )


def downgrade() -> None:
    op.drop_table("provider_link")
