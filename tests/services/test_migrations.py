"""The schema goes up and down on both databases and is what the models say."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from intake import db
from intake.models import Base
from tests import factories as make


def test_the_migrations_make_what_the_models_describe(database):
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, Base.metadata) if "clue_words" not in str(d)]
    assert differences == []


def test_down_to_nothing_and_up_again_with_data_in_between(database, tools):
    with db.transaction(database) as session:
        make.clue(session, tools)
    db.downgrade(database, "base")
    assert set(inspect(database).get_table_names()) <= {"alembic_version"}
    db.upgrade(database)
    assert {table.name for table in Base.metadata.sorted_tables} <= set(inspect(database).get_table_names())
