"""Files that came with a clue, and the pictures of them that officers see."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FORMATS = "'jpg', 'png', 'webp', 'gif', 'heic', 'pdf', 'docx', 'xlsx', 'pptx', 'mp3', 'm4a', 'amr', 'wav', 'ogg', 'mp4', 'mov', 'webm'"


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("clue_id", _KEY, nullable=True),
        sa.Column("staged_for", sa.String(length=64), nullable=True),
        sa.Column("message_id", _KEY, nullable=True),
        sa.Column("note_id", _KEY, nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("format", sa.String(length=24), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", _KEY, nullable=False),
        sa.Column("width", _KEY, nullable=True),
        sa.Column("height", _KEY, nullable=True),
        sa.Column("pages", _KEY, nullable=True),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("stored", sa.String(length=32), nullable=False),
        sa.Column("sealed_size", _KEY, nullable=False),
        sa.Column("sealed_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.CheckConstraint(f"format IN ({_FORMATS})", name=op.f("ck_attachment_format_known")),
        sa.CheckConstraint("state IN ('waiting', 'ready', 'infected')", name=op.f("ck_attachment_state_known")),
        sa.CheckConstraint("(clue_id IS NULL) = (staged_for IS NOT NULL)", name=op.f("ck_attachment_staged_or_sent")),
        sa.CheckConstraint("message_id IS NULL OR note_id IS NULL", name=op.f("ck_attachment_of_one_side")),
        sa.CheckConstraint("size > 0 AND sealed_size > size", name=op.f("ck_attachment_has_bytes")),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_attachment_clue_id")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_attachment_message_id")),
        sa.ForeignKeyConstraint(["note_id"], ["note.id"], name=op.f("fk_attachment_note_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("stored", name=op.f("uq_attachment_stored")),
    )
    for column in ("clue_id", "staged_for", "state"):
        op.create_index(f"ix_attachment_{column}", "attachment", [column])
    op.create_table(
        "attachment_preview",
        sa.Column("attachment_id", _KEY, nullable=False),
        sa.Column("page", _KEY, nullable=False),
        sa.Column("stored", sa.String(length=32), nullable=False),
        sa.Column("width", _KEY, nullable=False),
        sa.Column("height", _KEY, nullable=False),
        sa.ForeignKeyConstraint(["attachment_id"], ["attachment.id"], name=op.f("fk_attachment_preview_attachment_id")),
        sa.PrimaryKeyConstraint("attachment_id", "page", name=op.f("pk_attachment_preview")),
        sa.UniqueConstraint("stored", name=op.f("uq_attachment_preview_stored")),
    )


def downgrade() -> None:
    op.drop_table("attachment_preview")
    op.drop_table("attachment")
