"""Contact data is sealed to a public key: what stores it cannot read it, and who may read it needs a file or a password."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from intake import config, sealing
from intake.db import reading, transaction
from intake.errors import ConfigError, Forbidden, InvalidInput, KeyAbsent, NotFound
from intake.models import AuditEntry, Contact, ContactKey, KeyKept, Officer, OfficerKey
from intake.rules.faults import Fault
from intake.rules.workflow import Action, Role
from intake.services import checks, contacts, identity, keys
from intake.tools import Tools
from tests import factories as make
from tests.conftest import CONTACT_PRIVATE

WANG = {"name": "王某", "way": "13800000000"}
NEXT = "月落乌啼霜满天-江枫渔火"


@pytest.fixture
def public(settings, clock) -> Tools:
    """What the process behind the public form has: everything but the key file."""
    return Tools(config.load(settings | {"CONTACT_KEY_FILE": ""}), clock=clock)


@pytest.fixture
def private(database, public) -> bytes:
    """The private key of an installation where passwords keep it; the operator has written it down."""
    with transaction(database) as session:
        session.execute(delete(ContactKey))
        return keys.ensure(session, tools=public)


def assigned(session, tools, **changed):
    """A named reporter's clue in the hands of 丹徒区网信办."""
    clerk = make.viewer(session, tools, Role.CLERK, "321112")
    clue = make.clue(session, tools, **{"contact": WANG} | changed)
    return make.act(session, clue, Action.ASSIGN, clerk, tools, category="checkins")


def handler(session, tools) -> Officer:
    return make.officer(session, tools, Role.HANDLER, "321112", "cyberspace")


def opening(session, clue, officer, tools, password=make.PASSWORD):
    return keys.open_contact(session, clue, "verify", password, officer=identity.viewer(officer), tools=tools)


def test_with_all_that_the_public_process_has_nothing_stored_opens(database, database_url, public, tools):
    with transaction(database) as session:
        clue = assigned(session, public)
        officer = handler(session, public)
        contact = session.get_one(Contact, clue.id)
        with pytest.raises(KeyAbsent):
            opening(session, clue, officer, public)
        assert contacts.from_file(session, clue.id, public) == {}
        secrets = [path.read_bytes() for path in public.settings.instance.glob("*.key")]
        columns = session.connection().exec_driver_sql("SELECT * FROM contact_key").all()
        stored = [value for row in columns for value in row if isinstance(value, bytes | memoryview)]
        tried = [bytes(one) for one in (*secrets, *stored) if len(one) == 32]
        assert len(tried) == len(secrets) + 1 == 6
        for key in tried:
            with pytest.raises(NotFound):
                sealing.open_with(key, clue.number, contact.sealed)
            with pytest.raises(NotFound):
                sealing.unseal(key, clue.number, contact.sealed)
        assert opening(session, clue, officer, tools)["way"] == WANG["way"], "the process with the key file opens it"


def test_what_is_sealed_tells_neither_its_content_nor_its_length(database, tools):
    with transaction(database) as session:
        short, long = (make.clue(session, tools, contact={"name": name, "way": "1"}) for name in ("王", "王" * 60))
        sealed = [session.get_one(Contact, clue.id).sealed for clue in (short, long)]
        assert len(sealed[0]) == len(sealed[1])
        assert "王".encode() not in sealed[0]
        again = sealing.seal_to(sealing.public_of(CONTACT_PRIVATE), short.number, sealing.packed(WANG))
        assert again != sealing.seal_to(sealing.public_of(CONTACT_PRIVATE), short.number, sealing.packed(WANG))


def test_another_office_and_a_clue_without_contact_are_refused(database, tools):
    with transaction(database) as session:
        clue, anonymous = assigned(session, tools), assigned(session, tools, contact=None)
        with pytest.raises(Forbidden):
            opening(session, clue, make.officer(session, tools, Role.HANDLER, "321100", "cyberspace"), tools)
        with pytest.raises(NotFound):
            opening(session, anonymous, handler(session, tools), tools)
        assert session.scalar(select(func.count()).where(AuditEntry.action == "contact_opened")) == 0


def test_where_passwords_keep_the_key_only_a_granted_officers_password_opens(database, public, private):
    with transaction(database) as session:
        clue, first, second = assigned(session, public), handler(session, public), handler(session, public)
        with pytest.raises(KeyAbsent):
            opening(session, clue, first, public)
        keys.grant(session, first.id, private, by=None, tools=public)
        assert opening(session, clue, first, public)["name"] == "王某"
        for wrong in ("", NEXT):
            with pytest.raises(InvalidInput):
                opening(session, clue, first, public, wrong)
        with pytest.raises(KeyAbsent):
            keys.grant_colleague(session, first.id, make.PASSWORD, by=identity.viewer(second), tools=public)
        keys.grant_colleague(session, second.id, make.PASSWORD, by=identity.viewer(first), tools=public)
        assert opening(session, clue, second, public)["way"] == WANG["way"]
        stranger = make.officer(session, public, Role.LEAD, "321100", "cyberspace")
        clerk = make.officer(session, public, Role.CLERK, "321112")
        for other in (stranger, clerk):
            with pytest.raises(NotFound):
                keys.grant_colleague(session, other.id, make.PASSWORD, by=identity.viewer(first), tools=public)
        assert private not in b"".join(session.scalars(select(OfficerKey.sealed).where(OfficerKey.sealed.is_not(None))))


