"""What changed between two editions."""

from dataclasses import replace
from typing import Any

from quarterday import Adopted, Catalogue, Kind, Measure, Overlay, RuleData, unit
from quarterday.domain.diff import Difference, diff
from quarterday.domain.overlay import resolve


def measure(ref: str, **more: Any) -> Measure:
    return Measure(**{"ref": ref, "title": "Title", "unit": unit("weeks"), "theme": "T", "outcome": "O", **more})


def edition(name: str, *measures: Measure, rules: tuple[RuleData, ...] = (), **more: Any) -> Catalogue:
    return Catalogue(id="toms", edition=name, title="TOMs", measures=measures, rules=rules, **more)


def changes(found: Difference) -> list[tuple[str, str, str, str]]:
    return [
        (one.after.ref, change.what, change.before, change.after) for one in found.changed for change in one.changes
    ]


def test_the_same_twice_differs_in_nothing() -> None:
    one = edition("1", measure("N1"), rules=(RuleData(rule="completed", measures=("N1",)),))
    assert diff(one, replace(one, edition="2")) == Difference((), (), ())


def test_added_removed_and_changed() -> None:
    found = diff(
        edition("1", measure("N1"), measure("N2", localised=None)),
        edition("2", measure("n2", localised=True, kind=Kind.RECORD_ONLY), measure("N3")),
    )
    assert [one.ref for one in found.added] == ["N3"]
    assert [one.ref for one in found.removed] == ["N1"]
    assert changes(found) == [
        ("n2", "ref", "N2", "n2"),
        ("n2", "kind", "monetised", "record-only"),
        ("n2", "localised", "unknown", "yes"),
    ]


def test_a_changed_unit_stands_out() -> None:
    found = diff(
        edition("1", measure("N1", unit=unit("session hours × attendees"))),
        edition("2", measure("N1", unit=unit("employees with access"))),
    )
    assert found.changed[0].in_another_unit
    assert changes(found) == [
        ("N1", "unit", "session hours × attendees", "employees with access"),
        ("N1", "runs", "flow", "stock"),
    ]


def test_a_number_of_other_things_is_another_unit_too() -> None:
    visits, trees = (measure("N1", unit=unit("number"), things=things) for things in ("visits", "trees"))
    assert diff(edition("1", visits), edition("2", trees)).changed[0].in_another_unit


def test_where_we_saw_it_and_how_sure_we_are_is_no_change() -> None:
    assert not diff(edition("1", measure("N1")), edition("2", measure("N1", seen_in="here", notes="new"))).changed


def test_a_changed_range_is_a_change_of_the_measure() -> None:
    one_to_six = RuleData(rule="weeks-each", measures=("N1",), numbers={"at_least": 1, "at_most": 6})
    one_to_nine = replace(one_to_six, numbers={"at_least": 1, "at_most": 9})
    completed = RuleData(rule="completed", measures=("N1",))
    found = diff(
        edition("1", measure("N1"), rules=(one_to_six,)), edition("2", measure("N1"), rules=(one_to_nine, completed))
    )
    assert changes(found) == [
        ("N1", "rule completed", "no", "yes"),
        ("N1", "rule weeks-each", "at_least 1, at_most 6", "at_least 1, at_most 9"),
    ]


def test_rules_of_an_edition_known_in_part_are_not_compared() -> None:
    completed = RuleData(rule="completed", measures=("N1",))
    assert not diff(
        edition("1", measure("N1"), complete=False), edition("2", measure("N1"), rules=(completed,))
    ).changed


def test_an_overlay_is_compared_under_its_own_refs_with_its_base_and_the_bases_other_editions() -> None:
    old, base = edition("1", measure("N1"), measure("N2")), edition("2", measure("N1"), measure("N2"))
    overlay = Overlay(
        id="council",
        edition="1",
        title="Council",
        based_on="toms/2",
        lines=(Adopted(ref="C1", base_ref="N1", changes={"title": "Ours"}),),
    )
    council = resolve(overlay, {base.key: base})
    for before in (old, base):
        found = diff(before, council)
        assert changes(found) == [("C1", "ref", "N1", "C1"), ("C1", "title", "Title", "Ours")]
        assert ([one.ref for one in found.removed], found.added) == (["N2"], ())
    assert [one.ref for one in diff(council, base).added] == ["N2"]


def test_refs_of_unrelated_catalogues_are_never_matched() -> None:
    found = diff(edition("1", measure("N1")), replace(edition("1", measure("N1")), id="other"))
    assert ([one.ref for one in found.added], [one.ref for one in found.removed]) == (["N1"], ["N1"])
