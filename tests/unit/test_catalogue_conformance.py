"""For every check of the kit an edition that fails exactly that one, so that no check is only decoration."""

import inspect
import itertools
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from quarterday import (
    Adopted,
    Catalogue,
    Kind,
    Measure,
    MeasureCatalogue,
    Overlay,
    RuleData,
    Runs,
    Shipped,
    UnitValue,
    ValueSet,
    unit,
)
from quarterday.domain.conformance import NUMBERS, SENTENCES
from quarterday.domain.counting import RULES
from quarterday.domain.units import Entered, Unit
from quarterday.testing import CatalogueConformance

JOBS = Measure(ref="X1", title="People hired", unit=unit("FTE"), theme="Jobs", outcome="Work")
WEEKS = Measure(ref="X2", title="Weeks of training", unit=unit("weeks"), theme="Jobs", outcome="Skills")
SHARE = Measure(ref="X3", title="Share of staff", unit=unit("%"), kind=Kind.RECORD_ONLY, theme="Jobs", outcome="Skills")
SOUND = Catalogue(id="toms-test", edition="1", title="A sound one", measures=(JOBS, WEEKS, SHARE))
OVERLAY = Overlay(
    id="toms-over",
    edition="1",
    title="A sound overlay",
    based_on="toms-test/1",
    lines=(Adopted(ref="O1", base_ref="X1"), replace(WEEKS, ref="O9")),
)
VALUES = ValueSet(
    id="made-up",
    title="Made up",
    edition="toms-test/1",
    shipped=Shipped.ILLUSTRATIVE,
    licence="CC0",
    redistributable=True,
    values=(UnitValue(ref="X1", text="1000", value=Fraction(1000)),),
)


def with_measures(*measures: Measure) -> list[MeasureCatalogue]:
    return [replace(SOUND, measures=measures)]


def with_rule(name: str, *refs: str, **numbers: Any) -> list[MeasureCatalogue]:
    return [replace(SOUND, rules=(RuleData(rule=name, measures=refs, numbers=numbers),))]


def with_values(**changes: Any) -> list[MeasureCatalogue]:
    return [replace(SOUND, value_sets=(replace(VALUES, **changes),))]


def laid(*lines: Adopted | Measure, **changes: Any) -> list[MeasureCatalogue]:
    return [SOUND, replace(OVERLAY, lines=lines or OVERLAY.lines, **changes)]


class Liar(Measure):
    """Gives another ref each time it is asked."""

    __slots__ = ()
    _refs = itertools.count()

    @property  # type: ignore[override]
    def ref(self) -> str:
        return f"X{next(self._refs)}"

    @ref.setter
    def ref(self, value: str) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Another(Catalogue):
    """A kind of catalogue of the plugin's own."""


HOSTILE: dict[str, list[list[MeasureCatalogue]]] = {
    "plain_data": [
        with_measures(Liar(title="Lies", unit=unit("FTE"), theme="Jobs", outcome="Work", ref="X1")),
        [Another(id="toms-test", edition="1", title="A subclass", measures=(JOBS,))],
        with_measures(replace(JOBS, title=5)),
        with_measures(replace(JOBS, localised="yes")),
        [replace(SOUND, measures=[JOBS])],
        with_rule("weeks-each", "X2", at_least=1.5),
        laid(Adopted(ref="O1", base_ref="X1", changes={"title": None})),
    ],
    "key": [
        [replace(SOUND, id="")],
        [replace(SOUND, id="Toms Test")],
        [replace(SOUND, edition="1/2")],
        [replace(SOUND, title=" ")],
    ],
    "measures": [with_measures(), [SOUND, replace(OVERLAY, lines=())]],
    "alone": [
        [replace(SOUND, stands_on=("toms-national/2022-compiled",))],
        with_measures(replace(JOBS, stands_on=(("toms-national/2022-compiled", "NT1"),))),
        laid(replace(WEEKS, ref="O9", stands_on=(("toms-test/1", "X2"),))),
    ],
    "refs": [
        with_measures(JOBS, replace(JOBS, ref="x1")),
        with_measures(replace(JOBS, ref="")),
        with_measures(replace(JOBS, ref=" X1")),
    ],
    "codes": [
        with_measures(replace(JOBS, code="1"), replace(WEEKS, code="1")),
        with_measures(JOBS, replace(WEEKS, code="x1")),
    ],
    "titles": [with_measures(replace(JOBS, title=" ")), laid(Adopted(ref="O1", base_ref="X1", changes={"title": ""}))],
    "places": [with_measures(replace(JOBS, theme="")), with_measures(replace(JOBS, outcome=""))],
    "units": [with_measures(replace(JOBS, unit=Unit("heads", "head", "heads", Entered.NUMBER, Runs.FLOW)))],
    "things": [with_measures(replace(JOBS, unit=unit("number")))],
    "kinds": [
        with_measures(replace(SHARE, kind=Kind.MONETISED)),
        with_measures(replace(JOBS, kind=Kind.YES_NO)),
        with_measures(replace(JOBS, kind=Kind.QUALITATIVE)),
    ],
    "runs": [
        with_measures(replace(SHARE, runs=Runs.FLOW)),
        with_measures(replace(JOBS, runs=Runs.RATE)),
        with_measures(replace(JOBS, unit=unit("yes/no"), kind=Kind.YES_NO, runs=Runs.STOCK)),
    ],
    "rules": [
        with_rule("week-each", "X2"),
        with_rule("weeks-each", "X2", at_lest=1),
        with_rule("weeks-each", "X2", at_least="six"),
        with_rule("weeks-each", "X2", at_least=0),
        with_rule("weeks-each", "X2", at_least=True),
        with_rule("job-length", "X1", short="never"),
        with_rule("words", "X1", disregard=1),
        with_rule("carbon", "X1", year=2019),
    ],
    "rule_refs": [
        with_rule("completed", "X9"),
        with_rule("completed"),
        laid(rules=(RuleData(rule="completed", measures=("X1",)),)),
    ],
    "pairs": [
        with_rule("once", "X1", of="same person"),
        with_rule("once", "X1", "X1", of="same person"),
        with_rule("once", "X1", "X2", "X3", of="same person"),
        with_rule("completed", "X2", "X2"),
    ],
    "base": [
        [OVERLAY],
        [replace(OVERLAY, based_on="toms-over/1")],
        [replace(OVERLAY, based_on="toms-other/1"), replace(OVERLAY, id="toms-other")],
    ],
    "base_refs": [laid(Adopted(ref="O1", base_ref="X11"), *OVERLAY.lines[1:])],
    "changes": [
        laid(Adopted(ref="O1", base_ref="X1", changes={"unit": unit("weeks")})),
        laid(Adopted(ref="O1", base_ref="X1", changes={"things": "visits"})),
        laid(Adopted(ref="O1", base_ref="X1", changes={"is_best": True})),
        laid(Adopted(ref="O1", base_ref="X1", changes={"stands_on": ()})),
    ],
    "own_refs": [laid(Adopted(ref="x2", base_ref="X1")), laid(replace(WEEKS, ref="X2"))],
    "value_editions": [
        with_values(edition="toms-test/2"),
        with_values(id=""),
        [replace(SOUND, value_sets=(VALUES, VALUES))],
    ],
    "value_refs": [
        with_values(values=(UnitValue(ref="X11", text="1", value=Fraction(1)),)),
        with_values(values=(UnitValue(ref="X3", text="1", value=Fraction(1)),)),
        [SOUND, replace(OVERLAY, value_sets=(replace(VALUES, values=(replace(VALUES.values[0], ref="O1"),)),))],
    ],
    "value_licences": [
        with_values(licence=" "),
        with_values(redistributable=False),
        with_values(shipped=Shipped.OWN),
    ],
}


