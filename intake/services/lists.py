"""Lists of clues: a page, how many, and what stands beside a clue, at a cost that does not grow with the table.

What reaches an officer comes by several ways (his office, the regions below it), and a clue waits in one of several
states. Each way and state has an index in the order of the list, so that the first rows of each, put together, are the
first rows of the whole: the rest is never read. A search is read from the newest clue back, on PostgreSQL among what reaches
the officer; on SQLite what he sees little of is read whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Select,
    SQLColumnExpression,
    Subquery,
    and_,
    exists,
    func,
    not_,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import Session, joinedload

from intake.models import AuditEntry, Clue, Clustered, Reminder, ReminderKind
from intake.models.clues import FAR, due_order
from intake.rules.numbers import whole
from intake.rules.workflow import Role, State
from intake.services.clues import HELD, Viewer, countable, helped, marks, reach, recused, visible_to
from intake.services.directory import region_prefix
from intake.services.search import Words

#: Up to here clues are counted; beyond it, it is said that there are more. The second where no index counts them.
MOST, MOST_LOOKED_AT = 1000, 100
#: What an officer sees no more of than this is searched by reading all of it.
FEW = 2500


class Count(int):
    """How many, up to a limit; above it, the limit, written with a plus."""

    more: bool

    def __new__(cls, number: int, more: bool = False) -> Count:
        made = super().__new__(cls, number)
        made.more = more
        return made

    def __str__(self) -> str:
        return f"{int(self)}+" if self.more else super().__repr__()


@dataclass(frozen=True)
class Until:
    """Due dates from `first` to the last that each state has."""

    first: date
    last: Mapping[State, date]

    def holds(self, due: SQLColumnExpression[Any]) -> ColumnElement[bool]:
        """The condition that a clue's due date is one of them: the bounds of all narrow the search."""
        by_state = (and_(Clue.state == state, due <= last) for state, last in self.last.items())
        return and_(due.between(self.first, max(self.last.values())), or_(*by_state))


@dataclass(frozen=True)
class Filter:
    """What a list is narrowed to.

    `due` the first and the last due date, `until` the same by state, `waiting` a key of WAITING, `to_do` without those held and those that the office they were transferred to has signed for, `cluster` the id of one,
    `number` that of one clue, `words` from services.search, `counted` a condition of services.reports.
    """

    states: tuple[State, ...] = ()
    category: str = ""
    region: str = ""
    unsure: bool = False
    due: tuple[date, date] | None = None
    until: Until | None = None
    waiting: str = ""
    to_do: bool = False
    cluster: int = 0
    number: str = ""
    words: Words | None = None
    counted: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class Page:
    """A page of a list and the mark of the next one ("" at the end)."""

    rows: Sequence[Clue]
    after: str


@dataclass(frozen=True)
class Beside:
    """Where a clue stands in a list: `at` from 1 (0 if it is not in it), the numbers before and after ("" at an end).

    `at` and `total` are counted as `count` does.
    """

    at: int
    total: int
    before: str
    after: str


class _Parts(NamedTuple):
    """Queries for (id, due) that together find a list, and by which column the clues of a search are ordered."""

    queries: list[Select[int, date]]
    id: SQLColumnExpression[int] = Clue.id


_TOLD_LATE = select(func.max(Reminder.due_on)).where(Reminder.kind == ReminderKind.OVERDUE).scalar_subquery()
#: A clue that the supervisor was told of when it was late, and whose office nobody has pressed.
_LATE = and_(
    due_order <= _TOLD_LATE,  # what narrows the search; the reminder decides
    Clue.supervised_at.is_(None),
    exists().where(Reminder.clue_id == Clue.id, Reminder.kind == ReminderKind.OVERDUE, Reminder.due_on == Clue.due_on),
)
#: A clue whose office was pressed, and was late again or did not answer in time.
_PRESSED = and_(
    Clue.supervised_at.is_not(None),
    exists().where(
        Reminder.clue_id == Clue.id,
        Reminder.made_at > Clue.supervised_at,
        or_(and_(Reminder.kind == ReminderKind.OVERDUE, Reminder.due_on == Clue.due_on), Reminder.kind == ReminderKind.UNANSWERED),
    ),
)
#: What somebody waits for on a clue besides its due date: conditions that few clues meet at a time, with an index each.
WAITING = {
    "escalated": _LATE,
    "unanswered": _PRESSED,
    "supervised": Clue.supervised_at.is_not(None),
    "extension": Clue.extension_asked.is_not(None),
    "asked": and_(Clue.asked_at.is_not(None), Clue.closed_at.is_(None)),
    "held": HELD,
    "reopened": and_(Clue.reopened_at.is_not(None), Clue.closed_at.is_(None)),
}


