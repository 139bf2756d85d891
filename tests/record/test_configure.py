"""``quarterday plugins configure``: a plugin's own questions, checked, sealed, audited, in force at the next use."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from quarterday.cli.main import main
from quarterday.db.models import METADATA, PluginSetting
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import NotConfigured, Refused
from quarterday.ports import Document, DocumentKind
from quarterday.registry import installed
from quarterday.services.background import worker
from quarterday.services.background.kinds import Kind, Parcel
from quarterday.services.measures.catalogues import catalogues
from quarterday.services.plugins import configuring
from quarterday.services.plugins.configured import values_of
from quarterday.services.plugins.sealing import Sealer
from quarterday.testing.builders import OPERATOR, a_supplier, an_authority

SECRET = "hunter2-feathers-and-all"
KEY = "k" * 64
PIGEON = '''
"""Carrier pigeons: a plugin that has a secret."""

from pathlib import Path

from quarterday import DocumentKind, PluginSettings, Receipt, hookimpl

API_VERSION = 0


class Pigeon:
    id = "pigeon"
    title = "A carrier pigeon"
    accepts = frozenset({DocumentKind.REPORT})

    def __init__(self, settings):
        self._settings = settings

    @classmethod
    def settings_class(cls):
        from pydantic import Field, SecretStr, field_validator

        class PigeonSettings(PluginSettings):
            loft: Path
            """The folder where pigeons arrive."""
            password: SecretStr
            """What the pigeon must say."""
            grains: int = Field(default=5, ge=1)
            """How many grains it gets."""

            @field_validator("password")
            @classmethod
            def _long(cls, password):
                if len(password.get_secret_value()) < 8:
                    raise ValueError(f"{password.get_secret_value()} is too short")
                return password

        return PigeonSettings

    def deliver(self, document, key):
        said = f"{self._settings.password.get_secret_value()} {self._settings.grains}"
        (self._settings.loft / "arrived").write_text(said)
        return Receipt(key)


class Dove(Pigeon):
    id = "dove"
    title = "A dove, which needs no password"

    @classmethod
    def settings_class(cls):
        class DoveSettings(PluginSettings):
            loft: Path
            """The folder where pigeons arrive."""

        return DoveSettings

    def deliver(self, document, key):
        (self._settings.loft / "arrived").write_text("coo")
        return Receipt(key)


@hookimpl
def report_sinks():
    return [Pigeon, Dove]
'''


@pytest.fixture
def folder(tmp_path: Path, record_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with a key, in an installation that has the pigeons' plugin."""
    site, data = tmp_path / "site-packages", tmp_path / "data"
    info = site / "pigeons-1.0.dist-info"
    info.mkdir(parents=True)
    data.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: pigeons\nVersion: 1.0\n\nA plugin.\n")
    (info / "entry_points.txt").write_text("[quarterday.plugins]\npigeons = pigeons\n")
    (site / "pigeons.py").write_text(PIGEON)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("PYTHONPATH", str(site))  # for the child process in which sinks work
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(data))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)
    (data / "secret.key").write_text(KEY)
    (data / "quarterday.toml").write_text('secret_key_file = "secret.key"\n')
    for asked in (installed, catalogues):
        asked.cache_clear()
    yield data
    sys.modules.pop("pigeons", None)
    for asked in (installed, catalogues):
        asked.cache_clear()


@pytest.fixture
def authority(uow: UnitOfWork, folder: Path) -> int:
    return an_authority(uow, key="northmoor")


def answers(folder: Path, **changes: object) -> dict[str, Any]:
    return {"loft": str(folder), "password": SECRET, "grains": 7, **changes}


def configure(uow: UnitOfWork, authority: int, said: dict[str, Any], actor: Actor = OPERATOR) -> list[str]:
    return configuring.configure(uow, actor, installed(), authority_id=authority, plugin="pigeons", answers=said)


def command(*arguments: object, typed: str = "") -> Result:
    given = ["plugins", "configure", "pigeons", "--authority", "northmoor", *map(str, arguments)]
    return CliRunner().invoke(main, given, input=typed)


def in_force(uow: UnitOfWork, authority: int) -> dict[str, Any]:
    with uow.read(OPERATOR) as work:
        return values_of(work, authority, "pigeons")


def written_file(tmp_path: Path, said: dict[str, Any]) -> Path:
    path = tmp_path / "answers.toml"
    path.write_text("\n".join(f"{name} = {json.dumps(value)}" for name, value in said.items()))
    return path


def everything_in(uow: UnitOfWork) -> str:
    """Every row of every table, as text."""
    with uow.read(OPERATOR) as work:
        return "\n".join(
            str(tuple(row)) for table in METADATA.sorted_tables for row in work.connection.execute(select(table))
        )


