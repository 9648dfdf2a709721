"""The workflow table holds what design says of it."""

from pathlib import Path

import pytest

from intake.errors import Forbidden, InvalidAction
from intake.rules.workflow import OPEN, STEPS, Action, Clock, Role, State, actions_for, diagram, take


def test_every_state_but_the_first_is_reached():
    assert {step.to for step in STEPS.values()} | {State.RECEIVED} == set(State)


def test_every_action_has_a_step():
    assert {action for _, action in STEPS} == set(Action)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_admin_and_auditor_take_no_step_at_all(role):
    assert not any(role in step.roles for step in STEPS.values())


def test_a_step_into_an_end_stops_the_clock_and_no_other_does():
    for (state, action), step in STEPS.items():
        if step.to != state:
            assert (step.clock is Clock.STOP) == (step.to not in OPEN), (state, action)


def test_a_step_out_of_an_end_starts_a_clock():
    for (state, _), step in STEPS.items():
        if state not in OPEN and step.to in OPEN:
            assert step.term is not None


@pytest.mark.parametrize(("state", "action"), [(s, a) for s in State for a in Action if (s, a) not in STEPS])
def test_what_the_table_does_not_name_is_refused(state, action):
    with pytest.raises(InvalidAction):
        take(state, action, Role.SUPERVISOR)


def test_a_clerk_may_not_conclude():
    with pytest.raises(Forbidden):
        take(State.HANDLING, Action.CONCLUDE, Role.CLERK)


def test_the_actions_offered_are_those_that_can_be_taken():
    for state in State:
        for role in Role:
            for action in Action:
                offered = action in actions_for(state, role)
                allowed = (state, action) in STEPS and role in STEPS[state, action].roles
                assert offered == allowed


def test_the_diagram_shows_every_move():
    drawn = diagram()
    for (state, action), step in STEPS.items():
        assert (f"{state} --> {step.to}: {action}" in drawn) == (state != step.to)


def test_the_manual_shows_the_diagram_of_the_table():
    manual = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text("utf-8")
    assert diagram() in manual