def listing(session: Session, viewer: Viewer, wanted: Filter, after: str = "", size: int = 25) -> Page:
    """A page of the clues that `viewer` sees, the first due first (a search: the newest first); `after` is the mark of the page before."""
    return _page(session, wanted, _parts(session, viewer, wanted), _read_mark(after), size)


def opened(session: Session, viewer: Viewer, wanted: Filter, after: str = "", size: int = 25) -> tuple[Page, Count]:
    """The same page and how many clues the list has; the first page of what is counted by looking at it is looked at once."""
    parts, mark, most = _parts(session, viewer, wanted), _read_mark(after), _most(wanted)
    if mark or most != MOST_LOOKED_AT:
        return _page(session, wanted, parts, mark, size), _count(session, wanted, parts)
    ids = _looked_at(session, wanted, parts, max(most, size) + 1, size + 1)
    shown = session.scalars(_loaded().where(Clue.id.in_(ids[:size])).order_by(*_order(wanted))).all()
    return Page(shown, _mark(shown[-1]) if len(ids) > size else ""), Count(min(len(ids), most), len(ids) > most)


def count(session: Session, viewer: Viewer, wanted: Filter) -> Count:
    """How many clues `viewer` sees under a filter; behind a figure of a report, all of them."""
    return _count(session, wanted, _parts(session, viewer, wanted))


def moved_on(session: Session, viewer: Viewer, wanted: Filter) -> int:
    """How many clues behind a figure of a report the list lacks, because they were transferred and `viewer` sees them no more."""
    if wanted.counted is None:
        return 0
    left_out = (countable(session, viewer), not_(visible_to(viewer, rowwise=True)), Clue.state == State.TRANSFERRED)
    return session.scalar(select(func.count()).select_from(Clue).where(*left_out, *_conditions(wanted))) or 0


def beside(session: Session, viewer: Viewer, wanted: Filter, clue: Clue) -> Beside:
    """The place of `clue` in the order of `listing`, and its neighbours there."""
    parts, mark = _parts(session, viewer, wanted), (clue.due_on or FAR, clue.id)
    ahead = _ahead(wanted, mark)
    before = _first(wanted, parts, 1, *ahead, backwards=True)
    after = _first(wanted, parts, 1, *_behind(wanted, mark))
    inside = _tally(session, _first(wanted, parts, 1, Clue.id == clue.id))
    passed = _count(session, wanted, parts, *ahead)
    at = Count(passed + (not passed.more), passed.more) if inside else 0
    return Beside(at, _count(session, wanted, parts), _number(session, before), _number(session, after))


def changed_since(moment: datetime) -> ColumnElement[bool]:
    """The condition that something was done with a clue at `moment` or later."""
    return Clue.id.in_(select(AuditEntry.clue_id).where(AuditEntry.at >= moment))


def work_states(role: Role) -> tuple[State, ...]:
    """The states in which a clue waits for somebody of this role."""
    return {
        Role.CLERK: (State.RECEIVED,),
        Role.HANDLER: (State.ASSIGNED, State.HANDLING, State.TRANSFERRED),
        Role.LEAD: (State.CONCLUDED, State.ASSIGNED, State.HANDLING, State.TRANSFERRED),
        Role.SUPERVISOR: (State.RECEIVED, State.ASSIGNED, State.HANDLING, State.CONCLUDED),
    }.get(role, ())


def _count(session: Session, wanted: Filter, parts: _Parts, *more: ColumnElement[bool]) -> Count:
    """How many clues of a list meet `more` too."""
    most = _most(wanted)
    found = _tally(session, _first(wanted, parts, most + 1, *more))
    return Count(min(found, most), found > most)


