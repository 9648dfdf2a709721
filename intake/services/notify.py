"""Officers are told of what waits for them, by mail and by their office's robot: a number and a link, never a word of a clue.

`tell` writes rows in the transaction of the event; the worker claims them after the commit, sends what still holds
as one message for each receiver, and settles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, or_, select
from sqlalchemy.orm import Session

from intake.errors import NotFound
from intake.models import (
    Clue,
    Contact,
    Delegation,
    Event,
    Imported,
    Officer,
    OfficerRecusal,
    Outgoing,
    Pace,
    Robot,
    Subscription,
    Webhook,
)
from intake.rules.workflow import READERS, Action, Role, State
from intake.services import audit, contacts, identity, merging, staffing, webhooks
from intake.services.clues import Viewer, recused, visible_to
from intake.services.directory import INTAKE, at_home
from intake.tools import Tools

#: How soon officers hear of a kind of event who have not chosen otherwise.
USUAL: Mapping[Event, Pace] = {
    Event.ARRIVED: Pace.DAILY,
    Event.DUE_SOON: Pace.DAILY,
    Event.OVERDUE: Pace.AT_ONCE,
    Event.ANSWERED: Pace.AT_ONCE,
    Event.SUPERVISED: Pace.AT_ONCE,
}
#: Whose turn it is in a state, in the office that has the clue.
TURN: Mapping[State, tuple[Role, ...]] = {
    State.RECEIVED: (Role.CLERK,),
    State.ASSIGNED: (Role.HANDLER,),
    State.HANDLING: (Role.HANDLER,),
    State.CONCLUDED: (Role.LEAD,),
    State.TRANSFERRED: (Role.HANDLER,),
}
#: Steps after which there is news under the reporter's query code.
NEWS = frozenset({Action.ASSIGN, Action.REJECT, Action.MERGE, Action.TRANSFER, Action.ASK, Action.EXTEND, Action.APPROVE, Action.REOPEN})
#: Those of them that are told to the reporters of merged clues as well; taking one back tells whom it told.
SHARED = frozenset({Action.REJECT, Action.TRANSFER, Action.EXTEND, Action.APPROVE, Action.REOPEN})
#: Events in one message; the rest follows in the next.
MOST = 200
#: How long a claim holds: whoever claimed and died is followed by another after that.
LEASE = timedelta(minutes=5)
#: Attempts before a message is given up: with the pauses of `_pause` that is a day and a half.
ATTEMPTS = 12
NO_ADDRESS, KEY_GONE = "no_address", "key_gone"
#: Days for which sent messages are kept on record.
KEPT_DAYS = 30


@dataclass(frozen=True)
class Parcel:
    """What one receiver is told in one message: to a mail address, or to a robot's address with its secret.

    With nothing in `told` it is the reporter, who learns that there is news and no more. A program is told `facts`.
    `problem` says why it cannot be sent at all; "" where it can.
    """

    ids: tuple[int, ...]
    told: Mapping[Event, tuple[str, ...]]
    mail: str = ""
    robot: Robot | None = None
    address: str = ""
    secret: str = ""
    facts: tuple[Mapping[str, Any], ...] = ()
    problem: str = ""


@dataclass(frozen=True)
class Standing:
    """How it went with a receiver: messages that wait, when the last one left, and what went wrong with the latest."""

    waiting: int
    sent_at: datetime | None
    problem: str


def tell(session: Session, event: Event, clue: Clue, *, tools: Tools, by: int | None = None) -> None:
    """Have those told whose turn it is; `by` is the officer who caused it and knows already."""
    if clue.state not in TURN:
        return
    offices = _whose_turn(session, clue)
    if tools.settings.text("SMTP_HOST"):
        for officer, pace in _officers(session, event, clue, offices, tools):
            if officer.id != by and pace is not Pace.NEVER:
                _queue(session, event, clue, pace, tools, officer_id=officer.id)
    for hook in session.scalars(select(Webhook).where(Webhook.office_id.in_(offices), Webhook.active)):
        if hook.pace is not Pace.NEVER:
            _queue(session, event, clue, hook.pace, tools, webhook_id=hook.id)


def after_step(session: Session, clue: Clue, action: Action, before: State, *, by: int, tools: Tools) -> None:
    """Have those told whose turn it has become by a step, and an office that is pressed."""
    if TURN.get(before) != TURN.get(clue.state):
        tell(session, Event.ARRIVED, clue, tools=tools, by=by)
    if action is Action.SUPERVISE:
        tell(session, Event.SUPERVISED, clue, tools=tools, by=by)
    news = Action.REOPEN if (before, action) == (State.TRANSFERRED, Action.RETURN) else action  # taken up again, too
    if news in NEWS:
        tell_reporters(session, clue, news, tools=tools)
    if before is not clue.state:
        tell_programs(session, clue, tools=tools)


def tell_programs(session: Session, clue: Clue, *, tools: Tools) -> None:
    """Have the programs told of the state that a clue has come to: of its offices, and of who brought it from elsewhere."""
    brought = select(Imported.office_id).where(Imported.clue_id == clue.id)
    concerned = or_(Webhook.office_id.in_({clue.office_id, clue.intake_office_id}), Webhook.office_id.in_(brought))
    for hook in session.scalars(select(Webhook).where(Webhook.robot == Robot.PROGRAM, Webhook.active, concerned)):
        _queue(session, Event.CHANGED, clue, hook.pace, tools, webhook_id=hook.id)


def tell_reporters(session: Session, clue: Clue, action: Action, *, tools: Tools, but: int = 0) -> None:
    """Have the reporter told who asked for it; what is SHARED is told to those as well whose clues were merged into it; never the one
    of the clue `but`, whose doing it was."""
    if not contacts.news_possible(session, tools):
        return
    shared = action in SHARED or (action is Action.MERGE and merging.lead(session, clue).state is State.CLOSED)
    about = [clue.id, *(one.id for one in (merging.together(session, clue) if shared else ()))]
    for clue_id in session.scalars(select(Contact.clue_id).where(Contact.wants_news, Contact.clue_id.in_(about), Contact.clue_id != but)):
        session.add(Outgoing(clue_id=clue_id, made_at=tools.now(), not_before=tools.now()))


def claim(session: Session, *, tools: Tools) -> Parcel | None:
    """The next message to send, with everything its receiver waits for; None when nothing is due.

    What no longer holds is dropped: a clue that is done, or that the receiver may not see any more, or does not want to hear of.
    """
    while first := session.scalar(_due(tools).limit(1)):
        together = _due(tools).where(*_same_message(first)).limit(MOST).with_for_update(of=Outgoing)
        rows = session.scalars(together.execution_options(populate_existing=True)).all()
        numbers = _numbers(session, first, rows, tools)
        unwanted, now = _unwanted(session, first.officer_id), tools.now()
        for row in rows:
            _lease_or_drop(row, row.event is Event.TEST or (row.clue_id in numbers and row.event not in unwanted), now)
        session.flush()
        if held := [row for row in rows if row.dropped_at is None]:
            return _parcel(session, first, held, numbers, tools)
    return None


def settle(session: Session, parcel: Parcel, problem: str, *, tools: Tools) -> None:
    """Write down how a message went ("" for well); one that failed is tried again later, twelve times at most.

    Where there is no address, trying again changes nothing.
    """
    now = tools.now()
    for row in session.scalars(select(Outgoing).where(Outgoing.id.in_(parcel.ids))):
        row.problem = problem
        if not problem:
            row.sent_at = now
            if row.event is None:
                audit.record(session, "news_sent", at=now, clue_id=row.clue_id)
        elif problem == NO_ADDRESS or row.attempts >= ATTEMPTS:
            row.dropped_at = now
        else:
            row.not_before = now + _pause(row.attempts)


def choices(session: Session, officer_id: int) -> dict[Event, Pace]:
    """How soon an officer is told of each kind of event."""
    rows = session.scalars(select(Subscription).where(Subscription.officer_id == officer_id))
    return {**USUAL, **{row.event: row.pace for row in rows}}


def choose(session: Session, officer: Officer, email: str, paces: Mapping[Event, Pace], *, tools: Tools) -> None:
    """Take over where an officer wants his mail ("" for nowhere) and how soon he wants to be told of what."""
    officer.email = email
    for event, pace in paces.items():
        session.merge(Subscription(officer_id=officer.id, event=event, pace=pace))
    audit.record(session, "notifications_changed", at=tools.now(), officer_id=officer.id)


def try_out(session: Session, webhook_id: int, *, tools: Tools) -> Webhook:
    """Have a message sent that says only that it is a trial. Raises NotFound."""
    hook = webhooks.by_id(session, webhook_id)
    _queue(session, Event.TEST, None, Pace.AT_ONCE, tools, webhook_id=hook.id)
    return hook


def standing(session: Session, receiver: Officer | Webhook) -> Standing:
    """How it went with an officer's mail or a robot's messages."""
    column = Outgoing.officer_id if isinstance(receiver, Officer) else Outgoing.webhook_id
    waiting = session.scalar(select(func.count()).where(column == receiver.id, *_OPEN)) or 0
    sent_at = session.scalar(select(func.max(Outgoing.sent_at)).where(column == receiver.id))
    tried = select(Outgoing.problem).where(column == receiver.id, Outgoing.attempts > 0)
    return Standing(waiting, sent_at, session.scalar(tried.order_by(Outgoing.id.desc()).limit(1)) or "")


def forget(session: Session, *, tools: Tools) -> None:
    """Delete the record of what was sent or dropped a month ago, and news that nobody who could send it has sent."""
    limit = tools.now() - timedelta(days=KEPT_DAYS)
    stale = and_(Outgoing.event.is_(None), Outgoing.made_at < limit)
    session.execute(delete(Outgoing).where(or_(Outgoing.sent_at < limit, Outgoing.dropped_at < limit, stale)))


_OPEN = (Outgoing.sent_at.is_(None), Outgoing.dropped_at.is_(None))


def _due(tools: Tools) -> Select[Outgoing]:
    """What is to be sent by now, the longest waiting first; to reporters where their address opens."""
    query = select(Outgoing).where(*_OPEN, Outgoing.not_before <= tools.now())
    if not tools.settings.text("CONTACT_KEY_FILE"):
        query = query.where(Outgoing.event.is_not(None))
    return query.order_by(Outgoing.not_before, Outgoing.id)


def _same_message(first: Outgoing) -> list[ColumnElement[bool]]:
    """What goes in one message with `first`: all that its receiver waits for, but a clue's reporter hears of that clue alone,
    and what a program may have taken before comes again as it came then, under the same number."""
    same: list[ColumnElement[bool]] = [
        Outgoing.officer_id.is_not_distinct_from(first.officer_id), Outgoing.webhook_id.is_not_distinct_from(first.webhook_id)
    ]  # fmt: skip
    if first.event is None:
        same.append(Outgoing.clue_id == first.clue_id)
    if first.webhook and first.webhook.robot is Robot.PROGRAM:
        same.append(Outgoing.attempts == first.attempts)
    if first.webhook and first.webhook.robot is Robot.PROGRAM and first.attempts:
        same.append(Outgoing.not_before == first.not_before)
    return same


def _whose_turn(session: Session, clue: Clue) -> list[int]:
    """The office that has the clue; those at home for one that no intake office could be found for."""
    if clue.state is not State.RECEIVED:
        return [clue.office_id] if clue.office_id else []
    return [clue.intake_office_id] if clue.intake_office_id else [office.id for office in at_home(session)]


def _officers(session: Session, event: Event, clue: Clue, offices: Sequence[int], tools: Tools) -> list[tuple[Officer, Pace]]:
    """Those with a mail address whose turn it is, who stand in for them, and for what is late the supervisors."""
    roles = TURN[clue.state] if event is not Event.SUPERVISED else (Role.HANDLER, Role.LEAD)
    wanted: list[ColumnElement[bool]] = [and_(Officer.office_id.in_(offices), Officer.role.in_(roles))]
    if event is Event.OVERDUE and clue.intake_office_id:
        wanted.append(and_(Officer.office_id == clue.intake_office_id, Officer.role == Role.SUPERVISOR))
    today = tools.today()
    away = select(Delegation.to_id).join(Officer, Officer.id == Delegation.from_id)
    stands_in = away.where(or_(*wanted), Delegation.first_on <= today, Delegation.last_on >= today)
    chosen = and_(Subscription.officer_id == Officer.id, Subscription.event == event)
    query = select(Officer, Subscription.pace).outerjoin(Subscription, chosen)
    query = query.where(Officer.active, Officer.email != "", or_(*wanted, Officer.id.in_(stands_in)))
    return [(officer, pace or USUAL[event]) for officer, pace in session.execute(query)]


def _queue(session: Session, event: Event, clue: Clue | None, pace: Pace, tools: Tools, **receiver: int) -> None:
    when = tools.now() if pace is Pace.AT_ONCE else _next_digest(tools)
    session.add(Outgoing(event=event, clue_id=clue and clue.id, made_at=tools.now(), not_before=when, **receiver))


def _next_digest(tools: Tools) -> datetime:
    """The next time that the day's summary goes out."""
    hour = timedelta(hours=tools.settings.number("DIGEST_HOUR"))
    today = tools.midnight(tools.today()) + hour
    return today if today > tools.now() else tools.midnight(tools.today() + timedelta(days=1)) + hour


