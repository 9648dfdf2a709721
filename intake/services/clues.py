"""Clues: filed by a reporter, read by code, and seen by officers only as far as they may."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select
from sqlalchemy.orm import Session, joinedload

from intake.errors import NotFound
from intake.models import (
    AuditEntry,
    Category,
    Channel,
    Clue,
    Clustered,
    CoHandler,
    Counter,
    Message,
    Note,
    Notice,
    NoticeState,
    Office,
    OfficerRecusal,
    Recusal,
    Region,
    Reminder,
    ReminderKind,
    ReporterKind,
    ReturnedBy,
    TextMark,
)
from intake.rules.codes import code_from, code_hash
from intake.rules.routing import AccusedLevel
from intake.rules.workflow import Role, State
from intake.services import attachments, audit, contacts, proof
from intake.services.directory import INTAKE, region_prefix
from intake.tools import Tools


@dataclass(frozen=True)
class Submission:
    """What a reporter sends, already checked for shape; `key` is the form's one-time key."""

    key: str
    text: str
    region_code: str
    title: str = ""
    accused_name: str = ""
    accused_level: AccusedLevel = AccusedLevel.UNKNOWN
    since: date | None = None
    times_a_month: int | None = None
    minutes_each: int | None = None
    people: int | None = None
    reporter_kind: ReporterKind = ReporterKind.UNSAID
    contact: Mapping[str, str] | None = None
    notice_slug: str = ""
    channel: Channel = Channel.WEB


@dataclass(frozen=True)
class Viewer:
    """An officer as far as the question "may this person see it" goes; `behalf` is whose role he acts in."""

    id: int
    name: str
    role: Role
    office_id: int
    office_name: str
    region_code: str
    remit: str
    home: bool = False
    behalf: int | None = None


@dataclass(frozen=True)
class Filter:
    """What a queue is narrowed to; `due` the first and the last due date, `waiting` a key of WAITING, `unheld` without those held, `cluster` the id of one, `words` is a condition of services.search, `counted` one of services.reports."""

    states: tuple[State, ...] = ()
    category: str = ""
    region: str = ""
    unsure: bool = False
    due: tuple[date, date] | None = None
    waiting: str = ""
    unheld: bool = False
    cluster: int = 0
    words: ColumnElement[bool] | None = None
    counted: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class Page:
    """A page of a list and the mark of the next one ("" at the end)."""

    rows: Sequence[Clue]
    after: str


@dataclass(frozen=True)
class Beside:
    """Where a clue stands in a list of `total`: `at` from 1 (0 if it is not in it), the numbers before and after ("" at an end)."""

    at: int
    total: int
    before: str
    after: str


FAR = date(9999, 12, 31)
_pressed_before = Clue.supervised_at < Reminder.made_at
_overdue = and_(Reminder.kind == ReminderKind.OVERDUE, Reminder.due_on == Clue.due_on)
#: A clue that the supervisor was told of, and whose office he has not pressed since.
ESCALATED = exists().where(
    Reminder.clue_id == Clue.id,
    or_(
        and_(_overdue, or_(Clue.supervised_at.is_(None), _pressed_before)),
        and_(Reminder.kind == ReminderKind.UNANSWERED, _pressed_before),
    ),
)
#: A clue that is kept out of the queue until somebody has looked (services.holding).
HELD = and_(
    Clue.state == State.RECEIVED, exists().where(TextMark.clue_id == Clue.id, TextMark.hold.is_not(None)).correlate(Clue)
)
#: What somebody waits for on a clue besides its due date.
WAITING = {
    "escalated": ESCALATED,
    "supervised": Clue.supervised_at.is_not(None),
    "extension": Clue.extension_asked.is_not(None),
    "asked": Clue.asked_at.is_not(None),
    "held": HELD,
    "reopened": and_(Clue.reopened_at.is_not(None), Clue.closed_at.is_(None)),
}


def submit(session: Session, submission: Submission, *, tools: Tools) -> Clue:
    """Store a clue and acknowledge it; the same form key gives the clue that is there already.

    Nothing here can refuse a reporter but the database itself. Classification comes later.
    """
    digest = code_hash(tools.settings.pepper, code_of(tools, submission.key))
    known = session.scalar(select(Clue).where(Clue.code_hash == digest))
    if known is not None:
        attachments.claim(session, known, tools=tools)
        return known
    now = tools.now()
    clue = _new_clue(session, submission, digest, now, _next_number(session, tools.local(now)))
    session.add(clue)
    session.flush()
    if submission.contact:
        contacts.store(session, clue, submission.contact)
    audit.record(
        session, "filed", at=now, clue_id=clue.id, channel=clue.channel, notice=clue.notice_id, region=clue.region_code,
        seal=proof.seal(clue, tools.settings.pepper),
    )  # fmt: skip
    attachments.claim(session, clue, tools=tools)
    return clue


