"""The life of a clue as one table: state and action to the next state, who may take it, and the term that begins.

Buttons, permissions, deadlines and the diagram in docs/ are read from STEPS; nothing else knows the workflow.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from intake.errors import Forbidden, InvalidAction
from intake.rules.deadlines import Term


class State(enum.StrEnum):
    RECEIVED = "received"
    REJECTED = "rejected"
    MERGED = "merged"
    ASSIGNED = "assigned"
    HANDLING = "handling"
    CONCLUDED = "concluded"
    CLOSED = "closed"
    TRANSFERRED = "transferred"


class Action(enum.StrEnum):
    ASSIGN = "assign"
    REJECT = "reject"
    MERGE = "merge"
    UNMERGE = "unmerge"
    TRANSFER = "transfer"
    SIGN = "sign"
    RETURN = "return"
    ASK = "ask"
    NOTE = "note"
    ASK_EXTENSION = "ask_extension"
    EXTEND = "extend"
    DECLINE_EXTENSION = "decline_extension"
    CONCLUDE = "conclude"
    APPROVE = "approve"
    SEND_BACK = "send_back"
    SUPERVISE = "supervise"
    REPORT_BACK = "report_back"
    RECUSE = "recuse"
    RECUSE_OFFICE = "recuse_office"
    REOPEN = "reopen"


class Role(enum.StrEnum):
    CLERK = "clerk"
    HANDLER = "handler"
    LEAD = "lead"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Verdict(enum.StrEnum):
    SUBSTANTIATED = "substantiated"
    PARTLY = "partly"
    UNSUBSTANTIATED = "unsubstantiated"
    UNVERIFIABLE = "unverifiable"


class Clock(enum.StrEnum):
    """What an action does to the date by which the next step is due."""

    KEEP = "keep"
    START = "start"
    STOP = "stop"


#: The term whose last day is the due date of a clue in each of these states.
RUNS = {
    State.RECEIVED: Term.TRIAGE,
    State.ASSIGNED: Term.OBJECTION,
    State.HANDLING: Term.HANDLING,
    State.CONCLUDED: Term.HANDLING,
}
OPEN = (State.RECEIVED, State.ASSIGNED, State.HANDLING, State.CONCLUDED)
READERS = frozenset({Role.CLERK, Role.HANDLER, Role.LEAD, Role.SUPERVISOR})
_INTAKE = frozenset({Role.CLERK, Role.SUPERVISOR})
_HANDLER = frozenset({Role.HANDLER})
_OFFICE = frozenset({Role.HANDLER, Role.LEAD})
_LEAD = frozenset({Role.LEAD})
_SUPERVISOR = frozenset({Role.SUPERVISOR})
_UNDER_WAY = (State.ASSIGNED, State.HANDLING, State.CONCLUDED)


@dataclass(frozen=True)
class Step:
    """Where an action leads, who takes it, and which term it starts (None with Clock.KEEP or Clock.STOP)."""

    to: State
    roles: frozenset[Role]
    clock: Clock = Clock.KEEP
    term: Term | None = None


STEPS: dict[tuple[State, Action], Step] = {
    (State.RECEIVED, Action.ASSIGN): Step(State.ASSIGNED, _INTAKE, Clock.START, Term.OBJECTION),
    (State.RECEIVED, Action.REJECT): Step(State.REJECTED, _INTAKE, Clock.STOP),
    (State.RECEIVED, Action.MERGE): Step(State.MERGED, _INTAKE, Clock.STOP),
    (State.MERGED, Action.UNMERGE): Step(State.RECEIVED, _INTAKE, Clock.START, Term.TRIAGE),
    (State.RECEIVED, Action.TRANSFER): Step(State.TRANSFERRED, _INTAKE, Clock.STOP),
    (State.TRANSFERRED, Action.SIGN): Step(State.TRANSFERRED, _OFFICE),
    (State.TRANSFERRED, Action.RETURN): Step(State.RECEIVED, _OFFICE, Clock.START, Term.TRIAGE),
    (State.RECEIVED, Action.ASK): Step(State.RECEIVED, _INTAKE),
    (State.ASSIGNED, Action.SIGN): Step(State.HANDLING, _OFFICE, Clock.START, Term.HANDLING),
    (State.ASSIGNED, Action.RETURN): Step(State.RECEIVED, _OFFICE, Clock.START, Term.TRIAGE),
    (State.HANDLING, Action.ASK): Step(State.HANDLING, _OFFICE),
    (State.HANDLING, Action.ASK_EXTENSION): Step(State.HANDLING, _HANDLER),
    (State.HANDLING, Action.EXTEND): Step(State.HANDLING, _LEAD, Clock.START, Term.EXTENSION),
    (State.HANDLING, Action.DECLINE_EXTENSION): Step(State.HANDLING, _LEAD),
    (State.HANDLING, Action.CONCLUDE): Step(State.CONCLUDED, _OFFICE),
    (State.CONCLUDED, Action.APPROVE): Step(State.CLOSED, _LEAD, Clock.STOP),
    (State.CONCLUDED, Action.SEND_BACK): Step(State.HANDLING, _LEAD),
    (State.ASSIGNED, Action.SUPERVISE): Step(State.ASSIGNED, _SUPERVISOR),
    (State.HANDLING, Action.SUPERVISE): Step(State.HANDLING, _SUPERVISOR),
    (State.CONCLUDED, Action.SUPERVISE): Step(State.CONCLUDED, _SUPERVISOR),
    (State.ASSIGNED, Action.REPORT_BACK): Step(State.ASSIGNED, _OFFICE),
    (State.HANDLING, Action.REPORT_BACK): Step(State.HANDLING, _OFFICE),
    (State.CONCLUDED, Action.REPORT_BACK): Step(State.CONCLUDED, _OFFICE),
    (State.CLOSED, Action.REOPEN): Step(State.HANDLING, _SUPERVISOR, Clock.START, Term.HANDLING),
    (State.REJECTED, Action.REOPEN): Step(State.RECEIVED, _SUPERVISOR, Clock.START, Term.TRIAGE),
}
STEPS |= {(state, Action.NOTE): Step(state, READERS) for state in State}
STEPS |= {(state, Action.RECUSE): Step(state, READERS) for state in OPEN}
STEPS |= {
    (state, Action.RECUSE_OFFICE): Step(State.RECEIVED, _INTAKE | _LEAD, Clock.START, Term.TRIAGE)
    for state in _UNDER_WAY
}
#: Steps that whoever took them may take back for a while: nothing but the desk knows of them yet. A rejection is
#: known to the reporter, who is told that it is withdrawn; questions and answers are not unsaid.
REVERSIBLE = frozenset(
    {
        Action.ASSIGN, Action.REJECT, Action.SIGN, Action.ASK_EXTENSION, Action.EXTEND, Action.DECLINE_EXTENSION,
        Action.CONCLUDE, Action.SEND_BACK, Action.SUPERVISE, Action.REPORT_BACK,
    }
)  # fmt: skip


def take(state: State, action: Action, role: Role) -> Step:
    """The step that `role` takes from `state` by `action`.

    Raises InvalidAction if the table has no such step, Forbidden if the role may not take it.
    """
    step = STEPS.get((state, action))
    if step is None:
        raise InvalidAction(f"{action} from {state}")
    if role not in step.roles:
        raise Forbidden(f"{role} may not {action}")
    return step


def actions_for(state: State, role: Role) -> tuple[Action, ...]:
    """The actions that `role` may take from `state`, in the order of Action."""
    return tuple(a for a in Action if (step := STEPS.get((state, a))) and role in step.roles)


def movers(state: State) -> frozenset[Role]:
    """The roles of the office whose turn it is that can take a clue on from `state`."""
    out = (Action.RECUSE_OFFICE, Action.UNMERGE, Action.REOPEN)
    onward = (step.roles for (s, action), step in STEPS.items() if s is state and action not in out and step.to is not state)
    return frozenset().union(*onward)


def diagram() -> str:
    """The table as a Mermaid state diagram for docs/."""
    moves = [f"    {s} --> {step.to}: {a}" for (s, a), step in STEPS.items() if step.to != s]
    return "\n".join(["stateDiagram-v2", "    [*] --> received", *moves])
