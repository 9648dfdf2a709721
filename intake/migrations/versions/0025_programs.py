"""Programs beside group robots, told of every change of state; when what was done is found without reading the whole log."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ROBOTS = ("'wecom', 'dingtalk', 'feishu'", "'wecom', 'dingtalk', 'feishu', 'program'")
_EVENTS = (
    "'arrived', 'due_soon', 'overdue', 'answered', 'supervised', 'test'",
    "'arrived', 'due_soon', 'overdue', 'answered', 'supervised', 'changed', 'test'",
)


def upgrade() -> None:
    _allow(1)
    op.create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    op.drop_index("ix_audit_at", "audit")
    for table in ("outgoing", "subscription"):
        op.execute(sa.delete(sa.table(table, sa.column("event"))).where(sa.column("event") == "changed"))
    op.execute(sa.text("DELETE FROM outgoing WHERE webhook_id IN (SELECT id FROM webhook WHERE robot = 'program')"))
    op.execute(sa.text("DELETE FROM webhook WHERE robot = 'program'"))
    _allow(0)


def _allow(which: int) -> None:
    for table, column, values in (
        ("webhook", "robot", _ROBOTS[which]), ("subscription", "event", _EVENTS[which]), ("outgoing", "event", _EVENTS[which]),
    ):  # fmt: skip
        name = op.f(f"ck_{table}_{column}_known")
        with op.batch_alter_table(table) as changed:
            changed.drop_constraint(name, type_="check")
            changed.create_check_constraint(name, f"{column} IN ({values})")
