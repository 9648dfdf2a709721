"""Contact data, sealed apart from the clue: AES-256-GCM under a key that lives outside the database."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import timedelta

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from sqlalchemy.orm import Session

from intake.errors import Forbidden, NotFound
from intake.models import Clue, Contact
from intake.services import audit
from intake.tools import Tools

_NONCE = 12


def seal(key: bytes, number: str, contact: Mapping[str, str]) -> bytes:
    """Nonce (12 bytes) and ciphertext of `contact`, bound to the clue's number. `key` has 32 bytes."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, json.dumps(dict(contact), ensure_ascii=False).encode(), number.encode())


def unseal(key: bytes, number: str, sealed: bytes) -> dict[str, str]:
    """What was sealed. Raises NotFound if the key or the number is another."""
    try:
        opened: dict[str, str] = json.loads(AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], number.encode()))
    except InvalidTag as error:
        raise NotFound("contact data cannot be opened with this key") from error
    return opened


def open_contact(
    session: Session, clue: Clue, reason: str, *, officer_id: int, office_id: int, tools: Tools
) -> dict[str, str]:
    """The contact data of a clue, for the responsible office only; the opening and its reason are audited.

    Raises Forbidden for another office, NotFound if there is nothing to open.
    """
    if clue.office_id != office_id:
        raise Forbidden("another office is responsible")
    contact = session.get(Contact, clue.id)
    if contact is None:
        raise NotFound("no contact data")
    audit.record(session, "contact_opened", at=tools.now(), officer_id=officer_id, clue_id=clue.id, reason=reason)
    return unseal(tools.settings.contact_key, clue.number, contact.sealed)


def delete_expired(session: Session, *, tools: Tools) -> int:
    """Delete the contact data of clues closed longer ago than CONTACT_DAYS; returns how many."""
    limit = tools.now() - timedelta(days=tools.settings.number("CONTACT_DAYS"))
    over = session.scalars(select(Contact).join(Clue).where(Clue.closed_at < limit)).all()
    for contact in over:
        session.delete(contact)
        audit.record(session, "contact_deleted", at=tools.now(), clue_id=contact.clue_id)
    return len(over)


def name_if_opened(session: Session, clue: Clue, officer_id: int, tools: Tools) -> str:
    """The reporter's name if this officer has opened it before, so that no check tells it to anybody else; else ""."""
    contact = session.get(Contact, clue.id)
    if contact is None or not audit.has_done(session, officer_id, "contact_opened", clue.id):
        return ""
    return unseal(tools.settings.contact_key, clue.number, contact.sealed).get("name", "").strip()
