"""Who can open contact data: the installation's key pair, kept in a file or sealed to officers' passwords.

The public key stands in the database, where every process finds it. The private one never does by itself: it is in
CONTACT_KEY_FILE, or sealed to the key that each entitled officer's password stands for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake import sealing
from intake.errors import Forbidden, InvalidInput, KeyAbsent, NotFound
from intake.models import Clue, Contact, ContactKey, KeyKept, Officer, OfficerKey
from intake.rules.workflow import Role
from intake.services import audit, contacts
from intake.services.clues import Viewer
from intake.services.contacts import current_key
from intake.tools import Tools

#: Roles that may open contact data; access.ACCESS lets in no others.
OPENERS = frozenset({Role.HANDLER, Role.LEAD})


def kept(session: Session) -> KeyKept | None:
    """Where the private key is; None while an installation has none, and nobody can leave contact data."""
    key = current_key(session)
    return key.kept if key else None


def ensure(session: Session, *, tools: Tools) -> bytes | None:
    """Make the first key pair where there is none, in the key file if one is set (one that is there is used).

    Returns the private key if it is new and in no file: it has to be written down now. Raises ConfigError.
    """
    if current_key(session):
        return None
    path = tools.settings.text("CONTACT_KEY_FILE")
    known = sealing.read_keys(path)
    private = known[0] if known else sealing.new_private()
    if path and not known:
        sealing.write_keys(path, [private])
    put(session, private, tools=tools)
    return None if path else private


def put(session: Session, private: bytes, *, tools: Tools) -> ContactKey:
    """Put a key pair in use; the settings say where its private key is kept."""
    where = KeyKept.FILE if tools.settings.text("CONTACT_KEY_FILE") else KeyKept.PASSWORDS
    key = ContactKey(public=sealing.public_of(private), kept=where, made_at=tools.now())
    session.add(key)
    session.flush()
    audit.record(session, "contact_key_made", at=tools.now(), key=key.id, kept=where.value, public=key.public.hex())
    return key


def is_replaced(session: Session) -> bool:
    """Whether the public key in use is another than the audit chain names: whoever swapped it reads what comes in."""
    key, made = current_key(session), audit.latest(session, "contact_key_made")
    if made is None:
        return False
    return key is None or (made.keys["key"], made.keys["public"]) != (key.id, key.public.hex())


def enrol(session: Session, officer: Officer, password: str) -> None:
    """Give an entitled officer a key of his own from the password just proved, where passwords keep the key."""
    if officer.role not in OPENERS or kept(session) is not KeyKept.PASSWORDS:
        return
    if session.get(OfficerKey, officer.id):
        return
    session.add(_from_password(officer.id, password))
    session.flush()


def change_password(session: Session, officer: Officer, old: str, new: str) -> None:
    """Take an officer's grant over to a new password; what the old one does not open any more is lost."""
    audit.take_turn(session)
    before = session.get(OfficerKey, officer.id)
    if before is None:
        enrol(session, officer, new)
        return
    fresh = _from_password(officer.id, new)
    try:
        fresh.sealed = before.sealed and _resealed(before, old, fresh)
        fresh.granted_at = before.granted_at
    except InvalidInput:
        fresh.sealed = fresh.granted_at = None
    session.merge(fresh)


def forget(session: Session, officer_id: int) -> None:
    """Take an officer's key away, and with it the grant."""
    if key := session.get(OfficerKey, officer_id):
        session.delete(key)


def private_for(session: Session, officer_id: int, password: str, key: ContactKey, tools: Tools) -> bytes:
    """The private key for this officer. Raises KeyAbsent, InvalidInput for a wrong password."""
    if key.kept is KeyKept.FILE:
        return contacts.in_file(key, tools)
    own = session.get(OfficerKey, officer_id)
    if own is None or own.sealed is None:
        raise KeyAbsent("key_not_granted")
    return _opened(own, password)


def open_contact(
    session: Session, clue: Clue, reason: str, password: str, *, officer: Viewer, tools: Tools
) -> dict[str, str]:
    """The contact data of a clue, for the responsible office only; the opening and its reason are audited.

    `password` is the officer's, needed where passwords keep the key. Raises Forbidden for another office, NotFound if
    there is nothing to open, InvalidInput for a wrong password, KeyAbsent where this process or officer has no key.
    """
    if clue.office_id != officer.office_id:
        raise Forbidden("another office is responsible")
    contact = session.get(Contact, clue.id)
    if contact is None:
        raise NotFound("no contact data")
    if contact.key_id is None:
        raise KeyAbsent("key_is_old")
    private = private_for(session, officer.id, password, session.get_one(ContactKey, contact.key_id), tools)
    audit.record(session, "contact_opened", at=tools.now(), officer_id=officer.id, clue_id=clue.id, reason=reason)
    return contacts.opened(contact, clue.number, private)


