"""A return reported and decided on from the command line, each time for a person and in that person's scope."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from quarterday.cli.main import main
from quarterday.db.engine import open_engine
from quarterday.db.models import AuditRow
from quarterday.db.work import UnitOfWork, day_of
from quarterday.services.organisations import people
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

SUPPLIER, COUNCIL = ("--as", "s@example.org"), ("--as", "c@example.org")
DECLARED = (*SUPPLIER, "--declared-as", "finance manager")
FILE = """measure,activity,people,weeks each,quantity,what was done
WEEKS,Apprentice 1,2,6.5,,
GIFTS,,,,250.10,Food bank
POLICY,,,,yes,
"""


def quarterday(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["return", *map(str, arguments)])


def as_json(*arguments: object) -> Any:
    result = quarterday(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def uow(record_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UnitOfWork]:
    """A contract with its return open today, somebody of its supplier, somebody of its council, and two strangers."""
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)
    Path("return.csv").write_text(FILE)
    engine = open_engine(record_url)
    uow = UnitOfWork(engine)
    today = day_of(uow.clock())
    council, supplier = builders.an_authority(uow), builders.a_supplier(uow)
    dates = {"starts": today - timedelta(days=400), "ends": today + timedelta(days=400)}
    contract = builders.a_contract(uow, authority_id=council, supplier_id=supplier, **dates)
    builders.a_return(uow, contract_id=builders.an_award(uow, contract_id=contract), on=today)
    for email, role, where in (
        ("s@example.org", "supplier", {"supplier_id": supplier}),
        ("c@example.org", "contract manager", {"authority_id": council}),
        ("other-s@example.org", "supplier", {"supplier_id": builders.a_supplier(uow)}),
        ("other-c@example.org", "lead", {"authority_id": builders.an_authority(uow)}),
    ):
        people.add_user(uow, OPERATOR, email=email, name="Somebody", role=role, **where)
    yield uow
    engine.dispose()


def test_a_quarter_goes_from_the_template_to_accepted_and_everybody_is_named(uow: UnitOfWork) -> None:
    assert as_json("template", 1, "--out", "empty.csv")["measures"] == ["JOBS", "WEEKS", "GIFTS", "ACCESS"]
    assert Path("empty.csv").read_text("utf-8-sig").startswith("measure,title,counted in,activity")
    assert as_json("fill", 1, "--file", "return.csv")["added"] == [1, 2, 3]
    assert as_json("fill", 1, "--file", "return.csv")["unchanged"] == 3
    assert as_json("submit", 1, *DECLARED)["reference"] == "QD-000001-1"
    as_json("query", 2, *COUNCIL, "--reason", "Which food bank?")
    accepted = as_json("accept", "--all-plain", 1, *COUNCIL)["accepted"]
    assert [(one["entry"], one["worth"]["pounds"]) for one in accepted] == [(1, "1950.000000"), (3, "0.000000")]
    as_json("answer", 2, *SUPPLIER, "--text", "The one in Mill Lane.")
    Path("changed.csv").write_text(FILE.replace("250.10", "240.05"))
    assert len(as_json("fill", 1, "--file", "changed.csv")["changed"]) == 1
    assert as_json("submit", 1, *DECLARED)["reference"] == "QD-000002-2"
    (accepted,) = as_json("accept", 4, *COUNCIL, "--quantity", 240, "--reason", "The receipt says 240.")["accepted"]
    assert accepted["worth"]["micropounds"] == 240_000_000
    as_json("reject", 3, *COUNCIL, "--reason", "It is the policy of 2019.")
    decided = [(one["id"], one["decision"], one["accepted"]) for one in as_json("show", 1)["claims"]]
    assert decided == [(1, "accepted", "13"), (3, "rejected", None), (4, "accepted", "240")]
    assert "accepted 240 by Somebody, contract manager on" in quarterday("explain", "GIFTS", "--entry", 4).stdout
    (leaf,) = as_json("explain", "GIFTS", "--entry", 4)["figures"][0]["leaves"]
    assert [(one["by"], one["name"]) for one in leaf["decisions"]] == [("cli for user/2", "Somebody")]
    with uow.read(OPERATOR) as work:
        rows = work.all(select(AuditRow.c.action, AuditRow.c.actor).order_by(AuditRow.c.id))
    assert {(row.action, row.actor) for row in rows if row.action.startswith(("entry", "return.s", "return.f"))} == {
        ("return.filled", "cli"),
        ("return.submitted", "cli for user/1"),
        ("entry.answered", "cli for user/1"),
        ("entry.queried", "cli for user/2"),
        ("entry.accepted", "cli for user/2"),
        ("entry.rejected", "cli for user/2"),
    }


def test_a_doubtful_entry_is_not_plain(uow: UnitOfWork) -> None:
    Path("doubtful.csv").write_text("measure,people,share of full time,months in this period\nJOBS,1,1,9\n")
    as_json("fill", 1, "--file", "doubtful.csv")
    as_json("submit", 1, *DECLARED)
    (claim,) = as_json("show", 1)["claims"]
    assert claim["standing"] != "note"
    assert "quarterday return explain MEASURE --entry ENTRY" in quarterday("show", 1).stdout
    result = quarterday("accept", "--all-plain", 1, *COUNCIL)
    assert (result.exit_code, "No entry of this return is plain" in result.stdout) == (0, True)
    assert as_json("show", 1)["claims"][0]["decision"] is None


def test_nothing_to_report_is_submitted_as_such(uow: UnitOfWork) -> None:
    assert quarterday("submit", 1, *DECLARED).exit_code == 5
    assert quarterday("submit", 1, *DECLARED, "--nothing-to-report").stdout == "Submitted as QD-000001-1.\n"
    assert as_json("show", 1)["state"] == "nothing to report"


def test_rows_to_put_right_are_listed_with_exit_code_3(uow: UnitOfWork) -> None:
    Path("wrong.csv").write_text(FILE + 'GIFTS,,,,"1,5",\n')
    result = quarterday("fill", 1, "--file", "wrong.csv", "--dry-run")
    assert (result.exit_code, "would be 3 added" in result.stdout) == (3, True)
    assert "line 5, column E “quantity”: “1,5” has a decimal comma" in result.stdout
    assert as_json("list")["returns"][0]["drafts"] == 0


def test_a_share_over_the_whole_is_a_row_to_put_right(uow: UnitOfWork) -> None:
    Path("shared.csv").write_text("measure,activity,quantity,share for this contract\nGIFTS,Fair,10,150%\n")
    told = quarterday("fill", 1, "--file", "shared.csv")
    assert (told.exit_code, "150%" in told.stdout) == (3, True)


def test_what_is_being_written_is_shown_with_the_numbers_that_evidence_is_attached_by(uow: UnitOfWork) -> None:
    as_json("fill", 1, "--file", "return.csv")
    lines = [" ".join(line.split()) for line in quarterday("show", 1).stdout.splitlines()]
    assert "1 WEEKS Apprentice 1 people 2; weeks 6.5" in lines
    assert "2 GIFTS quantity 250.10" in lines


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (("submit", 1, "--as", "c@example.org", "--declared-as", "x"), 5, "no role with a supplier of this contract"),
        (("submit", 1, "--as", "other-s@example.org", "--declared-as", "x"), 5, "no role with a supplier of this"),
        (("submit", 1, "--as", "nobody", "--declared-as", "x"), 5, "no role with a supplier of this contract"),
        (("submit", 9, *DECLARED), 5, "There is no such return."),
        (("submit", 1, *SUPPLIER, "--declared-as", " "), 5, "Say in which role"),
        (("accept", 1, *SUPPLIER), 5, "no role with the council of this contract"),
        (("accept", 1, "--as", "other-c@example.org"), 5, "no role with the council of this contract"),
        (("accept", 9, *COUNCIL), 5, "There is no such entry."),
        (("accept", *COUNCIL), 2, "Name the entry"),
        (("accept", 1, "--all-plain", 1, *COUNCIL), 2, "Name the entry"),
        (("accept", "--all-plain", 1, "--reason", "x", *COUNCIL), 2, "belong to one entry"),
        (("accept", "--all-plain", 9, *COUNCIL), 5, "There is no such return."),
        (("accept", 1, "--quantity", "1e400", *COUNCIL), 5, "exponent"),
        (("accept", 1, "--quantity", "-1", *COUNCIL), 5, "negative"),
        (("accept", 1, "--quantity", "NaN", *COUNCIL), 5, "not a number"),
        (("accept", 1, "--quantity", "12,5", *COUNCIL), 5, "decimal comma"),
        (("accept", 1, "--quantity", "14", "--reason", "x", *COUNCIL), 5, "more than was claimed"),
        (("accept", 1, "--quantity", "12", *COUNCIL), 5, "Say why only a part counts"),
        (("query", 1, "--reason", " ", *COUNCIL), 5, "Say what you want to know"),
        (("reject", 1, "--reason", " ", *COUNCIL), 5, "Say why it doesn't count"),
        (("answer", 1, "--text", "x", *SUPPLIER), 5, "no open query"),
        (("answer", 1, "--text", "x", *COUNCIL), 5, "no role with a supplier"),
        (("template", 9, "--out", "new.csv"), 5, "There is no such return."),
        (("template", 1, "--out", "return.csv"), 5, "exists already"),
        (("template", 1, "--out", "return.pdf"), 5, "must end in .xlsx or .csv"),
    ],
)
def test_what_can_not_be_done_is_said_in_a_sentence(
    uow: UnitOfWork, words: tuple[object, ...], code: int, why: str
) -> None:
    as_json("fill", 1, "--file", "return.csv")
    as_json("submit", 1, *DECLARED)
    before = as_json("show", 1)
    result = quarterday(*words)
    assert (result.exit_code, why in result.stderr) == (code, True), result.output
    assert as_json("show", 1) == before
