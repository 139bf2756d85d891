"""``quarterday doctor`` and ``quarterday settings``: what is wrong, what to do, and the exit code."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from quarterday import Health
from quarterday.services.installation import doctor

HOSTILE = Path(__file__).parents[1] / "hostile" / "plugins"
KEY = "a key that is long enough to seal things"

Quarterday = Callable[..., "subprocess.CompletedProcess[str]"]
Distribute = Callable[..., Path]


def examined(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str, str, str]]:
    """Health, check, plugin and words of every finding."""
    found = json.loads(done.stdout)
    assert found["good"] is (done.returncode == 0)
    return [(one["health"], one["check"], one["plugin"], one["what"]) for one in found["findings"]]


def wrong(done: subprocess.CompletedProcess[str]) -> list[tuple[str, str, str]]:
    assert done.returncode == 1
    assert all(one["to_do"] for one in json.loads(done.stdout)["findings"] if one["health"] != "good")
    return [(check, plugin, what) for health, check, plugin, what in examined(done) if health == "wrong"]


def test_a_healthy_installation_is_good(quarterday: Quarterday) -> None:
    done = quarterday("doctor", "--json")
    assert done.returncode == 0
    found = examined(done)
    assert {check for _, check, plugin, _ in found if not plugin} == {
        "Python",
        "Settings",
        "Data folder",
        "Time zones",
        "Record",
        "Secret key",
        "Plugins",
    }
    not_begun = {check for health, check, plugin, _ in found if not plugin and health != "good"}
    assert not_begun == {"Record", "Secret key"}
    assert "toms_national" in {plugin for _, _, plugin, _ in found}
    plain = quarterday("doctor")
    assert plain.returncode == 0
    assert plain.stdout.splitlines()[0].split() == ["check", "found", "what", "to", "do"]
    assert plain.stdout.splitlines()[-1] == "Nothing is wrong."


def test_a_plugin_that_fails_is_wrong(distribute: Distribute, quarterday: Quarterday) -> None:
    distribute("bad", (HOSTILE / "raises_in_a_hook.py").read_text())
    ((check, plugin, what),) = wrong(quarterday("doctor", "--json"))
    assert (check, plugin) == ("Plugins", "bad")
    assert "measure_catalogues(): LookupError: my file is gone" in what
    plain = quarterday("doctor")
    assert plain.stdout.splitlines()[-1] == "Wrong: 1."
    assert "“quarterday plugins disable bad”" in plain.stdout


def test_a_command_and_an_edition_that_are_left_out_are_wrong(distribute: Distribute, quarterday: Quarterday) -> None:
    distribute("bad", (HOSTILE / "takes_names_of_commands.py").read_text())
    copy = "from quarterday import Catalogue, hookimpl\n\nAPI_VERSION = 0\n\n\n@hookimpl\ndef measure_catalogues():\n"
    distribute("worse", f"{copy}    return [Catalogue(id='empty', edition='1', title='Empty')]\n")
    found = wrong(quarterday("doctor", "--json"))
    assert {plugin for _, plugin, _ in found} == {"bad", "worse"}
    assert any("its command “value” is left out" in what for _, _, what in found)


def test_a_check_that_fails_hides_no_other(distribute: Distribute, quarterday: Quarterday) -> None:
    distribute("bad", (HOSTILE / "has_bad_checks.py").read_text())
    done = quarterday("doctor", "--json")
    assert [what.partition("checks(): ")[2] for _, _, what in wrong(done)] == [
        "OSError: and then not.",
        "SystemExit: no words, only SystemExit.",
        "TypeError: its item 1 is str, not Verdict.",
    ]
    assert ("warning", "works", "bad", "the door is open") in examined(done)


def test_wrong_settings_are_wrong_one_by_one(quarterday: Quarterday, tmp_path: Path) -> None:
    (tmp_path / "data" / "quarterday.toml").write_text('import_secnds = 3\n[plugins]\ndisabled = ["ghost"]\n')
    done = quarterday("doctor", "--json", QUARTERDAY_NONSENSE="1")
    assert [check for check, _, _ in wrong(done)] == ["Settings", "Settings"]
    assert ("warning", "Plugins", "ghost") in [finding[:3] for finding in examined(done)]


def test_settings_that_cannot_be_read_leave_the_doctor_at_work(quarterday: Quarterday, tmp_path: Path) -> None:
    (tmp_path / "data" / "quarterday.toml").write_text("[plugins\n")
    found = wrong(quarterday("doctor", "--json"))
    assert [check for check, _, _ in found] == ["Settings", "Plugins"]
    assert all("is not valid TOML" in what for _, _, what in found)


def test_a_data_folder_that_cannot_be_written_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", "/proc")
    (verdict,) = doctor.folder()
    assert verdict.health is Health.WRONG
    assert verdict.what.startswith("/proc can't be written to (")


def test_an_unknown_time_zone_is_wrong() -> None:
    (verdict,) = doctor.clock("Europe/Rotherham")
    assert verdict.health is Health.WRONG
    (verdict,) = doctor.clock()
    assert verdict.health is Health.GOOD


def test_an_old_python_is_wrong() -> None:
    (verdict,) = doctor.python((3, 10, 14))
    assert (verdict.health, verdict.what) == (Health.WRONG, "Python 3.10.14 is too old.")
    (verdict,) = doctor.python((3, 11, 0))
    assert verdict.health is Health.GOOD


def test_settings_lists_each_with_its_origin(quarterday: Quarterday, tmp_path: Path) -> None:
    (tmp_path / "data" / "quarterday.toml").write_text('import_seconds = 4\n[plugins]\norder = ["webforms"]\n')
    done = quarterday("settings", "--json", QUARTERDAY_SECRET_KEY=KEY)
    assert done.returncode == 0
    shown = {one["name"]: (one["value"], one["origin"]) for one in json.loads(done.stdout)["settings"]}
    expected = {
        "data_dir": (str(tmp_path / "data"), "default"),
        "import_seconds": (4, "quarterday.toml"),
        "secret_key": ("***", "QUARTERDAY_SECRET_KEY"),
        "plugins.order": (["webforms"], "quarterday.toml"),
        "plugins.disabled": ([], "default"),
    }
    assert {name: shown[name] for name in expected} == expected
    plain = quarterday("settings", QUARTERDAY_SECRET_KEY=KEY)
    assert KEY not in plain.stdout
    assert ["plugins.order", '["webforms"]', "quarterday.toml"] in [
        line.split()[:3] for line in plain.stdout.splitlines()
    ]


@pytest.mark.parametrize(("command", "code"), [("catalogue", 4), ("settings", 4), ("plugins", 0), ("doctor", 1)])
def test_wrong_settings_stop_the_commands_that_use_them(quarterday: Quarterday, command: str, code: int) -> None:
    subcommand = [] if command in ("settings", "doctor") else ["list"]
    done = quarterday(command, *subcommand, QUARTERDAY_SECRET_KEY="short")
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    if code == 4:
        assert "Error: “secret_key” (from QUARTERDAY_SECRET_KEY) is wrong: it must have at least" in done.stderr
