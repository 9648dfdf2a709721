"""Whether an installation is whole: one finding for everything that is not as it should be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import JSON, CheckConstraint, Date, Integer, Table, cast, func, null, select, text, union_all
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from classifier import ModelError
from intake import db
from intake.db import UtcDateTime
from intake.errors import KeyAbsent, NotFound
from intake.models import Attachment, AttachmentPreview, AttachmentState, Base, Clue, Contact, Counter, KeyKept
from intake.rules.faults import Fault
from intake.services import contacts, factors, keys, proof, search, vault, webhooks
from intake.tools import Tools

#: A clue's number, of which the last part counts.
_NUMBER = "^[0-9]{4}-[0-9]{2}-[0-9]{4,9}$"


@dataclass(frozen=True)
class Finding:
    """`where` names a table, an entry or a year, never a word of a clue; `count` is how many rows it concerns."""

    fault: Fault
    where: str
    count: int = 1


Look = Callable[[Session, Tools], Iterator[Finding]]


def check(session: Session, *, tools: Tools) -> Iterator[Finding]:
    """Everything that is wrong. With a schema of another version only that is said: the rest could not be read."""
    if db.schema(session.connection()) != db.revisions()[0]:
        yield Finding(Fault.SCHEMA, db.schema(session.connection()) or "-")
        return
    for one in Base.metadata.sorted_tables:
        yield from _dangling(session, one)
        yield from _broken_rules(session, one)
        yield from _illegible(session, one)
    for look in CHECKS:
        yield from _seen(look, session, tools)


def mend(session: Session, *, tools: Tools) -> int:
    """Index what cannot be found and set counters right, which loses nothing; returns how many were mended."""
    lost, behind = search.unindexed(session, tools.segmenter()), list(_behind(session))
    for clue in lost:
        search.refresh(session, clue, tools.segmenter())
    for month, serial in behind:
        session.merge(Counter(month=month, last=serial))
    session.flush()
    return len(lost) + len(behind)


def _seen(look: Look, session: Session, tools: Tools) -> Iterator[Finding]:
    """What a look finds, and that it came upon what cannot be read: an unknown word, no date, no JSON."""
    until_here = session.begin_nested()
    try:
        yield from look(session, tools)
    except (LookupError, ValueError, TypeError, DBAPIError):
        yield Finding(Fault.ILLEGIBLE, look.__name__.strip("_"))
    finally:
        until_here.rollback()


def _chain(session: Session, tools: Tools) -> Iterator[Finding]:
    yield from (Finding(Fault.CHAIN, str(broken.entry_id)) for broken in proof.check(session, tools=tools))


def _dangling(session: Session, children: Table) -> Iterator[Finding]:
    """References to rows that are not there."""
    for key in children.foreign_keys:
        parent = key.column.table.alias("parent")
        there = select(1).where(parent.c[key.column.name] == key.parent).exists()
        lost = select(func.count()).select_from(children).where(key.parent.is_not(None), ~there)
        if count := session.scalar(lost):
            yield Finding(Fault.REFERENCE, f"{children.name}.{key.parent.name}", count)


def _broken_rules(session: Session, rows: Table) -> Iterator[Finding]:
    """Rows that a CHECK of their table would refuse today."""
    for rule in rows.constraints:
        if isinstance(rule, CheckConstraint):
            wrong = select(func.count()).select_from(rows).where(text(f"NOT ({rule.sqltext})"))
            if count := session.scalar(wrong):
                yield Finding(Fault.RULE, str(rule.name), count)


def _illegible(session: Session, rows: Table) -> Iterator[Finding]:
    """Dates and JSON that are none; SQLite alone would keep them."""
    kinds = [column for column in rows.columns if isinstance(column.type, UtcDateTime | Date | JSON)]
    if not kinds or session.get_bind().dialect.name != "sqlite":
        return
    try:
        for _ in session.execute(select(*kinds)).yield_per(1000):
            pass
    except (ValueError, TypeError):
        yield Finding(Fault.ILLEGIBLE, rows.name)


def _attachments(session: Session, tools: Tools) -> Iterator[Finding]:
    """Files and painted pages that are gone, not the bytes that were taken in, or of another key; infected ones were deleted."""
    kept = select(Attachment.stored, Attachment.sealed_hash).where(Attachment.state != AttachmentState.INFECTED)
    pages = select(AttachmentPreview.stored, null())
    locked = 0
    for stored, expected in session.execute(union_all(kept, pages)).yield_per(1000):  # type: ignore[var-annotated]
        digest, opens = vault.examined(stored, tools)
        if not digest or expected not in (None, digest):
            yield Finding(Fault.ATTACHMENT, stored)
        else:
            locked += not opens
    if locked:
        yield Finding(Fault.KEY, "attachment", locked)


def _index(session: Session, tools: Tools) -> Iterator[Finding]:
    if count := len(search.unindexed(session, tools.segmenter())):
        yield Finding(Fault.INDEX, "clue_words", count)


def _counters(session: Session, tools: Tools) -> Iterator[Finding]:
    yield from (Finding(Fault.COUNTER, month) for month, _ in _behind(session))


def _behind(session: Session) -> Iterator[tuple[str, int]]:
    """Months whose counter would give out a number that is taken, with the highest that is."""
    month = func.substr(Clue.number, 1, 7)
    highest = func.max(cast(func.substr(Clue.number, 9), Integer))
    numbers = select(month.label("month"), highest.label("serial")).where(Clue.number.regexp_match(_NUMBER))
    taken = numbers.group_by(month).subquery()
    query = select(taken.c.month, taken.c.serial, Counter.last).outerjoin(Counter, Counter.month == taken.c.month)
    for found, serial, last in session.execute(query):
        if last is None or last < serial:
            yield found, serial


def _keys(session: Session, tools: Tools) -> Iterator[Finding]:
    """Whether what is sealed still opens: a key that was lost is made anew without a word.

    Of contact data the newest is tried, where a file holds its key and this process has it; passwords are not here to be tried.
    """
    if count := webhooks.locked(session, tools=tools):
        yield Finding(Fault.KEY, "webhook", count)
    if count := factors.locked(session, tools=tools):
        yield Finding(Fault.KEY, "factor", count)
    key = contacts.current_key(session)
    if keys.is_replaced(session):
        yield Finding(Fault.PUBLIC_KEY, str(key.id) if key else "-")
    if count := contacts.left_behind(session):
        yield Finding(Fault.KEY, "contact", count)
    if key is None or key.kept is not KeyKept.FILE or not tools.settings.text("CONTACT_KEY_FILE"):
        return
    query = select(Contact, Clue.number).join(Clue).where(Contact.key_id == key.id).order_by(Clue.id.desc())
    newest = session.execute(query.limit(1)).one_or_none()
    if newest and not _opens(lambda: contacts.opened(*newest, contacts.in_file(key, tools))):
        yield Finding(Fault.KEY, "contact")


def _opens(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (NotFound, KeyAbsent):
        return False
    return True


def _model(session: Session, tools: Tools) -> Iterator[Finding]:
    try:
        tools.classifier()
    except ModelError as error:
        yield Finding(Fault.MODEL, error.problem)


def _calendar(session: Session, tools: Tools) -> Iterator[Finding]:
    """This year's working days, and from December on those of the next."""
    today = tools.today()
    for year in {today.year, today.year + (today.month == 12)}:
        if not tools.has_workdays(year):
            yield Finding(Fault.CALENDAR, str(year))


#: What is looked at after the references and the rules of the tables.
CHECKS: tuple[Look, ...] = (
    _chain,
    _attachments,
    _index,
    _counters,
    _keys,
    _model,
    _calendar,
)
