"""Contact data, sealed apart from the clue to a public key, so that whoever stores it cannot read it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from intake import sealing
from intake.errors import KeyAbsent, NotFound
from intake.models import Clue, Contact, ContactKey, KeyKept
from intake.models.clues import over_before
from intake.services import audit
from intake.tools import Tools


def current_key(session: Session) -> ContactKey | None:
    """The public key that contact data is sealed to now."""
    return session.scalar(select(ContactKey).order_by(ContactKey.id.desc()).limit(1))


def news_possible(session: Session, tools: Tools) -> bool:
    """Whether reporters can be told by mail: there is a mail server, and a worker can open an address with a key file."""
    key = current_key(session)
    return key is not None and key.kept is KeyKept.FILE and bool(tools.settings.text("SMTP_HOST"))


def store(session: Session, clue: Clue, contact: Mapping[str, str]) -> None:
    """Seal the contact data of a new clue; without a key pair (none was offered then) nothing is kept.

    To be called after an audit entry: a change of the key is over then, or waits.
    """
    key = current_key(session)
    clue.named = key is not None
    if key is not None:
        sealed = sealing.seal_to(key.public, clue.number, sealing.packed(contact))
        session.add(Contact(clue_id=clue.id, key_id=key.id, sealed=sealed, wants_news=bool(contact.get("mail"))))


def opened(contact: Contact, number: str, private: bytes) -> dict[str, str]:
    """What the contact data of a clue says. Raises NotFound if the key is another."""
    return sealing.unpacked(sealing.open_with(private, number, contact.sealed))


def in_file(key: ContactKey, tools: Tools) -> bytes:
    """The private key in this process's key file. Raises KeyAbsent where there is none, or another."""
    private = sealing.belonging_to(key.public, sealing.read_keys(tools.settings.text("CONTACT_KEY_FILE")))
    if private is None:
        raise KeyAbsent("key_not_here")
    return private


def is_there(session: Session, clue_id: int) -> bool:
    """Whether contact data of a clue is still kept."""
    return session.scalar(select(Contact.clue_id).where(Contact.clue_id == clue_id)) is not None


def delete_expired(session: Session, *, tools: Tools) -> int:
    """Delete the contact data of clues closed longer ago than CONTACT_DAYS; returns how many."""
    limit = tools.now() - timedelta(days=tools.settings.number("CONTACT_DAYS"))
    over = session.scalars(select(Contact).join(Clue).where(over_before(limit))).all()
    for contact in over:
        session.delete(contact)
        audit.record(session, "contact_deleted", at=tools.now(), clue_id=contact.clue_id)
    return len(over)


def from_file(session: Session, clue_id: int, tools: Tools) -> dict[str, str]:
    """What a process with the key file reads without anybody's password; {} for nothing, or where it cannot.

    For what shows it to nobody: a mail that is sent, a check of words before they are sent.
    """
    contact = session.get(Contact, clue_id)
    key = session.get(ContactKey, contact.key_id) if contact and contact.key_id else None
    if contact is None or key is None:
        return {}
    try:
        return opened(contact, session.get_one(Clue, clue_id).number, in_file(key, tools))
    except (KeyAbsent, NotFound):
        return {}


def name_if_opened(session: Session, clue: Clue, officer_id: int, tools: Tools) -> str:
    """The reporter's name if this officer has opened it before, so that no check tells it to anybody else; else "".

    Where passwords keep the key there is no name without one, and the check goes by the shape of names alone.
    """
    if not audit.has_done(session, officer_id, "contact_opened", clue.id):
        return ""
    return from_file(session, clue.id, tools).get("name", "").strip()


def seal_anew(session: Session, before: ContactKey, private: bytes, key: ContactKey) -> int:
    """Seal to `key` what is sealed to the key before, which `private` opens; returns how many."""
    rows = session.execute(select(Contact, Clue.number).join(Clue).where(Contact.key_id == before.id)).all()
    for contact, number in rows:
        content = sealing.open_with(private, number, contact.sealed)
        contact.sealed, contact.key_id = sealing.seal_to(key.public, number, content), key.id
    return len(rows)


def left_behind(session: Session) -> int:
    """How many contacts are sealed to another public key than the one in use: nobody can open them."""
    key = current_key(session)
    other = Contact.key_id != (key.id if key else None)
    return session.scalar(select(func.count()).select_from(Contact).where(Contact.key_id.is_not(None), other)) or 0


def old_key_file(tools: Tools) -> Path:
    """Where older versions kept the shared key of contact data."""
    return tools.settings.instance / "contact.key"


def still_old(session: Session) -> int:
    """How many contacts are sealed under the shared key of older versions."""
    return session.scalar(select(func.count()).select_from(Contact).where(Contact.key_id.is_(None))) or 0


def reseal(session: Session, *, tools: Tools) -> int:
    """Seal to the public key what older versions sealed under a shared one; returns how many. Raises KeyAbsent."""
    audit.take_turn(session)
    key, path = current_key(session), old_key_file(tools)
    rows = session.execute(select(Contact, Clue.number).join(Clue).where(Contact.key_id.is_(None))).all()
    if not rows:
        return 0
    if key is None or not path.exists():
        raise KeyAbsent("old_key_gone")
    shared = path.read_bytes()
    for contact, number in rows:
        fields = sealing.unseal(shared, number, contact.sealed)
        contact.sealed, contact.key_id = sealing.seal_to(key.public, number, sealing.packed(fields)), key.id
    audit.record(session, "contacts_resealed", at=tools.now(), count=len(rows))
    return len(rows)
