"""What officers do with a clue: one verb, `act`, over the table of rules/workflow.py.

`act` asks the table, lets the action do what only it does, moves the clock, and writes the audit entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import delete
from sqlalchemy.orm import Session

from intake import labels
from intake.db import lock
from intake.errors import (
    Forbidden,
    InvalidAction,
    InvalidInput,
    OfficeRecused,
    SameOfficer,
    StaleClue,
    TooLate,
)
from intake.models import Category, Clue, CoHandler, Message, MessageKind, Note, NoteKind, Office, ReturnedBy
from intake.rules.deadlines import Term, due_on
from intake.rules.naming import Place
from intake.rules.numbers import whole
from intake.rules.workflow import OPEN, STEPS, Action, Clock, Role, State, Step, Verdict, actions_for, take
from intake.services import (
    attachments,
    audit,
    clues,
    directory,
    merging,
    notify,
    pausing,
    recusing,
    search,
    terms,
    undoing,
)
from intake.services.clues import Viewer
from intake.services.placing import route_for
from intake.services.triage import OUT_OF_SCOPE
from intake.tools import Tools

Words = Mapping[str, Any]
DISCIPLINE = "discipline"


@dataclass(frozen=True)
class Deed:
    """One action under way: who does what to which clue, with the fields of the form; `answered` what else has its answer by it."""

    clue: Clue
    action: Action
    officer: Viewer
    words: Words
    tools: Tools
    answered: list[Clue] = field(default_factory=list)


def act(
    session: Session, clue: Clue, action: Action, words: Words, *, officer: Viewer, tools: Tools, version: int
) -> Clue:
    """Take one step with a clue that `officer` may see.

    `words` holds the fields of the action's form. Raises StaleClue if the clue is no longer at `version`,
    InvalidAction or Forbidden by the workflow, InvalidInput for a missing field, and what the action itself forbids. Where a
    recusal leaves nobody who could take the next step, the office is recused with the last of its people.
    """
    lock(session, clue)
    if clue.version != version:
        raise StaleClue(f"clue is at version {clue.version}, the page was at {version}")
    step = take(clue.state, action, officer.role)
    if not _fits(clue, action):
        raise InvalidAction(f"{action} has nothing to act on")
    deed = Deed(clue, action, officer, words, tools)
    if not _concerns(clue, action, officer):
        raise Forbidden("another office is responsible")
    _do(session, deed, step)
    if action is Action.RECUSE and clue.state in (State.ASSIGNED, State.HANDLING) and recusing.nobody_left(session, clue, tools.today()):
        _do(session, replace(deed, action=Action.RECUSE_OFFICE), STEPS[clue.state, Action.RECUSE_OFFICE])
    return clue


def _do(session: Session, deed: Deed, step: Step) -> None:
    """What a step does besides what its action does: state, clock, index, audit, notifications, the way back."""
    clue, action, officer, tools = deed.clue, deed.action, deed.officer, deed.tools
    before, stood = clue.state, undoing.picture(session, clue)
    with session.no_autoflush:  # the CHECKs tie state to columns: both change in one statement
        keys = EFFECTS[action](session, deed)
        clue.state = step.to
        _move_clock(deed, step)
    for changed in (clue, *deed.answered):
        search.refresh(session, changed, tools.segmenter())
    audit.step(session, action.value, clue, before, at=tools.now(), officer_id=officer.id, behalf=officer.behalf, **keys)
    notify.after_step(session, clue, action, before, by=officer.id, tools=tools)
    undoing.keep(session, clue, action, stood, by=officer, tools=tools)


def possible(clue: Clue, officer: Viewer) -> tuple[Action, ...]:
    """The actions that `officer` may take with a clue now, in the order of Action."""
    offered = actions_for(clue.state, officer.role)
    return tuple(action for action in offered if _concerns(clue, action, officer) and _fits(clue, action))


def _concerns(clue: Clue, action: Action, officer: Viewer) -> bool:
    """A co-handling office reads and notes; the steps belong to the responsible one."""
    return officer.role not in (Role.HANDLER, Role.LEAD) or action is Action.NOTE or clue.office_id == officer.office_id


def _fits(clue: Clue, action: Action) -> bool:
    """Whether there is what the action acts on: a request to decline, a supervision to answer, an extension left,
    a clue not signed for."""
    return {
        Action.ASK_EXTENSION: not clue.extended and clue.extension_asked is None,
        Action.EXTEND: not clue.extended,
        Action.DECLINE_EXTENSION: clue.extension_asked is not None,
        Action.REPORT_BACK: clue.supervised_at is not None,
        Action.SIGN: clue.taken_over_at is None,
        Action.RETURN: clue.taken_over_at is None,
    }.get(action, True)


def opened(session: Session, clue: Clue, officer: Viewer, tools: Tools) -> None:
    """Note in the audit log that an officer opened a clue's page, once per officer and clue."""
    if not audit.has_done(session, officer.id, "opened", clue.id):
        audit.record(session, "opened", at=tools.now(), officer_id=officer.id, clue_id=clue.id)


