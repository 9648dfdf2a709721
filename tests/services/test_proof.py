"""Whatever is changed by hand in the database, the check finds it; what was published cannot be taken back."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from intake import cli
from intake.db import reading, transaction
from intake.models import AuditEntry, ChainHead, Clue
from intake.rules.workflow import Action, Role
from intake.services import proof
from tests import factories as make

UNLOCK = {
    "sqlite": ["DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete"],
    "postgresql": ["SET session_replication_role = replica"],
}
#: What somebody with the database's password might do to the first clue, and what the check then says.
BY_HAND = {
    "UPDATE clue SET text = '没有这回事' WHERE id = :clue": {"text_changed"},
    "UPDATE clue SET state = 'received', closed_at = NULL, version = version + 1 WHERE id = :clue": {"state_changed"},
    "UPDATE clue SET number = '2026-11-9999' WHERE id = :clue": {"text_changed"},
    "UPDATE audit SET action = 'note' WHERE clue_id = :clue AND action = 'triaged'": {"entry_changed"},
    "UPDATE audit SET at = '2020-01-01 00:00:00+00:00' WHERE clue_id = :clue AND action = 'filed'": {"entry_changed"},
    "DELETE FROM audit WHERE clue_id = :clue AND action = 'triaged'": {"gap"},
    "DELETE FROM audit WHERE clue_id = :clue AND action = 'filed'": {"gap", "not_filed"},
    "DELETE FROM audit WHERE id = (SELECT max(entry_id) FROM chain_head)": {"gap", "head_differs"},
}


@pytest.fixture
def filed(database, tools, clock) -> int:
    """The id of the first of two clues, the second rejected on the day after, with the first day's head published."""
    with transaction(database) as session:
        first = make.clue(session, tools)
        make.clue(session, tools)
    clock.now += timedelta(days=1)
    with transaction(database) as session:
        assert proof.publish(session, tools=tools)
    with transaction(database) as session:
        clerk = make.viewer(session, tools, Role.CLERK, "321112")
        make.act(
            session, session.get_one(Clue, first.id), Action.REJECT, clerk, tools, reason="other", text="请打 12345。"
        )
        make.clue(session, tools)
    return first.id


def change_by_hand(database, *changes: tuple[str, dict[str, object]]) -> None:
    """What a person does who holds the database itself: triggers and foreign keys out of the way first."""
    if database.dialect.name == "sqlite":
        by_hand = sqlite3.connect(database.url.database, isolation_level=None)
        for statement, values in [(one, {}) for one in UNLOCK["sqlite"]] + list(changes):
            by_hand.execute(statement, values)
        by_hand.close()
        return
    with database.connect() as connection:
        for statement, values in [(one, {}) for one in UNLOCK["postgresql"]] + list(changes):
            connection.execute(text(statement), values)
        connection.commit()
        connection.invalidate()


def found(database, tools) -> set[str]:
    with reading(database) as session:
        return {one.problem.value for one in proof.check(session, tools=tools)}


def shown(database, tools, clue_id: int) -> set[str]:
    with reading(database) as session:
        return {problem.value for problem in proof.prove(session, session.get_one(Clue, clue_id), tools=tools).problems}


def test_an_honest_installation_is_whole(database, tools, filed):
    assert found(database, tools) == set()
    assert shown(database, tools, filed) == set()
    with reading(database) as session:
        shown_proof = proof.prove(session, session.get_one(Clue, filed), tools=tools)
        assert shown_proof.head.day.isoformat() == "2026-11-23"
        assert shown_proof.hash == proof.filing(session, session.get_one(Clue, filed)).hash


@pytest.mark.parametrize("statement", BY_HAND)
def test_a_change_by_hand_is_found(database, tools, filed, statement):
    change_by_hand(database, (statement, {"clue": filed}))
    assert found(database, tools) >= BY_HAND[statement]
    assert shown(database, tools, filed) & BY_HAND[statement]


