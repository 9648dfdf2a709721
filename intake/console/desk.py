"""What the queue and the clue page show, put together for templates."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from classifier import mentions
from intake import labels
from intake.console import drill
from intake.console.forms import FORMS, ActionForm, AssignForm, ChineseForm, ConcludeForm, ExtensionForm, RejectForm
from intake.models import Clue, KeyKept, NoteKind
from intake.rules import dangers
from intake.rules.deadlines import Light, Term, days_left, light
from intake.rules.naming import office_name
from intake.rules.numbers import clue_number
from intake.rules.routing import AccusedLevel, Route
from intake.rules.workflow import RUNS, Action, State
from intake.services import (
    audit,
    clues,
    clusters,
    contacts,
    directory,
    duplicates,
    handling,
    holding,
    keys,
    lists,
    merging,
    notices,
    pausing,
    placing,
    provisions,
    recusing,
    reminders,
    replies,
    search,
    terms,
    triage,
    undoing,
)
from intake.services.clues import Viewer
from intake.services.lists import Filter
from intake.tools import Tools

FILTERS = ("words", "state", "category", "region", "due", "cluster", *drill.PARAMETERS)

_CLUSTER = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True)
class Due:
    """A due date as a chip: a colour and the words that say the same."""

    light: Light
    words: str


@dataclass(frozen=True)
class Rival:
    """A category that could be right, and its probability (0..1, None if unknown)."""

    slug: str
    name: str
    probability: float | None


@dataclass(frozen=True)
class Ruled:
    """What the rules of today give for a category: the office ("" for none), one sentence why, and the words beside the office that
    is closed or where nobody signs in."""

    office: str
    why: str
    beside: str


def page_of(
    session: Session, viewer: Viewer, tools: Tools, args: Mapping[str, str], states: tuple[State, ...]
) -> dict[str, Any]:
    """The queue's page for the filters in `args`; a filter that means nothing is left out."""
    wanted = read_filter(session, tools, args, states)
    page, total = lists.opened(session, viewer, wanted, args.get("after", ""))
    categories = clues.categories(session)
    today = tools.today()
    return {
        "rows": page.rows, "after": page.after, "total": total, "moved_on": lists.moved_on(session, viewer, wanted),
        "args": {name: args.get(name, "") for name in FILTERS} | {"after": args.get("after", "")},
        "filters": {name: args[name] for name in FILTERS if args.get(name)}, "list": "queue" if states else "clues",
        "snippets": search.snippets(session, page.rows, args.get("words", "")[:100], tools.segmenter()),
        "due": {clue.id: due_chips(clue, tools) for clue in page.rows}, "sent_back": sent_back(session, page.rows),
        "categories": categories, "by_slug": {c.slug: c for c in categories},
        "places": place_choices(session, viewer, args.get("region", "")), "states": states or tuple(State),
        "counted": drill.words(args, today) or ("同一件事" if wanted.cluster else ""),
    }  # fmt: skip


def list_states(viewer: Viewer, listed: str) -> tuple[State, ...]:
    """The states in a list: those the viewer's work is in for "queue", any for "clues"."""
    return lists.work_states(viewer.role) if listed == "queue" else ()


def read_filter(session: Session, tools: Tools, args: Mapping[str, str], states: tuple[State, ...]) -> Filter:
    """The filter a query string asks for, within the states of the list."""
    allowed = states or tuple(State)
    state = args.get("state", "")
    words = args.get("words", "").strip()[:100]
    number = clue_number(words, tools.today())
    return Filter(
        states=(State(state),) if state in allowed else states,
        category="" if args.get("category") == "unsure" else args.get("category", ""),
        unsure=args.get("category") == "unsure",
        region=args.get("region", "") if args.get("region", "").isdigit() else "",
        due=_due_between(args.get("due", ""), tools),
        until=reminders.soon(tools) if args.get("due") == "soon" else None,
        waiting=args.get("due", "") if args.get("due") in lists.WAITING else "",
        to_do=bool(states) and args.get("due") != "held",
        cluster=int(args["cluster"]) if _CLUSTER.fullmatch(args.get("cluster", "")) else 0,
        number=number,
        words=search.matching(session, words, tools.segmenter()) if words and not number else None,
        counted=drill.condition(session, args, tools),
    )


def due_chips(clue: Clue, tools: Tools) -> list[Due]:
    """How long there is still time for the step that runs, in its term's unit; before it, a supervision answered late."""
    answer = terms.report_back_by(clue, tools)
    late = [_chip(answer, Term.SUPERVISION, tools, "督办答复")] if answer and answer < tools.today() else []
    return late + ([_chip(clue.due_on, RUNS[clue.state], tools)] if clue.due_on else [])


def _chip(due: date, term: Term, tools: Tools, what: str = "") -> Due:
    left, unit = days_left(tools.today(), due, tools.terms[term].unit, tools.calendar)
    long = f"{abs(left)} {labels.UNITS[unit]}"
    words = f"{what}逾期 {long}" if left < 0 else f"还有 {long}" if left else "今天到期"
    return Due(light(left, tools.warnings), words)