def _move_clock(deed: Deed, step: Step) -> None:
    clue, tools = deed.clue, deed.tools
    if step.to is not State.HANDLING:
        pausing.resume(clue, tools.today(), tools)
        clue.extension_asked = None
    if step.clock is Clock.STOP:
        clue.was_due_on = clue.due_on if step.to is State.CLOSED else None
        clue.due_on = clue.supervised_at = clue.asked_at = None
        clue.closed_at = tools.now()
        return
    if step.to in OPEN:
        clue.closed_at = None
    if step.clock is Clock.START and step.term is not None:
        clue.due_on = _next_due(deed, step.term)


def _next_due(deed: Deed, term: Term) -> date:
    """Handling counts from the day the clue was accepted, anew when it is reopened; an extension from the day that was due."""
    clue, tools = deed.clue, deed.tools
    if term is Term.HANDLING:
        return terms.answer_due(clue, tools.today(), tools) if deed.action is Action.REOPEN else terms.due_once_signed(clue, tools)
    if term is Term.EXTENSION and clue.due_on:
        length = replace(tools.terms[term], count=_granted(deed))
        clue.extension_asked = None
        return due_on(clue.due_on, length, tools.calendar)
    return due_on(tools.today(), tools.terms[term], tools.calendar)


def _granted(deed: Deed) -> int:
    """The days of an extension: those said, else those asked for, never more than the term."""
    longest = deed.tools.terms[Term.EXTENSION].count
    return min(int(deed.words.get("days") or deed.clue.extension_asked or longest), longest)


def _assign(session: Session, deed: Deed) -> dict[str, Any]:
    clue = deed.clue
    suggested = clue.suggestion.label if clue.suggestion else None
    category = _category(session, deed)
    route = route_for(session, clue, category, deed.tools.today())
    ruled = directory.active_office(session, route.place.code, route.remit) if route.place and route.remit else None
    chosen = _chosen_office(session, deed) or ruled
    if chosen is None:
        raise InvalidInput("office", "office_closed" if route.office else "choose_office")
    if merging.is_kept_from(session, clue, chosen.region_code, chosen.remit):
        raise OfficeRecused("the office is, or is part of, the unit complained of")
    if session.get(ReturnedBy, (clue.id, chosen.id)) and not deed.words.get("again"):
        raise InvalidInput("office", "returned_before")
    clue.category, clue.office_id, clue.reason = category, chosen.id, None
    clue.secondary = _secondary(session, deed, category)
    clue.assigned_at = deed.tools.now()
    _set_co_handlers(session, clue, [(route.place.code, remit) for remit in route.co_remits] if route.place else [])
    overridden = ruled is None or ruled.id != chosen.id
    return {"category": category, "suggested": suggested, "overridden": overridden}


def _category(session: Session, deed: Deed) -> str:
    slug = str(deed.words.get("category") or deed.clue.category or "")
    if not slug or session.get(Category, slug) is None:
        raise InvalidInput("category", "choose_category")
    if slug == OUT_OF_SCOPE:
        raise InvalidInput("category", "out_of_scope_is_rejected")
    return slug