def test_a_key_that_was_lost_and_made_anew_is_no_tampering(database, tools, filed):
    other = replace(tools, settings=replace(tools.settings, pepper=b"a key of another installation  32"))
    assert found(database, other) == {"key_changed"}
    change_by_hand(database, ("UPDATE clue SET state = 'received', closed_at = NULL WHERE id = :clue", {"clue": filed}))
    assert found(database, other) == {"key_changed", "state_changed"}
    with pytest.raises(SystemExit, match=r"pepper\.key"):
        cli.prepare(database, other, ())


def test_a_lost_key_is_given_up_by_a_command_and_what_comes_after_is_proved_by_the_new_one(database, tools, filed):
    other = replace(tools, settings=replace(tools.settings, pepper=b"a key of another installation  32"))
    with transaction(database) as session:
        proof.accept_key(session, tools=other)
    assert found(database, other) == set()
    with transaction(database) as session:
        clue_id = make.clue(session, other).id
    change_by_hand(database, ("UPDATE clue SET text = '没有这回事' WHERE id = :clue", {"clue": clue_id}))
    assert found(database, other) == {"text_changed"}


def test_a_clue_deleted_or_slipped_in_by_hand_is_found(database, tools, filed):
    tables = ("suggestion", "recusal", "rare_key", "clustered", "likeness", "clue_words", "message")
    key = {"clue_words": "rowid"} if database.dialect.name == "sqlite" else {}
    statements = [f"DELETE FROM {table} WHERE {key.get(table, 'clue_id')} = :clue" for table in tables]
    change_by_hand(database, *((one, {"clue": filed}) for one in (*statements, "DELETE FROM clue WHERE id = :clue")))
    assert found(database, tools) == {"clue_gone"}
    with transaction(database) as session:
        other = session.scalars(select(Clue)).first()
        copied = {column.key: getattr(other, column.key) for column in Clue.__table__.columns}
        session.add(Clue(**copied | {"id": 999, "number": "2026-11-0999", "code_hash": "f" * 64}))
    assert found(database, tools) == {"clue_gone", "not_filed"}


def test_a_chain_written_anew_from_the_start_disagrees_with_what_was_published(database, tools, filed):
    with reading(database) as session:
        entries = list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
    previous, statements = "0" * 64, []
    for entry in entries:
        keys = entry.keys | ({"label": "perfunctory"} if entry.action == "triaged" else {})
        fields = [previous, entry.at.isoformat(), entry.officer_id, entry.action, entry.clue_id, keys]
        digest = hashlib.sha256(json.dumps(fields, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        values = {"k": json.dumps(keys), "p": previous, "h": digest, "i": entry.id}
        statements.append(("UPDATE audit SET keys = :k, previous = :p, hash = :h WHERE id = :i", values))
        previous = digest
    change_by_hand(database, *statements)
    assert found(database, tools) == {"head_differs"}
    assert shown(database, tools, filed) == {"head_differs"}


def test_a_published_head_cannot_be_changed_and_is_published_once(database, tools, filed):
    with transaction(database) as session:
        assert not proof.publish(session, tools=tools)
        assert len(proof.heads(session)) == 1
    for statement in ("UPDATE chain_head SET hash = 'x'", "DELETE FROM chain_head"):
        with pytest.raises(DBAPIError, match="insert-only"), transaction(database) as session:
            session.execute(text(statement))
    with reading(database) as session:
        assert session.get(ChainHead, proof.heads(session)[0].day)


def test_the_check_of_one_clue_reads_what_lies_between_two_heads(database, tools, clock, filed, monkeypatch):
    read = []
    whole = proof.audit.is_whole
    monkeypatch.setattr(proof.audit, "is_whole", lambda entry: read.append(entry.id) or whole(entry))
    shown(database, tools, filed)
    with reading(database) as session:
        assert max(read) == proof.heads(session)[0].entry_id
