"""A writer killed at any moment leaves a whole record with all it acknowledged; and what would be wrong is seen."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random

import faults
import invariants
import pytest
from steps import Done, Year

from quarterday.db.engine import open_engine
from quarterday.db.work import UnitOfWork

RUNS = {"sqlite": 6, "postgresql": 3}


@pytest.fixture(scope="module")
def a_year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record in which something of everything happened, and nothing is wrong."""
    path = tmp_path_factory.mktemp("year") / "record.db"
    faults.lay_down(f"sqlite:///{path}")
    engine = open_engine(f"sqlite:///{path}")
    uow = faults.opened(engine)
    taken = Year(uow, Random(4))
    done = {taken.step().what for _ in range(200)}
    assert done >= {"attach_file", "detach", "submit", "accept", "query", "reject", "replace_queried", "vary", "seal"}
    assert invariants.broken(uow) + faults.lost_files(uow) == []
    engine.dispose()
    return path


@pytest.fixture
def year(a_year: Path, tmp_path: Path) -> Iterator[UnitOfWork]:
    """A copy of it to meddle with."""
    engine = open_engine(f"sqlite:///{shutil.copy(a_year, tmp_path)}")
    yield faults.opened(engine)
    engine.dispose()


def meddle(uow: UnitOfWork, statement: str) -> None:
    """Change the file past Quarterday, references unchecked."""
    connection = sqlite3.connect(str(uow.engine.url.database))
    with connection:
        assert connection.execute(statement).rowcount > 0
    connection.close()


def test_nothing_is_lost_and_nothing_half_written_when_a_writer_is_killed(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert faults.soak(database, runs=RUNS[database], first=1) == 0, capsys.readouterr().out


def test_nothing_is_lost_and_nothing_half_written_when_the_server_is_stopped_at_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert faults.soak("stopped-server", runs=2, first=1) == 0, capsys.readouterr().out


def test_a_writer_that_commits_half_a_use_case_is_found_out(tmp_path: Path) -> None:
    def found(seed: int) -> list[str]:
        url = f"sqlite:///{tmp_path / f'{seed}.db'}"
        faults.lay_down(url)
        return faults.examined(url, faults.killed(url, seed, careless=True))

    assert any(found(seed) for seed in range(2, 12, 2))


FIRST_SUBMITTED = "(SELECT min(id) FROM revision WHERE NOT is_nothing_to_report)"
ACCEPTED = "(SELECT min(id) FROM review WHERE decision = 'accepted')"


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DELETE FROM person WHERE id = 1", "a row of membership refers to a row of person that isn't there"),
        ("UPDATE supplier_alias SET recorded_at = recorded_at + 1", " of supplier_alias without an audit row"),
        ("UPDATE commitment SET recorded_at = recorded_at + 1", " of commitment without an audit row"),
        (f"UPDATE revision SET digest = 'x' WHERE id = {FIRST_SUBMITTED}", " has another digest than its entries"),
        (f"DELETE FROM revision_entry WHERE revision_id = {FIRST_SUBMITTED}", " has another digest than its entries"),
        ("UPDATE entry SET numerator = numerator + 1 WHERE id = 1", " has another digest than its entries"),
        ("UPDATE revision SET number = number + 10 WHERE id = 1", ", and another came before"),
        ("DELETE FROM outbox WHERE key = 'receipt/1'", "revision 1 has no receipt"),
        ("UPDATE audit_row SET subject = 'return/0' WHERE action = 'return.submitted'", " has no audit row of its own"),
        ("DELETE FROM revision_entry WHERE entry_id = 1", "entry 1 is in no revision"),
        (f"DELETE FROM valuation WHERE review_id = {ACCEPTED}", " accepts something and has no valuation"),
        ("UPDATE valuation SET micropounds = micropounds + 1", " has another valuation than it should"),
        (
            "UPDATE valuation SET review_id = (SELECT min(id) FROM review WHERE decision = 'queried') WHERE id = 1",
            " accepts nothing and has a valuation",
        ),
        ("UPDATE return SET draft_version = draft_version + 1 WHERE id = 1", "return 1 is at version "),
        (
            "INSERT INTO entry_evidence (draft_id, evidence_id, recorded_at) "
            "SELECT 0, 1, recorded_at FROM audit_row LIMIT 1",
            " of evidence leads nowhere",
        ),
        ("DELETE FROM audit_row WHERE id = 1", "the audit trail is broken: "),
        ("DELETE FROM contract_authority WHERE contract_id = 1", "contract 1 has no authority"),
        ("DELETE FROM contract_party WHERE contract_id = 1", "contract 1 has no party"),
        ("DELETE FROM commitment WHERE contract_id = 1", "pin of contract 1 without commitments"),
        ("DELETE FROM target WHERE commitment_id = 1", "commitment 1 has no targets"),
    ],
)
def test_what_is_half_written_is_seen(year: UnitOfWork, statement: str, sentence: str) -> None:
    meddle(year, statement)
    assert any(sentence in one for one in invariants.broken(year)), invariants.broken(year)


@pytest.mark.parametrize(
    ("done", "sentence"),
    [
        (Done("submit", [("revision", 999, {"number": 1})]), "revision 999 is lost, which submit told"),
        (Done("submit", [("revision", 1, {"digest": "x"})]), "revision 1 says otherwise than submit told: digest"),
        (
            Done("save", [("return", 1, {"draft_version": 999})]),
            "return 1 says otherwise than save told: draft_version",
        ),
        (Done("vary", [], newest_audit=99999), "audit row 99999 is lost, which was there after vary"),
    ],
)
def test_what_is_lost_is_seen(year: UnitOfWork, done: Done, sentence: str) -> None:
    assert faults.lost(year, [done]) == [sentence]


def test_a_file_of_evidence_that_is_gone_is_seen(year: UnitOfWork) -> None:
    """The copy of the record has no store beside it."""
    assert all(sentence.endswith(" of evidence is lost") for sentence in faults.lost_files(year))
    assert faults.lost_files(year) != []


def test_a_writer_that_hangs_is_ended_and_its_run_can_be_repeated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(faults, "LONGEST", 0.01)
    assert faults.soak("sqlite", runs=1, first=7) == 1
    said = capsys.readouterr().out
    assert "sqlite, seed 7: the writer hung after 0 use cases\n" in said
    assert "again: python tests/record/faults.py --what sqlite --runs 1 --seed 7\n" in said