def _secondary(session: Session, deed: Deed, category: str) -> list[str]:
    """Up to two further categories that the clerk ticked; the machine's own are hints (docs/classifier.md)."""
    wanted = [str(slug) for slug in deed.words.get("secondary") or () if slug not in (category, OUT_OF_SCOPE)]
    return [slug for slug in dict.fromkeys(wanted) if session.get(Category, slug)][:2]


def _chosen_office(session: Session, deed: Deed) -> Office | None:
    wanted = str(deed.words.get("office") or "")
    if not wanted:
        return None
    office = session.get(Office, whole(wanted))
    if office is None or not office.active:
        raise InvalidInput("office", "choose_office")
    return office


def _set_co_handlers(session: Session, clue: Clue, pairs: list[tuple[str, str]]) -> None:
    session.execute(delete(CoHandler).where(CoHandler.clue_id == clue.id))
    for code, remit in pairs:
        if merging.is_kept_from(session, clue, code, remit):
            continue
        office = directory.active_office(session, code, remit)
        if office and office.id != clue.office_id:
            session.add(CoHandler(clue_id=clue.id, office_id=office.id))


def _reject(session: Session, deed: Deed) -> dict[str, Any]:
    reason = _needed(deed, "reason")
    deed.clue.reason, deed.clue.category, deed.clue.secondary = reason, OUT_OF_SCOPE, []
    _say_to_all(session, deed, MessageKind.REFERRAL, _needed(deed, "text"))
    return {"reason": reason, "category": OUT_OF_SCOPE}


def _merge(session: Session, deed: Deed) -> dict[str, Any]:
    """The reporter of a clue that joins a closed one has the answer at once."""
    target = merging.target(session, deed.clue, _needed(deed, "into"), deed.officer, deed.tools.today())
    deed.clue.merged_into_id = target.id
    _note(session, deed, NoteKind.MERGE, str(deed.words.get("text") or target.number))
    if target.state is State.CLOSED:
        _say_to_all(session, deed, MessageKind.ANSWER, target.answer or "")
    return {"into": target.id}


def _unmerge(session: Session, deed: Deed) -> dict[str, Any]:
    """The clue goes its own way again; what was merged into it stays with it. What its reporter said of the other's answer is void."""
    _note(session, deed, NoteKind.MERGE, _needed(deed, "text"))
    left, deed.clue.merged_into_id, deed.clue.rating = deed.clue.merged_into_id, None, None
    return {"out_of": left}


def _transfer(session: Session, deed: Deed) -> dict[str, Any]:
    """A clue about money in somebody's pocket goes to the discipline office itself (信访工作条例 第 22 条)."""
    at = transfers_to(session, deed.clue, deed.officer, deed.tools.today())
    if at is None:
        raise InvalidInput("text", "no_discipline_left")
    deed.clue.office_id = directory.office(session, at.code, DISCIPLINE).id
    _note(session, deed, NoteKind.TRANSFER, _needed(deed, "text"))
    _say_to_all(session, deed, MessageKind.REFERRAL, labels.MOVED_ON)
    return {}


def transfers_to(session: Session, clue: Clue, officer: Viewer, on: date) -> Place | None:
    """Where the discipline office is that a clue is transferred to: the one where the clue is answered, or the next above, that is not
    closed, may know of the clue, did not send it back and has somebody who can sign in; where nobody can, the nearest. None where
    none is left."""
    route = route_for(session, clue, OUT_OF_SCOPE, on)
    chain = (route.place or directory.place(session, officer.region_code)).chain()
    codes = [at.code for at in chain]
    closed, staffed = directory.closed(session, codes), directory.staffed(session, codes)
    passed = closed | {(office.region_code, office.remit) for office in clues.returned_by(session, clue)}
    left = [at for at in chain if (at.code, DISCIPLINE) not in passed and not merging.is_kept_from(session, clue, at.code, DISCIPLINE)]
    return next((at for at in left if (at.code, DISCIPLINE) in staffed), left[0] if left else None)


