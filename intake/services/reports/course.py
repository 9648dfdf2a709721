"""How the month's clues were handled: times against the terms, what was done, clusters, burden, the classifier."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from intake.errors import CalendarUnpublished
from intake.models import Category, Notice, Rating
from intake.rules.deadlines import Term, working_days_between
from intake.rules.workflow import State
from intake.services.reports import queries
from intake.services.reports.counted import FOUND
from intake.services.reports.punctual import answer_by
from intake.services.reports.queries import Asking, Life
from intake.services.reports.rollups import LEVELS, ROLL_UPS, column_of, rank
from intake.services.reports.statistics import median, quantile
from intake.services.reports.value import TOTAL, Cell, Table

#: The rows of the central commission's table: problems, people dealt with, of them disciplined.
MEASURES = ("problems", "people", "disciplined")
MOST_CLUSTERS = 20


def tables(
    ask: Asking, known: Sequence[Category], slugs: Sequence[str], lives: Sequence[Life], predictions: queries.Rows
) -> tuple[Table, ...]:
    """The tables about the course of things."""
    answered = _answered(lives, ask.month)
    return (
        _times(ask),
        _done(answered, ask.month),
        _ratings(ask),
        _cases(answered, column_of(known), ask.month),
        *_clusters(ask),
        _burden(ask, slugs),
        _classifier(predictions),
    )


def _times(ask: Asking) -> Table:
    columns = ("count", "median", "p90", "term", "within", "late")
    return Table("times", ("triage", "close"), columns, (_to_triage(ask), _to_close(ask)))


def _to_triage(ask: Asking) -> tuple[Cell, ...]:
    """From receipt to the decision, in working days, against the term for triage."""
    term = ask.tools.terms[Term.TRIAGE].count
    found: Counter[float] = Counter()
    try:
        for start, end, n in queries.decided_after(ask):
            found[working_days_between(_day(start), _day(end), ask.tools.calendar)] += n
    except CalendarUnpublished:
        return (sum(row.n for row in queries.decided_after(ask)), None, None, term, None, None)
    kept = sum(n for days, n in found.items() if days <= term)
    return (sum(found.values()), median(found), quantile(found, 0.9), term, kept, sum(found.values()) - kept)


def _to_close(ask: Asking) -> tuple[Cell, ...]:
    """From acceptance to the answer, in calendar days, each against the day it was due: with its pauses, extension, reopening."""
    days, kept = Counter[float](), 0
    shorter = dict(iter(ask.session.execute(select(Notice.id, Notice.handling_days))))
    for start, end, notice, extended, was_due, n in queries.closed_after(ask):
        first, last = _day(start), _day(end)
        days[(last - first).days] += n
        kept += n * (last <= (was_due or answer_by(first, shorter.get(notice), extended, ask.tools)))
    total = sum(days.values())
    return (total, median(days), quantile(days, 0.9), ask.tools.terms[Term.HANDLING].count, kept, total - kept)


def _answered(lives: Sequence[Life], month: date) -> list[Life]:
    """Those of the lives that were closed from January to the month's end."""
    first, last = f"{month:%Y}-01", f"{month:%Y-%m}"
    return [one for one in lives if one.state is State.CLOSED and one.over and first <= one.over <= last]


def _done(answered: Sequence[Life], month: date) -> Table:
    """What came of the clues closed: answers with measures, people educated, people disciplined."""
    rows = ("measures", "educated", "disciplined")
    now, year = Counter[str](), Counter[str]()
    for one in answered:
        for key in rows:
            year[key] += getattr(one, key)
            now[key] += getattr(one, key) * (one.over == f"{month:%Y-%m}")
    return Table("done", rows, ("now", "to_date"), tuple((now[r], year[r]) for r in rows))


def _ratings(ask: Asking) -> Table:
    """What reporters said of the month's answers."""
    found = Counter[str]()
    for rating, n in queries.ratings(ask):
        found[f"rated_{rating.value}"] += n
    rows = tuple(f"rated_{rating.value}" for rating in Rating)
    return Table("ratings", (*rows, "rated"), ("now",), (*((found[row],) for row in rows), (found.total(),)))


