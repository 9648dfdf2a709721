"""Runs the migrations on the engine that intake.db hands over."""

from __future__ import annotations

from alembic import context

from intake.models import Base

engine = context.config.attributes["engine"]
with engine.execution_options(writes=True).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()
