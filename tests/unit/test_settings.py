"""Settings come from the file, the environment and secret files, and what nobody knows is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from quarterday.errors import NotConfigured
from quarterday.settings import Plugins, Settings, about, listed, load

KEY = "a key that is long enough to seal things"
PLUGINS = ("portal_sync", "toms-elsewhere")

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write ``quarterday.toml`` in a data folder of its own, with no other setting around."""
    for name in list(os.environ):
        if name.startswith("QUARTERDAY_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))

    def write(text: str) -> Path:
        path = tmp_path / "quarterday.toml"
        path.write_text(text)
        return path

    return write


def faults() -> list[str]:
    """The sentences about what is wrong."""
    with pytest.raises(NotConfigured) as caught:
        load(PLUGINS)
    assert caught.value.code == 4
    return str(caught.value).splitlines()


@pytest.mark.usefixtures("write")
def test_nothing_said_is_the_defaults(tmp_path: Path) -> None:
    settings = load(PLUGINS)
    assert (settings.data_dir, settings.import_seconds, settings.secret_key) == (tmp_path, 30, None)
    assert (settings.plugins.order, settings.plugins.disabled) == ((), ())


def test_the_environment_wins_over_the_file(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write('import_seconds = 5\n[plugins]\norder = ["b", "a"]\n')
    assert load(PLUGINS).import_seconds == 5
    monkeypatch.setenv("QUARTERDAY_IMPORT_SECONDS", "2.5")
    assert load(PLUGINS).import_seconds == 2.5
    assert load(PLUGINS).plugins.order == ("b", "a")


def test_an_empty_variable_says_nothing(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("import_seconds = 5\n")
    monkeypatch.setenv("QUARTERDAY_IMPORT_SECONDS", "")
    assert load(PLUGINS).import_seconds == 5


def test_a_secret_in_a_file_wins_over_the_settings_file(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(f'secret_key = "{KEY} in the settings"\n')
    (tmp_path / "key").write_text(f"{KEY}\n")
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY_FILE", str(tmp_path / "key"))
    secret = load(PLUGINS).secret_key
    assert secret is not None
    assert secret.get_secret_value() == KEY


def test_the_settings_file_names_a_file_of_a_secret_in_the_data_folder(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write('secret_key_file = "secret.key"\n')
    path.with_name("secret.key").write_text(f"{KEY}\n")
    secret = load(PLUGINS).secret_key
    assert secret is not None
    assert secret.get_secret_value() == KEY
    (listed_one,) = [one for one in listed(PLUGINS) if one.name == "secret_key"]
    assert (listed_one.value, listed_one.origin) == ("***", "quarterday.toml")
    path.with_name("secret.key").unlink()
    (fault,) = faults()
    assert fault.startswith(f"The file {path.with_name('secret.key')}, which “secret_key_file” in {path} names")
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", f"{KEY} of the environment")
    overruled = load(PLUGINS).secret_key
    assert overruled is not None
    assert overruled.get_secret_value() == f"{KEY} of the environment"


def test_a_secret_stands_in_the_settings_file_once(write: Write) -> None:
    path = write(f'secret_key = "{KEY}"\nsecret_key_file = "secret.key"\n')
    path.with_name("secret.key").write_text(KEY)
    assert faults() == [f"“secret_key” and “secret_key_file” both stand in {path}; remove one of them."]


@pytest.mark.usefixtures("write")
def test_a_secret_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", KEY)
    settings = load(PLUGINS)
    for shown in (repr(settings), str(settings), repr(settings.secret_key), repr(listed(PLUGINS))):
        assert KEY not in shown
        assert "***" in shown
    (secret,) = [one for one in listed(PLUGINS) if one.name == "secret_key"]
    assert (secret.value, secret.origin) == ("***", "QUARTERDAY_SECRET_KEY")


@pytest.mark.usefixtures("write")
def test_a_wrong_secret_is_not_shown_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "too short")
    (fault,) = faults()
    assert fault == "“secret_key” (from QUARTERDAY_SECRET_KEY) is wrong: it must have at least 32 characters."


@pytest.mark.parametrize("url", ["returns.example.gov.uk", "https://", "https://a b", "https://a/?b", "https://u@a/"])
def test_a_public_address_that_links_can_not_begin_with(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("QUARTERDAY_PUBLIC_URL", url)
    (fault,) = faults()
    assert "write it like https://returns.example.gov.uk" in fault


def test_a_public_address_may_have_a_path_and_ends_without_a_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_PUBLIC_URL", "http://127.0.0.1:8000/social-value/")
    assert load(PLUGINS).public_url == "http://127.0.0.1:8000/social-value"


@pytest.mark.parametrize("options", ["{", "[1]", "3"])
def test_options_of_a_storage_that_can_not_be_read_are_not_shown(monkeypatch: pytest.MonkeyPatch, options: str) -> None:
    monkeypatch.setenv("QUARTERDAY_EVIDENCE_OPTIONS", options)
    (fault,) = faults()
    why = 'it must be a JSON object, like {"key": "…"}'
    assert fault == f"“evidence_options” (from QUARTERDAY_EVIDENCE_OPTIONS) is wrong: {why}."


def test_each_setting_says_where_it_came_from(write: Write, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write('[plugins]\ndisabled = ["webforms"]\n')
    monkeypatch.setenv("QUARTERDAY_IMPORT_SECONDS", "3")
    (tmp_path / "key").write_text(KEY)
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY_FILE", str(tmp_path / "key"))
    assert {one.name: (one.value, one.origin) for one in listed(PLUGINS)} == {
        "data_dir": (str(tmp_path), "QUARTERDAY_DATA_DIR"),
        "database_url": (None, "default"),
        "import_seconds": (3, "QUARTERDAY_IMPORT_SECONDS"),
        "secret_key": ("***", "QUARTERDAY_SECRET_KEY_FILE"),
        "evidence_url": (None, "default"),
        "evidence_options": (None, "default"),
        "evidence_megabytes": (25, "default"),
        "evidence_pieces": (20, "default"),
        "clamav": (None, "default"),
        "public_url": (None, "default"),
        "mail_sink": ("smtp", "default"),
        "process_seconds": (120, "default"),
        "job_seconds": (1800, "default"),
        "process_megabytes": (1024, "default"),
        "plugins.order": ([], "default"),
        "plugins.disabled": (["webforms"], "quarterday.toml"),
    }
    assert all(one.about for one in listed(PLUGINS))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("import_secnds = 5", "“import_secnds” in {file} is no setting; did you mean “import_seconds”?"),
        ("[plugins]\ndisable = []", "“plugins.disable” in {file} is no setting; did you mean “disabled”?"),
        (
            "[zzz]\nx = 1",
            "“zzz” in {file} is no setting; remove it, or use one of clamav, database_url, evidence_megabytes, "
            "evidence_options, evidence_pieces, evidence_url, import_seconds, job_seconds, mail_sink, plugins, "
            "process_megabytes, process_seconds, public_url, "
            "secret_key.",
        ),
        ('data_dir = "/none"', "“data_dir” in {file} has no effect there; give --data or QUARTERDAY_DATA_DIR instead."),
        (
            "import_seconds = -1",
            "“import_seconds” (from quarterday.toml) is wrong: it must be a number, more than 0 and at most 3600.",
        ),
        (
            '[plugins]\norder = "a"',
            '“plugins.order” (from quarterday.toml) is wrong: it must be a list of names, like ["a", "b"].',
        ),
        ("plugins = 1", "“plugins” (from quarterday.toml) is wrong: it must be a table; write [plugins]."),
        ('secret_key = "short"', "“secret_key” (from quarterday.toml) is wrong: it must have at least 32 characters."),
        ("import_seconds = ", "{file} is not valid TOML: Invalid value (at end of document). Mend it there."),
    ],
)
def test_a_wrong_file_is_named_with_what_to_do(write: Write, text: str, sentence: str) -> None:
    file = write(text)
    assert faults() == [sentence.replace("{file}", str(file))]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("evidence_megabytes = 2.5", "it must be a whole number, at least 1 and at most 2048"),
        ("evidence_megabytes = 0", "it must be a whole number, at least 1 and at most 2048"),
        ("evidence_megabytes = 2049", "it must be a whole number, at least 1 and at most 2048"),
        ("evidence_megabytes = true", "it must be a whole number, at least 1 and at most 2048"),
        ("evidence_megabytes = inf", "it must be a whole number, at least 1 and at most 2048"),
        ('evidence_megabytes = "many"', "it must be a whole number, at least 1 and at most 2048"),
        ("job_seconds = 86401", "it must be a number, more than 0 and at most 86400"),
        ("job_seconds = nan", "it must be a number, more than 0 and at most 86400"),
        ("job_seconds = [1]", "it must be a number, more than 0 and at most 86400"),
        ("clamav = 3310", "it must be text"),
        ("database_url = 5", "it must be text"),
        ("public_url = 5", "it must be text"),
    ],
)
def test_a_value_of_another_kind_is_named_with_what_is_wanted(write: Write, text: str, why: str) -> None:
    write(text)
    assert faults() == [f"“{text.split()[0]}” (from quarterday.toml) is wrong: {why}."]


def test_a_number_may_stand_as_text(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write('job_seconds = "60.5"\nprocess_seconds = 2\n')
    monkeypatch.setenv("QUARTERDAY_EVIDENCE_PIECES", " 7 ")
    settings = load(PLUGINS)
    assert (settings.job_seconds, settings.process_seconds, settings.evidence_pieces) == (60.5, 2, 7)


def test_a_file_that_is_not_utf8_is_named(write: Write) -> None:
    file = write("")
    file.write_bytes(b'secret_key = "\xa3"')
    assert faults() == [f"{file} is not UTF-8 (byte 14); save it as UTF-8."]


def test_a_byte_order_mark_is_no_fault(write: Write) -> None:
    write("\ufeffimport_seconds = 5\n")
    assert load(PLUGINS).import_seconds == 5


@pytest.mark.usefixtures("write")
@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("QUARTERDAY_DATADIR", "did you mean “QUARTERDAY_DATA_DIR”?"),
        ("QUARTERDAY_SECRET_KEYFILE", "did you mean “QUARTERDAY_SECRET_KEY_FILE”?"),
        ("quarterday_import_seconds", "did you mean “QUARTERDAY_IMPORT_SECONDS”?"),
        ("QUARTERDAY_PORTL_SYNC__TOKEN", "did you mean “QUARTERDAY_PORTAL_SYNC__”?"),
        ("QUARTERDAY_IMPORT_SECONDS_FILE", "did you mean “QUARTERDAY_IMPORT_SECONDS”?"),
        ("QUARTERDAY_PLUGINS__ORDER", "remove it, or use one of QUARTERDAY_DATA_DIR,"),
    ],
)
def test_an_unknown_variable_is_named_with_the_nearest(
    monkeypatch: pytest.MonkeyPatch, name: str, nearest: str
) -> None:
    monkeypatch.setenv(name, "1")
    (fault,) = faults()
    assert fault.startswith(f"The environment variable {name} is no setting; {nearest}")


@pytest.mark.usefixtures("write")
@pytest.mark.parametrize("value", ["1", "words", '{"order": []}'])
def test_the_plugins_do_not_stand_in_a_variable(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("QUARTERDAY_PLUGINS", value)
    assert faults()[0].startswith("The environment variable QUARTERDAY_PLUGINS is no setting;")


@pytest.mark.usefixtures("write")
def test_variables_of_plugins_and_of_tests_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PORTAL_SYNC__TOKEN", "TOMS_ELSEWHERE__YEAR", "FIELD_DATA", "DEBUG"):
        monkeypatch.setenv(f"QUARTERDAY_{name}", "1")
    assert load(PLUGINS).import_seconds == 30


@pytest.mark.usefixtures("write")
def test_a_secret_given_twice_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(KEY)
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", KEY)
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY_FILE", str(tmp_path / "key"))
    assert faults() == ["QUARTERDAY_SECRET_KEY and QUARTERDAY_SECRET_KEY_FILE are both set; unset one of them."]


@pytest.mark.usefixtures("write")
def test_a_secret_file_that_is_missing_or_empty_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY_FILE", str(tmp_path / "key"))
    (fault,) = faults()
    assert fault.startswith(f"The file {tmp_path / 'key'}, which QUARTERDAY_SECRET_KEY_FILE names, can't be read")
    (tmp_path / "key").write_text("\n")
    assert faults() == ["“secret_key” (from QUARTERDAY_SECRET_KEY_FILE) is wrong: it must have at least 32 characters."]


def test_every_fault_is_told_at_once(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("import_secnds = 5\nimport_seconds = 0\n")
    monkeypatch.setenv("QUARTERDAY_NONSENSE", "1")
    assert len(faults()) == 3


@pytest.mark.usefixtures("write")
def test_a_data_folder_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path / "nowhere"))
    assert faults() == ["“data_dir” (from QUARTERDAY_DATA_DIR) is wrong: there is no such folder."]


def test_every_setting_is_documented() -> None:
    for kind in (Settings, Plugins):
        assert about(kind).keys() == {field.name for field in fields(kind)}
        assert all(about(kind).values())
