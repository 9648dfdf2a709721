"""By when a clue that was answered had to be answered."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clue", sa.Column("was_due_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("clue", "was_due_on")
