"""The schema goes up and down on both databases with rows in every table, and is what the models say."""

from __future__ import annotations

from itertools import pairwise

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

from intake import db
from intake.models import Base
from intake.rules.workflow import Action, Role
from intake.services import checks
from intake.upkeep.tables import Tables
from tests import factories as make
from tests import rows

#: What `flask check` says of planted rows that are sealed under no key.
SEALED_WITH_NOTHING = {"webhook"}


@pytest.fixture
def filled(database, tools) -> Engine:
    """Clues received, merged and closed, and at least one row in every other table."""
    with db.transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        handler = make.viewer(session, tools, Role.HANDLER, "321112", "cyberspace")
        first, later = (make.clue(session, tools, contact={"name": "王小二"}) for _ in range(2))
        make.act(session, first, Action.MERGE, clerk, tools, into=later.number)
        closed = make.clue(session, tools)
        office = make.office(session, "321112", "cyberspace")
        make.act(session, closed, Action.ASSIGN, clerk, tools, category="checkins", office_id=str(office.id))
        make.act(session, closed, Action.SIGN, handler, tools)
        session.flush()
        rows.plant(session.connection())
    return database


def kept(engine: Engine) -> list[object]:
    """What no step may touch: the audit log, the index, and what a clue says and where it stands.

    Contact data is not among it: what is sealed to a public key cannot be sealed back for an older schema.
    """
    with db.snapshot(engine) as connection:
        tables = Tables(connection)
        said = connection.execute(text("SELECT id, number, text, state, office_id, due_on FROM clue ORDER BY id")).all()
        return [*(tables.tally(name) for name in ("audit", "message", "clue_words")), said]


def indexes(engine: Engine) -> set[str]:
    """The names of all indexes; SQLAlchemy does not see those of expressions on SQLite."""
    where = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'index' AND name LIKE 'ix_%'",
        "postgresql": "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'ix_%'",
    }
    with engine.connect() as connection:
        found = connection.execute(text(where[engine.dialect.name])).scalars()
        return {name for name in found if "clue_words" not in name}


@pytest.mark.filterwarnings("ignore:.*expression-based index")
def test_the_migrations_make_what_the_models_describe(database):
    with database.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [d for d in compare_metadata(context, Base.metadata) if "clue_words" not in str(d)]
    assert differences == []
    assert indexes(database) == {index.name for table in Base.metadata.tables.values() for index in table.indexes}


def test_every_step_of_the_schema_down_and_up_with_rows_in_every_table(filled, tools):
    """Each step is taken up with rows in all tables that there are below it, as from a version of that time."""
    before, drawn = kept(filled), indexes(filled)
    for above, below in pairwise(db.revisions()):
        there = indexes(filled)
        db.downgrade(filled, below)
        assert kept(filled) == before, f"down to {below}"
        db.upgrade(filled, above)
        assert kept(filled) == before, f"up from {below}"
        assert indexes(filled) == there, f"up from {below}"
        db.downgrade(filled, below)
    db.upgrade(filled)
    assert kept(filled) == before
    assert indexes(filled) == drawn
    with db.reading(filled) as session:
        assert {found.where for found in checks.check(session, tools=tools)} <= SEALED_WITH_NOTHING


def test_down_to_nothing_and_up_again(filled):
    db.downgrade(filled, "base")
    assert set(inspect(filled).get_table_names()) <= {"alembic_version"}
    db.upgrade(filled)
    assert {table.name for table in Base.metadata.sorted_tables} <= set(inspect(filled).get_table_names())