def test_a_new_password_keeps_the_grant_and_a_closed_account_loses_it(database, public, private):
    with transaction(database) as session:
        clue, officer = assigned(session, public), handler(session, public)
        keys.grant(session, officer.id, private, by=None, tools=public)
        identity.change_password(session, officer, make.PASSWORD, NEXT, tools=public)
        with pytest.raises(InvalidInput):
            opening(session, clue, officer, public)
        assert opening(session, clue, officer, public, NEXT)["way"] == WANG["way"]
        admin = make.officer(session, public, Role.ADMIN, "321112").id
        for active in (False, True):
            identity.switch_officer(session, officer.id, active, by=admin, tools=public)
        session.flush()
        with pytest.raises(KeyAbsent):
            opening(session, clue, officer, public, NEXT)
        identity.check_password(session, officer.username, NEXT)
        with pytest.raises(KeyAbsent):
            opening(session, clue, officer, public, NEXT)
        keys.grant(session, officer.id, private, by=None, tools=public)
        assert opening(session, clue, officer, public, NEXT)["way"] == WANG["way"]


def test_a_new_key_opens_what_was_there_and_the_old_one_nothing_more(database, public, private):
    with transaction(database) as session:
        clue, officer = assigned(session, public), handler(session, public)
        keys.grant(session, officer.id, private, by=None, tools=public)
        new = sealing.new_private()
        with pytest.raises(InvalidInput):
            keys.rotate(session, new, new, tools=public)
        assert keys.rotate(session, private, new, tools=public) == 1
        assert opening(session, clue, officer, public)["way"] == WANG["way"]
        with pytest.raises(NotFound):
            sealing.open_with(private, clue.number, session.get_one(Contact, clue.id).sealed)
        with pytest.raises(InvalidInput):
            keys.grant(session, officer.id, private, by=None, tools=public)


def test_the_settings_decide_where_the_next_key_is_kept(database, public, tools, private):
    with transaction(database) as session:
        clue, officer = assigned(session, public), handler(session, public)
        assert keys.rotate(session, private, CONTACT_PRIVATE, tools=tools) == 1
        assert keys.kept(session) is KeyKept.FILE
        assert opening(session, clue, officer, tools, "")["way"] == WANG["way"]


def test_what_older_versions_sealed_is_sealed_to_the_public_key_and_counted(database, tools):
    shared = bytes(reversed(range(32)))
    with transaction(database) as session:
        clue, officer = assigned(session, tools), handler(session, tools)
        contact = session.get_one(Contact, clue.id)
        contact.key_id, contact.sealed = None, sealing.seal(shared, clue.number, WANG)
        session.flush()
        assert contacts.still_old(session) == 1
        for verb in (lambda: contacts.reseal(session, tools=tools), lambda: opening(session, clue, officer, tools)):
            with pytest.raises(KeyAbsent):
                verb()
        contacts.old_key_file(tools).write_bytes(shared)
        assert contacts.reseal(session, tools=tools) == 1
        assert contacts.still_old(session) == contacts.reseal(session, tools=tools) == 0
        assert opening(session, clue, officer, tools)["way"] == WANG["way"]


def test_without_a_key_pair_nobody_is_taken_for_named(database, tools):
    with transaction(database) as session:
        session.execute(delete(ContactKey))
        clue = make.clue(session, tools, contact=WANG)
        assert (clue.named, session.get(Contact, clue.id)) == (False, None)
    with reading(database) as session:
        assert keys.kept(session) is None


def test_a_key_is_written_down_in_groups_and_read_back(tmp_path: Path, monkeypatch):
    words = sealing.spoken(CONTACT_PRIVATE)
    assert len(words.split("-")) == 13
    assert sealing.heard(f" {words.lower().replace('-', ' ')} ") == CONTACT_PRIVATE
    for wrong in ("", words[:-5], words + "-AAAA", "密钥"):
        with pytest.raises(ConfigError):
            sealing.heard(wrong)
    path = tmp_path / "key"
    sealing.write_keys(str(path), [CONTACT_PRIVATE, bytes(32)])
    assert sealing.read_keys(str(path)) == (CONTACT_PRIVATE, bytes(32))
    assert path.stat().st_mode & 0o777 == 0o600
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(Path(f"/proc/self/fd/{descriptor}").resolve()))
    sealing.write_keys(str(path), [CONTACT_PRIVATE])
    assert synced[0] == tmp_path / "key.new", "before it takes the place of the old one"
    assert synced[-1] == tmp_path
    with pytest.raises(ConfigError):
        sealing.write_keys(str(tmp_path / "nowhere" / "key"), [CONTACT_PRIVATE])


@pytest.mark.parametrize("harm", ["swapped", "slipped in", "taken away"])
def test_a_public_key_changed_by_hand_is_found(database, tools, public, private, harm):
    """Whoever may write into the database could have what comes in sealed to himself: the chain knows the right key."""
    with transaction(database) as session:
        keys.rotate(session, private, CONTACT_PRIVATE, tools=tools)
        key, own = contacts.current_key(session), sealing.public_of(bytes(32))
        assert not keys.is_replaced(session)
        if harm == "swapped":
            key.public = own
        elif harm == "slipped in":
            session.add(ContactKey(public=own, kept=key.kept, made_at=key.made_at))
        else:
            session.delete(key)
        session.flush()
        assert keys.is_replaced(session)
        assert Fault.PUBLIC_KEY in {finding.fault for finding in checks.check(session, tools=tools)}