def _numbers(session: Session, first: Outgoing, rows: Iterable[Outgoing], tools: Tools) -> dict[int, str]:
    """The numbers of those clues that the receiver may be told of now, by id."""
    ids = {row.clue_id for row in rows if row.clue_id}
    if first.event is None:
        return dict.fromkeys(session.scalars(select(Contact.clue_id).where(Contact.clue_id.in_(ids), Contact.wants_news)), "")
    sees = _seen_by_officer(session, first.officer, tools) if first.officer else _seen_by_webhook(first.webhook)
    query = select(Clue.id, Clue.number).where(Clue.id.in_(ids), sees)
    return {row.id: row.number for row in session.execute(query)}


def _seen_by_officer(session: Session, officer: Officer, tools: Tools) -> ColumnElement[bool]:
    """What an officer sees now, himself and in the place of those he stands in for."""
    own = identity.viewer(officer)
    roles = {own.role, *(d.away.role for d in staffing.received(session, officer.id, tools.today()))} & READERS
    sees = or_(*(visible_to(replace(own, role=role)) for role in roles))
    return and_(select(Officer.active).where(Officer.id == officer.id).scalar_subquery(), sees, Clue.state.in_(TURN))


def _seen_by_webhook(hook: Webhook | None) -> ColumnElement[bool]:
    """What the whole office of a robot may know of: nothing from which one of its people is recused.

    A program may also know how that stands which is done, or which its office brought.
    """
    assert hook is not None  # the table's CHECK one_receiver
    office = hook.office
    role = Role.CLERK if office.remit == INTAKE else Role.HANDLER
    face = Viewer(0, "", role, office.id, office.name, office.region_code, office.remit, office.is_home)
    people = select(Officer.id).where(Officer.office_id == office.id)
    one_is_out = exists().where(OfficerRecusal.clue_id == Clue.id, OfficerRecusal.officer_id.in_(people))
    sees = and_(visible_to(face), Clue.state.in_(TURN))
    if hook.robot is Robot.PROGRAM:
        brought = Clue.id.in_(select(Imported.clue_id).where(Imported.office_id == office.id))
        sees = or_(visible_to(face), and_(brought, ~recused(face)))
    return and_(sees, ~one_is_out, select(Webhook.active).where(Webhook.id == hook.id).scalar_subquery())


