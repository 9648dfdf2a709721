"""When the office that a clue was transferred to signed for it; those of before wait for it, since nobody was shown them."""

import sqlalchemy as sa
from alembic import op

from intake.db import UtcDateTime

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clue", sa.Column("taken_over_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("clue", "taken_over_at")
