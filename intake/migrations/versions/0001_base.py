"""Everything the main job needs: tables, the audit trigger, the search index."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NO_CHANGE = {
    "sqlite": [
        "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is insert-only'); END",
        "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is insert-only'); END",
    ],
    "postgresql": [
        "CREATE FUNCTION audit_insert_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'audit is insert-only'; END $$",
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_insert_only()",
        "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_insert_only()",
    ],
}
WORDS = {
    "sqlite": ["CREATE VIRTUAL TABLE clue_words USING fts5 (words)"],
    "postgresql": [
        "CREATE TABLE clue_words (clue_id bigint PRIMARY KEY REFERENCES clue (id) ON DELETE CASCADE, words tsvector NOT NULL)",
        "CREATE INDEX ix_clue_words_words ON clue_words USING gin (words)",
    ],
}


def upgrade() -> None:
    op.create_table(
        "category",
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("short", sa.String(length=24), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("examples", sa.Text(), nullable=False),
        sa.Column("roll_ups", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_category")),
        sa.UniqueConstraint("code", name=op.f("uq_category_code")),
    )
    op.create_table(
        "counter",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("last", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("month", name=op.f("pk_counter")),
    )
    op.create_table(
        "region",
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("parent_code", sa.String(length=9), nullable=True),
        sa.ForeignKeyConstraint(["parent_code"], ["region.code"], name=op.f("fk_region_parent_code")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_region")),
    )
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_region_parent_code"), ["parent_code"], unique=False)

    op.create_table(
        "office",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("region_code", sa.String(length=9), nullable=False),
        sa.Column("remit", sa.String(length=40), nullable=False),
        sa.Column("is_home", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_office_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_office")),
        sa.UniqueConstraint("region_code", "remit", name=op.f("uq_office_region_code_remit")),
    )
    op.create_table(
        "routing_rule",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("region_prefix", sa.String(length=9), nullable=False),
        sa.Column("level", sa.String(24), nullable=True),
        sa.Column("lead", sa.String(length=40), nullable=False),
        sa.Column("co", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["category"], ["category.slug"], name=op.f("fk_routing_rule_category")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
        sa.UniqueConstraint(
            "category", "region_prefix", "level", name=op.f("uq_routing_rule_category_region_prefix_level")
        ),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("region_code", sa.String(length=9), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("exclusions", sa.JSON(), nullable=False),
        sa.Column("promises", sa.JSON(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("handling_days", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'published', 'closed')", name=op.f("ck_notice_state_known")),
        sa.CheckConstraint("closes_on >= opens_on", name=op.f("ck_notice_dates_in_order")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_notice_office_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_notice_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("slug", name=op.f("uq_notice_slug")),
    )
    op.create_table(
        "officer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("username", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("role", sa.String(24), nullable=False),
        sa.Column("office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("session_epoch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "role IN ('clerk', 'handler', 'lead', 'supervisor', 'admin', 'auditor')",
            name=op.f("ck_officer_role_known"),
        ),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_officer_office_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_officer")),
        sa.UniqueConstraint("username", name=op.f("uq_officer_username")),
    )
    with op.batch_alter_table("officer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_officer_office_id"), ["office_id"], unique=False)

    op.create_table(
        "clue",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=16), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(24), nullable=False),
        sa.Column("notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("region_code", sa.String(length=9), nullable=True),
        sa.Column("accused_name", sa.String(length=200), nullable=False),
        sa.Column("accused_level", sa.String(24), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("times_a_month", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("minutes_each", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("people", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reporter_kind", sa.String(24), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("triaged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("triage_attempts", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("secondary", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("intake_office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("intake_region", sa.String(length=9), nullable=True),
        sa.Column("hidden_region", sa.String(length=9), nullable=True),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extended", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("verdict", sa.String(24), nullable=True),
        sa.Column("measures", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("educated", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("disciplined", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("concluded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "(state = 'merged') = (merged_into_id IS NOT NULL)", name=op.f("ck_clue_merged_into_when_merged")
        ),
        sa.CheckConstraint(
            "(state IN ('rejected', 'merged', 'closed', 'transferred')) = (closed_at IS NOT NULL)",
            name=op.f("ck_clue_closed_at_when_over"),
        ),
        sa.CheckConstraint(
            "accused_level IN ('village', 'township', 'county_dept', 'county', 'city_dept', 'city', 'province_dept', 'province', 'central', 'school', 'hospital', 'soe', 'unknown')",
            name=op.f("ck_clue_accused_level_known"),
        ),
        sa.CheckConstraint(
            "channel IN ('web', 'phone', 'letter', 'visit', 'import')", name=op.f("ck_clue_channel_known")
        ),
        sa.CheckConstraint(
            "reporter_kind IN ('cadre', 'community_worker', 'teacher', 'medic', 'business', 'citizen', 'unsaid')",
            name=op.f("ck_clue_reporter_kind_known"),
        ),
        sa.CheckConstraint("state <> 'rejected' OR reason IS NOT NULL", name=op.f("ck_clue_reason_when_rejected")),
        sa.CheckConstraint(
            "state IN ('received', 'rejected', 'merged') OR office_id IS NOT NULL",
            name=op.f("ck_clue_office_once_assigned"),
        ),
        sa.CheckConstraint(
            "state IN ('received', 'rejected', 'merged', 'assigned', 'handling', 'concluded', 'closed', 'transferred')",
            name=op.f("ck_clue_state_known"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('assigned', 'handling', 'concluded', 'closed') OR category IS NOT NULL",
            name=op.f("ck_clue_category_once_assigned"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('concluded', 'closed') OR (verdict IS NOT NULL AND answer IS NOT NULL)",
            name=op.f("ck_clue_verdict_once_concluded"),
        ),
        sa.CheckConstraint("closed_at IS NULL OR due_on IS NULL", name=op.f("ck_clue_no_due_date_when_over")),
        sa.ForeignKeyConstraint(["category"], ["category.slug"], name=op.f("fk_clue_category")),
        sa.ForeignKeyConstraint(["concluded_by_id"], ["officer.id"], name=op.f("fk_clue_concluded_by_id")),
        sa.ForeignKeyConstraint(["intake_office_id"], ["office.id"], name=op.f("fk_clue_intake_office_id")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["clue.id"], name=op.f("fk_clue_merged_into_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_clue_notice_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_clue_office_id")),
        sa.ForeignKeyConstraint(["region_code"], ["region.code"], name=op.f("fk_clue_region_code")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clue")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_clue_code_hash")),
        sa.UniqueConstraint("number", name=op.f("uq_clue_number")),
    )
    with op.batch_alter_table("clue", schema=None) as batch_op:
        batch_op.create_index("ix_clue_created", ["created_at", "id"], unique=False)
        batch_op.create_index("ix_clue_intake", ["intake_region", "state", "due_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clue_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_clue_notice_id"), ["notice_id"], unique=False)
        batch_op.create_index("ix_clue_office", ["office_id", "state", "due_on", "id"], unique=False)
        batch_op.create_index(
            "ix_clue_untriaged",
            ["id"],
            unique=False,
            sqlite_where=sa.text("triaged_at IS NULL"),
            postgresql_where=sa.text("triaged_at IS NULL"),
        )

    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("officer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("clue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("keys", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_audit_clue_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_audit_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_hash")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_clue_id"), ["clue_id"], unique=False)

    op.create_table(
        "band",
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("clue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_band_clue_id")),
        sa.PrimaryKeyConstraint("key", "clue_id", name=op.f("pk_band")),
    )
    with op.batch_alter_table("band", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_band_clue_id"), ["clue_id"], unique=False)

    op.create_table(
        "co_handler",
        sa.Column("clue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_co_handler_clue_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_co_handler_office_id")),
        sa.PrimaryKeyConstraint("clue_id", "office_id", name=op.f("pk_co_handler")),
    )
    with op.batch_alter_table("co_handler", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_co_handler_office_id"), ["office_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("clue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_contact_clue_id")),
        sa.PrimaryKeyConstraint("clue_id", name=op.f("pk_contact")),
    )
    op.create_table(
        "likeness",
        sa.Column("clue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("other_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_likeness_clue_id")),
        sa.ForeignKeyConstraint(["other_id"], ["clue.id"], name=op.f("fk_likeness_other_id")),
        sa.PrimaryKeyConstraint("clue_id", "other_id", name=op.f("pk_likeness")),
    )
    with op.batch_alter_table("likeness", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_likeness_other_id"), ["other_id"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("officer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('question', 'reporter', 'answer', 'referral')", name=op.f("ck_message_kind_known")
        ),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_message_clue_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_message_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_clue_id"), ["clue_id"], unique=False)

    op.create_table(
        "note",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("clue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("officer_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('note', 'return', 'send_back', 'extend', 'supervise', 'reopen', 'transfer', 'merge')",
            name=op.f("ck_note_kind_known"),
        ),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_note_clue_id")),
        sa.ForeignKeyConstraint(["officer_id"], ["officer.id"], name=op.f("fk_note_officer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_note_clue_id"), ["clue_id"], unique=False)

    op.create_table(
        "recusal",
        sa.Column("clue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("office_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_recusal_clue_id")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_recusal_office_id")),
        sa.PrimaryKeyConstraint("clue_id", "office_id", name=op.f("pk_recusal")),
    )
    with op.batch_alter_table("recusal", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recusal_office_id"), ["office_id"], unique=False)

    op.create_table(
        "suggestion",
        sa.Column("clue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("model_version", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=40), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("alternatives", sa.JSON(), nullable=False),
        sa.Column("secondary", sa.JSON(), nullable=False),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column("abstained", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("office_name", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["clue_id"], ["clue.id"], name=op.f("fk_suggestion_clue_id")),
        sa.PrimaryKeyConstraint("clue_id", name=op.f("pk_suggestion")),
    )
    dialect = op.get_bind().dialect.name
    for statement in NO_CHANGE[dialect] + WORDS[dialect]:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE clue_words")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER audit_no_change ON audit")
        op.execute("DROP TRIGGER audit_no_truncate ON audit")
        op.execute("DROP FUNCTION audit_insert_only()")
    op.drop_table("suggestion")
    with op.batch_alter_table("recusal", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_recusal_office_id"))

    op.drop_table("recusal")
    with op.batch_alter_table("note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_note_clue_id"))

    op.drop_table("note")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_clue_id"))

    op.drop_table("message")
    with op.batch_alter_table("likeness", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_likeness_other_id"))

    op.drop_table("likeness")
    op.drop_table("contact")
    with op.batch_alter_table("co_handler", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_co_handler_office_id"))

    op.drop_table("co_handler")
    with op.batch_alter_table("band", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_band_clue_id"))

    op.drop_table("band")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_clue_id"))

    op.drop_table("audit")
    with op.batch_alter_table("clue", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_clue_untriaged",
            sqlite_where=sa.text("triaged_at IS NULL"),
            postgresql_where=sa.text("triaged_at IS NULL"),
        )
        batch_op.drop_index("ix_clue_office")
        batch_op.drop_index(batch_op.f("ix_clue_notice_id"))
        batch_op.drop_index(batch_op.f("ix_clue_merged_into_id"))
        batch_op.drop_index("ix_clue_intake")
        batch_op.drop_index("ix_clue_created")

    op.drop_table("clue")
    with op.batch_alter_table("officer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_officer_office_id"))

    op.drop_table("officer")
    op.drop_table("notice")
    op.drop_table("routing_rule")
    op.drop_table("office")
    with op.batch_alter_table("region", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_region_parent_code"))

    op.drop_table("region")
    op.drop_table("counter")
    op.drop_table("category")
