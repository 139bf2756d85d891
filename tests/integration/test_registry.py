"""The registry with this repository's own plugins: found, ordered, asked once, and never in each other's way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from quarterday import hookimpl, hookspecs
from quarterday.finding import GROUP
from quarterday.registry import Answer, Failure, Registry, Stage, State, installed
from quarterday.roster import Roster

NATIONAL = EntryPoint("toms_national", "quarterday_toms_national.plugin", GROUP)
ROTHERHAM = EntryPoint("toms_rotherham", "quarterday_toms_rotherham.plugin", GROUP)
PORTAL = EntryPoint("portal_sync", "quarterday_portal_sync.plugin", GROUP)
OURS = {"erp_import", "portal_sync", "scheduler", "toms_national", "toms_rotherham", "webforms"}


def names(registry: Registry, state: State = State.LOADED) -> list[str]:
    return [plugin.name for plugin in registry.plugins if plugin.state is state]


def asked(registry: Registry) -> list[str]:
    """The plugins that answered with editions, in the order of asking."""
    return list(dict.fromkeys(answer.plugin for answer in registry.ask(hookspecs.measure_catalogues)))


@pytest.mark.usefixtures("data")
def test_the_installed_plugins_are_found_with_their_distributions() -> None:
    registry = installed()
    assert set(names(registry)) >= OURS
    assert registry.failures == []
    found = {plugin.name: plugin for plugin in registry.plugins}["toms_national"]
    assert (found.distribution, found.version, found.api) == ("quarterday-toms-national", "0.1.0", 0)
    assert found.hooks == ("checks", "measure_catalogues")
    assert installed() is registry


def test_the_order_is_the_configured_one_and_the_rest_follow_by_name() -> None:
    points = [ROTHERHAM, PORTAL, NATIONAL]
    assert names(Registry.discover(Roster(), points)) == ["portal_sync", "toms_national", "toms_rotherham"]
    ordered = Registry.discover(Roster(order=("toms_rotherham",)), points)
    assert names(ordered) == ["toms_rotherham", "portal_sync", "toms_national"]
    assert asked(ordered) == ["toms_rotherham", "toms_national"]


@pytest.mark.parametrize(("name", "mark"), [("a", hookimpl(tryfirst=True)), ("z", hookimpl(trylast=True))])
def test_the_order_holds_against_a_plugin_with_a_wish(
    monkeypatch: pytest.MonkeyPatch, name: str, mark: Callable[..., object]
) -> None:
    wishful = ModuleType("wishful")
    wishful.API_VERSION = 0
    wishful.measure_catalogues = mark(lambda: list(_editions()))
    monkeypatch.setitem(sys.modules, "wishful", wishful)
    registry = Registry.discover(Roster(), [EntryPoint(name, "wishful", GROUP), NATIONAL])
    assert asked(registry) == sorted([name, "toms_national"])


def _editions() -> Iterator[object]:
    return (answer.value for answer in Registry.discover(Roster(), [ROTHERHAM]).ask(hookspecs.measure_catalogues))


def test_a_disabled_plugin_is_known_and_not_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "quarterday_portal_sync.plugin", raising=False)
    registry = Registry.discover(Roster(disabled=("portal_sync",)), [PORTAL, NATIONAL])
    assert names(registry, State.DISABLED) == ["portal_sync"]
    assert names(registry) == ["toms_national"]
    assert "quarterday_portal_sync.plugin" not in sys.modules
    assert registry.failures == []


def test_a_plugin_that_is_ordered_and_not_installed_is_a_failure() -> None:
    registry = Registry.discover(Roster(order=("ghost", "spirit"), disabled=("spirit",)), [NATIONAL])
    (failure,) = registry.failures
    assert (failure.plugin, failure.stage, failure.error) == ("ghost", Stage.FIND, "LookupError")
    assert names(registry) == ["toms_national"]


def test_two_plugins_of_one_name_are_both_named_and_neither_is_loaded(
    distribute: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("twin-one", "twin-two"):
        monkeypatch.syspath_prepend(distribute(name, "API_VERSION = 0\n", plugin="twin"))
    registry = Registry.discover(Roster())
    (failure,) = registry.failures
    assert (failure.plugin, failure.stage) == ("twin", Stage.FIND)
    assert failure.distribution == "twin-one, twin-two"
    assert "twin-one 1.0 (twin_one) and twin-two 1.0 (twin_two)" in failure.what
    assert names(registry, State.FAILED) == ["twin", "twin"]
    assert set(names(registry)) >= OURS


def test_one_module_under_two_names_is_one_plugin() -> None:
    registry = Registry.discover(Roster(), [NATIONAL, EntryPoint("zwilling", NATIONAL.value, GROUP)])
    assert names(registry) == ["toms_national"]
    assert [failure.plugin for failure in registry.failures] == ["zwilling"]


def test_a_distribution_with_broken_entry_points_hides_no_other(
    distribute: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(distribute("garbled", "", points="[quarterday.plugins]\nno equals sign\n"))
    registry = Registry.discover(Roster())
    (failure,) = registry.failures
    assert (failure.plugin, failure.stage, failure.distribution, failure.version) == ("", "find", "garbled", "1.0")
    assert set(names(registry)) >= OURS


def test_each_plugin_is_asked_once_even_by_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = ModuleType("counted")
    counted.API_VERSION = 0
    calls: list[int] = []
    counted.checks = hookimpl(lambda: calls.append(1) or [])
    monkeypatch.setitem(sys.modules, "counted", counted)
    registry = Registry.discover(Roster(), [EntryPoint("counted", "counted", GROUP), NATIONAL])
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: list(registry.ask(hookspecs.checks)), range(8)))
    assert calls == [1]
    assert [answer.plugin for answer in answers[0]] == ["toms_national"]
    assert all(answer == answers[0] for answer in answers)


def test_a_failure_says_everything_once_as_json_and_as_a_sentence() -> None:
    registry = Registry.discover(Roster(), [EntryPoint("bad", "no_such_module", GROUP)])
    (failure,) = registry.failures
    assert failure.as_json() == {
        "plugin": "bad",
        "stage": "load",
        "hook": "",
        "distribution": "",
        "version": "",
        "error": "ModuleNotFoundError",
        "what": "No module named 'no_such_module'",
    }
    assert str(failure) == "The plugin “bad” failed at load: ModuleNotFoundError: No module named 'no_such_module'"
    assert "Traceback" in failure.traceback


def test_a_stream_that_breaks_keeps_what_it_gave_and_ends_in_its_failure() -> None:
    def rows() -> Iterator[int]:
        yield 1
        yield 2
        raise SystemExit("the portal hung up")

    registry = Registry()
    *given, last = registry.stream("portal_sync", "rows", rows)
    assert given == [1, 2]
    assert isinstance(last, Failure)
    assert (last.plugin, last.stage, last.hook, last.error) == ("portal_sync", Stage.STREAM, "rows", "SystemExit")
    assert registry.failures == [last]


def test_a_stream_that_cannot_be_opened_is_its_failure() -> None:
    def refuse() -> list[int]:
        raise OSError("no route")

    registry = Registry()
    assert list(registry.stream("portal_sync", "rows", refuse)) == registry.failures
    assert [failure.error for failure in registry.failures] == ["OSError"]


def test_a_stream_that_ends_well_fails_nothing() -> None:
    registry = Registry()
    assert list(registry.stream("portal_sync", "rows", lambda: [1, 2])) == [1, 2]
    assert registry.failures == []


def test_a_stream_that_is_left_early_is_closed() -> None:
    closed: list[str] = []

    def rows() -> Iterator[int]:
        try:
            yield from range(100)
        finally:
            closed.append("closed")

    registry = Registry()
    stream = registry.stream("portal_sync", "rows", rows)
    assert next(stream) == 0
    stream.close()
    assert closed == ["closed"]
    assert registry.failures == []


def test_a_stream_that_will_not_close_is_recorded() -> None:
    def rows() -> Iterator[int]:
        while True:
            try:
                yield 1
            except GeneratorExit:
                yield 2

    registry = Registry()
    stream = registry.stream("portal_sync", "rows", rows)
    assert next(stream) == 1
    stream.close()
    assert [failure.error for failure in registry.failures] == ["RuntimeError"]


def test_a_person_who_stops_a_stream_stops_the_host() -> None:
    def rows() -> Iterator[int]:
        yield 1
        raise KeyboardInterrupt

    registry = Registry()
    stream = registry.stream("portal_sync", "rows", rows)
    assert next(stream) == 1
    with pytest.raises(KeyboardInterrupt):
        next(stream)
    assert registry.failures == []


def test_use_gives_what_the_work_gives_or_its_failure() -> None:
    registry = Registry()
    assert registry.use("portal_sync", "checks", lambda: 7) == 7
    failed = registry.use("portal_sync", "checks", lambda: 1 // 0)
    assert isinstance(failed, Failure)
    assert (failed.stage, failed.error) == (Stage.USE, "ZeroDivisionError")


def test_answers_carry_their_plugin() -> None:
    (answer,) = Registry.discover(Roster(), [ROTHERHAM]).ask(hookspecs.commands)
    assert isinstance(answer, Answer)
    assert answer.plugin == "toms_rotherham"
