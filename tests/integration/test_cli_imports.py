"""``quarterday supplier|contract|commitment import``: what a person sees, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main
from quarterday.services.organisations.authorities import add_authority
from quarterday.services.record import open_record, upgrade_record
from quarterday.testing.builders import OPERATOR

REGISTER = Path(__file__).parents[1] / "record" / "samples" / "contracts_register.csv"


@pytest.fixture
def authority(data: Path) -> str:
    """The key of the one authority in a new record."""
    upgrade_record()
    add_authority(open_record(), OPERATOR, key="exampleshire", name="Exampleshire Council")
    return "exampleshire"


def quarterday(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def test_a_register_goes_in_and_says_what_to_put_right(authority: str, tmp_path: Path) -> None:
    done = quarterday("contract", "import", REGISTER, "--authority", authority, "--quarantine", tmp_path / "aside.csv")
    assert done.exit_code == 3, done.output
    assert "4 added, 0 completed, 1 there already, 7 quarantined.\n" in done.stdout
    assert "line 7, column R “End date”: Blank: enter the last day of the contract" in done.stdout
    assert len((tmp_path / "aside.csv").read_text("utf-8-sig").splitlines()) == 8
    again = quarterday("contract", "import", REGISTER, "--authority", authority)
    assert "0 added, 0 completed, 5 there already, 7 quarantined.\nNothing in the record changed.\n" in again.stdout


def test_json_has_every_fault(authority: str) -> None:
    done = quarterday("contract", "import", REGISTER, "--authority", authority, "--dry-run", "--json")
    said = json.loads(done.stdout)
    assert (done.exit_code, said["dry_run"], said["rows"], said["added"], said["quarantined"]) == (3, True, 12, 4, 7)
    assert said["faults"][0] == {
        "row": 6,
        "column": "Contract Reference number / ID",
        "place": "line 6, column D “Contract Reference number / ID”",
        "why": "Blank: enter the contract's own reference.",
    }
    assert "Review date" in said["ignored_columns"]


def test_a_person_says_which_column_to_read(authority: str, tmp_path: Path) -> None:
    sheet = tmp_path / "list.csv"
    sheet.write_text("firm,company number\nOak Ltd,01234567\n")
    assert quarterday("supplier", "import", sheet).exit_code == 5
    done = quarterday("supplier", "import", sheet, "--column", "supplier=firm")
    assert (done.exit_code, "1 added" in done.stdout) == (0, True), done.output


def test_commitments_follow_their_contracts(authority: str, tmp_path: Path) -> None:
    sheet = tmp_path / "promises.csv"
    sheet.write_text("contract,measure,quantity\nEXN10001,NT1,25\nEXN10099,NT1,25\n")
    quarterday("contract", "import", REGISTER, "--authority", authority)
    given = ("--authority", authority, "--catalogue", "toms-rotherham", "--values", "illustrative")
    done = quarterday("commitment", "import", sheet, *given)
    assert (done.exit_code, "1 added, 0 completed, 0 there already, 1 quarantined" in done.stdout) == (3, True)
    unknown = quarterday("commitment", "import", sheet, *given, "--local-area", "the borough")
    assert (unknown.exit_code, unknown.stderr) == (
        5,
        "Error: The authority has no definition of “local” called “the borough”; it has none yet.\n",
    )


def test_an_authority_nobody_knows(authority: str) -> None:
    done = quarterday("contract", "import", REGISTER, "--authority", "elsewhere")
    assert (done.exit_code, done.stderr) == (
        5,
        "Error: There is no authority “elsewhere”; there are: exampleshire.\n",
    )
