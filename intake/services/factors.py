"""The second factor beside the password: codes of an authenticator (RFC 6238) and recovery codes for a lost phone."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime
from typing import Any

import pyotp
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from intake.errors import InvalidAction, InvalidInput, NotFound
from intake.models import Officer, RecoveryCode, SecondFactor
from intake.rules.codes import ALPHABET
from intake.services import audit, keyring, sign_ins
from intake.tools import Tools

#: Seconds that a code holds, what every authenticator application takes for granted (RFC 6238, 4.1).
STEP = 30
RECOVERY_CODES = 10
#: Characters of a recovery code: 12 of 31 carry 59 bits.
_LONG, _GROUP = 12, 4


def is_set_up(session: Session, officer_id: int) -> bool:
    """Whether an officer is asked for a code at sign-in."""
    factor = session.get(SecondFactor, officer_id)
    return factor is not None and factor.confirmed_at is not None


def is_missing(session: Session, officer_id: int, *, tools: Tools) -> bool:
    """Whether an officer has to set a second factor up before anything else."""
    return tools.settings.text("SECOND_FACTOR") == "required" and not is_set_up(session, officer_id)


def begin(session: Session, officer: Officer, *, tools: Tools) -> None:
    """A new secret, in force once a code from it is confirmed. Raises InvalidAction if there is one in force."""
    if is_set_up(session, officer.id):
        raise InvalidAction("a second factor is in force")
    sealed = keyring.seal(tools.settings.factor_keys, _purpose(officer.id), {"secret": pyotp.random_base32()})
    session.merge(SecondFactor(officer_id=officer.id, sealed=sealed, confirmed_at=None, last_step=0))


def begun(session: Session, officer_id: int, *, tools: Tools) -> str:
    """The secret (base32) that waits to be confirmed, "" for none."""
    factor = session.get(SecondFactor, officer_id)
    return _secret(factor, tools) if factor and factor.confirmed_at is None else ""


def address(secret: str, officer: Officer, *, tools: Tools) -> str:
    """The otpauth:// address that authenticators read from a QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=officer.username, issuer_name=tools.settings.text("SITE_NAME"))


def confirm(session: Session, officer: Officer, code: str, *, tools: Tools) -> list[str]:
    """Put the secret that waits in force; returns recovery codes, which are kept nowhere. Raises InvalidInput."""
    factor = session.get(SecondFactor, officer.id)
    if factor is None or factor.confirmed_at is not None or not _take_step(session, factor, _bare(code), tools):
        raise InvalidInput("code", "wrong_first_code")
    factor.confirmed_at = tools.now()
    audit.record(session, "factor_changed", at=tools.now(), officer_id=officer.id, active=True)
    return _new_codes(session, officer.id, tools)


def accept(session: Session, officer_id: int, code: str, *, tools: Tools) -> None:
    """Take a code at sign-in, each once: of the authenticator, one step early or late, or a recovery code.

    Raises InvalidInput.
    """
    factor, bare = session.get(SecondFactor, officer_id), _bare(code)
    if factor is None or factor.confirmed_at is None:
        raise InvalidInput("code", "wrong_factor")
    is_recovery = len(bare) == _LONG
    if not (
        _take_recovery(session, officer_id, bare, tools) if is_recovery else _take_step(session, factor, bare, tools)
    ):
        raise InvalidInput("code", "wrong_factor")


def remove(session: Session, officer: Officer, code: str, *, tools: Tools) -> None:
    """Take an officer's own second factor out of force, for another phone. Raises InvalidInput."""
    accept(session, officer.id, code, tools=tools)
    _forget(session, officer.id)
    audit.record(session, "factor_changed", at=tools.now(), officer_id=officer.id, active=False)


def renew_codes(session: Session, officer: Officer, code: str, *, tools: Tools) -> list[str]:
    """New recovery codes, which end the old ones. Raises InvalidInput."""
    accept(session, officer.id, code, tools=tools)
    audit.record(session, "factor_changed", at=tools.now(), officer_id=officer.id, active=True)
    return _new_codes(session, officer.id, tools)


def reset(session: Session, officer_id: int, *, by: int | None, tools: Tools) -> Officer:
    """Take the second factor of one who lost it out of force and end his sign-ins; he is told when he next signs in.

    `by` is None for the operator. Raises NotFound if there is none, and for one's own.
    """
    officer = session.get(Officer, officer_id)
    if officer is None or officer.id == by or not is_set_up(session, officer_id):
        raise NotFound("no second factor to reset")
    _forget(session, officer_id)
    officer.factor_reset_at = tools.now()
    sign_ins.end_all(session, officer_id, by=by, tools=tools)
    audit.record(session, "factor_reset", at=tools.now(), officer_id=by, officer=officer_id)
    return officer


