"""``quarterday spend`` from the outside."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main

MARCH = "Date,Supplier,Amount\n13/03/2012,Elm Ltd,5.00\n14/03/2012,Oak Ltd,x\n,,,\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "march.csv").write_text(MARCH)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["spend", *arguments])


def test_a_dry_run_prints_the_account(folder: Path) -> None:
    done = run("import", "march.csv", "--dry-run", "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout) == {
        "rows": 3,
        "accepted": 1,
        "quarantined": 1,
        "skipped": 1,
        "amount_total": "5.00",
        "columns": {
            "payee": {"index": 1, "name": "Supplier"},
            "paid_on": {"index": 0, "name": "Date"},
            "amount": {"index": 2, "name": "Amount"},
        },
        "header_row": 1,
        "encoding": "utf-8",
    }
    said = run("import", "march.csv", "--dry-run")
    assert "3 records: 1 accepted, 1 set aside, 1 skipped." in said.stdout
    assert "line 3: “x” is no amount." in said.stdout


def test_a_file_that_is_not_spend_is_refused_in_json_too(folder: Path) -> None:
    (folder / "page.csv").write_text("<html></html>")
    done = run("import", "page.csv", "--dry-run", "--json")
    assert done.exit_code == 5
    assert list(json.loads(done.stdout)) == ["refused"]
    assert "web page" in json.loads(done.stdout)["refused"]


def test_a_profile_is_shown_saved_edited_and_used(folder: Path) -> None:
    (folder / "odd.csv").write_text("When,Whom,Sum\n13/03/2012,Elm Ltd,-5.50\n14/03/2012,Oak Ltd,-6.25\n")
    refused = run("profile", "odd.csv", "--set", "payee=Whom")
    assert refused.exit_code == 0, refused.stderr
    assert "Asked: Which column says how much was paid?" in refused.stdout
    answers = [
        part for one in ("payee=Whom", "amount=Sum", "paid_on=1", "payments=negative") for part in ("--set", one)
    ]
    saved = run("profile", "odd.csv", *answers, "--save", "odd-feed")
    assert saved.exit_code == 0, saved.stderr
    mapping = folder / "spend-mappings" / "odd-feed.toml"
    assert 'payee = "Whom"' in mapping.read_text()
    account = json.loads(run("import", "odd.csv", "--dry-run", "--json", "--as", "odd-feed").stdout)
    assert (account["amount_total"], account["columns"]["paid_on"]["index"]) == ("11.75", 0)
    again = run("profile", "odd.csv", "--save", "odd-feed")
    assert (again.exit_code, "already" in again.stderr) == (5, True)
    mapping.write_text(mapping.read_text().replace('payments = "negative"', 'payments = "positive"'))
    assert (
        json.loads(run("import", "odd.csv", "--dry-run", "--json", "--as", "odd-feed").stdout)["amount_total"]
        == "-11.75"
    )
    mapping.write_text("colour = 1\n")
    assert "“colour” is nothing that can be settled" in run("profile", "odd.csv", "--as", "odd-feed").stderr
    mapping.write_text("=")
    assert "not proper TOML" in run("profile", "odd.csv", "--as", "odd-feed").stderr


def test_the_profile_in_json_says_how_sure_and_why(folder: Path) -> None:
    said = json.loads(run("profile", "march.csv", "--json").stdout)
    assert said["columns"]["payee"] == {
        "index": 1,
        "name": "Supplier",
        "sure": 1.0,
        "why": "named “Supplier”; 100% of its filled cells look like it",
    }
    assert said["dates"]["evidence"] == {"day first only": 2}
    assert (said["rows"], said["header_row"]) == (3, 1)
    assert said["questions"] == [
        {
            "key": "amount_is",
            "text": "Is the amount net of the VAT that the council gets back, or gross?",
            "choices": ["net", "gross", "unknown"],
            "assumed": "unknown",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--set", "colour=red"), "“colour” is nothing that can be settled"),
        (("--set", "date_order=year first"), "is no answer to “date_order”"),
        (("--set", "payee="), "Name the column of “payee”"),
        (("--as", "nope"), "There is no mapping “nope”"),
        (("--as", "../x"), "can't name a mapping"),
        (("--save", "A B"), "can't name a mapping"),
    ],
)
def test_what_is_said_wrongly_is_refused(folder: Path, arguments: tuple[str, ...], why: str) -> None:
    done = run("profile", "march.csv", *arguments)
    assert done.exit_code == 5
    assert why in done.stderr


def test_the_transparency_code_layout_ships(folder: Path) -> None:
    (folder / "code.csv").write_text(
        "Organisation name,Directorate / service where expenditure occurred,Supplier (beneficiary) name,Date,"
        "Transaction number,Net Amount,Irrecoverable VAT,Purpose of spend (summary),Card Transaction,"
        "Contract reference\n"
        "Anytown,Highways,Elm Ltd,2015-03-01,T1,501.00,0,Gritting,No,C/7\n"
    )
    account = json.loads(run("import", "code.csv", "--dry-run", "--json", "--as", "transparency-code").stdout)
    assert account["columns"] == json.loads(run("import", "code.csv", "--dry-run", "--json").stdout)["columns"]
    assert set(account["columns"]) == {"paid_on", "payee", "document", "contract_number", "service", "card", "amount"}


def test_without_the_engine_the_commands_say_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("quarterday_erp_import.reading")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    done = run("profile", "march.csv")
    assert (done.exit_code, "pip install quarterday-erp-import[ledger]" in done.stderr) == (4, True)