def grant(session: Session, officer_id: int, private: bytes, *, by: int | None, tools: Tools) -> None:
    """Let an officer open contact data from now on; `by` is NULL for the operator.

    Raises InvalidInput for an officer without a key of his own, or if the private key is not the one in use.
    """
    audit.take_turn(session)
    opened_by(session, private)
    own = session.get(OfficerKey, officer_id)
    if own is None or not own.officer.active:
        raise InvalidInput("officer", "signs_in_first")
    own.sealed, own.granted_at = sealing.seal_to(own.public, _bound(officer_id), private), tools.now()
    audit.record(session, "contact_granted", at=tools.now(), officer_id=by, officer=officer_id)


def grant_colleague(session: Session, officer_id: int, password: str, *, by: Viewer, tools: Tools) -> None:
    """An entitled officer lets a colleague of the same office open contact data.

    Raises NotFound for anybody else, InvalidInput for a wrong password, KeyAbsent without a grant of his own.
    """
    audit.take_turn(session)
    key = current_key(session)
    if key is None or officer_id not in {other.id for other, _ in colleagues(session, by.office_id)}:
        raise NotFound("no such colleague")
    grant(session, officer_id, private_for(session, by.id, password, key, tools), by=by.id, tools=tools)


def grant_all(session: Session, private: bytes, *, tools: Tools) -> int:
    """Let everybody with a key of his own open contact data, at the beginning; returns how many."""
    waiting = session.scalars(select(OfficerKey).where(OfficerKey.sealed.is_(None))).all()
    for own in waiting:
        grant(session, own.officer_id, private, by=None, tools=tools)
    return len(waiting)


def grant_by_name(session: Session, username: str, private: bytes, *, tools: Tools) -> None:
    """The operator lets an officer open contact data. Raises InvalidInput as `grant` does."""
    officer_id = session.scalar(select(Officer.id).where(Officer.username == username))
    grant(session, officer_id or 0, private, by=None, tools=tools)


def granted(session: Session) -> int:
    """How many officers may open contact data by their passwords."""
    return session.scalar(select(func.count()).select_from(OfficerKey).where(OfficerKey.sealed.is_not(None))) or 0


def colleagues(session: Session, office_id: int) -> Sequence[tuple[Officer, OfficerKey | None]]:
    """Those of an office who may be let open contact data, with their keys."""
    query = select(Officer, OfficerKey).outerjoin(OfficerKey, OfficerKey.officer_id == Officer.id)
    query = query.where(Officer.office_id == office_id, Officer.active, Officer.role.in_(OPENERS))
    return [(officer, own) for officer, own in session.execute(query.order_by(Officer.name, Officer.id))]


def in_use(session: Session, privates: Iterable[bytes]) -> bytes | None:
    """The private key among these that opens what is sealed now."""
    key = current_key(session)
    return sealing.belonging_to(key.public, privates) if key else None


def opened_by(session: Session, private: bytes) -> ContactKey:
    """The key pair in use. Raises InvalidInput if it is not that of `private`."""
    key = current_key(session)
    if key is None or sealing.public_of(private) != key.public:
        raise InvalidInput("key", "key_is_another")
    return key


def rotate(session: Session, old: bytes, new: bytes, *, tools: Tools) -> int:
    """Put a new key pair in use, seal all contact data to it, and grant it to whom the old one was granted.

    Returns how many were sealed anew. Raises InvalidInput if `old` is not the key in use.
    """
    audit.take_turn(session)
    before = opened_by(session, old)
    key = put(session, new, tools=tools)
    for own in session.scalars(select(OfficerKey).where(OfficerKey.sealed.is_not(None))):
        own.sealed = sealing.seal_to(own.public, _bound(own.officer_id), new)
    return contacts.seal_anew(session, before, old, key)


def _from_password(officer_id: int, password: str) -> OfficerKey:
    salt = os.urandom(sealing.SALT)
    public = sealing.public_of(sealing.from_password(password, salt))
    return OfficerKey(officer_id=officer_id, salt=salt, public=public)


def _opened(own: OfficerKey, password: str) -> bytes:
    private = sealing.from_password(password, own.salt)
    if own.sealed is None or sealing.public_of(private) != own.public:
        raise InvalidInput("password", "password_differs")
    return sealing.open_with(private, _bound(own.officer_id), own.sealed)


def _resealed(before: OfficerKey, password: str, fresh: OfficerKey) -> bytes:
    return sealing.seal_to(fresh.public, _bound(fresh.officer_id), _opened(before, password))


def _bound(officer_id: int) -> str:
    return f"officer {officer_id}"