def code_of(tools: Tools, key: str) -> str:
    """The query code that belongs to a form key."""
    return code_from(tools.settings.pepper, key)


def by_code(session: Session, code: str, pepper: bytes) -> Clue:
    """The clue that a canonical query code opens. Raises NotFound."""
    digest = code_hash(pepper, code)
    clue = session.scalar(select(Clue).options(joinedload(Clue.notice)).where(Clue.code_hash == digest))
    if clue is None or not hmac.compare_digest(clue.code_hash, digest):
        raise NotFound("no clue has this code")
    return clue


def thread(session: Session, clue: Clue) -> Sequence[Message]:
    """The messages of a clue, oldest first."""
    return session.scalars(select(Message).where(Message.clue_id == clue.id).order_by(Message.id)).all()


def notes(session: Session, clue: Clue) -> Sequence[Note]:
    """What officers wrote for one another about a clue, oldest first."""
    query = select(Note).options(joinedload(Note.officer)).where(Note.clue_id == clue.id)
    return session.scalars(query.order_by(Note.id)).all()


def co_handlers(session: Session, clue: Clue) -> Sequence[Office]:
    """The offices that work beside the responsible one."""
    return session.scalars(
        select(Office).join(CoHandler).where(CoHandler.clue_id == clue.id).order_by(Office.name)
    ).all()


def returned_by(session: Session, clue: Clue) -> Sequence[Office]:
    """The offices that have sent a clue back."""
    return session.scalars(
        select(Office).join(ReturnedBy).where(ReturnedBy.clue_id == clue.id).order_by(Office.name)
    ).all()


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a clue may be seen by `viewer`; false for admin and auditor, always."""
    if viewer.role in (Role.ADMIN, Role.AUDITOR):
        return false()
    reach = (
        or_(_of_office(viewer), _of_intake(viewer))
        if viewer.role in (Role.CLERK, Role.SUPERVISOR)
        else _of_office(viewer)
    )
    return and_(reach, not_(recused(viewer)))


def visible(session: Session, viewer: Viewer, number: str) -> Clue:
    """The clue of that number. Raises NotFound if there is none or `viewer` may not know of it."""
    loading = (joinedload(Clue.suggestion), joinedload(Clue.region), joinedload(Clue.office), joinedload(Clue.notice))
    clue = session.scalar(select(Clue).options(*loading).where(Clue.number == number, visible_to(viewer)))
    if clue is None:
        raise NotFound("no such clue")
    return clue


def listing(session: Session, viewer: Viewer, wanted: Filter, after: str = "", size: int = 25) -> Page:
    """A page of the clues that `viewer` sees, the first due first; `after` is the mark of the page before."""
    due = func.coalesce(Clue.due_on, FAR)
    query = select(Clue).options(joinedload(Clue.suggestion), joinedload(Clue.region), joinedload(Clue.office))
    query = query.where(visible_to(viewer), *_conditions(wanted)).order_by(due, Clue.id).limit(size + 1)
    if mark := _read_mark(after):
        query = query.where(or_(due > mark[0], and_(due == mark[0], Clue.id > mark[1])))
    rows = list(session.scalars(query))
    more = len(rows) > size
    rows = rows[:size]
    return Page(rows, f"{(rows[-1].due_on or FAR).isoformat()}_{rows[-1].id}" if more else "")


def beside(session: Session, viewer: Viewer, wanted: Filter, clue: Clue) -> Beside:
    """The place of `clue` in the order of `listing`, and its neighbours there."""
    due, mark = func.coalesce(Clue.due_on, FAR), clue.due_on or FAR
    earlier = or_(due < mark, and_(due == mark, Clue.id < clue.id))
    later = or_(due > mark, and_(due == mark, Clue.id > clue.id))
    seen = and_(visible_to(viewer), *_conditions(wanted))
    numbers = select(Clue.number).where(seen).limit(1)
    before = session.scalar(numbers.where(earlier).order_by(due.desc(), Clue.id.desc()))
    after = session.scalar(numbers.where(later).order_by(due, Clue.id))
    tally = select(func.count(), func.count().filter(earlier), func.count().filter(Clue.id == clue.id))
    total, ahead, inside = session.execute(tally.select_from(Clue).where(seen)).one()
    return Beside(ahead + 1 if inside else 0, total, before or "", after or "")


def changed_since(moment: datetime) -> ColumnElement[bool]:
    """The condition that something was done with a clue at `moment` or later."""
    return Clue.id.in_(select(AuditEntry.clue_id).where(AuditEntry.at >= moment))


def count(session: Session, viewer: Viewer, wanted: Filter) -> int:
    """How many clues `viewer` sees under a filter."""
    return session.scalar(select(func.count()).select_from(Clue).where(visible_to(viewer), *_conditions(wanted))) or 0


def work_states(role: Role) -> tuple[State, ...]:
    """The states in which a clue waits for somebody of this role."""
    return {
        Role.CLERK: (State.RECEIVED,),
        Role.HANDLER: (State.ASSIGNED, State.HANDLING),
        Role.LEAD: (State.CONCLUDED, State.ASSIGNED, State.HANDLING),
        Role.SUPERVISOR: (State.RECEIVED, State.ASSIGNED, State.HANDLING, State.CONCLUDED),
    }.get(role, ())


def categories(session: Session) -> Sequence[Category]:
    """All categories in the order of their codes."""
    return session.scalars(select(Category).order_by(Category.code)).all()


def _new_clue(session: Session, given: Submission, digest: str, now: datetime, number: str) -> Clue:
    notice = session.scalar(select(Notice).where(Notice.slug == given.notice_slug, Notice.state != NoticeState.DRAFT))
    return Clue(
        number=number, code_hash=digest, channel=given.channel, notice_id=notice and notice.id, created_at=now,
        title=given.title, text=given.text, region_code=session.get_one(Region, given.region_code).code,
        accused_name=given.accused_name, accused_level=given.accused_level, since=given.since,
        times_a_month=given.times_a_month, minutes_each=given.minutes_each, people=given.people,
        reporter_kind=given.reporter_kind, named=bool(given.contact), state=State.RECEIVED, secondary=[],
    )  # fmt: skip


def _next_number(session: Session, local: datetime) -> str:
    """The next number of the month, `2026-11-0382`; the counter's row is locked until the commit."""
    month = f"{local:%Y-%m}"
    counter = session.get(Counter, month, with_for_update=True)
    if counter is None:
        counter = _first_of_month(session, month)
    counter.last += 1
    return f"{month}-{counter.last:04d}"