def place_choices(session: Session, viewer: Viewer, chosen: str) -> list[tuple[str, str]]:
    """The viewer's region, those directly below it, and below the chosen one those that it contains."""
    own = directory.place(session, viewer.region_code)
    found = [(own.code, f"{own.name}全部")]
    for region in directory.children(session, own.code):
        found.append((region.code, region.name))
        if region.code in (chosen, f"{chosen[:6]:0<6}"):
            found += [(r.code, f"{region.name} {r.name}") for r in directory.children(session, region.code)]
    return found


def desk(
    session: Session,
    clue: Clue,
    viewer: Viewer,
    tools: Tools,
    *,
    action: Action | None,
    form: ChineseForm | None,
    tab: str,
) -> dict[str, Any]:
    """Everything the clue page shows to this officer."""
    own = viewer.office_id == clue.office_id
    actions = handling.possible(clue, viewer)
    action = action if action in actions else (form and action) or _first(clue, actions)
    by_slug = {c.slug: c for c in clues.categories(session)}
    form = form or (new_form(clue, action) if action else None)
    chosen = form.chosen_category if isinstance(form, AssignForm) else ""
    placed = placing.place_of(session, clue) if action is Action.ASSIGN else None
    routes = placing.routes_for(session, clue, by_slug, tools.today(), placed) if placed else {}
    notes = clues.notes(session, clue)
    there = clue.named and contacts.is_there(session, clue.id)
    return {
        "hold": holding.why(session, clue), "dangers": () if clue.closed_at else dangers.seen(clue.text), "clue": clue, "actions": actions, "action": action, "rivals": rivals_of(clue, by_slug), "by_slug": by_slug,
        "form": form, "ruled": ruled_by(session, routes, by_slug),
        "chosen": chosen, "place": directory.place(session, clue.region_code) if clue.region_code else None,
        "due": due_chips(clue, tools), "answer_due": terms.due_once_signed(clue, tools),
        "pieces": pieces(clue.text, clue.suggestion.evidence if clue.suggestion else []),
        "tab": tab if tab in ("trail", "thread", "notes", "alike", "clauses") else "trail",
        "trail": audit.of_clue(session, clue.id), "thread": clues.thread(session, clue), "notes": notes, "said": {note.kind.value: note for note in notes}, "again": clues.again(clue, notes),
        "alike": duplicates.alike(session, clue, viewer), "joined": merging.joined(session, clue, viewer), "lead": merging.handled_as(session, clue, viewer), "cluster": clusters.of_clue(session, viewer, clue), "co_handlers": clues.co_handlers(session, clue),
        "contact_there": there, "has_contact": there and own and viewer.role in keys.OPENERS, "asks_password": keys.kept(session) is KeyKept.PASSWORDS,
        "undoable": undoing.offered(session, clue, viewer, tools),
        "touched": provisions.touching(session, clue), "judging": ActionForm(),
        "outside": notices.is_outside(clue),
        "returned": clues.returned_by(session, clue), "pause_ends": pausing.pause_ends(clue, tools),
        "nobody_left": recusing.nobody_left(session, clue, tools.today()), "report_back_by": terms.report_back_by(clue, tools),
        "transfer_to": transfer_to(session, clue, viewer, tools) if action is Action.TRANSFER else "",
        "wordings": replies.templates(session, viewer, action) if action in replies.SENT else (),
        "hours": hours(clue), "whom": recusing.choices(session, clue, viewer, tools.today()) | {recusing.ME: "我本人"} if action is Action.RECUSE else {}, "offices": office_choices(session, routes.get(chosen or "perfunctory"), placed.recused if placed else ()),
        "unsaid": placing.unsaid_of(session, clue), "mentioned": mentioned(clue, tools), "also": also(clue), "referrals": directory.referrals(), "referral_choices": [(r["slug"], r["name"]) for r in directory.referrals()],
    }  # fmt: skip


def rivals_of(clue: Clue, by_slug: Mapping[str, Any]) -> list[Rival]:
    """The three categories in question, whatever has been decided first."""
    offered = [(slug, p) for slug, p in clue.suggestion.alternatives] if clue.suggestion else []
    if clue.category and clue.category not in {slug for slug, _ in offered}:
        offered = [(clue.category, None), *offered[:2]]
    return [Rival(slug, f"{by_slug[slug].code} {by_slug[slug].name}", p) for slug, p in offered]


def mentioned(clue: Clue, tools: Tools) -> list[str]:
    """What the text names where the reporter left the unit or its level open: a hint for the eye, never for routing."""
    if clue.accused_name and clue.accused_level is not AccusedLevel.UNKNOWN:
        return []
    found = mentions.find(clue.text, tools.gazetteer)
    level = (
        [f"像是{labels.LEVELS[AccusedLevel(found.level)]}"] if found.level and found.level in set(AccusedLevel) else []
    )
    named = dict.fromkeys(m.name for m in (*found.units, *found.places, *found.applications))
    return [*named, *level]


