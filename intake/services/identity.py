"""Officers: signing in, passwords, and what a signed-in officer may be taken for."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, contains_eager
from zxcvbn import zxcvbn

from intake.db import lock
from intake.errors import InvalidInput, NotFound
from intake.models import Office, Officer
from intake.rules.workflow import Role
from intake.services import audit, keys, sign_ins
from intake.services.clues import Viewer
from intake.tools import Tools

SHORTEST = 12
LONGEST = 128
#: The least that OWASP's Password Storage Cheat Sheet names for argon2id.
hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: In place of a hash: whatever is typed is refused.
_FITS_NOTHING = ""


@cache
def _decoy() -> str:
    """The hash of a password that nobody has; made when it is first needed, whoever signs in."""
    return hasher.hash(secrets.token_hex(16))


def check_password(session: Session, username: str, password: str) -> Officer:
    """The officer whom name and password fit, as nobody else changes him until the transaction ends; an unknown name, or one
    without a password, costs as much time as a wrong one.

    Raises NotFound.
    """
    officer, decoy = session.scalar(select(Officer).where(Officer.username == username.strip(), Officer.active)), _decoy()
    verified = officer.password_hash if officer else ""
    try:
        hasher.verify(verified or decoy, password)
    except (VerificationError, InvalidHashError) as error:
        raise NotFound("name and password do not fit") from error
    if officer is None:
        raise NotFound("name and password do not fit")
    lock(session, officer)
    if not officer.active or officer.password_hash != verified:
        raise NotFound("name and password have just come not to fit")
    keys.enrol(session, officer, password)
    return officer


def password_mark(officer: Officer, *, tools: Tools) -> str:
    """What tells an officer's password from every other he has or will have, and tells nothing of it."""
    return hmac.new(tools.settings.pepper, b"password\0" + officer.password_hash.encode(), hashlib.sha256).hexdigest()


def by_mark(session: Session, officer_id: int, mark: str, *, tools: Tools) -> Officer:
    """The officer who still has the password of that mark, as nobody else changes him until the transaction ends. Raises NotFound."""
    officer = session.get(Officer, officer_id)
    if officer is None:
        raise NotFound("no such officer")
    lock(session, officer)
    if not officer.active or not hmac.compare_digest(mark, password_mark(officer, tools=tools)):
        raise NotFound("another password by now, or none")
    return officer


def viewer(officer: Officer) -> Viewer:
    """What visibility needs to know of an officer."""
    office = officer.office
    return Viewer(
        officer.id, officer.name, officer.role, office.id, office.name, office.region_code, office.remit, office.is_home
    )


def change_password(session: Session, officer: Officer, old: str, new: str, *, tools: Tools) -> None:
    """Set a new password and end all sign-ins, this one too. Raises InvalidInput for a wrong old or a weak new one."""
    lock(session, officer)
    try:
        hasher.verify(officer.password_hash, old)
    except (VerificationError, InvalidHashError) as error:
        raise InvalidInput("old", "wrong_password") from error
    _refuse_weak(new, [officer.username, officer.name])
    keys.change_password(session, officer, old, new)
    officer.password_hash = hasher.hash(new)
    officer.must_change_password = False
    sign_ins.end_all(session, officer.id, by=officer.id, tools=tools)
    audit.record(session, "password_changed", at=tools.now(), officer_id=officer.id)


def create_officer(
    session: Session, username: str, name: str, role: Role, office: Office, *, by: int | None = None, tools: Tools
) -> tuple[Officer, str]:
    """A new officer with a random first password, which must be changed at the first sign-in; `by` as in enter_officer.

    Raises InvalidInput if the user name is taken or unfit.
    """
    officer, password = enter_officer(session, username, name, role, office, by=by, tools=tools), first_password()
    officer.password_hash = hasher.hash(password)
    keys.enrol(session, officer, password)
    return officer, password