def _cases(answered: Sequence[Life], column: Mapping[str, str], month: date) -> Table:
    """The columns of the central commission's monthly table, for the month and since January."""
    found: Counter[tuple[str, str]] = Counter()
    for one in answered:
        if one.verdict not in FOUND:
            continue
        values = dict(zip(MEASURES, (one.n, one.educated + one.disciplined, one.disciplined), strict=True))
        periods = ("now", "year") if one.over == f"{month:%Y-%m}" else ("year",)
        for period in periods:
            for measure, value in values.items():
                for place in (TOTAL, rank(one.level), f"c{column.get(one.slug, 'other')}"):
                    found[f"{period}_{measure}", place] += value
    columns = (TOTAL, *LEVELS, *(f"c{c}" for c in ROLL_UPS["discipline"][1]))
    rows = tuple(f"{period}_{measure}" for period in ("now", "year") for measure in MEASURES)
    return Table("cases", rows, columns, tuple(tuple(found[r, c] for c in columns) for r in rows))


def _clusters(ask: Asking) -> tuple[Table, Table]:
    """One burden, several reporters: clues merged by a person or of one cluster, joined."""
    joined = _joined([*queries.merges(ask), *queries.clustered(ask)])
    seen = {row[0]: row for row in queries.seen_clues(ask, [i for group in joined for i in group])}
    found = [group for group in ([seen[i] for i in g if i in seen] for g in joined) if len(group) > 1]
    rows = sorted((_cluster(group) for group in found), key=lambda row: row[0])
    columns = ("category", "reporters", "merged", "state", "verdict")
    shown = sorted(sorted(rows, key=lambda row: -int(row[2]))[:MOST_CLUSTERS], key=lambda row: row[0])
    sums = Table(
        "clusters_sum", ("clusters",), ("count", "reporters", "closed"),
        ((len(rows), sum(int(r[2]) for r in rows), sum(r[4] == State.CLOSED.value for r in rows)),),
    )  # fmt: skip
    return sums, Table("clusters", tuple(r[0] for r in shown), columns, tuple(tuple(r[1:]) for r in shown))


def _cluster(group: Sequence[Any]) -> list[Any]:
    """(number of the clue that leads, category, reporters, of them merged, its state, its verdict)."""
    merged = sum(state is State.MERGED for _, _, _, state, _ in group)
    _, number, slug, state, verdict = min(group, key=lambda row: (row[3] is State.MERGED, row[0]))
    return [number, slug, len(group), merged, state.value, verdict.value if verdict else None]


def _joined(pairs: Iterable[Any]) -> list[list[int]]:
    """The groups that pairs tie together, each in order of id."""
    parent: dict[int, int] = {}

    def root(one: int) -> int:
        while parent.setdefault(one, one) != one:
            parent[one] = one = parent[parent[one]]
        return one

    for left, right in pairs:
        parent[root(left)] = root(right)
    members: defaultdict[int, list[int]] = defaultdict(list)
    for one in sorted(parent):
        members[root(one)].append(one)
    return list(members.values())


def _burden(ask: Asking, slugs: Sequence[str]) -> Table:
    """Hours a month that reporters themselves gave, unverified: how many gave them, the median, the sum."""
    found: defaultdict[str, Counter[float]] = defaultdict(Counter)
    for slug, minutes, n in queries.burdens(ask):
        found[slug][minutes / 60] += n
        found[TOTAL][minutes / 60] += n
    rows = tuple(slug for slug in (*slugs, TOTAL) if slug in found or slug == TOTAL)
    return Table("burden", rows, ("said", "median", "sum"), tuple(_hours(found[row]) for row in rows))


def _hours(hours: Counter[float]) -> tuple[Cell, ...]:
    middle = median(hours)
    total = sum(value * n for value, n in sorted(hours.items()))
    return (sum(hours.values()), None if middle is None else round(middle, 1), round(total, 1))


def _classifier(predictions: queries.Rows) -> Table:
    """How the classifier did: what it was sure of, what persons decided, where they chose another category."""
    total = sum(row.n for row in predictions)
    sure = sum(row.n for row in predictions if not row.unsure)
    decided = sum(row.n for row in predictions if row.decided)
    changed = sum(row.n for row in predictions if row.decided and not row.same)
    coverage = round(100 * sure / total, 1) if total else None
    changed_percent = round(100 * changed / decided, 1) if decided else None
    columns = ("triaged", "sure", "coverage", "decided", "changed", "changed_percent")
    return Table("classifier", (TOTAL,), columns, ((total, sure, coverage, decided, changed, changed_percent),))


def _day(text: str) -> date:
    return date.fromisoformat(text)
