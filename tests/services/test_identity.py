"""What passwords are kept as."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import pytest
from argon2 import Type, extract_parameters
from sqlalchemy import select

from intake.db import reading, transaction
from intake.errors import InvalidInput, NotFound
from intake.models import Officer, SignIn
from intake.rules.devices import Device
from intake.rules.workflow import Role
from intake.services import directory, identity, sign_ins
from tests import factories as make

#: On SQLite nobody writes beside another.
ON_POSTGRESQL = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def test_a_password_is_kept_by_argon2id_at_no_less_than_the_recommended_cost():
    kept = extract_parameters(identity.hasher.hash("竹影扫阶尘不动"))
    assert kept.type is Type.ID
    assert (kept.memory_cost, kept.time_cost) >= (19 * 1024, 2)


@pytest.mark.parametrize("typed", ["", " ", "0", "竹影扫阶尘不动"])
def test_nothing_lets_in_whoever_was_entered_without_a_password(database, tools, typed):
    with transaction(database) as session:
        office = directory.office(session, "321112", "task_force")
        entered = identity.enter_officer(session, "nobody", "无人", Role.CLERK, office, tools=tools)
        with pytest.raises(NotFound):
            identity.check_password(session, "nobody", typed)
        with pytest.raises(InvalidInput):
            identity.change_password(session, entered, typed, "月穿潭底水无痕-竹影", tools=tools)


@ON_POSTGRESQL
def test_nobody_signs_in_by_a_password_that_was_changed_while_it_was_looked_at(database, tools, monkeypatch):
    """The thief's password is verified first, the owner's change is committed before the sign-in."""
    with transaction(database) as session:
        officer = make.officer(session, tools, Role.CLERK, "321112")
    hasher = identity.hasher

    class Slow:
        hash = staticmethod(hasher.hash)

        def verify(self, kept: str, typed: str) -> None:
            hasher.verify(kept, typed)
            monkeypatch.setattr(identity, "hasher", hasher)
            with transaction(database) as owner:
                identity.change_password(owner, owner.get_one(Officer, officer.id), typed, "新的口令-月落乌啼霜满天-72", tools=tools)

    identity._decoy()
    monkeypatch.setattr(identity, "hasher", Slow())
    with pytest.raises(NotFound), transaction(database) as thief:
        identity.check_password(thief, officer.username, make.PASSWORD)


@ON_POSTGRESQL
def test_a_page_of_a_sign_in_that_ends_at_the_same_moment_is_no_fault(database, tools):
    with transaction(database) as session:
        officer = make.officer(session, tools, Role.CLERK, "321112")
        sign_ins.begin(session, officer, Device.OTHER, tools=tools)
        session.flush()
        sign_in_id = session.scalars(select(SignIn.id)).one()

    def ended_meanwhile() -> datetime:
        with transaction(database) as session:
            sign_ins.end_all(session, officer.id, by=None, tools=tools)
        return tools.now()

    with transaction(database) as session:
        sign_ins.see(session, sign_in_id, tools=SimpleNamespace(now=ended_meanwhile))
    with reading(database) as session:
        assert session.scalars(select(SignIn)).all() == []