def test_the_questions_are_the_plugins_own(authority: int) -> None:
    asked = {one.name: one for one in configuring.questions(installed(), "pigeons")}
    assert list(asked) == ["loft", "password", "grains"]
    assert (asked["password"].is_secret, asked["password"].is_needed) == (True, True)
    assert (asked["grains"].default, asked["grains"].about) == ("5", "How many grains it gets.")


def test_they_are_asked_one_by_one(uow: UnitOfWork, authority: int, folder: Path) -> None:
    done = command(typed=f"{folder}\n{SECRET}\n\n")
    assert done.exit_code == 0, done.output
    assert "What the pigeon must say.\n" in done.output
    assert "set loft, password." in done.output
    assert in_force(uow, authority) == {"loft": str(folder), "password": SECRET}
    again = command(typed="\n\n9\n")
    assert "password (kept if left blank)" in again.output
    assert "set grains." in again.output
    assert in_force(uow, authority) == {"loft": str(folder), "password": SECRET, "grains": "9"}


def test_a_file_answers_too(uow: UnitOfWork, authority: int, folder: Path, tmp_path: Path) -> None:
    done = command("--answers", written_file(tmp_path, answers(folder)), "--json")
    assert json.loads(done.stdout)["changed"] == ["grains", "loft", "password"]
    assert in_force(uow, authority) == answers(folder)
    part = command("--answers", written_file(tmp_path, {"grains": 8}), "--json")
    assert json.loads(part.stdout)["changed"] == ["grains"]
    assert in_force(uow, authority) == answers(folder, grains=8)
    unset = command("--answers", written_file(tmp_path, {"grains": ""}), "--json")
    assert json.loads(unset.stdout)["changed"] == ["grains"]
    assert "grains" not in in_force(uow, authority)


def test_the_same_answers_change_nothing(uow: UnitOfWork, authority: int, folder: Path) -> None:
    configure(uow, authority, answers(folder))
    before = everything_in(uow)
    assert configure(uow, authority, answers(folder)) == []
    assert everything_in(uow) == before