def _most(wanted: Filter) -> int:
    """How far the clues of a list are counted."""
    if wanted.counted is not None:
        return 2**31
    return MOST_LOOKED_AT if wanted.words is not None or wanted.category or wanted.region or wanted.unsure else MOST


def _page(session: Session, wanted: Filter, parts: _Parts, mark: tuple[date, int] | None, size: int) -> Page:
    """The page of a list that begins behind a mark."""
    found = _first(wanted, parts, size + 1, *(_behind(wanted, mark) if mark else ()))
    rows = session.scalars(_loaded().join(found, found.c.id == Clue.id).order_by(*_order(wanted))).all()
    shown = rows[:size]
    return Page(shown, _mark(shown[-1]) if len(rows) > size else "")


def _looked_at(session: Session, wanted: Filter, parts: _Parts, most: int, each: int) -> Sequence[int]:
    """The ids of the first clues of a list, `each` of them or more, as many as there are up to `most`.

    Many parts have `most` between them when each gives `each`; only where they do not and one was cut are they read further.
    """
    narrow = each if each * len(parts.queries) >= most else most
    found = session.scalars(_in_order(wanted, _first(wanted, parts, most, each=narrow))).all()
    if each <= len(found) < most and narrow < most:
        found = session.scalars(_in_order(wanted, _first(wanted, parts, most))).all()
    return found


def _in_order(wanted: Filter, found: Subquery) -> Select[int]:
    return select(found.c.id).order_by(*_order(wanted, due=found.c.due, clue_id=found.c.id))


def _loaded() -> Select[Clue]:
    """Clues with what a list says of each."""
    return select(Clue).options(joinedload(Clue.suggestion), joinedload(Clue.region), joinedload(Clue.office))


def _parts(session: Session, viewer: Viewer, wanted: Filter) -> _Parts:
    """A list in parts, each to be read in its order; made once for all that is asked of it."""
    found = select(Clue.id, due_order.label("due"))
    if wanted.words is not None:
        return _searched(session, viewer, wanted, wanted.words, found)
    return _Parts([found.where(*way) for way in _ways(viewer, wanted)])


def _first(
    wanted: Filter, parts: _Parts, size: int, *more: ColumnElement[bool], backwards: bool = False, each: int = 0
) -> Subquery:
    """The ids of the first `size` clues of a list (backwards: of the last), among those that meet `more` too; of no part more than
    `each`, if that is given: only the first `each` are then sure to be the first of all."""
    order = _order(wanted, backwards, clue_id=parts.id)
    firsts = [query.where(*more).order_by(*order).limit(each or size).subquery() for query in parts.queries]
    whole = union(*(select(one) for one in firsts)).subquery() if len(firsts) > 1 else firsts[0]
    return select(whole).order_by(*_order(wanted, backwards, whole.c.due, whole.c.id)).limit(size).subquery()


def _ways(viewer: Viewer, wanted: Filter) -> list[tuple[ColumnElement[bool], ...]]:
    """Conditions that each find a part of a list in its order, by an index; together they find all of it."""
    rest = _conditions(wanted)
    few = [(visible_to(viewer, rowwise=wanted.counted is None), *rest)]
    if wanted.cluster or wanted.number or wanted.counted is not None or (wanted.waiting and wanted.waiting != "escalated"):
        return few
    unhidden, narrowed = not_(recused(viewer)), _conditions(replace(wanted, states=()))
    ways = [(*way, unhidden, *narrowed) for way in _reached(viewer, wanted)]
    return [*ways, (helped(viewer), unhidden, *rest)]


def _reached(viewer: Viewer, wanted: Filter) -> list[tuple[ColumnElement[bool], ColumnElement[bool]]]:
    """Each way by which clues reach an officer, with each state that a list is of: what the indexes begin with."""
    return [(way, _in_state(state, wanted)) for way in reach(viewer) for state in wanted.states or tuple(State)]


def _in_state(state: State, wanted: Filter) -> ColumnElement[bool]:
    """The condition that a clue is in a state of the list; where that is of what is to do, that nobody has signed for a transferred one."""
    if wanted.to_do and state is State.TRANSFERRED:
        return and_(Clue.state == state, Clue.taken_over_at.is_(None))
    return Clue.state == state


