"""Clues: filed by a reporter, read by code, and seen by officers only as far as they may."""

from __future__ import annotations

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, false, func, not_, or_, select, update
from sqlalchemy.orm import Session, joinedload

from intake.db import add_unless_there
from intake.errors import NotFound
from intake.models import (
    Category,
    Channel,
    Clue,
    CoHandler,
    Counter,
    Message,
    Note,
    NoteKind,
    Notice,
    NoticeState,
    Office,
    OfficerRecusal,
    Recusal,
    ReporterKind,
    ReturnedBy,
    TextMark,
)
from intake.models.clues import taken_in_within
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


#: What a reporter tells and nobody changes afterwards.
_TOLD = (
    "title", "text", "region_code", "accused_name", "accused_level", "since", "times_a_month", "minutes_each", "people", "reporter_kind",
)  # fmt: skip
_SHARED = 10_000
#: A clue that is kept out of the queue until somebody has looked (services.holding).
HELD = and_(Clue.state == State.RECEIVED, Clue.id.in_(select(TextMark.clue_id).where(TextMark.hold.is_not(None))))
def submit(session: Session, submission: Submission, *, tools: Tools) -> Clue:
    """Store a clue and acknowledge it; the same form key gives the clue that is there already.

    Nothing here can refuse a reporter but the database itself. Classification comes later.
    """
    digest = code_hash(tools.settings.pepper, code_of(tools, submission.key))
    known = session.scalar(select(Clue.id).where(Clue.code_hash == digest))
    if known is not None:
        clue = session.get_one(Clue, known)
        attachments.claim(session, clue, tools=tools)
        return clue
    now = tools.now()
    clue = _new_clue(session, submission, digest, now, _next_number(session, tools.local(now)))
    session.add(clue)
    session.flush()
    audit.record(
        session, "filed", at=now, clue_id=clue.id, channel=clue.channel, notice=clue.notice_id, region=clue.region_code,
        seal=proof.seal(clue, tools.settings.pepper),
    )  # fmt: skip
    if submission.contact:
        contacts.store(session, clue, submission.contact)
    attachments.claim(session, clue, tools=tools)
    return clue


def changed(clue: Clue, submission: Submission) -> set[str]:
    """The names of what a submission says otherwise than the clue that came before with its key; none of the contact data."""
    return {name for name in _TOLD if getattr(clue, name) != getattr(submission, name)}


def add_contact(session: Session, clue: Clue, submission: Submission, *, tools: Tools) -> bool:
    """Keep the contact data that the same form brings later, where the clue came without; whether there was something to keep.

    Which data came before cannot be told from here: it is sealed.
    """
    if not submission.contact or clue.named:
        return False
    audit.record(session, "reporter_wrote", at=tools.now(), clue_id=clue.id)
    contacts.store(session, clue, submission.contact)
    return clue.named


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


def said_of(session: Session, clues: Sequence[Clue], kinds: Collection[NoteKind]) -> dict[int, list[Note]]:
    """The notes of these kinds on several clues, oldest first, by clue."""
    found: dict[int, list[Note]] = {clue.id: [] for clue in clues}
    for note in session.scalars(select(Note).where(Note.clue_id.in_(found), Note.kind.in_(kinds)).order_by(Note.id)):
        found[note.clue_id].append(note)
    return found


def again(clue: Clue, notes: Sequence[Note]) -> Note | None:
    """Why the clue is back on the desk, in the words of who sent it; None where nobody did, or the reporter's wish came later."""
    sent = {State.HANDLING: (NoteKind.SEND_BACK, NoteKind.REOPEN), State.RECEIVED: (NoteKind.REOPEN,)}.get(clue.state, ())
    last = next((note for note in reversed(notes) if note.kind in sent), None)
    return None if last and clue.reopened_at and last.at < clue.reopened_at else last


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


def visible_to(viewer: Viewer, *, rowwise: bool = False) -> ColumnElement[bool]:
    """The condition that a clue may be seen by `viewer`; false for admin and auditor, always.

    `rowwise` where something else finds the clues, and few: SQLite then looks at each and does not go by the viewer's reach.
    """
    by_help = helped(viewer, Clue.id + 0 if rowwise else Clue.id)  # an OR with one part that has no index goes by none
    return and_(or_(false(), *reach(viewer), by_help), not_(recused(viewer)))


def countable(session: Session, viewer: Viewer) -> ColumnElement[bool]:
    """What an office's figures are of: what it sees, and what it took in and transferred, which it sees no more.

    The shared clues are looked up before: PostgreSQL goes by the indexes of an OR that holds no query.
    """
    shared: Sequence[int] = session.scalars(select(Clue.id).where(helped(viewer)).limit(_SHARED + 1)).all()
    by_help = Clue.id.in_(shared) if len(shared) <= _SHARED else helped(viewer)  # no more fit into a statement
    return and_(or_(false(), *_with_office(viewer), *_of_intake(viewer), by_help), not_(recused(viewer)))


