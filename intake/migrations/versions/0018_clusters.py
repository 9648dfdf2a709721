"""Keys of rare characters in place of bands, and clusters of clues that tell the same.

What the bands held is made anew from the texts: `flask recluster`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.drop_table("band")
    op.create_table(
        "rare_key",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("clue_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_rare_key_clue_id")),
        sa.PrimaryKeyConstraint("key", "clue_id", name=op.f("pk_rare_key")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "clustered",
        sa.Column("clue_id", _KEY, nullable=False),
        sa.Column("cluster_id", _KEY, nullable=False),
        sa.Column("copy_of_id", _KEY, nullable=True),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_clustered_clue_id")),
        sa.ForeignKeyConstraint(["cluster_id"], ["clue.id"], name=op.f("fk_clustered_cluster_id")),
        sa.ForeignKeyConstraint(["copy_of_id"], ["clue.id"], name=op.f("fk_clustered_copy_of_id")),
        sa.PrimaryKeyConstraint("clue_id", name=op.f("pk_clustered")),
    )
    op.create_index("ix_clustered_cluster_id", "clustered", ["cluster_id", "clue_id"])


def downgrade() -> None:
    op.drop_table("clustered")
    op.drop_table("rare_key")
    op.create_table(
        "band",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("clue_id", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_band_clue_id")),
        sa.PrimaryKeyConstraint("key", "clue_id", name=op.f("pk_band")),
    )
    op.create_index("ix_band_clue_id", "band", ["clue_id"])
