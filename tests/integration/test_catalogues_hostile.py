"""Bad catalogues through the registry: what is bad is left out with a reason, and everybody else's editions stay."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from quarterday import Adopted, Catalogue, Measure, MeasureCatalogue, Overlay, RuleData, hookimpl, hookspecs, unit
from quarterday.finding import GROUP
from quarterday.registry import Registry
from quarterday.roster import Roster
from quarterday.services.measures.catalogues import Shelf, shelve

OURS = {"toms-national/2022-compiled", "toms-national/2019", "toms-national/2017", "toms-rotherham/2024-27"}
JOBS = Measure(ref="X1", title="People hired", unit=unit("FTE"), theme="Jobs", outcome="Work")
SOUND = Catalogue(id="toms-bad", edition="1", title="First", measures=(JOBS,))
ADOPTS = (Adopted(ref="O1", base_ref="X1"),)

Put = Callable[..., Shelf]


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> Put:
    """The shelf with these plugins' editions beside those of this repository, which come first."""

    def put(**plugins: list[MeasureCatalogue]) -> Shelf:
        points = [EntryPoint(name, f"quarterday_{name}.plugin", GROUP) for name in ("toms_national", "toms_rotherham")]
        for name, editions in plugins.items():
            module = ModuleType(name)
            module.API_VERSION = 0  # type: ignore[attr-defined]
            module.measure_catalogues = hookimpl(lambda editions=editions: editions)  # type: ignore[attr-defined]
            monkeypatch.setitem(sys.modules, name, module)
            points.append(EntryPoint(name, name, GROUP))
        registry = Registry.discover(Roster(order=("toms_national", "toms_rotherham")), points)
        shelf = shelve(registry.ask(hookspecs.measure_catalogues))
        assert set(shelf.editions) >= OURS
        return shelf

    return put


def others(shelf: Shelf) -> set[str]:
    return set(shelf.editions) - OURS


def left_out(shelf: Shelf) -> list[tuple[str, str]]:
    return [(out.plugin, out.edition) for out in shelf.left_out]


def test_the_same_id_twice_the_first_stays(put: Put) -> None:
    shelf = put(bad=[SOUND, replace(SOUND, title="Second")])
    assert shelf.editions["toms-bad/1"].title == "First"
    assert [out.why for out in shelf.left_out] == [
        "toms-bad/1 is given twice, and the one that “bad” gave first is used; rename one of them."
    ]


def test_an_edition_that_another_plugin_has_is_the_earlier_plugins(put: Put) -> None:
    shelf = put(bad=[replace(SOUND, id="toms-national", edition="2019")])
    assert shelf.plugins["toms-national/2019"] == "toms_national"
    assert left_out(shelf) == [("bad", "toms-national/2019")]


def test_a_circle_through_two_plugins(put: Put) -> None:
    one = Overlay(id="toms-one", edition="1", title="One", based_on="toms-two/1", lines=ADOPTS)
    two = replace(one, id="toms-two", based_on="toms-one/1")
    on_both = replace(one, id="toms-three", based_on="toms-two/1")
    shelf = put(one=[one], three=[on_both], two=[two])
    assert others(shelf) == set()
    assert left_out(shelf) == [("one", "toms-one/1"), ("three", "toms-three/1"), ("two", "toms-two/1")]
    assert "in a circle (toms-one/1 → toms-two/1 → toms-one/1)" in shelf.left_out[0].why


def test_an_overlay_may_come_before_its_base(put: Put) -> None:
    overlay = Overlay(id="toms-over", edition="1", title="Over", based_on="toms-bad/1", lines=ADOPTS)
    shelf = put(aa=[overlay], zz=[SOUND])
    assert others(shelf) == {"toms-over/1", "toms-bad/1"}
    assert shelf.editions["toms-over/1"].based_on == "toms-bad/1"


def test_what_stands_on_a_bad_edition_is_left_out_with_it(put: Put) -> None:
    bad = replace(SOUND, rules=(RuleData(rule="once", measures=("X1", "X1", "X9")),))
    overlay = Overlay(id="toms-over", edition="1", title="Over", based_on="toms-bad/1", lines=ADOPTS)
    shelf = put(aa=[overlay], zz=[bad])
    assert others(shelf) == set()
    assert "toms-over/1 is based on toms-bad/1, which is left out; mend that one first." in [
        out.why for out in shelf.left_out
    ]


def test_a_measure_that_lies_about_its_ref(put: Put) -> None:
    asked = iter(range(1000))

    class Liar(Measure):
        __slots__ = ()

        def __getattribute__(self, name: str) -> object:
            return f"X{next(asked)}" if name == "ref" else super().__getattribute__(name)

    lie = Liar(ref="X1", title="Lie", unit=unit("FTE"), theme="Jobs", outcome="Work")
    shelf = put(bad=[replace(SOUND, measures=(lie,))], good=[SOUND])
    assert others(shelf) == {"toms-bad/1"}
    assert shelf.plugins["toms-bad/1"] == "good"
    assert "Catalogue.measures[0] is Liar, not Measure." in shelf.left_out[0].why


def test_a_catalogue_that_breaks_when_it_is_touched(put: Put) -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Trap(Catalogue):
        @property
        def key(self) -> str:
            raise SystemExit("trapped")

    shelf = put(bad=[Trap(id="toms-bad", edition="1", title="Trap")])
    assert left_out(shelf) == [("bad", "")]


def test_a_measure_that_claims_to_stand_on_a_national_one_gets_none_of_its_value(put: Put) -> None:
    claim = replace(JOBS, unit=unit("£"), stands_on=(("toms-national/2022-compiled", "NT1"),))
    assert left_out(put(bad=[replace(SOUND, measures=(claim,))])) == [("bad", "toms-bad/1")]