def _unwanted(session: Session, officer_id: int | None) -> set[Event]:
    """What an officer does not want to hear of; nothing for other receivers."""
    if officer_id is None:
        return set()
    return {event for event, pace in choices(session, officer_id).items() if pace is Pace.NEVER}


def _lease_or_drop(row: Outgoing, holds: bool, now: datetime) -> None:
    if holds:
        row.attempts += 1
        row.not_before = now + LEASE
    else:
        row.dropped_at = now


def _parcel(
    session: Session, first: Outgoing, held: Sequence[Outgoing], numbers: Mapping[int, str], tools: Tools
) -> Parcel:
    told: dict[Event, dict[str, None]] = defaultdict(dict)
    for row in held:
        if row.event:
            told[row.event][numbers.get(row.clue_id or 0, "")] = None
    ids, lines = tuple(row.id for row in held), {event: tuple(told[event]) for event in Event if event in told}
    if first.webhook:
        return _parcel_for(session, first.webhook, held, Parcel(ids, lines), tools)
    contact = {"mail": first.officer.email} if first.officer else contacts.from_file(session, first.clue_id or 0, tools)
    mail = contact.get("mail", "")
    return Parcel(ids, lines, mail=mail, problem="" if mail else NO_ADDRESS if contact else KEY_GONE)