def reset_to_tell(officer: Officer) -> datetime | None:
    """When an officer's second factor was reset, said once."""
    when, officer.factor_reset_at = officer.factor_reset_at, None
    return when


def set_up_by(session: Session) -> frozenset[int]:
    """The ids of the officers who are asked for a code."""
    return frozenset(session.scalars(select(SecondFactor.officer_id).where(SecondFactor.confirmed_at.is_not(None))))


def codes_left(session: Session, officer_id: int) -> int:
    """How many recovery codes have not been used."""
    query = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.officer_id == officer_id)
    return session.scalar(query) or 0


def locked(session: Session, *, tools: Tools) -> int:
    """How many secrets no key opens."""
    keys, factors = tools.settings.factor_keys, session.scalars(select(SecondFactor))
    return sum(not keyring.opens(keys, _purpose(factor.officer_id), factor.sealed) for factor in factors)


def rewrap(session: Session, *, tools: Tools) -> int:
    """Seal every secret under the newest key; returns how many. Raises NotFound for one that no key opens."""
    keys = tools.settings.factor_keys
    factors = session.scalars(select(SecondFactor)).all()
    for factor in factors:
        purpose = _purpose(factor.officer_id)
        factor.sealed = keyring.seal(keys, purpose, keyring.unseal(keys, purpose, factor.sealed))
    return len(factors)


def _purpose(officer_id: int) -> str:
    return f"factor-{officer_id}"


def _secret(factor: SecondFactor, tools: Tools) -> str:
    return keyring.unseal(tools.settings.factor_keys, _purpose(factor.officer_id), factor.sealed)["secret"]


def _take_step(session: Session, factor: SecondFactor, code: str, tools: Tools) -> bool:
    """Whether a code is that of a step not used before; the step is used up, by one request alone (RFC 6238, 5.2)."""
    step = _step_of(_secret(factor, tools), code, int(tools.now().timestamp()) // STEP)
    used: Any = session.execute(
        update(SecondFactor)
        .where(SecondFactor.officer_id == factor.officer_id, SecondFactor.last_step < step)
        .values(last_step=step)
    )
    return bool(used.rowcount)


def _step_of(secret: str, code: str, here: int) -> int:
    """The step that a code belongs to, 0 for none; every step is tried, so that no answer comes sooner."""
    made = {step: pyotp.TOTP(secret, interval=STEP).generate_otp(step) for step in (here - 1, here, here + 1)}
    return max(step * hmac.compare_digest(right.encode(), code.encode()) for step, right in made.items())


def _take_recovery(session: Session, officer_id: int, code: str, tools: Tools) -> bool:
    """Whether a code is one of the recovery codes; it is gone then."""
    known = delete(RecoveryCode).where(RecoveryCode.officer_id == officer_id, RecoveryCode.hash == _hash(code, tools))
    used: Any = session.execute(known)
    if used.rowcount:
        left = codes_left(session, officer_id)
        audit.record(session, "recovery_code_used", at=tools.now(), officer_id=officer_id, left=left)
    return bool(used.rowcount)


def _new_codes(session: Session, officer_id: int, tools: Tools) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.officer_id == officer_id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(_LONG)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(officer_id=officer_id, hash=_hash(code, tools)) for code in codes)
    return [spaced(code, "-") for code in codes]


def spaced(text: str, between: str = " ") -> str:
    """`text` in groups of four, as people copy it."""
    return between.join(text[i : i + _GROUP] for i in range(0, len(text), _GROUP))


def _hash(code: str, tools: Tools) -> str:
    return hmac.new(tools.settings.pepper, b"recovery-code\0" + code.encode(), hashlib.sha256).hexdigest()


def _bare(code: str) -> str:
    """A code as it was shown: full-width digits, blanks and dashes do not matter."""
    return "".join(c for c in unicodedata.normalize("NFKC", code).upper() if c.isascii() and c.isalnum())


def _forget(session: Session, officer_id: int) -> None:
    session.execute(delete(RecoveryCode).where(RecoveryCode.officer_id == officer_id))
    session.execute(delete(SecondFactor).where(SecondFactor.officer_id == officer_id))
