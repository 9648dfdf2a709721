"""What passwords are kept as."""

from __future__ import annotations

import pytest
from argon2 import Type, extract_parameters

from intake.db import transaction
from intake.errors import InvalidInput, NotFound
from intake.rules.workflow import Role
from intake.services import directory, identity


def test_a_password_is_kept_by_argon2id_at_no_less_than_the_recommended_cost():
    kept = extract_parameters(identity.hasher.hash("竹影扫阶尘不动"))
    assert kept.type is Type.ID
    assert (kept.memory_cost, kept.time_cost) >= (19 * 1024, 2)


@pytest.mark.parametrize("typed", ["", " ", "0", "竹影扫阶尘不动"])
def test_nothing_lets_in_whoever_was_entered_without_a_password(database, tools, typed):
    with transaction(database) as session:
        office = directory.office(session, "321112", "task_force")
        entered = identity.enter_officer(session, "nobody", "无人", Role.CLERK, office, tools=tools)
        with pytest.raises(NotFound):
            identity.check_password(session, "nobody", typed)
        with pytest.raises(InvalidInput):
            identity.change_password(session, entered, typed, "月穿潭底水无痕-竹影", tools=tools)