def _sign(session: Session, deed: Deed) -> dict[str, Any]:
    if deed.clue.state is State.TRANSFERRED:
        deed.clue.taken_over_at = deed.tools.now()
    return {}


def _return(session: Session, deed: Deed) -> dict[str, Any]:
    """The office says why it is another's; reporters who read that the clue was transferred read that it is not."""
    if deed.clue.state is State.TRANSFERRED:
        _say_to_all(session, deed, MessageKind.REFERRAL, labels.TAKEN_UP[State.TRANSFERRED])
    if deed.clue.due_on and deed.tools.today() > deed.clue.due_on:
        raise TooLate("the term for an objection is over")
    _note(session, deed, NoteKind.RETURN, _needed(deed, "text"))
    session.merge(ReturnedBy(clue_id=deed.clue.id, office_id=deed.officer.office_id))
    deed.clue.office_id = deed.clue.assigned_at = deed.clue.supervised_at = None
    _set_co_handlers(session, deed.clue, [])
    return {"returned_by": deed.officer.office_id}


def _ask(session: Session, deed: Deed) -> dict[str, Any]:
    _say(session, deed, MessageKind.QUESTION, _needed(deed, "text"))
    deed.clue.asked_at = deed.tools.now()
    if deed.words.get("pause") and deed.clue.state is State.HANDLING and deed.clue.paused_on is None:
        pausing.pause(deed.clue, deed.tools)
    return {}


def _ask_extension(session: Session, deed: Deed) -> dict[str, Any]:
    """A request of 1 to 30 days (信访工作条例 第 34 条) that the lead grants or declines."""
    days = int(deed.words.get("days") or deed.tools.terms[Term.EXTENSION].count)
    _note(session, deed, NoteKind.EXTEND, _needed(deed, "text"))
    deed.clue.extension_asked = days
    return {"days": days}


def _extend(session: Session, deed: Deed) -> dict[str, Any]:
    """The lead grants more time, asked for or not, and the reporter is told why (信访工作条例 第 34 条); a clock that waits runs
    again first."""
    why = _needed(deed, "text")
    _note(session, deed, NoteKind.EXTEND, why)
    _say_to_all(session, deed, MessageKind.REFERRAL, labels.LONGER.format(days=_granted(deed), why=why))
    pausing.resume(deed.clue, deed.tools.today(), deed.tools)
    deed.clue.extended = True
    return {"days": _granted(deed), "start": deed.clue.due_on and deed.clue.due_on.isoformat()}


def _decline_extension(session: Session, deed: Deed) -> dict[str, Any]:
    _note(session, deed, NoteKind.EXTEND, _needed(deed, "text"))
    deed.clue.extension_asked = None
    return {}


def _supervise(session: Session, deed: Deed) -> dict[str, Any]:
    """A word from above that the office has to answer."""
    _note(session, deed, NoteKind.SUPERVISE, _needed(deed, "text"))
    deed.clue.supervised_at = deed.tools.now()
    return {}


def _report_back(session: Session, deed: Deed) -> dict[str, Any]:
    _note(session, deed, NoteKind.SUPERVISE, _needed(deed, "text"))
    deed.clue.supervised_at = None
    return {}


def _recuse(session: Session, deed: Deed) -> dict[str, Any]:
    """Somebody who has a stake in the clue is to know nothing of it from now on."""
    _note(session, deed, NoteKind.NOTE, _needed(deed, "text"))
    return recusing.declare(session, deed.clue, _needed(deed, "whom"), by=deed.officer, tools=deed.tools)


def _recuse_office(session: Session, deed: Deed) -> dict[str, Any]:
    """The responsible office is out: the clue goes back to intake, and by the rules one level up."""
    clue = deed.clue
    assert clue.office_id is not None  # STEPS begins in states that have one
    _note(session, deed, NoteKind.NOTE, _needed(deed, "text"))
    keys = recusing.hide_from_office(session, clue, clue.office_id, deed.tools)
    _set_co_handlers(session, clue, [])
    clue.office_id = clue.assigned_at = clue.concluded_by_id = clue.supervised_at = None
    clue.extended = False
    clue.verdict = clue.measures = clue.answer = clue.educated = clue.disciplined = None
    return keys


