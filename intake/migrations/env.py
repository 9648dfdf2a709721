"""Runs the migrations on the engine that intake.db hands over.

SQLite changes a table by building it anew, and with foreign keys on it would not let go of one that others name: they
are off meanwhile, and every reference is checked before the commit.
"""

from __future__ import annotations

from alembic import context

from intake.models import Base

engine = context.config.attributes["engine"]
with engine.execution_options(writes=True).connect() as connection:
    on_sqlite = engine.dialect.name == "sqlite"
    raw = connection.connection.dbapi_connection
    if on_sqlite:
        raw.execute("PRAGMA foreign_keys = OFF")
    try:
        context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
        with context.begin_transaction():
            context.run_migrations()
            if on_sqlite and (lost := connection.exec_driver_sql("PRAGMA foreign_key_check").all()):
                raise RuntimeError(f"the migration leaves {len(lost)} references to nothing, the first in {lost[0][0]}")
    finally:
        if on_sqlite:
            raw.execute("PRAGMA foreign_keys = ON")
