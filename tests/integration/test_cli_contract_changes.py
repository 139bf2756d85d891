"""``quarterday contract end|pin-values|hand-over`` and who is missed: what happens to a contract later, as commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from quarterday.cli.main import main
from quarterday.services.record import upgrade_record

AT = ("--authority", "exampleshire")
VALUES = "ref,unit value,unit\nNT10,180,weeks\n"


def quarterday(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def done(*arguments: object) -> str:
    """What a command prints that has to end with 0."""
    result = quarterday(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def shown() -> Any:
    return json.loads(done("contract", "show", "EX/1", *AT, "--json"))


@pytest.fixture
def awarded(data: Path, tmp_path: Path) -> None:
    """A contract of 56 quarters with 10 weeks in each, no values, and Jo to manage it; Ann is there too."""
    upgrade_record()
    done("authority", "add", "exampleshire", "--name", "Exampleshire Council", "--last-closes-days", 200)
    done("supplier", "add", "Larch & Sons Ltd")
    for name in ("jo", "ann"):
        role = ("--role", "contract manager", *AT, "--from", "2024-04-01")
        done("user", "add", f"{name}@example.org", "--name", name.capitalize(), *role)
    dates = ("--starts", "2024-04-01", "--ends", "2038-03-31")
    done("contract", "add", "EX/1", *AT, "--title", "Grounds", *dates, "--lead", "1", "--owner", "jo@example.org")
    offer = tmp_path / "offer.csv"
    offer.write_text("measure,quantity\nNT10,560\n")
    done("contract", "award", "EX/1", offer, *AT, "--catalogue", "toms-national")


def test_another_end(awarded: None) -> None:
    why = ("--reason", "Agreed in July")
    assert done("contract", "end", "EX/1", "2037-03-31", *AT, *why) == (
        "EX/1 ends 2037-03-31, not 2038-03-31. Its commitments were varied to fit: look at them.\n"
    )
    found = shown()
    assert (found["ends"], found["commitments"][0]["quantity"]) == ("2037-03-31", "520")
    assert [one["reason"] for one in found["variations"]] == ["Agreed in July"]
    assert done("contract", "end", "EX/1", "2038-09-30", *AT, *why) == "EX/1 ends 2038-09-30, not 2037-03-31.\n"
    assert shown()["commitments"][0]["quantity"] == "520"
    again = quarterday("contract", "end", "EX/1", "2038-09-30", *AT, *why)
    assert (again.exit_code, "ends 2038-09-30 already" in again.output) == (5, True)


def test_values_after_the_award(awarded: None, tmp_path: Path) -> None:
    path = tmp_path / "ours.csv"
    path.write_text(VALUES)
    stated = ("--licence", "Ours", "--source", "Our study")
    done("values", "load", path, *AT, "--catalogue", "toms-national", *stated)
    assert shown()["measured_by"]["value_set"] is None
    pin = ("contract", "pin-values", "EX/1", "ours", *AT, "--reason", "They came in July")
    assert done(*pin).endswith("accepted entries valued: 0.\n")
    assert shown()["measured_by"]["value_set"]["name"] == "ours"
    again = quarterday(*pin)
    assert (again.exit_code, "pinned to values, and they stay" in again.output) == (5, True)


def test_a_desk_is_handed_over(awarded: None) -> None:
    hand = ("contract", "hand-over", "jo@example.org", "ann@example.org", *AT)
    assert done(*hand) == "Contracts handed over: 1.\n"
    assert shown()["owner"] == "Ann"
    assert quarterday(*hand).exit_code == 5


def test_who_manages_nothing_is_named_until_somebody_does(awarded: None) -> None:
    def managers() -> list[Any]:
        findings = json.loads(quarterday("doctor", "--json").stdout)["findings"]
        return [(one["health"], one["what"]) for one in findings if one["check"] == "Managers"]

    assert managers() == [("good", "every contract that runs has a manager")]
    done("authority", "add", "northmoor", "--name", "Northmoor Council")
    moved = done("contract", "move", "EX/1", *AT, "--to", "northmoor", "--since", "2026-01-01")
    assert moved.endswith("Nobody manages it from then: “quarterday contract owner” names somebody.\n")
    assert "Managed by: nobody." in done("contract", "show", "EX/1", "--authority", "northmoor")
    assert managers() == [("warning", "Northmoor Council has contracts that nobody manages: EX/1")]
    (one,) = json.loads(done("contract", "list", "--unmanaged", "--json"))["contracts"]
    assert one["reference"] == "EX/1"
    role = ("--role", "contract manager", "--authority", "northmoor", "--from", "2026-01-01")
    done("user", "add", "kim@example.org", "--name", "Kim", *role)
    done("contract", "owner", "EX/1", "kim@example.org", "--authority", "northmoor", "--since", "2026-01-01")
    assert managers() == [("good", "every contract that runs has a manager")]
    assert json.loads(done("contract", "list", "--unmanaged", "--json")) == {"contracts": []}


def test_an_authority_shows_how_long_a_last_return_stays_open(awarded: None) -> None:
    assert "A contract's last return stays open 200 days" in done("authority", "show", "exampleshire")
