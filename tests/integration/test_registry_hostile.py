"""A bad plugin costs what is its own: the others still answer, and exactly one failure tells which plugin and why."""

from __future__ import annotations

import threading
import time
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from quarterday import hookspecs
from quarterday.cli import commands
from quarterday.finding import GROUP
from quarterday.registry import Answer, Registry, Stage, State
from quarterday.roster import Roster

AT_IMPORT = {
    "raises_at_import": ("ZeroDivisionError", "division by zero"),
    "exits_at_import": ("SystemExit", "no licence"),
    "interrupts_at_import": ("KeyboardInterrupt", "no words, only KeyboardInterrupt"),
    "raises_the_worst_at_import": ("Worst", "nobody catches me"),
    "raises_without_words": ("Speechless", "its __str__ raises SystemExit"),
    "speaks_another_api": ("ImportError", "speaks plugin API 7 and this host speaks 0"),
    "speaks_no_api": ("ImportError", "no API_VERSION; this host speaks plugin API 0"),
    "speaks_false": ("ImportError", "speaks plugin API False and this host speaks 0"),
    "misspells_a_hook": ("PluginValidationError", "measure_catalogs"),
    "wants_arguments": ("PluginValidationError", "registry"),
    "wraps_a_hook": ("TypeError", "it wraps measure_catalogues()"),
    "wraps_a_hook_the_old_way": ("TypeError", "it wraps measure_catalogues()"),
    "not_there": ("ModuleNotFoundError", "No module named 'not_there'"),
    "not a module": ("AttributeError", ""),
    "raises_half_way:nothing": ("AttributeError", "has no attribute 'nothing'"),
}
IN_A_HOOK = {
    "is_async": ("measure_catalogues", "TypeError", "it is async"),
    "yields_async": ("measure_catalogues", "TypeError", "returned async_generator"),
    "raises_in_a_hook": ("measure_catalogues", "LookupError", "my file is gone"),
    "exits_in_a_hook": ("measure_catalogues", "SystemExit", "no words, only SystemExit"),
    "raises_half_way": ("measure_catalogues", "OSError", "the second file can't be read"),
    "never_ends": ("measure_catalogues", "ValueError", "more than 1,000 items"),
    "returns_nothing": ("measure_catalogues", "TypeError", "returned NoneType, not an iterable of Catalogue"),
    "returns_a_word": ("measure_catalogues", "TypeError", "returned str"),
    "returns_a_mapping": ("measure_catalogues", "TypeError", "returned dict"),
    "returns_one_item": ("measure_catalogues", "TypeError", "returned Catalogue"),
    "returns_something_else": ("measure_catalogues", "TypeError", "its item 1 is str, not Catalogue"),
    "has_no_check": ("checks", "TypeError", "its item 1 is type, not a kind of Check"),
    "makes_instances": ("checks", "TypeError", "its item 1 is Live, not a kind of Check"),
}
OUT_OF_TIME = ["sleeps_at_import", "loops_at_import", "waits_for_a_lock_at_import"]
COMMANDS = {
    "takes_names_of_commands": "its command “value” is left out: Quarterday has one of that name",
    "names_commands_badly": "its command “--help” is left out: its name or its place",
    "repeats_a_command": "its command “twice” is left out: the plugin “bad” has one of that name",
}


def among_others(module: str, *, seconds: float = 10) -> Registry:
    """A registry in which the bad plugin comes first, and two of this repository's own follow."""
    points = [
        EntryPoint("bad", module, GROUP),
        EntryPoint("toms_national", "quarterday_toms_national.plugin", GROUP),
        EntryPoint("toms_rotherham", "quarterday_toms_rotherham.plugin", GROUP),
    ]
    return Registry.discover(Roster(seconds=seconds), points)


def ask_everything(registry: Registry) -> list[tuple[str, str]]:
    """Which plugin answered which hook."""
    return sorted(
        {
            (answer.plugin, hook.__name__)
            for hook in hookspecs.HOOKS
            for answer in registry.ask(hook)
            if isinstance(answer, Answer)
        }
    )


OTHERS = [
    ("toms_national", "checks"),
    ("toms_national", "measure_catalogues"),
    ("toms_rotherham", "commands"),
    ("toms_rotherham", "measure_catalogues"),
]


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("module", AT_IMPORT)
def test_a_plugin_that_cannot_load_leaves_the_others(module: str) -> None:
    registry = among_others(module)
    assert ask_everything(registry) == OTHERS
    (failure,) = registry.failures
    error, words = AT_IMPORT[module]
    assert (failure.plugin, failure.stage, failure.hook, failure.error) == ("bad", Stage.LOAD, "", error)
    assert words in failure.what
    assert [plugin.state for plugin in registry.plugins] == [State.FAILED, State.LOADED, State.LOADED]


def test_a_plugin_that_is_no_python_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "is_no_python.py").write_text("API_VERSION = = 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry = among_others("is_no_python")
    assert ask_everything(registry) == OTHERS
    assert [failure.error for failure in registry.failures] == ["SyntaxError"]


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("module", OUT_OF_TIME)
def test_a_plugin_that_does_not_finish_importing_is_left_behind(module: str) -> None:
    before = time.monotonic()
    registry = among_others(module, seconds=1.5)
    assert time.monotonic() - before < 10
    assert ask_everything(registry) == OTHERS
    (failure,) = registry.failures
    assert (failure.plugin, failure.stage, failure.error) == ("bad", Stage.LOAD, "TimeoutError")
    assert "did not finish in 1.5 seconds" in failure.what


@pytest.mark.usefixtures("hostile")
def test_a_busy_plugin_is_stopped_so_that_it_does_not_slow_the_host_for_good() -> None:
    others = set(threading.enumerate())
    among_others("loops_at_import", seconds=1.5)
    end = time.monotonic() + 10
    while (left := set(threading.enumerate()) - others) and time.monotonic() < end:
        time.sleep(0.05)
    assert left == set()


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("module", IN_A_HOOK)
def test_a_plugin_that_answers_wrongly_leaves_the_others(module: str) -> None:
    registry = among_others(module)
    assert ask_everything(registry) == OTHERS
    (failure,) = registry.failures
    hook, error, words = IN_A_HOOK[module]
    assert (failure.plugin, failure.stage, failure.hook, failure.error) == ("bad", Stage.ASK, hook, error)
    assert words in failure.what


@pytest.mark.usefixtures("hostile")
def test_a_plugin_that_never_answers_is_asked_nothing_more() -> None:
    registry = among_others("sleeps_in_a_hook", seconds=1.5)
    before = time.monotonic()
    assert ask_everything(registry) == OTHERS
    assert time.monotonic() - before < 10
    (failure,) = registry.failures
    assert (failure.plugin, failure.hook, failure.error) == ("bad", "measure_catalogues", "TimeoutError")


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize("module", COMMANDS)
def test_a_command_that_cannot_be_had_is_left_out(module: str) -> None:
    registry = among_others(module)
    offered = commands.offered(registry)
    assert "rotherham-policy" in offered
    assert "value" not in offered
    (failure,) = registry.failures
    assert (failure.plugin, failure.stage, failure.hook) == ("bad", Stage.USE, "commands")
    assert COMMANDS[module] in failure.what


@pytest.mark.usefixtures("hostile")
def test_what_a_plugin_prints_does_not_reach_the_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    registry = among_others("prints_everywhere")
    assert ask_everything(registry) == OTHERS
    assert registry.failures == []
    out, err = capsys.readouterr()
    assert out == ""
    assert err.split("\n") == ["hello from the import", "hello from the hook", ""]
