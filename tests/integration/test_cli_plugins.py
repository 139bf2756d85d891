"""``quarterday plugins`` and what every command does about plugins, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HOSTILE = Path(__file__).parents[1] / "hostile" / "plugins"
OURS = ["erp_import", "portal_sync", "scheduler", "toms_national", "toms_rotherham", "webforms"]

Quarterday = Callable[..., "subprocess.CompletedProcess[str]"]
Distribute = Callable[..., Path]


def source(name: str) -> str:
    """The text of a bad plugin, whose own module name becomes ``bad``."""
    return (HOSTILE / f"{name}.py").read_text().replace(f'"{name}:', '"bad:')


def listed(done: subprocess.CompletedProcess[str]) -> tuple[dict[str, dict[str, object]], list[dict[str, str]]]:
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return {plugin["name"]: plugin for plugin in found["plugins"]}, found["failures"]


def test_list_shows_what_each_plugin_offers(quarterday: Quarterday) -> None:
    plugins, failures = listed(quarterday("plugins", "list", "--json"))
    assert failures == []
    assert [name for name in plugins if name in OURS] == OURS
    national = plugins["toms_national"]
    assert (national["distribution"], national["version"], national["state"]) == (
        "quarterday-toms-national",
        "0.1.0",
        "loaded",
    )
    assert (national["module"], national["api"]) == ("quarterday_toms_national.plugin", 0)
    assert national["hooks"] == ["checks", "measure_catalogues"]
    assert "toms-national/2022-compiled" in national["offers"]["measure_catalogues"]
    plain = quarterday("plugins", "list").stdout.splitlines()
    assert plain[0].split() == ["plugin", "state", "distribution", "version", "offers"]
    assert "toms_rotherham  loaded  quarterday-toms-rotherham  0.1.0    measure_catalogues 1, commands 1" in plain


@pytest.mark.parametrize(
    ("bad", "state", "stage", "hook", "error"),
    [
        ("raises_at_import", "failed", "load", "", "ZeroDivisionError"),
        ("exits_at_import", "failed", "load", "", "SystemExit"),
        ("speaks_another_api", "failed", "load", "", "ImportError"),
        ("misspells_a_hook", "failed", "load", "", "PluginValidationError"),
        ("raises_in_a_hook", "loaded", "ask", "measure_catalogues", "LookupError"),
        ("makes_instances", "loaded", "ask", "checks", "TypeError"),
        ("takes_names_of_commands", "loaded", "use", "commands", "ValueError"),
    ],
)
def test_an_installed_bad_plugin_is_one_failure(
    distribute: Distribute, quarterday: Quarterday, bad: str, state: str, stage: str, hook: str, error: str
) -> None:
    distribute("bad", source(bad), version="2.5")
    plugins, failures = listed(quarterday("plugins", "list", "--json"))
    (failure,) = failures
    assert {key: failure[key] for key in ("plugin", "stage", "hook", "distribution", "version", "error")} == {
        "plugin": "bad",
        "stage": stage,
        "hook": hook,
        "distribution": "bad",
        "version": "2.5",
        "error": error,
    }
    assert plugins["bad"]["state"] == state
    assert all(plugins[name]["state"] == "loaded" for name in OURS)


@pytest.mark.parametrize("bad", ["sleeps_at_import", "loops_at_import"])
def test_a_start_goes_on_without_a_plugin_that_hangs(distribute: Distribute, quarterday: Quarterday, bad: str) -> None:
    distribute("bad", source(bad))
    plugins, failures = listed(quarterday("plugins", "list", "--json", QUARTERDAY_IMPORT_SECONDS="1.5"))
    assert [(failure["plugin"], failure["error"]) for failure in failures] == [("bad", "TimeoutError")]
    assert all(plugins[name]["state"] == "loaded" for name in OURS)


def test_an_edition_that_is_left_out_is_a_failure(distribute: Distribute, quarterday: Quarterday) -> None:
    copy = (
        "from quarterday import Catalogue, hookimpl\n\nAPI_VERSION = 0\n\n\n@hookimpl\ndef measure_catalogues():\n"
        "    return [Catalogue(id='toms-national', edition='2022-compiled', title='Mine')]\n"
    )
    distribute("zz-copy", copy)
    _, failures = listed(quarterday("plugins", "list", "--json"))
    assert [failure["plugin"] for failure in failures] == ["zz-copy"]
    assert "toms-national/2022-compiled" in failures[0]["what"]
    assert json.loads(quarterday("catalogue", "list", "--json").stdout)


def test_what_plugins_print_leaves_json_alone(distribute: Distribute, quarterday: Quarterday) -> None:
    distribute("bad", source("prints_everywhere"))
    done = quarterday("plugins", "list", "--json")
    assert listed(done)[1] == []
    assert "hello from the import" in done.stderr


def test_show_tells_one_plugin_and_where_it_failed(distribute: Distribute, quarterday: Quarterday) -> None:
    distribute("bad", source("raises_in_a_hook"))
    shown = quarterday("plugins", "show", "bad")
    assert shown.returncode == 0
    assert "distribution  bad" in shown.stdout
    assert "Traceback" in shown.stderr
    assert 'raise LookupError("my file is gone")' in shown.stderr
    plugins, failures = listed(quarterday("plugins", "show", "bad", "--json"))
    assert list(plugins) == ["bad"]
    assert [failure["hook"] for failure in failures] == ["measure_catalogues"]
    healthy = quarterday("plugins", "show", "toms_rotherham")
    assert "commands            rotherham-policy" in healthy.stdout
    assert healthy.stderr == ""


@pytest.mark.parametrize("command", ["show", "disable", "enable"])
def test_an_unknown_plugin_is_answered_with_the_nearest(quarterday: Quarterday, command: str) -> None:
    done = quarterday("plugins", command, "toms_natoinal")
    assert done.returncode == 2
    assert "There is no plugin “toms_natoinal”; did you mean “toms_national”?" in done.stderr


def test_disable_and_enable_work_when_a_plugin_breaks_the_start(
    distribute: Distribute, quarterday: Quarterday, tmp_path: Path
) -> None:
    distribute("bad", source("exits_at_import"))
    done = quarterday("plugins", "disable", "bad")
    assert (done.returncode, done.stdout) == (0, f"bad is disabled in {tmp_path / 'data' / 'quarterday.toml'}.\n")
    assert quarterday("plugins", "disable", "bad").stdout == "bad was disabled already.\n"
    plugins, failures = listed(quarterday("plugins", "list", "--json"))
    assert (plugins["bad"]["state"], failures) == ("disabled", [])
    assert quarterday("plugins", "enable", "bad").returncode == 0
    assert quarterday("plugins", "enable", "bad").stdout == "bad was enabled already.\n"
    plugins, failures = listed(quarterday("plugins", "list", "--json"))
    assert (plugins["bad"]["state"], len(failures)) == ("failed", 1)


def test_disable_works_when_the_other_settings_are_wrong(quarterday: Quarterday, tmp_path: Path) -> None:
    file = tmp_path / "data" / "quarterday.toml"
    file.write_text('import_secs = "long"\nimport_seconds = -1\n[plugins]\norder = 7\nunknown = 1\n')
    assert quarterday("plugins", "disable", "webforms", QUARTERDAY_NONSENSE="1").returncode == 0
    assert file.read_text() == (
        'import_secs = "long"\nimport_seconds = -1\n[plugins]\norder = 7\nunknown = 1\ndisabled = ["webforms"]\n'
    )


def test_help_lists_the_commands_of_plugins_and_they_run(quarterday: Quarterday) -> None:
    shown = quarterday("--help")
    assert shown.returncode == 0
    assert "  rotherham-policy  What Rotherham's policy asks" in shown.stdout
    assert quarterday("rotherham-policy", "150000").returncode == 0


def test_help_works_and_says_so_when_the_settings_are_unreadable(quarterday: Quarterday, tmp_path: Path) -> None:
    (tmp_path / "data" / "quarterday.toml").write_text("[plugins\n")
    shown = quarterday("--help")
    assert shown.returncode == 0
    assert "  doctor " in shown.stdout
    assert "not valid TOML" in " ".join(shown.stdout.split())
    done = quarterday("rotherham-policy", "150000")
    assert done.returncode == 4
    assert "is not valid TOML" in done.stderr
    assert "Traceback" not in done.stderr


def test_help_names_the_plugins_that_do_not_work(distribute: Distribute, quarterday: Quarterday) -> None:
    distribute("bad", source("raises_at_import"))
    assert "Not everything of these plugins works: bad." in quarterday("--help").stdout
    done = quarterday("catalogue", "list")
    assert done.returncode == 0
    assert "Not everything of these plugins works: bad. Run “quarterday doctor” to see why." in done.stderr


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("absent", 1, "The command “absent” is not at bad:nowhere"),
        ("unimportable", 1, "ModuleNotFoundError"),
        ("buggy", 1, "RuntimeError: the drawer is empty. Run it again with --debug"),
        ("troubled", 1, "Error: Fill the drawer and try again."),
    ],
)
def test_a_bad_command_ends_in_one_sentence(
    distribute: Distribute, quarterday: Quarterday, command: str, code: int, words: str
) -> None:
    distribute("bad", source("has_bad_commands"))
    done = quarterday(command)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_debug_shows_where_a_command_failed(distribute: Distribute, quarterday: Quarterday) -> None:
    distribute("bad", source("has_bad_commands"))
    for done in (quarterday("--debug", "buggy"), quarterday("buggy", QUARTERDAY_DEBUG="1")):
        assert done.returncode == 1
        assert "Traceback" in done.stderr
        assert 'raise RuntimeError("the drawer is empty")' in done.stderr


def test_an_unknown_command_is_answered_with_the_nearest(quarterday: Quarterday) -> None:
    for name, nearest in (("plugin", "plugins"), ("rotherham-polcy", "rotherham-policy")):
        done = quarterday(name)
        assert done.returncode == 2
        assert f"There is no command “{name}”; did you mean “{nearest}”?" in done.stderr


def test_the_data_folder_is_named_by_option_or_variable(quarterday: Quarterday, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "quarterday.toml").write_text('[plugins]\ndisabled = ["webforms"]\n')
    for done in (
        quarterday("--data", str(other), "plugins", "list", "--json"),
        quarterday("plugins", "list", "--json", QUARTERDAY_DATA_DIR=str(other)),
        quarterday("--data", "../other", "plugins", "list", "--json", QUARTERDAY_DATA_DIR="/nowhere"),
    ):
        assert listed(done)[0]["webforms"]["state"] == "disabled"
    missing = quarterday("--data", "nowhere", "plugins", "list")
    assert missing.returncode == 2
    assert "nowhere" in missing.stderr


def test_a_broken_distribution_installed_by_pip_is_one_failure(quarterday: Quarterday, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n\n'
        '[project]\nname = "quarterday-broken"\nversion = "3.1"\n\n'
        '[project.entry-points."quarterday.plugins"]\nbroken = "quarterday_broken"\n\n'
        '[tool.hatch.build.targets.wheel]\nonly-include = ["quarterday_broken.py"]\n'
    )
    (project / "quarterday_broken.py").write_text(source("exits_at_import"))
    place = tmp_path / "site-packages"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-build-isolation", "--no-deps"]
    subprocess.run([*pip, "--target", place, project], check=True, timeout=100)
    plugins, failures = listed(quarterday("plugins", "list", "--json"))
    assert [(one["plugin"], one["distribution"], one["version"]) for one in failures] == [
        ("broken", "quarterday-broken", "3.1")
    ]
    assert all(plugins[name]["state"] == "loaded" for name in OURS)
