"""``quarterday authority|supplier|user|contract`` and ``values load``: a contract's life on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main
from quarterday.services.record import upgrade_record

OFFER = "measure,quantity,spread\nNT1,25,\nNT10,400,front\nNT20,100,2024-Q1 = 20; 2025-Q1 = 100\n"
AT = ("--authority", "exampleshire")


def quarterday(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def done(*arguments: object) -> str:
    """What a command prints that has to end with 0."""
    result = quarterday(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def as_json(*arguments: object) -> Any:
    return json.loads(done(*arguments, "--json"))


@pytest.fixture
def council(data: Path) -> str:
    """A new record with a council, a supplier, a manager and a contract without commitments."""
    upgrade_record()
    done("authority", "add", "exampleshire", "--name", "Exampleshire Council")
    done("supplier", "add", "Larch & Sons Ltd", "--identifier", "GB-COH=01234567", "--alias", "Larch")
    done("user", "add", "jo@example.org", "--name", "Jo", "--role", "contract manager", *AT, "--from", "2024-04-01")
    dates = ("--starts", "2024-04-01", "--ends", "31/03/2026")
    lead = ("--lead", "GB-COH 01234567", "--owner", "jo@example.org")
    done("contract", "add", "EX/1", *AT, "--title", "Grounds", *dates, *lead)
    return "exampleshire"


@pytest.fixture
def offer(tmp_path: Path) -> Path:
    path = tmp_path / "offer.csv"
    path.write_text(OFFER)
    return path


def award(offer: Path, *more: object) -> Result:
    return quarterday("contract", "award", "EX/1", offer, *AT, "--catalogue", "toms-national", *more)


def test_the_lists_show_what_was_added(council: str) -> None:
    (authority,) = as_json("authority", "list")["authorities"]
    assert (authority["key"], authority["first_month"]) == ("exampleshire", 4)
    (supplier,) = as_json("supplier", "list")["suppliers"]
    assert (supplier["identifiers"], supplier["aliases"]) == ({"GB-COH": "01234567"}, ["Larch"])
    (user,) = as_json("user", "list")["users"]
    assert (user["email"], user["role"]) == ("jo@example.org", "contract manager")
    (contract,) = as_json("contract", "list", *AT)["contracts"]
    assert (contract["reference"], contract["authority"], contract["ends"]) == ("EX/1", "exampleshire", "2026-03-31")
    for group in ("authority", "supplier", "user", "contract"):
        assert done(group, "list").count("\n") == 2
    assert "Identifiers: GB-COH 01234567\nAlso known as: Larch\n" in done("supplier", "show", "Larch & Sons Ltd")
    assert "due 30 days after" in done("authority", "show", "exampleshire")


def test_an_offer_is_awarded_and_shown(council: str, offer: Path) -> None:
    done("authority", "area", "add", "Borough", *AT, "--code", "E08000019")
    assert "E08000039 Sheffield" in done("authority", "area", "list", *AT)
    result = award(offer, "--values", "illustrative", "--local-area", "Borough")
    assert result.stdout == "Awarded EX/1: 3 commitments, measured by toms-national/2022-compiled.\n"
    whole = as_json("contract", "show", "EX/1", *AT)
    assert whole["owner"] == "Jo"
    assert {one["ref"]: one["quantity"] for one in whole["commitments"]} == {"NT1": "25", "NT10": "400", "NT20": "100"}
    assert whole["measured_by"]["value_set"]["kind"] == "illustrative"
    assert whole["measured_by"]["local_area"]["codes"] == ["E08000039"]
    text = done("contract", "show", "EX/1", *AT)
    assert "These values are made up" in text
    assert "20, 20, 20, 20, 100, 100, 100, 100" in text


def test_a_wrong_offer_says_every_row_and_awards_nothing(council: str, offer: Path) -> None:
    offer.write_text('measure,quantity\nNT1,"1,000"\nNT99,5\nNT10,-1\n')
    result = award(offer)
    assert result.exit_code == 5
    assert "NT1: “1,000” has thousands separators" in result.stderr
    assert "NT99: “NT99” is no measure of toms-national/2022-compiled" in result.stderr
    assert "NT10: “-1” is negative" in result.stderr
    offer.write_text("measure,quantity\nNT1,\n,5\nNT10,1\nNT10,2\n")
    result = award(offer)
    assert result.exit_code == 5
    assert result.stderr == (
        "Error: line 2, column B “quantity”: Blank: enter the quantity.\n"
        "line 3, column A “measure”: Blank: enter the ref.\n"
        "line 5, column A “measure”: NT10 has a row already; put its quantities together.\n"
    )
    assert as_json("contract", "show", "EX/1", *AT)["commitments"] == []
    assert "No commitments yet." in done("contract", "show", "EX/1", *AT)


def test_what_happens_to_a_contract(council: str, offer: Path, tmp_path: Path) -> None:
    assert award(offer).exit_code == 0
    change = tmp_path / "change.csv"
    change.write_text("ref,quantity\nNT10,300\n")
    assert "Varied EX/1: 1 commitments." in done("contract", "vary", "EX/1", change, *AT, "--reason", "Smaller site")
    done("user", "add", "sam@example.org", "--name", "Sam", "--role", "lead", *AT, "--from", "2024-04-01")
    done("contract", "owner", "EX/1", "sam@example.org", *AT, "--since", "2024-08-01")
    balance = ("--as-of", "2024-05-31", "--source", "annual report")
    done("contract", "opening-balance", "EX/1", "NT10", "12.5", *AT, *balance)
    assert done("contract", "open-returns", *AT, "--on", "2024-05-01") == "Returns opened: 1.\n"
    done("supplier", "add", "Beech CIC")
    parties = ("--leaving", "1", "--entering", "Beech CIC")
    done("contract", "novate", "EX/1", *AT, *parties, "--since", "2024-10-01")
    whole = as_json("contract", "show", "EX/1", *AT, "--on", "2024-10-01")
    assert whole["owner"] == "Sam"
    assert as_json("contract", "show", "EX/1", *AT, "--on", "2024-07-31")["owner"] == "Jo"
    assert [party["name"] for party in whole["parties"]] == ["Beech CIC"]
    assert [one["reason"] for one in whole["variations"]] == ["Smaller site"]
    assert whole["opening_balances"] == [
        {"ref": "NT10", "as_of": "2024-05-31", "quantity": "12.5", "source": "annual report"}
    ]
    assert as_json("contract", "show", "EX/1", *AT, "--as-at", "2024-01-01")["commitments"] == []


def test_a_contract_moves_under_another_reference(council: str) -> None:
    done("authority", "add", "northmoor", "--name", "Northmoor Council")
    moved = ("--to", "northmoor", "--since", "2024-05-01", "--new-reference", "NM-7")
    assert "EX/1 is Northmoor Council's from 2024-05-01." in done("contract", "move", "EX/1", *AT, *moved)
    assert as_json("contract", "show", "NM-7", "--authority", "northmoor")["authority"] == "Northmoor Council"
    assert "There is no contract “EX/1”" in quarterday("contract", "show", "EX/1", *AT).stderr


def test_values_are_loaded_once_and_awarded_by_name(council: str, offer: Path, tmp_path: Path) -> None:
    values = tmp_path / "ours.csv"
    values.write_text("ref,value\nNT10,123.45\n")
    load = ("values", "load", values, *AT, "--catalogue", "toms-national")
    refused = quarterday(*load)
    assert (refused.exit_code, "with --licence" in refused.stderr) == (5, True)
    stated = ("--licence", "held under agreement 7", "--source", "agreement 7")
    loaded = as_json(*load, *stated)
    assert (loaded["outcome"], loaded["value_set"]["redistributable"]) == ("added", False)
    assert "Nothing was changed: the same values" in done(*load, *stated, "--name", "again")
    assert "held under agreement 7" in done("values", "list", *AT)
    assert "123.45" in done("values", "show", "ours", *AT)
    assert award(offer, "--values", "ours").exit_code == 0
    pinned = as_json("contract", "show", "EX/1", *AT)["measured_by"]["value_set"]
    assert (pinned["name"], pinned["licence"], pinned["kind"]) == ("ours", "held under agreement 7", "own")
    values.write_text("ref,value\nNT10,-1\n")
    assert quarterday(*load, *stated).exit_code == 3


def test_a_role_ends(council: str) -> None:
    done("user", "end", "jo@example.org", *AT)
    assert as_json("user", "list")["users"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("authority", "show", "nowhere"), 5, "there are: exampleshire"),
        (("supplier", "add", "Oak", "--identifier", "GB-COH=1234567"), 5, "write 01234567"),
        (("supplier", "add", "Oak", "--identifier", "01234567"), 2, "has no “=”"),
        (("supplier", "show", "Oak"), 5, "There is no supplier “Oak”"),
        (("user", "add", "x", "--name", "X", "--role", "lead", *AT), 5, "not an e-mail address"),
        (("contract", "show", "EX/1", *AT, "--on", "yesterday"), 2, "“yesterday” is not a date"),
        (("contract", "show", "EX/1", *AT, "--as-at", "soon"), 2, "“soon” is no moment"),
        (("contract", "list", "--authority", "nowhere"), 5, "There is no authority"),
        (("contract", "owner", "EX/1", "nobody@example.org", *AT), 5, "Nobody with this address"),
        (("contract", "open-returns", *AT, "--on", "2199-01-01"), 5, "still to come"),
        (("values", "show", "ours", *AT), 5, "none was loaded yet"),
    ],
)
def test_a_sentence_and_an_exit_code(council: str, arguments: tuple[str, ...], code: int, says: str) -> None:
    result = quarterday(*arguments)
    assert (result.exit_code, says in result.stderr) == (code, True), result.stderr


def test_a_moment_is_a_days_end_or_a_time(council: str) -> None:
    for moment in ("2024-01-01", "2024-01-01T17:00", "2024-01-01T17:00+00:00"):
        assert as_json("contract", "show", "EX/1", *AT, "--as-at", moment)["owner"] is None
