"""What passwords are kept as."""

from __future__ import annotations

from argon2 import Type, extract_parameters

from intake.services import identity


def test_a_password_is_kept_by_argon2id_at_no_less_than_the_recommended_cost():
    kept = extract_parameters(identity.hasher.hash("竹影扫阶尘不动"))
    assert kept.type is Type.ID
    assert (kept.memory_cost, kept.time_cost) >= (19 * 1024, 2)
