"""The second factor: codes of RFC 6238, each once; recovery codes, each once; nothing readable in the database."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pyotp
import pytest
from sqlalchemy import select, text

from intake.db import reading, transaction
from intake.errors import InvalidAction, InvalidInput, NotFound
from intake.models import AuditEntry, Officer, RecoveryCode, SecondFactor
from intake.rules.devices import Device
from intake.rules.workflow import Role
from intake.services import audit, factors, sign_ins
from intake.services.factors import _step_of
from tests import factories as make

WORDS = {"wrong_factor", "wrong_first_code"}


@pytest.fixture
def phone(database, tools, clock):
    """An officer whose second factor is in force: id, secret, recovery codes, and `code(later=0)` that the phone shows."""
    with transaction(database) as session:
        officer = make.officer(session, tools, Role.CLERK, "321112")
        factors.begin(session, officer, tools=tools)
        secret = factors.begun(session, officer.id, tools=tools)
        totp = pyotp.TOTP(secret)
        codes = factors.confirm(session, officer, totp.at(clock.now), tools=tools)
    clock.now += timedelta(minutes=5)
    return SimpleNamespace(
        id=officer.id, secret=secret, codes=codes, code=lambda later=0: totp.at(clock.now + timedelta(seconds=later))
    )


def accept(database, tools, officer_id: int, code: str) -> bool:
    try:
        with transaction(database) as session:
            factors.accept(session, officer_id, code, tools=tools)
    except InvalidInput as error:
        assert (error.field, error.problem in WORDS) == ("code", True)
        return False
    return True


@pytest.mark.parametrize(
    ("moment", "code"),
    [(1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238_appendix_b(moment, code):
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # base32 of the RFC's 12345678901234567890, its codes' last six digits
    here = moment // factors.STEP
    assert [_step_of(secret, code, at) for at in (here - 2, here - 1, here, here + 1, here + 2)] == [
        0,
        here,
        here,
        here,
        0,
    ]


def test_a_code_is_taken_once_a_step_early_or_late_and_no_other(phone, database, tools, clock):
    assert not accept(database, tools, phone.id, phone.code(-60))
    assert not accept(database, tools, phone.id, phone.code(60))
    assert accept(database, tools, phone.id, phone.code(-30))
    assert not accept(database, tools, phone.id, phone.code(-30)), "the same again"
    assert accept(database, tools, phone.id, f" {phone.code()[:3]} {phone.code()[3:]}")
    assert not accept(database, tools, phone.id, phone.code(-30)), "older than one that was used"
    clock.now += timedelta(seconds=60)
    full_width = phone.code().translate({ord("0") + n: ord("０") + n for n in range(10)})
    assert accept(database, tools, phone.id, full_width)


@pytest.mark.parametrize("wrong", ["", "000000", "abc", "12345", "１２３", "😀", "0" * 40])
def test_what_is_no_code_is_refused(phone, database, tools, wrong):
    assert not accept(database, tools, phone.id, wrong)


def test_ten_recovery_codes_work_once_each_for_their_owner_alone(phone, database, tools):
    assert len(set(phone.codes)) == factors.RECOVERY_CODES
    with transaction(database) as session:
        other = make.officer(session, tools, Role.CLERK, "321112")
        factors.begin(session, other, tools=tools)
        factors.confirm(
            session, other, pyotp.TOTP(factors.begun(session, other.id, tools=tools)).at(tools.now()), tools=tools
        )
    assert not accept(database, tools, other.id, phone.codes[0])
    for code in phone.codes:
        assert accept(database, tools, phone.id, code.lower())
        assert not accept(database, tools, phone.id, code)
    with reading(database) as session:
        assert factors.codes_left(session, phone.id) == 0
        spent = select(AuditEntry).where(AuditEntry.action == "recovery_code_used").order_by(AuditEntry.id.desc())
        used = [entry.keys["left"] for entry in session.scalars(spent)]
    assert used == list(range(factors.RECOVERY_CODES))


def test_new_recovery_codes_end_the_old_ones(phone, database, tools):
    with transaction(database) as session:
        new = factors.renew_codes(session, session.get_one(Officer, phone.id), phone.code(), tools=tools)
    assert not accept(database, tools, phone.id, phone.codes[0])
    assert accept(database, tools, phone.id, new[0])


def test_neither_secret_nor_recovery_code_can_be_read_in_the_database(phone, database):
    with reading(database) as session:
        kept = str(session.execute(text("SELECT sealed, last_step FROM second_factor")).all())
        kept += str(session.execute(text("SELECT hash FROM recovery_code")).all())
        sealed = session.scalars(select(SecondFactor.sealed)).one()
    assert phone.secret not in kept and phone.secret.encode() not in bytes(sealed)
    assert not any(code.replace("-", "") in kept or code in kept for code in phone.codes)


def test_nothing_is_in_force_before_a_code_was_confirmed_and_then_it_is_not_begun_anew(database, tools):
    with transaction(database) as session:
        officer = make.officer(session, tools, Role.CLERK, "321112")
        factors.begin(session, officer, tools=tools)
        first = factors.begun(session, officer.id, tools=tools)
        factors.begin(session, officer, tools=tools)
        second = factors.begun(session, officer.id, tools=tools)
        assert first != second
        assert not factors.is_set_up(session, officer.id)
        with pytest.raises(InvalidInput):
            factors.accept(session, officer.id, pyotp.TOTP(second).at(tools.now()), tools=tools)
        with pytest.raises(InvalidInput):
            factors.confirm(session, officer, pyotp.TOTP(first).at(tools.now()), tools=tools)
        factors.confirm(session, officer, pyotp.TOTP(second).at(tools.now()), tools=tools)
        assert factors.begun(session, officer.id, tools=tools) == ""
        with pytest.raises(InvalidAction):
            factors.begin(session, officer, tools=tools)


def test_an_officer_takes_it_out_of_force_with_a_code_and_the_admin_without(phone, database, tools, clock):
    with transaction(database) as session:
        officer = session.get_one(Officer, phone.id)
        with pytest.raises(InvalidInput):
            factors.remove(session, officer, "000000", tools=tools)
        with pytest.raises(NotFound):
            factors.reset(session, phone.id, by=phone.id, tools=tools)
        mark = sign_ins.begin(session, officer, Device.PHONE, tools=tools)
        admin = make.officer(session, tools, Role.ADMIN, "321112")
        factors.reset(session, phone.id, by=admin.id, tools=tools)
        session.flush()
        assert sign_ins.find(session, mark, tools=tools) is None
        assert not factors.is_set_up(session, phone.id)
        assert session.scalars(select(RecoveryCode)).all() == []
        assert factors.reset_to_tell(officer) == clock.now
        assert factors.reset_to_tell(officer) is None
        entry = audit.latest(session, "factor_reset")
    assert (entry.officer_id, entry.keys) == (admin.id, {"officer": phone.id})


def test_a_key_that_is_gone_leaves_the_recovery_codes(phone, database, tools):
    object.__setattr__(tools.settings, "factor_keys", (b"\0" * 32,))
    with pytest.raises(NotFound):
        accept(database, tools, phone.id, phone.code())
    assert accept(database, tools, phone.id, phone.codes[0])
