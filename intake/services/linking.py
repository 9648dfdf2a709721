"""Whom the identity provider's subject stands for. An account is linked and never made, and the password has its say once.

Either the officer links it, signed in and with the password; or the admin enters the subject, and it is in force once
the officer has shown the password after the provider has named him. No mail address or name the provider sends is proof.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from intake.errors import InvalidInput, NotFound, ProviderFailed
from intake.models import Officer, ProviderLink
from intake.oidc import LONGEST_SUBJECT
from intake.rules.workflow import Role
from intake.services import audit, identity, sign_ins
from intake.tools import Tools


def named(session: Session, subject: str, *, tools: Tools) -> ProviderLink:
    """The link of a subject to an account that is open. Raises ProviderFailed."""
    link = session.scalar(
        select(ProviderLink).where(
            ProviderLink.issuer == _issuer(tools), ProviderLink.subject == subject, ProviderLink.officer.has(active=True)
        )
    )
    if link is None:
        raise ProviderFailed("unknown")
    return link


def of(session: Session, officer_id: int, *, tools: Tools) -> ProviderLink | None:
    """The link of an officer to the provider in use."""
    link = session.get(ProviderLink, officer_id)
    return link if link and link.issuer == _issuer(tools) else None


def linked(session: Session, *, tools: Tools) -> Mapping[int, ProviderLink]:
    """The links to the provider in use, by officer."""
    found = session.scalars(select(ProviderLink).where(ProviderLink.issuer == _issuer(tools)))
    return {link.officer_id: link for link in found}


def link(session: Session, officer_id: int, subject: str, *, tools: Tools) -> None:
    """Link an officer who has shown the password to whom the provider has just named. Raises ProviderFailed."""
    if _is_taken(session, officer_id, subject, tools):
        raise ProviderFailed("link_taken")
    try:
        _put(session, officer_id, subject, tools.now(), tools)
    except IntegrityError as error:  # somebody else was linked to it a moment ago
        raise ProviderFailed("link_taken") from error
    audit.record(session, "provider_linked", at=tools.now(), officer_id=officer_id, officer=officer_id, confirmed=True)


def enter(session: Session, officer_id: int, subject: str, *, by: int, tools: Tools) -> Officer:
    """The admin names an officer's subject; what was linked before is over, and so are the officer's sign-ins.

    Raises InvalidInput, NotFound for nobody and for oneself.
    """
    officer = identity.other(session, officer_id, than=by)
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isascii() or not subject.isprintable() or " " in subject:
        raise InvalidInput("subject", "unfit_subject")
    if _is_taken(session, officer_id, subject, tools):
        raise InvalidInput("subject", "subject_taken")
    try:
        _put(session, officer_id, subject, None, tools)
    except IntegrityError as error:  # somebody else was linked to it a moment ago
        raise InvalidInput("subject", "subject_taken") from error
    sign_ins.end_all(session, officer_id, by=by, tools=tools)
    audit.record(session, "provider_linked", at=tools.now(), officer_id=by, officer=officer_id, confirmed=False)
    return officer


def confirm(session: Session, officer_id: int, marked: str, password: str, *, tools: Tools) -> Officer:
    """Put what the admin entered in force, by the officer's password; `marked` is the mark of the subject that the provider named.

    Raises ProviderFailed if it is not there any more, InvalidInput for a wrong password.
    """
    entered = of(session, officer_id, tools=tools)
    if entered is None or mark(entered.subject) != marked or not entered.officer.active:
        raise ProviderFailed("unknown")
    officer = proved(session, officer_id, password)
    entered.confirmed_at = tools.now()
    audit.record(session, "provider_linked", at=tools.now(), officer_id=officer_id, officer=officer_id, confirmed=True)
    return officer


def proved(session: Session, officer_id: int, password: str) -> Officer:
    """The officer, if that is his password. Raises InvalidInput."""
    try:
        return identity.check_password(session, session.get_one(Officer, officer_id).username, password)
    except NotFound as error:
        raise InvalidInput("password", "password_differs") from error


def unlink(session: Session, officer_id: int, *, by: int, keep: int | None = None, tools: Tools) -> Officer:
    """Take a link away and end the officer's sign-ins, but `keep` where he does it himself. Raises NotFound if there is none."""
    link, officer = session.get(ProviderLink, officer_id), session.get(Officer, officer_id)
    if link is None or officer is None:
        raise NotFound("no link")
    session.delete(link)
    if keep is None:
        sign_ins.end_all(session, officer_id, by=by, tools=tools)
    else:
        sign_ins.end_others(session, officer_id, keep=keep, tools=tools)
    audit.record(session, "provider_unlinked", at=tools.now(), officer_id=by, officer=officer_id)
    return officer


def mark(subject: str) -> str:
    """What a session keeps of a subject: enough to see that the link is still the same."""
    return hashlib.sha256(subject.encode()).hexdigest()[:32]


def is_only_way(role: Role, *, tools: Tools) -> bool:
    """Whether a role signs in through the provider and not with the password."""
    return role.value in tools.settings.listed("OIDC_ONLY")


def _put(session: Session, officer_id: int, subject: str, at: datetime | None, tools: Tools) -> None:
    session.merge(ProviderLink(officer_id=officer_id, issuer=_issuer(tools), subject=subject, confirmed_at=at))
    session.flush()


def _is_taken(session: Session, officer_id: int, subject: str, tools: Tools) -> bool:
    others = select(ProviderLink.officer_id).where(ProviderLink.issuer == _issuer(tools), ProviderLink.subject == subject)
    return session.scalar(others.where(ProviderLink.officer_id != officer_id)) is not None


def _issuer(tools: Tools) -> str:
    return tools.settings.text("OIDC_ISSUER")
