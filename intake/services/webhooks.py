"""The group robots of offices and the programs that are told: entered by the admin, sealed at once, never shown again."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from intake.db import lock
from intake.errors import NotFound
from intake.models import Office, Outgoing, Pace, Robot, Webhook
from intake.rules import robots
from intake.services import audit, directory, keyring
from intake.tools import Tools


def listed(session: Session) -> Sequence[Webhook]:
    """All robots, by office."""
    return session.scalars(select(Webhook).join(Office).order_by(Office.region_code, Office.name, Webhook.id)).all()


def add(
    session: Session, office_id: str, robot: Robot, address: str, secret: str, pace: Pace, *, by: int, tools: Tools
) -> Webhook:
    """A new robot of an office. Raises InvalidInput for an unknown office or an address that is not that maker's.

    The secret of a program is to be `new_secret()`.
    """
    office = directory.office_by_id(session, office_id)
    robots.check_address(robot, address, tools.settings.robot_origins)
    sealed = keyring.seal(tools.settings.webhook_keys, "webhook", {"address": address, "secret": secret})
    made = Webhook(office_id=office.id, robot=robot, pace=pace, sealed=sealed, shown=_mask(address))
    session.add(made)
    session.flush()
    _record(session, made, True, by, tools)
    return made


def new_secret() -> str:
    """What a program tells our messages by: 256 random bits, as Standard Webhooks 1.0.0 writes them."""
    return robots.PROGRAM_SECRET + base64.b64encode(secrets.token_bytes(32)).decode()


def switch(session: Session, webhook_id: int, active: bool, *, by: int, tools: Tools) -> Webhook:
    """Silence a robot, or let it speak again; what waited for it while silent is dropped. Raises NotFound."""
    hook = by_id(session, webhook_id)
    lock(session, hook)
    if hook.active is not active:
        hook.active = active
        _record(session, hook, active, by, tools)
    return hook


def remove(session: Session, webhook_id: int, *, by: int, tools: Tools) -> None:
    """Forget a robot with its secret and what waited for it. Raises NotFound."""
    hook = by_id(session, webhook_id)
    session.execute(delete(Outgoing).where(Outgoing.webhook_id == hook.id))
    _record(session, hook, False, by, tools)
    session.delete(hook)


def by_id(session: Session, webhook_id: int) -> Webhook:
    """A robot. Raises NotFound."""
    hook = session.get(Webhook, webhook_id)
    if hook is None:
        raise NotFound("no such robot")
    return hook


def opened(hook: Webhook, tools: Tools) -> tuple[str, str]:
    """The address and the secret ("" for none) of a robot. Raises NotFound if the key is another."""
    sealed = keyring.unseal(tools.settings.webhook_keys, "webhook", hook.sealed)
    return sealed["address"], sealed["secret"]


def locked(session: Session, *, tools: Tools) -> int:
    """How many robots have an address that no key opens."""
    return sum(not keyring.opens(tools.settings.webhook_keys, "webhook", hook.sealed) for hook in listed(session))


def rewrap(session: Session, *, tools: Tools) -> int:
    """Seal every robot's address and secret under the newest key; returns how many.

    Raises NotFound for one that no key opens.
    """
    keys, hooks = tools.settings.webhook_keys, listed(session)
    for hook in hooks:
        hook.sealed = keyring.seal(keys, "webhook", keyring.unseal(keys, "webhook", hook.sealed))
    return len(hooks)


def _record(session: Session, hook: Webhook, active: bool, by: int, tools: Tools) -> None:
    keys = {"webhook": hook.id, "office": hook.office_id, "active": active}
    audit.record(session, "webhook_changed", at=tools.now(), officer_id=by, **keys)


def _mask(address: str) -> str:
    """The host and the last four characters, enough to tell two robots apart."""
    host = address.split("/")[2]
    return f"{host}/…{address[-4:]}"