def test_a_secret_is_nowhere_to_be_read(
    uow: UnitOfWork, authority: int, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in what is printed, not in the record, not in a log, not in an error; an operator sees ``***``."""
    said = [
        command("--answers", written_file(tmp_path, answers(folder))),
        command("--show"),
        command("--show", "--json"),
        command(typed="\n\n\n"),
        command("--answers", written_file(tmp_path, {"password": SECRET[:7]})),
        command("--answers", written_file(tmp_path, {"pasword": SECRET})),
        CliRunner().invoke(main, ["plugins", "show", "pigeons", "--json"]),
        CliRunner().invoke(main, ["settings", "--json"]),
        CliRunner().invoke(main, ["doctor"]),
    ]
    (tmp_path / "answers.toml").unlink()
    assert [one.exit_code for one in said[:6]] == [0, 0, 0, 0, 4, 5]
    assert json.loads(said[2].stdout)["settings"] == {"loft": str(folder), "grains": 7, "password": "***"}
    for text in (*(one.output for one in said), everything_in(uow), caplog.text):
        assert SECRET[:7] not in text
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "pigeons.py"]
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


def test_a_secret_that_was_typed_is_not_shown(authority: int, folder: Path) -> None:
    done = command(typed=f"{folder}\n{SECRET}\n\n")
    assert done.exit_code == 0
    assert SECRET not in done.output


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"password": "short"}, "“password”: it can't be used; give it again."),
        ({"password": ""}, "“password”: set it; nothing can be delivered without it."),
        ({"grains": "many"}, "“grains”: Input should be a valid integer"),
        ({"grains": 0}, "“grains”: Input should be greater than or equal to 1"),
    ],
)
def test_what_cannot_be_used_is_kept_out_whole(
    uow: UnitOfWork, authority: int, folder: Path, changes: dict[str, Any], why: str
) -> None:
    before = everything_in(uow)
    with pytest.raises(NotConfigured) as raised:
        configure(uow, authority, answers(folder, **changes))
    assert why in str(raised.value)
    assert "short" not in str(raised.value)
    assert everything_in(uow) == before


def test_a_setting_nobody_knows(uow: UnitOfWork, authority: int) -> None:
    with pytest.raises(Refused, match="has no setting “grain”; did you mean “grains”"):
        configure(uow, authority, {"grain": 5})


def test_a_plugin_that_is_not_there_or_has_nothing_to_set(authority: int) -> None:
    for name, why in (("pigons", "did you mean “pigeons”"), ("toms_national", "has nothing to set")):
        with pytest.raises(Refused, match=why):
            configuring.questions(installed(), name)


def test_only_what_a_sink_asks_for_is_needed(uow: UnitOfWork, authority: int, folder: Path) -> None:
    """The settings are the plugin's: what two of its sinks share is set once."""
    configure(uow, authority, answers(folder))
    arrived = folder / "arrived"
    for sink, said in (("pigeon", f"{SECRET} 7"), ("dove", "coo")):
        deliver(uow, authority, sink)
        assert arrived.read_text() == said


def deliver(uow: UnitOfWork, authority: int, sink: str) -> None:
    parcel = Parcel(sink, Document(DocumentKind.REPORT, "one.txt", "text/plain", b"one"))
    with uow.begin(OPERATOR) as work:
        work.send("try", f"try/{sink}/{uow.clock()}", {}, authority_id=authority)
    outcomes: list[str] = []
    kinds = {"try": Kind(lambda uow, row: parcel, repeat_perhaps_sent=True)}
    worker.run(uow, stop=Event(), tell=lambda settled: outcomes.append(settled.why), once=True, kinds=kinds)
    assert outcomes == [""]


def test_a_changed_setting_is_in_force_at_the_next_use(uow: UnitOfWork, authority: int, folder: Path) -> None:
    configure(uow, authority, answers(folder))
    deliver(uow, authority, "pigeon")
    assert (folder / "arrived").read_text() == f"{SECRET} 7"
    configure(uow, authority, {"password": "a new password", "grains": 9})
    uow.clock.forward(seconds=5)  # type: ignore[attr-defined]
    deliver(uow, authority, "pigeon")
    assert (folder / "arrived").read_text() == "a new password 9"


class TestTheKey:
    """Secrets are under the installation's key, and bound to whose they are."""

    def test_without_a_key_no_secret_is_kept(self, uow: UnitOfWork, authority: int, folder: Path) -> None:
        (folder / "quarterday.toml").write_text("")
        with pytest.raises(NotConfigured, match="A secret can only be kept under a key"):
            configure(uow, authority, answers(folder))
        assert configuring.shown(uow, OPERATOR, installed(), authority_id=authority, plugin="pigeons") == {}

    def test_under_another_key_they_can_be_given_again(self, uow: UnitOfWork, authority: int, folder: Path) -> None:
        configure(uow, authority, answers(folder))
        (folder / "secret.key").write_text("another key of more than enough characters")
        with pytest.raises(NotConfigured, match="sealed under another key than “secret_key”"):
            in_force(uow, authority)
        with pytest.raises(NotConfigured, match="“password”: set it"):
            configure(uow, authority, {"grains": 8})
        assert configure(uow, authority, {"password": SECRET}) == ["password"]
        assert in_force(uow, authority) == answers(folder)

    def test_secrets_of_another_authority_do_not_open(self, uow: UnitOfWork, authority: int, folder: Path) -> None:
        """Whoever can write to the database can't have one council's token used for another."""
        configure(uow, authority, answers(folder))
        other = an_authority(uow)
        with uow.begin(OPERATOR) as work:
            sealed = work.connection.execute(select(PluginSetting.c.sealed)).scalar_one()
            work.add(PluginSetting, authority_id=other, plugin="pigeons", values={}, sealed=sealed)
        with pytest.raises(NotConfigured, match="sealed under another key"):
            in_force(uow, other)

    def test_what_was_changed_in_the_database_does_not_open(self) -> None:
        sealed = Sealer(KEY, 1, "pigeons").seal({"password": SECRET})
        broken = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
        assert Sealer(KEY, 1, "pigeons").open(sealed) == {"password": SECRET}
        for text in (broken, "", "nonsense"):
            with pytest.raises(NotConfigured):
                Sealer(KEY, 1, "pigeons").open(text)


class TestWhoMay:
    """Only the authority's own people, or the operator."""

    def test_scope(self, uow: UnitOfWork, authority: int, folder: Path) -> None:
        for actor in (
            Actor("user/9", authority_id=an_authority(uow), role=MemberRole.ADMINISTRATOR),
            Actor("user/9", supplier_id=a_supplier(uow)),
        ):
            with pytest.raises(Refused):
                configure(uow, authority, answers(folder), actor)
        assert configure(
            uow, authority, answers(folder), Actor("user/1", authority_id=authority, role=MemberRole.ADMINISTRATOR)
        )

    def test_the_audit_trail_has_names_only(self, uow: UnitOfWork, authority: int, folder: Path) -> None:
        configure(uow, authority, answers(folder))
        rows = METADATA.tables["audit_row"]
        with uow.read(OPERATOR) as work:
            payload = work.connection.execute(
                select(rows.c.payload).where(rows.c.action == "plugin.configured")
            ).scalar_one()
        assert payload == {"plugin": "pigeons", "settings": ["grains", "loft", "password"]}
