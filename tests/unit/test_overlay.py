"""An overlay on its base: what is taken, what is said otherwise, which rules come along."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from quarterday import (
    Adopted,
    Catalogue,
    LocalArea,
    Measure,
    MeasureCatalogue,
    Overlay,
    Policy,
    RuleData,
    Shipped,
    ValueSet,
    unit,
)
from quarterday.domain.overlay import Unsound, resolve


def measure(ref: str, **more: Any) -> Measure:
    return Measure(**{"ref": ref, "title": ref, "unit": unit("FTE"), "theme": "Jobs", "outcome": "Work", **more})


def rule(name: str, *refs: str, **numbers: Any) -> RuleData:
    return RuleData(rule=name, measures=refs, numbers=numbers)


def value_set(name: str, edition: str) -> ValueSet:
    return ValueSet(id=name, title=name, edition=edition, shipped=Shipped.OPEN, licence="OGL", redistributable=True)


BASE = Catalogue(
    id="base",
    edition="1",
    title="Base",
    measures=(measure("N1", localised=True), measure("N2", unit=unit("weeks")), measure("N3"), measure("N4")),
    rules=(
        rule("weeks-each", "N2", at_least=1, at_most=6),
        rule("job-length", "N1", "N3", months=12),
        rule("one-group", "N1", "N3", "N4"),
        rule("once", "N1", "N3", of="same person"),
        rule("once", "N1", "N2", of="same week"),
    ),
    value_sets=(value_set("open", "base/1"),),
)
OVERLAY = Overlay(id="over", edition="1", title="Over", based_on="base/1")
OWN = measure("OWN", title="Our own")


def whole(overlay: Overlay, *others: MeasureCatalogue) -> Catalogue:
    return resolve(overlay, by_key(overlay, BASE, *others))


def by_key(*editions: MeasureCatalogue) -> Mapping[str, MeasureCatalogue]:
    return {edition.key: edition for edition in editions}


def over(*lines: Adopted | Measure, **more: Any) -> Catalogue:
    return whole(replace(OVERLAY, lines=lines, **more))


def rules_of(catalogue: Catalogue) -> list[tuple[str, tuple[str, ...], dict[str, Any]]]:
    return [(rule.rule, rule.measures, dict(rule.numbers)) for rule in catalogue.rules]


def test_a_catalogue_is_whole_as_it_is() -> None:
    assert resolve(BASE, {}) is BASE


def test_it_takes_a_subset_in_its_own_order_under_its_own_refs() -> None:
    found = over(Adopted(ref="O3", base_ref="N3"), OWN, Adopted(ref="N1", base_ref="N1"))
    assert [(one.ref, one.base_ref, one.title) for one in found.measures] == [
        ("O3", "N3", "N3"),
        ("OWN", "", "Our own"),
        ("N1", "N1", "N1"),
    ]
    assert found.based_on == "base/1"


def test_what_it_says_otherwise_wins_and_the_rest_comes_from_the_base() -> None:
    (found,) = over(Adopted(ref="N1", base_ref="N1", changes={"title": "Ours", "theme": "Plan", "code": "1"})).measures
    assert (found.title, found.theme, found.code) == ("Ours", "Plan", "1")
    assert (found.outcome, found.unit.id, found.localised) == ("Work", "FTE", True)


def test_measures_under_one_headline_are_one_question() -> None:
    lines = [Adopted(ref=ref, base_ref=ref, changes={"headline": "Local jobs"}) for ref in ("N1", "N3")]
    found = over(*lines, Adopted(ref="N4", base_ref="N4"))
    assert [(question.headline, question.refs) for question in found.questions] == [
        ("Local jobs", ("N1", "N3")),
        ("N4", ("N4",)),
    ]


def test_rules_come_along_for_the_measures_taken() -> None:
    found = over(Adopted(ref="O1", base_ref="N1"), Adopted(ref="O3", base_ref="N3"))
    assert rules_of(found) == [
        ("job-length", ("O1", "O3"), {"months": 12}),
        ("one-group", ("O1", "O3"), {}),
        ("once", ("O1", "O3"), {"of": "same person"}),
    ]


def test_a_rule_about_several_measures_goes_when_one_is_left() -> None:
    assert rules_of(over(Adopted(ref="O1", base_ref="N1"))) == [("job-length", ("O1",), {"months": 12})]


def test_its_own_range_replaces_the_bases_on_that_measure_only() -> None:
    found = over(
        Adopted(ref="O1", base_ref="N1"),
        Adopted(ref="O2", base_ref="N2"),
        Adopted(ref="O3", base_ref="N3"),
        rules=(rule("weeks-each", "O2", at_least=1, at_most=9), rule("job-length", "O3", months=6)),
    )
    assert [rule for rule in rules_of(found) if rule[0] in ("weeks-each", "job-length")] == [
        ("job-length", ("O1",), {"months": 12}),
        ("weeks-each", ("O2",), {"at_least": 1, "at_most": 9}),
        ("job-length", ("O3",), {"months": 6}),
    ]


def test_its_own_pair_replaces_the_bases_in_either_order_and_no_other() -> None:
    lines = [Adopted(ref=ref, base_ref=ref) for ref in ("N1", "N2", "N3")]
    found = over(*lines, rules=(rule("once", "N3", "N1", of="same job"),))
    assert [rule for rule in rules_of(found) if rule[0] == "once"] == [
        ("once", ("N1", "N2"), {"of": "same week"}),
        ("once", ("N3", "N1"), {"of": "same job"}),
    ]


def test_one_base_measure_may_be_split_in_two() -> None:
    found = over(Adopted(ref="O1a", base_ref="N1"), Adopted(ref="O1b", base_ref="N1"), Adopted(ref="O3", base_ref="N3"))
    assert ("job-length", ("O1a", "O1b", "O3"), {"months": 12}) in rules_of(found)
    assert [measures for name, measures, _ in rules_of(found) if name == "once"] == [("O1a", "O3"), ("O1b", "O3")]


def test_overlays_stand_on_overlays() -> None:
    middle = replace(
        OVERLAY,
        lines=(Adopted(ref="O1", base_ref="N1", changes={"title": "Middle", "headline": "Jobs"}),),
        value_sets=(value_set("own", "over/1"),),
        policy=Policy(facts={"above": 1}),
        local_area=LocalArea(name="Middle", codes=("E1",), since="2024-01-01"),
    )
    top = replace(
        OVERLAY,
        id="top",
        based_on="over/1",
        lines=(Adopted(ref="T1", base_ref="O1", changes={"title": "Top"}),),
        value_sets=(value_set("top", "top/1"),),
    )
    found = resolve(top, by_key(top, middle, BASE))
    (jobs,) = found.measures
    assert (jobs.title, jobs.headline, jobs.localised) == ("Top", "Jobs", True)
    assert jobs.stands_on == (("over/1", "O1"), ("base/1", "N1"))
    assert found.stands_on == ("over/1", "base/1")
    assert [one.id for one in found.value_sets] == ["top", "own", "open"]
    assert found.policy.facts == {"above": 1}
    assert found.local_area is not None
    assert resolve(top, by_key(top, resolve(middle, by_key(BASE)), BASE)) == found


def refused(overlay: Overlay, *others: MeasureCatalogue) -> str:
    with pytest.raises(Unsound) as unsound:
        whole(overlay, *others)
    return str(unsound.value)


def test_a_base_that_is_not_installed_names_the_nearest() -> None:
    assert refused(replace(OVERLAY, based_on="base/2")) == (
        "over/1: it is based on “base/2”, which isn't installed; did you mean “base/1”?"
    )


def test_a_circle_is_named() -> None:
    other = replace(OVERLAY, id="other", based_on="over/1")
    assert refused(replace(OVERLAY, based_on="other/1"), other) == (
        "over/1: the editions stand on one another in a circle (over/1 → other/1 → over/1); correct one “based_on”."
    )


def test_an_unknown_base_ref_names_line_and_nearest() -> None:
    line = Adopted(ref="O1", base_ref="N11", where="measures.csv line 4")
    assert refused(replace(OVERLAY, lines=(line,))) == (
        "over/1, measures.csv line 4: “O1” stands on “N11”, which base/1 doesn't have; did you mean “N1”?"
    )


def test_another_unit_is_another_measure() -> None:
    line = Adopted(ref="O1", base_ref="N1", changes={"unit": unit("weeks")})
    assert "“O1” is counted in “weeks”, but “N1” in “FTE”" in refused(replace(OVERLAY, lines=(line,)))


def test_the_bases_unit_may_be_repeated() -> None:
    (found,) = over(Adopted(ref="O1", base_ref="N1", changes={"unit": unit("FTE"), "things": ""})).measures
    assert found.unit == unit("FTE")


def test_a_ref_of_the_base_never_means_another_measure() -> None:
    swapped = replace(OVERLAY, lines=(Adopted(ref="N2", base_ref="N1"),))
    assert "“N2” is another measure in base/1" in refused(swapped)
    middle = replace(OVERLAY, id="middle", lines=(Adopted(ref="M1", base_ref="N1"),))
    top = replace(OVERLAY, based_on="middle/1", lines=(measure("n4"),))
    assert "“n4” is another measure in base/1" in refused(top, middle)


def test_all_that_is_wrong_is_said_at_once() -> None:
    lines = (Adopted(ref="O1", base_ref="X1"), Adopted(ref="O2", base_ref="X2"))
    with pytest.raises(Unsound) as unsound:
        whole(replace(OVERLAY, lines=lines))
    assert [flaw.check for flaw in unsound.value.flaws] == ["base_refs", "base_refs"]
