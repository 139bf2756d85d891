"""``quarterday evidence``, and what ``doctor`` says of it: what a person sees, and the exit codes."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main
from quarterday.db.work import UnitOfWork
from quarterday.ports import Health
from quarterday.services.installation import evidence_upkeep
from quarterday.services.record import open_record, upgrade_record
from quarterday.services.returns import drafts
from quarterday.testing.builders import OPERATOR, a_return
from quarterday.testing.clamav import Daemon

CONTENT = b"Two apprentices began in April.\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def draft(data: Path) -> tuple[int, int]:
    """A return and the draft in it, in a new record that lies in the data folder."""
    upgrade_record()
    uow: UnitOfWork = open_record()
    return_id = a_return(uow)
    typed = {"ref": "GIFTS", "quantity": "250"}
    saved = drafts.save_entry(uow, OPERATOR, return_id=return_id, seen_version=0, typed=typed)
    return return_id, saved.draft_id


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.bat"
    path.write_bytes(CONTENT)
    return path


def quarterday(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["evidence", *map(str, arguments)])


def verdicts(health: Health) -> list[str]:
    return [verdict.what for verdict in evidence_upkeep.examine() if verdict.health is health]


def test_a_file_goes_in_and_comes_out(draft: tuple[int, int], letter: Path, tmp_path: Path) -> None:
    attached = quarterday("attach", *draft, letter)
    assert (attached.exit_code, attached.stdout) == (0, "letter.bat is attached as evidence 1.\n"), attached.output
    assert "letter.bat" in quarterday("list", draft[0]).stdout
    (piece,) = json.loads(quarterday("list", draft[0], "--json").stdout)["evidence"]
    assert (piece["digest"], piece["draft_id"], piece["scan"]) == (DIGEST, draft[1], "not scanned")
    saved = quarterday("save", 1, tmp_path, "--json")
    assert json.loads(saved.stdout) == {
        "file": str(tmp_path / "letter.bat.txt"),
        "media_type": "text/plain",
        "size": len(CONTENT),
    }
    assert (tmp_path / "letter.bat.txt").read_bytes() == CONTENT
    again = quarterday("save", 1, tmp_path)
    assert (again.exit_code, "already; name another folder" in again.stderr) == (5, True)


def test_what_is_no_evidence_is_refused_in_a_sentence(draft: tuple[int, int], tmp_path: Path) -> None:
    (tmp_path / "empty.pdf").write_bytes(b"")
    done = quarterday("attach", *draft, tmp_path / "empty.pdf")
    said = "Error: empty.pdf is empty; attach the file that backs the entry.\n"
    assert (done.exit_code, done.stderr) == (5, said)


def test_what_is_erased_goes_with_the_next_sweep(draft: tuple[int, int], letter: Path, data: Path) -> None:
    quarterday("attach", *draft, letter)
    assert quarterday("erase", 1).stdout.startswith("Erased; the file itself")
    assert "(erased)" in quarterday("list", draft[0]).stdout
    assert quarterday("sweep").stdout == "Files removed: 0.\n"
    then = time.time() - 2 * 86_400
    os.utime(data / "evidence" / DIGEST[:2] / DIGEST[2:4] / DIGEST, (then, then))
    assert verdicts(Health.WARNING)[1:] == ["files in the store that no evidence refers to: 1."]
    assert json.loads(quarterday("sweep", "--json").stdout) == {"removed": 1}
    assert verdicts(Health.GOOD) == ["what the record refers to is there; files kept: 0"]


def test_doctor_names_what_is_missing(draft: tuple[int, int], letter: Path, data: Path) -> None:
    quarterday("attach", *draft, letter)
    assert verdicts(Health.WRONG) == []
    (data / "evidence" / DIGEST[:2] / DIGEST[2:4] / DIGEST).unlink()
    assert verdicts(Health.WRONG) == [f"files that evidence refers to are missing: 1 ({DIGEST[:12]}…)."]


def test_doctor_says_whether_files_are_scanned(
    draft: tuple[int, int], clamd: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verdicts(Health.WARNING) == ["files aren't scanned."]
    monkeypatch.setenv("QUARTERDAY_CLAMAV", clamd.socket)
    assert "files are scanned by ClamAV" in verdicts(Health.GOOD)
    monkeypatch.setenv("QUARTERDAY_CLAMAV", "/nowhere/clamd.ctl")
    (wrong,) = verdicts(Health.WRONG)
    assert wrong.startswith("files aren't scanned: ClamAV doesn't answer (")


def test_doctor_says_what_is_wrong_with_the_store(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (data / "evidence").write_text("a file where the folder should be")
    assert "can't be read or written" in verdicts(Health.WRONG)[0]
    monkeypatch.setenv("QUARTERDAY_EVIDENCE_URL", "nowhere://x")
    assert verdicts(Health.WRONG) == ["“evidence_url” can't be used: Protocol not known: nowhere."]
