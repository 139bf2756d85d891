"""An edition or value set as plain data comes back as it was, and says where it doesn't."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from quarterday.domain.canonical import canonical, digest
from quarterday.domain.catalogue import Catalogue, Confidence, Kind, LocalArea, Measure, Policy, RuleData
from quarterday.domain.snapshots import (
    NotASnapshot,
    edition_from_data,
    edition_to_data,
    value_set_from_data,
    value_set_to_data,
)
from quarterday.domain.units import Runs, unit
from quarterday.domain.values import Shipped, UnitValue, ValueSet

MEASURE = Measure(
    ref="M1",
    title="Weeks “of training” £",
    unit=unit("weeks"),
    theme="Work",
    outcome="Skills",
    kind=Kind.MONETISED,
    runs=Runs.STOCK,
    localised=False,
    is_local_economic=True,
    code="1a",
    confidence=Confidence.LOW,
    stands_on=(("made-up/1", "M1"), ("made-up/0", "X")),
    where="measures.csv, line 7",
)
EDITION = Catalogue(
    id="made-up",
    edition="2",
    title="Made-up",
    current=False,
    rules=(RuleData(rule="job-length", measures=("M1",), numbers={"months": 12, "short": "show", "strict": True}),),
    policy=Policy(facts={"threshold": 100000, "weight": "20%"}),
    local_area=LocalArea(name="Here", codes=("E08000018",), since="2026-04-01", radius_km="5", centre="S60 1"),
    measures=(MEASURE, replace(MEASURE, ref="M2", runs=None, localised=None, stands_on=())),
    stands_on=("made-up/1",),
)
VALUES = ValueSet(
    id="own",
    title="own.csv",
    edition="made-up/2",
    shipped=Shipped.OWN,
    licence="held under agreement 7",
    redistributable=False,
    values=(
        UnitValue(ref="M1", text="83.3333333", value=Fraction("83.3333333"), valid_from=date(2026, 4, 1), row=3),
        UnitValue(ref="M2", text="12", value=Fraction(12), area="E09", industry="Construction"),
    ),
    staff_hour=UnitValue(ref="staff hour", text="20", value=Fraction(20)),
    left_out=("M3: not seen.",),
)


def through_json(data: Any) -> Any:
    return json.loads(canonical(data))


def test_an_edition_comes_back_as_it_was_without_the_values_that_ship_with_it() -> None:
    shipping = replace(EDITION, value_sets=(VALUES,))
    assert edition_from_data(through_json(edition_to_data(shipping))) == EDITION


def test_a_value_set_comes_back_as_it_was() -> None:
    back = value_set_from_data(through_json(value_set_to_data(VALUES)))
    assert back == VALUES
    assert back.fingerprint == VALUES.fingerprint


def test_where_something_was_read_from_is_no_part_of_it() -> None:
    moved = replace(EDITION, measures=(replace(MEASURE, where="elsewhere, line 1"), *EDITION.measures[1:]))
    assert digest(edition_to_data(moved)) == digest(edition_to_data(EDITION))


@pytest.mark.parametrize(
    "other",
    [
        replace(EDITION, title="Made up"),
        replace(EDITION, measures=EDITION.measures[::-1]),
        replace(EDITION, measures=(replace(MEASURE, unit=unit("FTE")), EDITION.measures[1])),
        replace(EDITION, measures=(replace(MEASURE, localised=None), EDITION.measures[1])),
        replace(EDITION, rules=(replace(EDITION.rules[0], numbers={"months": 12, "short": "show", "strict": 1}),)),
    ],
)
def test_another_edition_has_another_digest(other: Catalogue) -> None:
    assert digest(edition_to_data(other)) != digest(edition_to_data(EDITION))


def test_the_same_values_have_one_fingerprint_whatever_they_are_called_and_in_any_order() -> None:
    same = replace(VALUES, id="other", title="other.xlsx", values=VALUES.values[::-1])
    assert same.fingerprint == VALUES.fingerprint


@pytest.mark.parametrize(
    "other",
    [
        replace(VALUES, licence="another"),
        replace(VALUES, redistributable=True),
        replace(VALUES, source="elsewhere"),
        replace(VALUES, edition="made-up/3"),
        replace(VALUES, staff_hour=None),
        replace(VALUES, values=(replace(VALUES.values[0], value=Fraction("83.3333334")), VALUES.values[1])),
        replace(VALUES, values=(replace(VALUES.values[0], valid_to=date(2027, 3, 31)), VALUES.values[1])),
    ],
)
def test_other_values_have_another_fingerprint(other: ValueSet) -> None:
    assert other.fingerprint != VALUES.fingerprint


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda data: data.update(colour="red"), "says “colour”, which this version of Quarterday doesn't know"),
        (lambda data: data.pop("title"), "the edition is incomplete: .*title"),
        (lambda data: data.update(title=7), r"the edition\.title is int, not str"),
        (lambda data: data["measures"][0].update(unit="leagues"), r"measures\[0\]\.unit is “leagues”"),
        (lambda data: data["measures"][0].update(kind="dear"), r"measures\[0\]\.kind is “dear”"),
        (lambda data: data["measures"][0].update(stands_on=[["a"]]), r"stands_on\[0\] has 1 items instead of 2"),
        (lambda data: data["rules"][0]["numbers"].update(months=1.5), r"numbers\.months is float, not str or int"),
        (lambda data: data.update(measures={}), r"measures is dict, not list"),
    ],
)
def test_what_is_no_snapshot_says_where(change: Any, says: str) -> None:
    data = through_json(edition_to_data(EDITION))
    change(data)
    with pytest.raises(NotASnapshot, match=says):
        edition_from_data(data)
