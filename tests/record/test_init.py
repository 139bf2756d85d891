"""``quarterday init``: six answers leave a council that is ready, and nothing that is there is touched."""

from __future__ import annotations

import json
import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main
from quarterday.finding import installed_names
from quarterday.registry import installed
from quarterday.services import audit_trail
from quarterday.services.measures.catalogues import catalogues
from quarterday.services.organisations import authorities, local_areas, people
from quarterday.services.record import open_record, upgrade_record
from quarterday.settings import load
from quarterday.testing.builders import OPERATOR, an_authority

ANSWERS = """
council = "Northmoor Borough Council"
key = "northmoor"
first_month = 4
local_area = ["E08000018", "E08000019"]
administrator = "Ada Example"
email = "Ada@Example.org"
"""
TYPED = "Northmoor Borough Council\n\n\nE08000018, E08000019\nAda Example\nada@example.org\n"


@pytest.fixture
def folder(tmp_path: Path, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder that isn't there yet; its record is to lie in the empty database."""
    for name in [name for name in os.environ if name.startswith("QUARTERDAY_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", "")  # init sets it, and the test's end takes it back
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", empty_url)
    for asked in (installed, catalogues):
        asked.cache_clear()
    return tmp_path / "councils" / "northmoor"


def init(folder: Path, *arguments: object, typed: str = "") -> Result:
    return CliRunner().invoke(main, ["init", str(folder), *map(str, arguments)], input=typed)


def answers(tmp_path: Path, text: str = ANSWERS) -> Path:
    path = tmp_path / "answers.toml"
    path.write_text(text)
    return path


def must_be_northmoor() -> None:
    uow = open_record()
    (authority,) = authorities.authorities(uow, OPERATOR)
    assert (authority.key, authority.name) == ("northmoor", "Northmoor Borough Council")
    assert (authority.first_month, authority.nation) == (4, "england-and-wales")
    (local,) = local_areas.definitions(uow, OPERATOR, authority_id=authority.id)
    assert (local.area.name, local.area.codes) == ("Rotherham and Sheffield", ("E08000018", "E08000039"))
    (person,) = people.members(uow, OPERATOR)
    assert (person.name, person.email, person.role) == ("Ada Example", "ada@example.org", "administrator")
    assert person.authority_id == authority.id


def test_a_file_of_answers_leaves_a_council(folder: Path, tmp_path: Path) -> None:
    done = init(folder, "--answers", answers(tmp_path))
    assert done.exit_code == 0, done.output
    must_be_northmoor()


def test_six_questions_leave_the_same(folder: Path) -> None:
    done = init(folder, typed=TYPED)
    assert done.exit_code == 0, done.output
    assert "Its short name in commands [northmoor]: " in done.output
    must_be_northmoor()


def test_a_question_is_asked_until_its_answer_can_be_used(folder: Path) -> None:
    typed = TYPED.replace("E08000018, E08000019", "E99\nE08000018,E08000019").replace("ada@", "ada\nada@")
    done = init(folder, typed=typed)
    assert done.exit_code == 0, done.output
    assert "“E99” is not the code of an area" in done.output
    assert "That is not an e-mail address" in done.output
    must_be_northmoor()


def test_the_doctor_is_content_afterwards(folder: Path, tmp_path: Path) -> None:
    init(folder, "--answers", answers(tmp_path))
    said = CliRunner().invoke(main, ["doctor", "--json"])
    found = json.loads(said.stdout)
    assert (said.exit_code, found["good"]) == (0, True), found
    health = {(one["check"], one["health"]) for one in found["findings"] if not one["plugin"]}
    assert {("Record", "good"), ("Secret key", "good"), ("Audit trail", "good"), ("Evidence", "good")} <= health
    assert not any(word == "wrong" for _, word in health)


def test_the_key_is_its_owners_alone_and_not_in_the_record(folder: Path, tmp_path: Path) -> None:
    init(folder, "--answers", answers(tmp_path))
    key = folder / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    secret = load(installed_names()).secret_key
    assert secret is not None
    assert secret.get_secret_value() == key.read_text().strip()
    assert len(secret.get_secret_value()) >= 64
    others = [path for path in [*folder.rglob("*"), *tmp_path.glob("record.db*")] if path.is_file() and path != key]
    assert others
    assert [path for path in others if secret.get_secret_value().encode() in path.read_bytes()] == []


def test_a_second_beginning_is_refused_and_changes_nothing(folder: Path, tmp_path: Path) -> None:
    init(folder, "--answers", answers(tmp_path))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".db-shm"}
    again = init(folder, "--answers", answers(tmp_path, ANSWERS.replace("northmoor", "southmoor")))
    assert again.exit_code == 5
    assert "This installation is begun already (with northmoor), and nothing was changed" in again.output
    assert {path: path.read_bytes() for path in before} == before
    must_be_northmoor()


def test_nothing_is_made_where_an_answer_is_wrong(folder: Path, tmp_path: Path) -> None:
    wrong = ANSWERS.replace("first_month = 4", "first_month = 13").replace("email =", "mail =")
    done = init(folder, "--answers", answers(tmp_path, wrong))
    assert done.exit_code == 5
    for sentence in ("“13” is no month", "“email” in", "“mail” in"):
        assert sentence in done.output
    assert [path for path in folder.iterdir() if path.name != "evidence"] == []


def test_a_beginning_that_was_interrupted_is_begun_again(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key was made and the record laid down when the power failed: both are kept."""
    folder.mkdir(parents=True)
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(folder))
    (folder / "secret.key").write_text("k" * 64)
    upgrade_record()
    done = init(folder, "--answers", answers(tmp_path))
    assert done.exit_code == 0, done.output
    assert (folder / "secret.key").read_text() == "k" * 64
    must_be_northmoor()


def test_settings_that_are_there_are_kept(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "own.key").write_text("k" * 64)
    text = '# ours\nsecret_key_file = "own.key"\nimport_seconds = 5\n\n[plugins]\ndisabled = ["portal-sync"]\n'
    (folder / "quarterday.toml").write_text(text)
    assert init(folder, "--answers", answers(tmp_path)).exit_code == 0
    assert (folder / "quarterday.toml").read_text() == text
    assert not (folder / "secret.key").exists()


def test_a_key_is_added_to_settings_that_name_none(folder: Path, tmp_path: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "quarterday.toml").write_text('# ours\nimport_seconds = 5\n\n[plugins]\ndisabled = ["portal-sync"]\n')
    assert init(folder, "--answers", answers(tmp_path)).exit_code == 0
    settings = load(installed_names())
    assert settings.secret_key is not None
    assert (settings.import_seconds, settings.plugins.disabled) == (5, ("portal-sync",))
    assert (folder / "quarterday.toml").read_text().startswith("# ours\n")


def test_a_database_of_something_else_is_left_alone(folder: Path, tmp_path: Path, empty_url: str) -> None:
    from sqlalchemy import text

    from quarterday.db.engine import open_engine

    engine = open_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE parking_fines (id INTEGER)"))
    done = init(folder, "--answers", answers(tmp_path))
    assert (done.exit_code, "holds the tables of something else" in done.output) == (4, True)
    assert not (folder / "secret.key").exists()
    engine.dispose()


class TestWhatTheDoctorSays:
    """Of the key and the seals, when they are not as they should be."""

    @pytest.fixture(autouse=True)
    def _begun(self, folder: Path, tmp_path: Path) -> None:
        init(folder, "--answers", answers(tmp_path))

    def finding(self, check: str) -> tuple[str, str]:
        said = json.loads(CliRunner().invoke(main, ["doctor", "--json"]).stdout)
        (one,) = [one for one in said["findings"] if one["check"] == check]
        return one["health"], one["what"]

    def test_a_key_that_others_may_read(self, folder: Path) -> None:
        (folder / "secret.key").chmod(0o644)
        assert self.finding("Secret key") == ("warning", f"{folder / 'secret.key'} can be read by everybody.")

    def test_a_key_that_is_not_there(self, folder: Path) -> None:
        (folder / "quarterday.toml").write_text("")
        assert self.finding("Secret key")[0] == "warning"

    def test_rows_that_wait_for_their_seal(self) -> None:
        uow = open_record()
        real = uow.clock
        uow.clock = lambda: real() - timedelta(hours=2)
        an_authority(uow)
        assert self.finding("Audit trail") == ("warning", "rows have waited to be sealed for 2 h 0 min.")
        audit_trail.seal(open_record())
        assert self.finding("Audit trail")[0] == "good"