def reset_password(session: Session, officer_id: int, *, by: int | None, tools: Tools) -> tuple[Officer, str]:
    """A new first password for one who forgot his; `by` is NULL for the operator. The sign-ins end, the second factor stays.

    His grant to open contact data is gone with the password that it was sealed to: a colleague gives it anew. Raises
    NotFound; nobody resets their own.
    """
    officer, password = other(session, officer_id, than=by), first_password()
    officer.password_hash, officer.must_change_password = hasher.hash(password), True
    sign_ins.end_all(session, officer.id, by=by, tools=tools)
    keys.forget(session, officer.id)
    session.flush()
    keys.enrol(session, officer, password)
    audit.record(session, "password_reset", at=tools.now(), officer_id=by, officer=officer.id)
    return officer, password


def enter_officer(
    session: Session, username: str, name: str, role: Role, office: Office, *, by: int | None = None, tools: Tools
) -> Officer:
    """A new officer whom no password lets in yet; `by` is NULL for the operator.

    Raises InvalidInput if the user name is taken or unfit.
    """
    username = username.strip()
    if not username or len(username) > 60 or any(c.isspace() for c in username):
        raise InvalidInput("username", "unfit_username")
    if session.scalar(select(Officer.id).where(Officer.username == username)):
        raise InvalidInput("username", "username_taken")
    officer = Officer(username=username, name=name, role=role, office=office, password_hash=_FITS_NOTHING)
    session.add(officer)
    session.flush()
    audit.record(
        session, "officer_created", at=tools.now(), officer_id=by, officer=officer.id, role=role.value, office=office.id
    )
    return officer


def switch_officer(session: Session, officer_id: int, active: bool, *, by: int, tools: Tools) -> Officer:
    """Close an account, which ends its sign-ins and takes its grant away, or open it again; one that is so already stays as it is.

    Raises NotFound; nobody closes their own.
    """
    officer = other(session, officer_id, than=by)
    lock(session, officer)
    if officer.active is active:
        return officer
    officer.active = active
    sign_ins.end_all(session, officer.id, by=by, tools=tools)
    keys.forget(session, officer.id)
    audit.record(session, "officer_changed", at=tools.now(), officer_id=by, officer=officer.id, active=officer.active)
    return officer


def officers(session: Session, words: str, at: int, most: int) -> tuple[Sequence[Officer], int]:
    """Page `at` (from 0) of the officers whose name, user name or office has `words` in it, by user name; and how many there are."""
    named = or_(*(column.contains(words, autoescape=True) for column in (Officer.username, Officer.name, Office.name)))
    query = select(Officer).join(Officer.office).where(named)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    page = query.options(contains_eager(Officer.office)).order_by(Officer.username).offset(at * most).limit(most)
    return session.scalars(page).all(), total


def colleague(session: Session, officer_id: int, *, of: int) -> Officer:
    """An officer who serves, other than the one asking. Raises NotFound."""
    found = other(session, officer_id, than=of)
    if not found.active:
        raise NotFound("no such officer")
    return found


def other(session: Session, officer_id: int, *, than: int | None) -> Officer:
    """An officer other than the one asking, whether he serves or not. Raises NotFound."""
    found = session.get(Officer, officer_id)
    if found is None or found.id == than:
        raise NotFound("no such officer")
    return found


def by_username(session: Session, username: str) -> Officer:
    """The officer of a user name. Raises NotFound."""
    officer = session.scalar(select(Officer).where(Officer.username == username))
    if officer is None:
        raise NotFound("no such officer")
    return officer


def first_password() -> str:
    """Sixteen characters without look-alikes in groups (79 bits)."""
    letters = "".join(secrets.choice("23456789abcdefghjkmnpqrstuvwxyz") for _ in range(16))
    return "-".join(letters[i : i + 4] for i in range(0, 16, 4))


def _refuse_weak(password: str, known: list[str]) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        raise InvalidInput("new", "password_length")
    if zxcvbn(password[:72], user_inputs=known)["score"] < 3:
        raise InvalidInput("new", "password_weak")