def _parcel_for(session: Session, hook: Webhook, held: Sequence[Outgoing], parcel: Parcel, tools: Tools) -> Parcel:
    """The parcel with what a robot needs beside; with a problem where its address does not open."""
    try:
        address, secret = webhooks.opened(hook, tools)
    except NotFound:
        return replace(parcel, problem=KEY_GONE)
    facts = _facts(session, hook, held) if hook.robot is Robot.PROGRAM else ()
    return replace(parcel, robot=hook.robot, address=address, secret=secret, facts=facts)


def _facts(session: Session, hook: Webhook, held: Sequence[Outgoing]) -> tuple[Mapping[str, Any], ...]:
    """What happened, and how each clue stands now; of a clue that its office brought, the number that it has there."""
    theirs = [~Imported.external_number.startswith(sign) for sign in (Imported.OURS, Imported.HASHED)]
    brought = and_(Imported.clue_id == Clue.id, Imported.office_id == hook.office_id, *theirs)
    query = select(Clue, Imported.external_number).outerjoin(Imported, brought).where(Clue.id.in_({row.clue_id for row in held}))
    known = {clue.id: (clue, number or "") for clue, number in session.execute(query)}
    return tuple(_fact(row.event, *known.get(row.clue_id or 0, (None, ""))) for row in held)