def also(clue: Clue) -> list[str]:
    """Categories the clue may touch besides its first: the machine's hints, then its rivals."""
    if clue.suggestion is None:
        return []
    offered = [*clue.suggestion.secondary, *(slug for slug, _ in clue.suggestion.alternatives)]
    return [slug for slug in dict.fromkeys(offered) if slug not in (clue.category, triage.OUT_OF_SCOPE)][:3]


def new_form(clue: Clue, action: Action) -> ChineseForm:
    """The form of an action with its lists filled in and the suggestion chosen."""
    form = FORMS[action](formdata=None)
    if isinstance(form, AssignForm):
        form.category.data = clue.category or ""
    if isinstance(form, ConcludeForm) and clue.verdict:  # sent back: what was written is there to be mended
        form.process(obj=clue)
    if isinstance(form, ExtensionForm):
        form.days.data = clue.extension_asked or 30
    if isinstance(form, RejectForm):
        form.reason.data = clue.reason or (clue.suggestion.reason if clue.suggestion else None)
        form.text.data = next((r["sentence"] for r in directory.referrals() if r["slug"] == form.reason.data), "")
    return form


def ruled_by(session: Session, routes: Mapping[str, Route], by_slug: Mapping[str, Any]) -> dict[str, Ruled]:
    """What each category's route comes to."""
    codes = {route.place.code for route in routes.values() if route.place}
    staffed, closed = directory.staffed(session, codes), directory.closed(session, codes)
    return {
        slug: Ruled(route.office or "", labels.explain_route(route, by_slug[slug].name), _beside(route, staffed, closed))
        for slug, route in routes.items()
    }


def _beside(route: Route, staffed: Collection[tuple[str, str]], closed: Collection[tuple[str, str]]) -> str:
    if route.place is None or route.remit is None:
        return ""
    seat = (route.place.code, route.remit)
    return labels.OFFICE_CLOSED if seat in closed else "" if seat in staffed else labels.UNSTAFFED


def office_choices(session: Session, route: Route | None, recused: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Offices a clerk may choose instead: those of the place where the clue is answered, without the recused, with a word where
    nobody signs in."""
    if route is None or route.place is None:
        return []
    staffed = directory.staffed(session, [route.place.code])
    offices = [o for o in directory.offices_in(session, route.place.code) if (o.region_code, o.remit) not in recused]
    return [(str(o.id), o.name + ("" if (o.region_code, o.remit) in staffed else labels.UNSTAFFED)) for o in offices]


def transfer_to(session: Session, clue: Clue, viewer: Viewer, tools: Tools) -> str:
    """The discipline office that a transfer would go to, with a word where nobody signs in; "" for none."""
    at = handling.transfers_to(session, clue, viewer, tools.today())
    if at is None:
        return ""
    seated = (at.code, handling.DISCIPLINE) in directory.staffed(session, [at.code])
    return office_name(at, handling.DISCIPLINE) + ("" if seated else labels.UNSTAFFED)


def sent_back(session: Session, listed: Sequence[Clue]) -> set[int]:
    """The ids of the clues that are on the desk again because a lead sent them back."""
    notes = clues.said_of(session, listed, (NoteKind.SEND_BACK, NoteKind.REOPEN))
    last = {clue.id: clues.again(clue, notes[clue.id]) for clue in listed}
    return {clue_id for clue_id, note in last.items() if note and note.kind is NoteKind.SEND_BACK}


def pieces(text: str, evidence: Sequence[Sequence[int]]) -> list[tuple[str, bool]]:
    """The text cut at the spans of evidence: (piece, whether it is evidence)."""
    cuts: list[tuple[str, bool]] = []
    at = 0
    for start, end in evidence:
        cuts += [(text[at:start], False), (text[start:end], True)]
        at = end
    return [piece for piece in [*cuts, (text[at:], False)] if piece[0]]


def hours(clue: Clue) -> float | None:
    """Hours a month that the reporter says the burden takes."""
    if not (clue.times_a_month and clue.minutes_each):
        return None
    return clue.times_a_month * clue.minutes_each * (clue.people or 1) / 60


def _first(clue: Clue, actions: Sequence[Action]) -> Action | None:
    """The action a panel opens with: what somebody waits for, else the first that is more than a note."""
    if Action.REPORT_BACK in actions:
        return Action.REPORT_BACK
    if clue.extension_asked and Action.EXTEND in actions:
        return Action.EXTEND
    return next((a for a in actions if a not in (Action.NOTE, Action.RECUSE)), actions[0] if actions else None)


def _due_between(wanted: str, tools: Tools) -> tuple[date, date] | None:
    """The first and the last due date that a choice of the filter asks for; none for any other choice."""
    today = tools.today()
    return {
        "late": reminders.late(tools),
        "today": (date.min, today),
        "week": (date.min, today + timedelta(days=7)),
    }.get(wanted)
