"""Bridges: whatever happens, the steps sum to the difference."""

from __future__ import annotations

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday.domain.bridge import Bridge, Move, Step, Worth, add, between, pounds_of
from quarterday.domain.valuation import Amount, value

quantities = st.fractions(min_value=0, max_value=10**9, max_denominator=10**6)
changes = st.lists(
    st.tuples(st.sampled_from([step for step in Step if step is not Step.REVALUED]), st.fractions(max_denominator=999)),
    max_size=8,
)
unit_values = st.fractions(min_value=0, max_value=10**6, max_denominator=10**7) | st.none()


def at(unit_value: F | None) -> Worth:
    """Worth by that unit value; where there is none nobody can say."""

    def worth(quantity: F) -> Amount:
        if unit_value is None:
            return Amount(0, not quantity, ("no value",) if quantity else ())
        return Amount(value(quantity.as_integer_ratio(), unit_value.as_integer_ratio()))

    return worth


@given(quantities, changes, unit_values, unit_values)
def test_the_steps_sum_exactly(before: F, changed: list[tuple[Step, F]], first: F | None, second: F | None) -> None:
    found = between(before, changed, at(first), at(second))
    assert found.before == at(first)(before)
    assert found.after == at(second)(before + sum(change for _, change in changed))
    moved = sum(found.steps.values(), Move())
    assert found.after.micropounds - found.before.micropounds == moved.micropounds
    assert found.quantity_after - found.quantity_before == moved.quantity


@given(st.lists(st.tuples(quantities, changes, unit_values, unit_values), max_size=4))
def test_sums_of_bridges_are_bridges(made: list[tuple[F, list[tuple[Step, F]], F | None, F | None]]) -> None:
    bridges = [between(before, changed, at(first), at(second)) for before, changed, first, second in made]
    for whole in (add(bridges), pounds_of(bridges)):
        assert whole.before.micropounds == sum(one.before.micropounds for one in bridges)
        assert whole.after.micropounds == sum(one.after.micropounds for one in bridges)


def test_other_values_come_last_and_hold_all_that_they_change() -> None:
    found = between(F(10), [(Step.DELIVERED, F(5)), (Step.ENDED, F(-4))], at(F(2)), at(F(3)))
    assert dict(found.steps) == {
        Step.ENDED: Move(F(-4), -8_000_000),
        Step.DELIVERED: Move(F(5), 10_000_000),
        Step.REVALUED: Move(F(0), 11_000_000),
    }


def test_steps_that_lead_elsewhere_are_no_bridge() -> None:
    with pytest.raises(ValueError, match="the steps lead to"):
        Bridge(before=Amount(1), after=Amount(3), steps={Step.NEW: Move(micropounds=1)})