def _first_of_month(session: Session, month: str) -> Counter:
    """The counter of a month that has none yet, safe when several begin it at once."""
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Counter).values(month=month, last=0).on_conflict_do_nothing())
    return session.get_one(Counter, month, with_for_update=True)


def _of_office(viewer: Viewer) -> ColumnElement[bool]:
    helps = select(CoHandler.clue_id).where(CoHandler.office_id == viewer.office_id)
    return or_(Clue.office_id == viewer.office_id, and_(Clue.id.in_(helps), Clue.state != State.TRANSFERRED))


def _of_intake(viewer: Viewer) -> ColumnElement[bool]:
    """Clues that the viewer's office takes in: its own, those of task forces below it, at home those nobody has.

    A clue that triage has not touched yet is nobody's: its recusals are not known.
    """
    reach = [Clue.intake_office_id == viewer.office_id]
    if viewer.remit == INTAKE:
        prefix = region_prefix(viewer.region_code)
        reach.append(and_(Clue.intake_region >= prefix, Clue.intake_region < prefix + ":"))
    if viewer.home:
        reach.append(and_(Clue.intake_region.is_(None), Clue.triage_attempts > 0))
    return and_(or_(*reach), Clue.state != State.TRANSFERRED)


def recused(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a clue is hidden from `viewer`, through the office or in person."""
    named = select(Recusal.clue_id).where(Recusal.office_id == viewer.office_id)
    declared = select(OfficerRecusal.clue_id).where(OfficerRecusal.officer_id == viewer.id)
    chain = _containing(viewer.region_code)
    return or_(Clue.id.in_(named), Clue.id.in_(declared), func.coalesce(Clue.hidden_region, "").in_(chain))


def _containing(code: str) -> list[str]:
    """Codes of the region and of all regions that contain it."""
    return list(dict.fromkeys([code[:2] + "0000", code[:4] + "00", code[:6], code]))


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(Clue.state.in_(wanted.states))
    if wanted.category:
        conditions.append(Clue.category == wanted.category)
    if wanted.region:
        conditions.append(Clue.region_code.startswith(region_prefix(wanted.region), autoescape=True))
    if wanted.unsure:
        conditions.append(and_(Clue.category.is_(None), Clue.state == State.RECEIVED))
    if wanted.due:
        conditions.append(Clue.due_on.between(*wanted.due))
    if wanted.waiting:
        conditions.append(WAITING[wanted.waiting])
    if wanted.unheld:
        conditions.append(not_(HELD))
    if wanted.cluster:
        conditions.append(Clue.id.in_(select(Clustered.clue_id).where(Clustered.cluster_id == wanted.cluster)))
    if wanted.words is not None:
        conditions.append(wanted.words)
    if wanted.counted is not None:
        conditions.append(wanted.counted)
    return conditions


def _read_mark(mark: str) -> tuple[date, int] | None:
    """The place in a list that a mark stands for; None for the beginning or a mark nobody gave out."""
    day, _, number = mark.partition("_")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None