def plugin_with(hook: Callable[[], Any]) -> Any:
    return SimpleNamespace(measure_catalogues=hook)


def failed_by(plugin: Any) -> set[str]:
    """The tests of the kit that the plugin fails; of the shared one the checks."""
    kit, failed = CatalogueConformance(), set()
    at_hand = {"plugin": plugin, "editions": list(plugin.measure_catalogues())}
    for name, test in inspect.getmembers(kit, inspect.ismethod):
        if not name.startswith("test_"):
            continue
        wanted = inspect.signature(test).parameters
        for check in SENTENCES if "check" in wanted else [name]:
            given = {**at_hand, "check": check}
            try:
                test(**{argument: given[argument] for argument in wanted})
            except AssertionError:
                failed.add(check)
    return failed


@pytest.mark.parametrize(("check", "editions"), [(check, one) for check, them in HOSTILE.items() for one in them])
def test_it_fails_exactly_this_check(check: str, editions: list[MeasureCatalogue]) -> None:
    assert failed_by(plugin_with(lambda: editions)) == {check}


def test_every_check_has_somebody_who_fails_it() -> None:
    assert set(HOSTILE) == set(SENTENCES)


def test_sound_editions_fail_nothing() -> None:
    of_base = replace(VALUES, id="of-the-base")
    whole = replace(SOUND, value_sets=(VALUES,), rules=(RuleData(rule="once", measures=("X1", "X2")),))
    assert failed_by(plugin_with(lambda: [whole, replace(OVERLAY, value_sets=(of_base,))])) == set()


def test_a_plugin_that_offers_nothing() -> None:
    assert failed_by(plugin_with(list)) == {"test_it_offers_an_edition_and_no_two_of_one_key"}


def test_a_plugin_that_offers_one_key_twice() -> None:
    hook = lambda: [SOUND, replace(SOUND, title="Another of that key")]  # noqa: E731
    assert failed_by(plugin_with(hook)) == {"test_it_offers_an_edition_and_no_two_of_one_key"}


def test_a_plugin_that_says_something_else_the_next_time() -> None:
    count = itertools.count()
    hook = lambda: [replace(SOUND, title=f"Reading {next(count)}")]  # noqa: E731
    assert failed_by(plugin_with(hook)) == {"test_two_readings_are_equal"}


def test_a_plugin_that_writes(tmp_path: Path) -> None:
    def hook() -> Iterator[MeasureCatalogue]:
        (tmp_path / "read.log").write_text("read")
        yield SOUND

    assert failed_by(plugin_with(hook)) == {"test_reading_writes_nothing_and_calls_nobody"}


def test_a_plugin_that_calls_out() -> None:
    def hook() -> Iterator[MeasureCatalogue]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.connect(("127.0.0.1", 9))
        yield SOUND

    assert failed_by(plugin_with(hook)) == {"test_reading_writes_nothing_and_calls_nobody"}


def test_reading_ones_own_file_is_allowed() -> None:
    def hook() -> Iterator[MeasureCatalogue]:
        Path(__file__).read_text()
        yield SOUND

    assert failed_by(plugin_with(hook)) == set()


def test_each_number_of_each_rule_has_a_kind() -> None:
    assert set(NUMBERS) == {name for numbers in RULES.values() for name in numbers}
