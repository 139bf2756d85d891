"""The vocabulary of units: how each is entered, how it runs over time, and that nothing else is one."""

import pytest

from quarterday import UNITS, Measure, Runs, unit
from quarterday.domain.units import UnknownUnit


def test_every_unit_is_known_by_its_id() -> None:
    assert all(unit(name).id == name for name in UNITS)


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        ("FTE", Runs.FLOW),
        ("weeks", Runs.FLOW),
        ("session hours × attendees", Runs.FLOW),
        ("staff hours", Runs.FLOW),
        ("volunteering hours", Runs.FLOW),
        ("expert hours", Runs.FLOW),
        ("number", Runs.FLOW),
        ("£", Runs.FLOW),
        ("£ invested", Runs.FLOW),
        ("tCO2e", Runs.FLOW),
        ("tonnes", Runs.FLOW),
        ("employees with access", Runs.STOCK),
        ("miles", Runs.FLOW),
        ("%", Runs.RATE),
        ("yes/no", Runs.ONCE),
        ("text", Runs.ONCE),
    ],
)
def test_how_quantities_of_several_periods_come_together(name: str, runs: Runs) -> None:
    assert unit(name).runs is runs
    assert runs in unit(name).may_run


def test_a_percentage_is_never_added_and_an_answer_is_given_once() -> None:
    assert unit("%").may_run == {Runs.RATE}
    assert unit("yes/no").may_run == unit("text").may_run == {Runs.ONCE}
    assert Runs.RATE not in unit("weeks").may_run


def test_answers_and_words_are_no_numbers() -> None:
    assert {name for name, one in UNITS.items() if not one.is_counted} == {"yes/no", "text"}


@pytest.mark.parametrize(
    ("wrong", "near"), [("week", "weeks"), ("fte", "FTE"), ("tCO2", "tCO2e"), ("staff hour", "staff hours")]
)
def test_an_unknown_unit_names_the_nearest(wrong: str, near: str) -> None:
    with pytest.raises(UnknownUnit, match=f"“{wrong}” is not a unit; did you mean “{near}”"):
        unit(wrong)


def test_an_unknown_unit_without_a_near_one_lists_them_all() -> None:
    with pytest.raises(UnknownUnit, match="it may be FTE, weeks, session hours × attendees"):
        unit("furlong")


def test_a_number_says_of_what() -> None:
    visits = Measure(ref="V", title="Visits", unit=unit("number"), things="visits", theme="A", outcome="B")
    assert visits.unit_words == "visits"
