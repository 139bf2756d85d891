"""`quarterday spend`: a file is taken in from the command line, known the second time, and said to count or not."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main

Quarterday = Callable[..., Result]
JUNE = "Supplier,Payment Date,Amount,Reference\nLarch Ltd,13/06/2026,1000.00,A1\nAlder Ltd,14/06/2026,-20.50,A2\n"


@pytest.fixture
def quarterday(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Quarterday:
    """Run a command on an installation that has one authority."""
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(data))

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, words)

    for words in (("db", "upgrade"), ("authority", "add", "northmoor", "--name", "Northmoor Council")):
        made = run(*words)
        assert made.exit_code == 0, made.output
    return run


@pytest.fixture
def june(tmp_path: Path) -> str:
    (tmp_path / "june.csv").write_text(JUNE)
    return str(tmp_path / "june.csv")


def said(result: Result) -> dict[str, object]:
    assert result.exit_code == 0, result.output
    found: dict[str, object] = json.loads(result.stdout)
    return found


def test_a_file_is_taken_in_and_known_the_second_time(quarterday: Quarterday, june: str, tmp_path: Path) -> None:
    dry = said(quarterday("spend", "import", june, "--dry-run", "--json"))
    first = said(quarterday("spend", "import", june, "--authority", "northmoor", "--json"))
    assert {name: first[name] for name in dry} == dry
    assert (dry["rows"], dry["accepted"], dry["amount_total"]) == (2, 2, "979.50")
    assert first["is_new"] is True
    again = quarterday("spend", "import", june, "--authority", "northmoor")
    assert again.exit_code == 0
    assert "The file is known: it is batch 1, taken in on" in again.stdout
    (listed,) = json.loads(quarterday("spend", "batches", "--authority", "northmoor", "--json").stdout)
    assert (listed["id"], listed["amount_total"], listed["superseded_by"]) == (1, "979.50", None)
    assert len(list((tmp_path / "data" / "ledger").rglob("*.parquet"))) == 1


def test_a_republished_month_is_said_and_settled(quarterday: Quarterday, june: str, tmp_path: Path) -> None:
    quarterday("spend", "import", june, "--authority", "northmoor")
    (tmp_path / "june-2.csv").write_text(JUNE + "Elm Ltd,15/06/2026,5.00,A3\n")
    second = quarterday("spend", "import", "june-2.csv", "--authority", "northmoor")
    assert "Batch 1, june.csv, is of the same time: 2 of its 2 payments are in this file too." in second.stdout
    assert quarterday("spend", "supersede", "1", "--by", "2").stdout == "Batch 2 counts instead of batch 1.\n"
    listed = quarterday("spend", "batches", "--authority", "northmoor").stdout
    assert "1: june.csv (spend), 13 June 2026 to 14 June 2026, 2 lines, £979.50; batch 2 counts instead" in listed
    assert quarterday("spend", "supersede", "1").stdout == "Batch 1 counts again.\n"


def test_a_batch_is_reconciled(quarterday: Quarterday, june: str) -> None:
    quarterday("spend", "import", june, "--authority", "northmoor")
    good = quarterday("spend", "reconcile", "1", "--lines", "2", "--amount", "£979.50")
    assert (good.exit_code, good.stdout) == (0, "It agrees.\n")
    wrong = quarterday("spend", "reconcile", "1", "--lines", "3", "--amount", "1,000")
    assert wrong.exit_code == 3
    assert wrong.stdout == "It has -1 lines against that.\nIt comes to -£20.50 more than that.\n"
    assert quarterday("spend", "reconcile", "1", "--amount", "a lot").exit_code == 2


def test_what_can_not_be_taken_in_says_why(quarterday: Quarterday, june: str, tmp_path: Path) -> None:
    nobodys = quarterday("spend", "import", june)
    assert nobodys.exit_code == 2
    assert "Say whose spend it is with --authority KEY" in nobodys.output
    assert "nowhere" in quarterday("spend", "import", june, "--authority", "nowhere").output
    (tmp_path / "no.csv").write_text("<html><body>Sign in</body></html>")
    refused = quarterday("spend", "import", "no.csv", "--authority", "northmoor", "--json")
    assert refused.exit_code == 5
    assert "refused" in json.loads(refused.stdout)
    assert quarterday("spend", "batches", "--authority", "northmoor").stdout == "No spend file was taken in yet.\n"


def test_records_set_aside_end_with_exit_code_3(quarterday: Quarterday, tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text(JUNE + "Elm Ltd,15/06/2026,a lot,A3\n")
    some = quarterday("spend", "import", "some.csv", "--authority", "northmoor")
    assert some.exit_code == 3
    assert "Kept as batch 1." in some.stdout
    assert "Records set aside: 1." in quarterday("spend", "batches", "--authority", "northmoor").stdout


def test_records_are_listed_put_right_in_a_file_and_a_batch_is_left_out(
    quarterday: Quarterday, june: str, tmp_path: Path
) -> None:
    Path(june).write_text(f"{JUNE}Beech Ltd,15/06/2026,a lot,A3\nElm Ltd,16/06/2026,-,A4\nAsh Ltd,17/06/2026,??,A5\n")
    assert quarterday("spend", "import", june, "--authority", "northmoor").exit_code == 3
    (first, second) = json.loads(quarterday("spend", "records", "1", "--json").stdout)
    assert [first[name] for name in ("record", "line", "is_settled")] == [3, 4, False]
    assert first["text"] == "Beech Ltd,15/06/2026,a lot,A3"
    assert "3: line 4, " in quarterday("spend", "records", "1").stdout
    out = tmp_path / "records.csv"
    assert f"spend correct 1 {out}" in quarterday("spend", "records", "1", "--out", str(out)).stdout
    header, *rows = out.read_text("utf-8-sig").splitlines()
    out.write_text("\n".join([header, rows[0].replace(",,,,,", ",,Beech Ltd,15/06/2026,99.50,", 1), rows[1]]))
    done = quarterday("spend", "correct", "1", str(out))
    assert (done.exit_code, done.stdout) == (0, "Records settled: 1. Rows left blank: 1.\n")
    out.write_text(f"record,no payment,payee\n{second['record']},note,\n{second['record']},,Larch\n")
    done = quarterday("spend", "correct", "1", str(out))
    assert (done.exit_code, "row 3: amount: Enter the amount" in done.stdout) == (3, True)
    settled = json.loads(quarterday("spend", "records", "1", "--all", "--json").stdout)
    assert [(one["means"] or {}).get("amount") or one["no_payment"] for one in settled] == ["99.50", "note"]
    assert quarterday("spend", "records", "1").stdout == "There are none that are open.\n"
    assert quarterday("spend", "erase", "1", str(first["record"])).stdout == "Erased.\n"
    erased, kept = json.loads(quarterday("spend", "records", "1", "--all", "--json").stdout)
    assert (erased["text"], erased["means"], kept["text"]) == (None, settled[0]["means"], second["text"])
    assert quarterday("spend", "leave-out", "1").stdout == "Batch 1 doesn't count.\n"
    assert "; left out" in quarterday("spend", "batches", "--authority", "northmoor").stdout
    assert quarterday("spend", "accept", "1").stdout == "Batch 1 counts.\n"
    assert quarterday("spend", "accept", "1").exit_code == 5