def reach(viewer: Viewer) -> list[ColumnElement[bool]]:
    """What reaches `viewer`, a condition for each way, each with an index that begins with it; nothing for admin and auditor."""
    return [*_with_office(viewer), *(and_(one, Clue.state != State.TRANSFERRED) for one in _of_intake(viewer))]


def marks(viewer: Viewer) -> list[str]:
    """What the search index of PostgreSQL (migration 0030) keeps all of `reach` under, and no more than a little else."""
    found = [f"@o{viewer.office_id}"]
    if viewer.role in (Role.CLERK, Role.SUPERVISOR):
        found.append(f"@r{region_prefix(viewer.region_code)}" if viewer.remit == INTAKE else f"@i{viewer.office_id}")
    return [*found, "@n"] if viewer.home else found


def helped(viewer: Viewer, clue_id: SQLColumnExpression[int] = Clue.id) -> ColumnElement[bool]:
    """The condition that the viewer's office works beside the responsible one."""
    if viewer.role in (Role.ADMIN, Role.AUDITOR):
        return false()
    helps = select(CoHandler.clue_id).where(CoHandler.office_id == viewer.office_id)
    return and_(clue_id.in_(helps), Clue.state != State.TRANSFERRED)


def visible(session: Session, viewer: Viewer, number: str) -> Clue:
    """The clue of that number. Raises NotFound if there is none or `viewer` may not know of it."""
    loading = (joinedload(Clue.suggestion), joinedload(Clue.region), joinedload(Clue.office), joinedload(Clue.notice))
    clue = session.scalar(select(Clue).options(*loading).where(Clue.number == number, visible_to(viewer)))
    if clue is None:
        raise NotFound("no such clue")
    return clue


def categories(session: Session) -> Sequence[Category]:
    """All categories in the order of their codes."""
    return session.scalars(select(Category).order_by(Category.code)).all()


def _new_clue(session: Session, given: Submission, digest: str, now: datetime, number: str) -> Clue:
    return Clue(
        number=number, code_hash=digest, channel=given.channel, notice_id=_notice_id(session, given.notice_slug), created_at=now,
        title=given.title, text=given.text, region_code=given.region_code,
        accused_name=given.accused_name, accused_level=given.accused_level, since=given.since,
        times_a_month=given.times_a_month, minutes_each=given.minutes_each, people=given.people,
        reporter_kind=given.reporter_kind, named=bool(given.contact), state=State.RECEIVED, secondary=[],
    )  # fmt: skip


def _notice_id(session: Session, slug: str) -> int | None:
    """The published notice of that address; None for none."""
    return session.scalar(select(Notice.id).where(Notice.slug == slug, Notice.state != NoticeState.DRAFT)) if slug else None


def _next_number(session: Session, local: datetime) -> str:
    """The next number of the month, `2026-11-0382`; the counter's row is locked until the commit."""
    month = f"{local:%Y-%m}"
    one_more = update(Counter).where(Counter.month == month).values(last=Counter.last + 1).returning(Counter.last)
    one_more = one_more.execution_options(synchronize_session=False)  # no session holds a counter
    last = session.scalar(one_more)
    if last is None:  # the first of the month, safe when several are it at once
        add_unless_there(session, Counter, month=month, last=0)
        last = session.scalar(one_more)
    return f"{month}-{last:04d}"


def _with_office(viewer: Viewer) -> list[ColumnElement[bool]]:
    return [] if viewer.role in (Role.ADMIN, Role.AUDITOR) else [Clue.office_id == viewer.office_id]


def _of_intake(viewer: Viewer) -> list[ColumnElement[bool]]:
    """Clues that the viewer's office takes in, for those of its people who decide on them: a task force those of its region and
    below, at home those nobody has.

    triage.py sets a clue's intake region with its intake office, so that a task force's own clues are of its region. A clue that triage has not touched yet is nobody's: its recusals are not known.
    """
    if viewer.role not in (Role.CLERK, Role.SUPERVISOR):
        return []
    task_force = taken_in_within(region_prefix(viewer.region_code))
    found = [task_force if viewer.remit == INTAKE else Clue.intake_office_id == viewer.office_id]
    if viewer.home:
        found.append(and_(Clue.intake_region.is_(None), Clue.triage_attempts > 0))
    return found


def recused(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a clue is hidden from `viewer`, through the office or in person."""
    named = select(Recusal.clue_id).where(Recusal.office_id == viewer.office_id)
    declared = select(OfficerRecusal.clue_id).where(OfficerRecusal.officer_id == viewer.id)
    chain = _containing(viewer.region_code)
    return or_(Clue.id.in_(named), Clue.id.in_(declared), func.coalesce(Clue.hidden_region, "").in_(chain))


def _containing(code: str) -> list[str]:
    """Codes of the region and of all regions that contain it."""
    return list(dict.fromkeys([code[:2] + "0000", code[:4] + "00", code[:6], code]))