def _searched(session: Session, viewer: Viewer, wanted: Filter, words: Words, found: Select[int, date]) -> _Parts:
    """The clues of a search, from the newest back: under the marks of what reaches the officer and among the few he helps with,
    where the index keeps marks; where it does not, among all that he sees if that is little."""
    plain = replace(wanted, words=None)
    seen = (visible_to(viewer, rowwise=True), *_conditions(plain))
    if words.near is not None:
        shared = session.scalars(select(Clue.id).where(helped(viewer)).limit(FEW + 1)).all()
        if len(shared) <= FEW:
            parts = [words.joined(found, marks=marks(viewer)), *([words.joined(found, ids=shared)] if shared else [])]
            return _Parts([part.where(*seen) for part in parts], words.id)
    elif _sees_little(session, viewer, wanted):
        every = session.scalars(union_all(*(select(Clue.id).where(*way) for way in _ways(viewer, plain)))).all()
        return _Parts([found.where(words.among(every))])
    return _Parts([words.joined(found).where(*seen)], words.id)


def _sees_little(session: Session, viewer: Viewer, wanted: Filter) -> bool:
    """Whether no more than FEW clues reach an officer in the states that a list is of: a look at the indexes alone."""
    few = [select(select(Clue.id).where(*way).limit(FEW + 1).subquery()) for way in _reached(viewer, wanted)]
    return not few or _tally(session, union(*few).subquery()) <= FEW


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    """What a list is narrowed by, but for what is searched."""
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(Clue.state.in_(wanted.states))
        if wanted.to_do and State.TRANSFERRED in wanted.states:
            conditions.append(or_(Clue.state != State.TRANSFERRED, Clue.taken_over_at.is_(None)))
    if wanted.category:
        conditions.append(Clue.category == wanted.category)
    if wanted.region:
        conditions.append(Clue.region_code.startswith(region_prefix(wanted.region), autoescape=True))
    if wanted.unsure:
        conditions.append(and_(Clue.category.is_(None), Clue.state == State.RECEIVED))
    if wanted.due:
        conditions.append(due_order.between(*wanted.due))
    if wanted.until:
        conditions.append(wanted.until.holds(due_order))
    if wanted.waiting:
        conditions.append(WAITING[wanted.waiting])
    if wanted.to_do:
        conditions.append(not_(HELD))
    if wanted.number:
        conditions.append(Clue.number == wanted.number)
    if wanted.cluster:
        conditions.append(Clue.id.in_(select(Clustered.clue_id).where(Clustered.cluster_id == wanted.cluster)))
    if wanted.counted is not None:
        conditions.append(wanted.counted)
    return conditions


def _order(
    wanted: Filter, backwards: bool = False, due: SQLColumnExpression[Any] = due_order, clue_id: SQLColumnExpression[Any] = Clue.id
) -> list[ColumnElement[Any]]:
    if wanted.words is not None:
        return [clue_id.asc() if backwards else clue_id.desc()]
    return [due.desc(), clue_id.desc()] if backwards else [due.asc(), clue_id.asc()]


def _behind(wanted: Filter, mark: tuple[date, int]) -> tuple[ColumnElement[bool], ...]:
    """The condition that a clue comes after a mark in the list's order."""
    if wanted.words is not None:
        return (Clue.id < mark[1],)
    return due_order >= mark[0], or_(due_order > mark[0], Clue.id > mark[1])


def _ahead(wanted: Filter, mark: tuple[date, int]) -> tuple[ColumnElement[bool], ...]:
    if wanted.words is not None:
        return (Clue.id > mark[1],)
    return due_order <= mark[0], or_(due_order < mark[0], Clue.id < mark[1])


def _tally(session: Session, found: Subquery) -> int:
    return session.scalar(select(func.count()).select_from(found)) or 0


def _number(session: Session, found: Subquery) -> str:
    return session.scalar(select(Clue.number).join(found, found.c.id == Clue.id)) or ""


def _mark(last: Clue) -> str:
    """The place in a list behind a clue."""
    return f"{(last.due_on or FAR).isoformat()}_{last.id}"


def _read_mark(mark: str) -> tuple[date, int] | None:
    """The place in a list that a mark stands for; None for the beginning or a mark nobody gave out."""
    day, _, number = mark.partition("_")
    try:
        return (date.fromisoformat(day), whole(number)) if whole(number) else None
    except ValueError:
        return None