def _conclude(session: Session, deed: Deed) -> dict[str, Any]:
    clue = deed.clue
    clue.verdict = Verdict(_needed(deed, "verdict"))
    clue.measures, clue.answer = _needed(deed, "measures"), _needed(deed, "answer")
    clue.educated, clue.disciplined = deed.words.get("educated") or 0, deed.words.get("disciplined") or 0
    clue.concluded_by_id = deed.officer.id
    return {"verdict": clue.verdict.value, "educated": clue.educated, "disciplined": clue.disciplined}


def _approve(session: Session, deed: Deed) -> dict[str, Any]:
    if deed.clue.concluded_by_id == deed.officer.id:
        raise SameOfficer("who concluded may not approve")
    _say_to_all(session, deed, MessageKind.ANSWER, deed.clue.answer or "")
    return {}


def _say_to_all(session: Session, deed: Deed, kind: MessageKind, text: str) -> None:
    """Tell the reporter, and those whose clues are handled with this one, how it ended."""
    merged = merging.together(session, deed.clue)
    merging.say(session, [deed.clue, *merged], kind, text, officer_id=deed.officer.id, at=deed.tools.now())
    deed.answered.extend(merged)  # indexed when the clue is in its new state: CHECKs tie the two together


def _reopen(session: Session, deed: Deed) -> dict[str, Any]:
    """A new term, that may be extended once as the first was; the reporter reads that what he was told holds no longer."""
    deed.clue.extended = False
    _say_to_all(session, deed, MessageKind.REFERRAL, labels.TAKEN_UP[deed.clue.state])
    return _noting(NoteKind.REOPEN)(session, deed)


def _note_down(session: Session, deed: Deed) -> dict[str, Any]:
    """Words for other officers, with the files (attachments.Kept) that prove them."""
    noted = _note(session, deed, NoteKind.NOTE, _needed(deed, "text"))
    session.flush()
    attachments.attach_to_note(session, noted, deed.words.get("files", ()), tools=deed.tools)
    return {}


def _noting(kind: NoteKind) -> Callable[[Session, Deed], dict[str, Any]]:
    """An action that does nothing but leave words for other officers."""

    def leave(session: Session, deed: Deed) -> dict[str, Any]:
        _note(session, deed, kind, _needed(deed, "text"))
        return {}

    return leave


def _needed(deed: Deed, field: str) -> str:
    value = str(deed.words.get(field) or "").strip()
    if not value:
        raise InvalidInput(field, "needed")
    return value


def _say(session: Session, deed: Deed, kind: MessageKind, text: str) -> None:
    session.add(Message(clue_id=deed.clue.id, at=deed.tools.now(), kind=kind, officer_id=deed.officer.id, text=text))


def _note(session: Session, deed: Deed, kind: NoteKind, text: str) -> Note:
    noted = Note(clue_id=deed.clue.id, at=deed.tools.now(), kind=kind, officer_id=deed.officer.id, text=text)
    session.add(noted)
    return noted


EFFECTS: dict[Action, Callable[[Session, Deed], dict[str, Any]]] = {
    Action.ASSIGN: _assign,
    Action.REJECT: _reject,
    Action.MERGE: _merge,
    Action.UNMERGE: _unmerge,
    Action.TRANSFER: _transfer,
    Action.SIGN: _sign,
    Action.RETURN: _return,
    Action.ASK: _ask,
    Action.NOTE: _note_down,
    Action.ASK_EXTENSION: _ask_extension,
    Action.EXTEND: _extend,
    Action.DECLINE_EXTENSION: _decline_extension,
    Action.CONCLUDE: _conclude,
    Action.APPROVE: _approve,
    Action.SEND_BACK: _noting(NoteKind.SEND_BACK),
    Action.SUPERVISE: _supervise,
    Action.REPORT_BACK: _report_back,
    Action.RECUSE: _recuse,
    Action.RECUSE_OFFICE: _recuse_office,
    Action.REOPEN: _reopen,
}