def _fact(event: Event | None, clue: Clue | None, external_number: str) -> Mapping[str, Any]:
    if clue is None:
        return {"event": event}
    due = clue.due_on.isoformat() if clue.due_on else None
    return {
        "event": event, "number": clue.number, "external_number": external_number, "state": clue.state, "version": clue.version,
        "due_on": due,
    }  # fmt: skip


def stuck(session: Session, *, tools: Tools) -> tuple[int, timedelta]:
    """How many messages should have gone out, and how long the first of them has waited: since it was due at first, however often it
    was tried since."""
    should_be_out = or_(Outgoing.not_before <= tools.now(), Outgoing.attempts > 0)
    query = select(Outgoing.attempts, func.count(), func.min(Outgoing.not_before)).where(*_OPEN, should_be_out)
    rows = session.execute(query.group_by(Outgoing.attempts)).all()
    tried_for = {tried: sum((_pause(n + 1) for n in range(tried)), timedelta()) for tried, _, _ in rows}
    waited = (tools.now() - first + tried_for[tried] for tried, _, first in rows)
    return sum(n for _, n, _ in rows), max(waited, default=timedelta())


def _pause(attempts: int) -> timedelta:
    """1, 2, 4 … minutes after each attempt, six hours at most."""
    return min(timedelta(minutes=2 ** (attempts - 1)), timedelta(hours=6))
