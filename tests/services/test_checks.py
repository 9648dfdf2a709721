"""`flask check` is silent on a whole installation and names every harm done to one."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import text

from intake import db, labels, sealing, uploads
from intake.models import AttachmentPreview, Officer, Pace, Robot
from intake.rules.faults import Fault
from intake.rules.workflow import Role
from intake.services import attachments, checks, factors, keys, vault, webhooks
from tests import factories as make
from tests.cleaning import corpus
from tests.cleaning.corpus import Sent
from tests.conftest import on_sqlite_alone


@pytest.fixture
def findings(database, tools):
    with db.transaction(database) as session:
        number = make.clue(session, tools).number
    assert number == "2026-11-0001"

    def findings() -> set[tuple[Fault, str, int]]:
        with db.reading(database) as session:
            return {(f.fault, f.where, f.count) for f in checks.check(session, tools=tools)}

    return findings


HARMS = [
    ("DELETE FROM clue_words", {(Fault.INDEX, "clue_words", 1)}),
    ("UPDATE counter SET last = 0", {(Fault.COUNTER, "2026-11", 1)}),
    ("UPDATE clue SET text = 'another'", {(Fault.CHAIN, "1", 1)}),
    ("INSERT INTO recusal (clue_id, office_id) VALUES (1, 99999)", {(Fault.REFERENCE, "recusal.office_id", 1)}),
    ("UPDATE clue SET extension_asked = 99", {(Fault.RULE, "ck_clue_extension_of_a_month", 1)}),
    ("UPDATE clue SET channel = 'bogus'", {(Fault.RULE, "ck_clue_channel_known", 1)}),
    (
        "UPDATE clue SET state = 'bogus'",
        {(Fault.CHAIN, "1", 1), *((Fault.RULE, f"ck_clue_{name}", 1) for name in ("state_known", "office_once_assigned"))},
    ),
    ("UPDATE clue SET number = '2026-11-x'", {(Fault.CHAIN, "1", 1)}),
    ("UPDATE alembic_version SET version_num = '0001'", {(Fault.SCHEMA, "0001", 1)}),
]


@pytest.mark.parametrize(("harm", "expected"), HARMS, ids=lambda value: value[:30] if isinstance(value, str) else "")
def test_every_harm_is_named_and_nothing_else(database, findings, harm, expected):
    assert findings() == set()
    _do(database, harm)
    assert findings() == expected
    for fault, where, count in expected:
        assert where in labels.FAULTS[fault].format(where=where, count=count) or fault == Fault.INDEX


ILLEGIBLE = [
    ("UPDATE clue SET since = 'bogus'", {(Fault.ILLEGIBLE, "clue", 1)}),
    ("UPDATE clue SET created_at = 'bogus'", {(Fault.ILLEGIBLE, "clue", 1), (Fault.CHAIN, "0", 1)}),
    ("UPDATE audit SET at = 'bogus' WHERE id = 2", {(Fault.ILLEGIBLE, "audit", 1), (Fault.CHAIN, "2", 1)}),
    ("UPDATE audit SET keys = '{' WHERE id = 2", {(Fault.ILLEGIBLE, "audit", 1), *((Fault.CHAIN, at, 1) for at in "02")}),
]


@on_sqlite_alone
@pytest.mark.parametrize(("harm", "expected"), ILLEGIBLE, ids=lambda value: value[:30] if isinstance(value, str) else "")
def test_dates_and_json_that_cannot_be_read_are_named(database, findings, harm, expected):
    with database.connect() as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.commit()
    _do(database, harm)
    assert findings() == expected


def test_what_can_be_mended_is(database, tools, findings):
    _do(database, "DELETE FROM clue_words")
    _do(database, "DELETE FROM counter")
    with db.transaction(database) as session:
        assert checks.mend(session, tools=tools) == 2
    assert findings() == set()


@on_sqlite_alone
def test_keys_that_are_not_those_of_what_is_sealed_are_named(database, tools, findings, tmp_path):
    address = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa"

    def enter():
        with db.transaction(database) as session:
            office = make.office(session, "321112", "task_force")
            by = make.officer(session, tools, Role.ADMIN, "321112").id
            factors.begin(session, session.get_one(Officer, by), tools=tools)
            webhooks.add(session, str(office.id), Robot.WECOM, address, "", Pace.AT_ONCE, by=by, tools=tools)

    with db.transaction(database) as session:
        make.clue(session, tools, contact={"name": "王小二"})
    enter()
    assert findings() == set()
    other = tmp_path / "other.key"
    sealing.write_keys(str(other), [sealing.new_private()])
    object.__setattr__(tools.settings, "values", tools.settings.values | {"CONTACT_KEY_FILE": str(other)})
    object.__setattr__(tools.settings, "factor_keys", (b"2" * 32,))
    object.__setattr__(tools.settings, "webhook_keys", (b"2" * 32,))
    enter()
    assert findings() == {(Fault.KEY, "contact", 1), (Fault.KEY, "factor", 1), (Fault.KEY, "webhook", 1)}


def test_contact_data_sealed_to_a_key_that_is_over_is_named(database, tools, findings):
    with db.transaction(database) as session:
        make.clue(session, tools, contact={"name": "王小二"})
        keys.put(session, sealing.new_private(), tools=tools)
    assert findings() == {(Fault.KEY, "contact", 1)}


@on_sqlite_alone
def test_files_that_are_gone_or_changed_are_named(database, tools):
    assert uploads.stage(database, "m" * 64, [Sent(f"{n}.gif", corpus.gif(n)) for n in range(3)], tools) == []
    pages = [vault.put(io.BytesIO(b"page"), tools).name for _ in range(2)]
    with db.transaction(database) as session:
        first, *_ = attachments.staged(session, "m" * 64)
        for number, stored in enumerate(pages):
            session.add(AttachmentPreview(attachment_id=first.id, page=number, stored=stored, width=1, height=1))
    with db.reading(database) as session:
        whole, changed, gone = (found.stored for found in attachments.staged(session, "m" * 64))
        assert list(checks._attachments(session, tools)) == []
        (tools.store.path / changed[:2] / changed).write_bytes(b"other")
        vault.drop([gone, pages[1]], tools)
        lost = [checks.Finding(Fault.ATTACHMENT, name) for name in (changed, gone, pages[1])]
        assert list(checks._attachments(session, tools)) == lost
        object.__setattr__(tools.settings, "attachment_key", b"2" * 32)
        assert list(checks._attachments(session, tools)) == [*lost, checks.Finding(Fault.KEY, "attachment", 2)]
    assert (tools.store.path / whole[:2] / whole).exists()


@on_sqlite_alone
def test_a_model_that_does_not_load_and_a_year_without_working_days_are_named(tools, clock, findings):
    clock.now = clock.now.replace(month=12)
    assert {fault for fault, _, _ in findings()} <= {Fault.CALENDAR}
    clock.now = clock.now.replace(year=2031)
    tools.model_path.unlink()
    assert findings() == {(Fault.MODEL, "missing", 1), (Fault.CALENDAR, "2031", 1), (Fault.CALENDAR, "2032", 1)}


def test_every_fault_has_a_sentence():
    assert set(labels.FAULTS) == set(Fault)


def _do(database, harm: str) -> None:
    """A statement that the database would refuse, past its rules."""
    with database.connect() as connection:
        if database.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
            checks = "SELECT conname FROM pg_constraint WHERE conrelid = 'clue'::regclass AND contype = 'c'"
            for name in connection.scalars(text(checks)).all():
                connection.execute(text(f'ALTER TABLE clue DROP CONSTRAINT "{name}"'))
        else:
            raw = connection.connection.dbapi_connection
            for pragma in ("foreign_keys = OFF", "ignore_check_constraints = ON"):
                raw.execute(f"PRAGMA {pragma}")
        connection.execute(text(harm))
        connection.commit()
    database.dispose()
