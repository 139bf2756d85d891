"""``quarterday return list|show|explain|recompute``: returns and figures on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from quarterday.cli.main import main
from quarterday.db.models import Valuation
from quarterday.db.work import UnitOfWork
from quarterday.services.record import record_engine, upgrade_record
from quarterday.services.returns import reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

GIFT = {"ref": "GIFTS", "quantity": "90.10", "contract_share": "1/3", "activity": "Spring fair"}
AT = ("--authority", "exampleshire")


def quarterday(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)))


def as_json(*arguments: object) -> Any:
    result = quarterday(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture
def uow(data: Path) -> Iterator[UnitOfWork]:
    """A council with two contracts: one reported gifts and a job, accepted but for one gift; one nothing yet."""
    upgrade_record()
    engine = record_engine()
    uow = UnitOfWork(engine, Clock(datetime(2026, 7, 1, 9, 30, tzinfo=UTC)))
    council = builders.an_authority(uow, key="exampleshire")
    for reference in ("EX-1", "EX-2"):
        builders.an_award(uow, contract_id=builders.a_contract(uow, authority_id=council, reference=reference))
    job = {"ref": "JOBS", "people": "1", "full_time_share": "1", "months": "3"}
    entries = builders.a_submission(uow, GIFT, GIFT, job, return_id=builders.a_return(uow, contract_id=1))
    for entry in (entries[0], entries[2]):
        reviews.accept(uow, OPERATOR, entry_id=entry)
    yield uow
    engine.dispose()


def test_the_list_says_how_each_stands(uow: UnitOfWork) -> None:
    rows = as_json("return", "list")["returns"]
    assert [(row["contract"], row["period"], row["state"], row["due"], row["entries"]) for row in rows] == [
        ("EX-1", "2026/27 Q2", "submitted", "2026-10-30", 3),
        ("EX-2", "2026/27 Q2", "not started", "2026-10-30", 0),
    ]
    assert len(as_json("return", "list", *AT, "--contract", "EX-2")["returns"]) == 1
    shown = quarterday("return", "list").stdout
    assert shown.splitlines()[0].split() == ["id", "contract", "period", "due", "state", "overdue", "entries", "drafts"]


def test_a_return_is_shown_with_decisions_and_receipt(uow: UnitOfWork) -> None:
    whole = as_json("return", "show", 1)
    assert [(one["ref"], one["quantity"], one["decision"], one["worth"]["pounds"]) for one in whole["claims"]] == [
        ("GIFTS", "90.1", "accepted", "30.033333"),
        ("GIFTS", "90.1", None, None),
        ("JOBS", "0.25", "accepted", "0.000000"),
    ]
    assert whole["submissions"][0]["reference"] == "QD-000001-1"
    shown = quarterday("return", "show", 1).stdout
    assert "Return 1: EX-1, 2026/27 Q2" in shown
    assert "QD-000001-1 by the finance manager" in shown


def test_a_figure_is_explained_to_its_last_millionth(uow: UnitOfWork) -> None:
    (figure,) = as_json("return", "explain", "GIFTS", *AT, "--contract", "EX-1")["figures"]
    assert figure["worth"]["pounds"] == "30.033333"
    assert sum(leaf["micropounds"] for leaf in figure["leaves"]) == figure["worth"]["micropounds"] == 30_033_333
    accepted, waiting = figure["leaves"]
    assert (accepted["decisions"][0]["by"], accepted["decisions"][0]["name"]) == ("cli", None)
    assert (accepted["unit_value"]["pounds"], accepted["value_set"]["licence"]) == ("1", "made up")
    assert waiting["why_not"] == "Nobody has decided on it yet."
    shown = quarterday("return", "explain", "GIFTS", "--entry", 1).stdout
    assert "Accepted: 30.033333 £; £30.03 (exactly 30.033333)" in shown
    assert "licence: made up" in shown
    assert " by the operator on 2026-07-01 09:30 UTC" in shown
    assert "ILLUSTRATIVE" in shown


def test_a_figure_without_a_value_says_why(uow: UnitOfWork) -> None:
    (figure,) = as_json("return", "explain", "JOBS", "--return", 1)["figures"]
    assert (figure["quantity"], figure["worth"]["complete"]) == ("0.25", False)
    assert figure["worth"]["reasons"][0].startswith("JOBS: no unit value")
    assert figure["leaves"][0]["unit_value"] is None


def test_everything_recomputes_and_a_millionth_of_a_pound_is_seen(uow: UnitOfWork) -> None:
    assert as_json("return", "recompute", "--all") == {"checked": 2, "differing": 0}
    with uow.begin(OPERATOR) as work:
        changed = update(Valuation).where(Valuation.c.review_id == 1).values(micropounds=Valuation.c.micropounds + 1)
        work.connection.execute(changed)
    result = quarterday("return", "recompute", "--all", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (1, {"checked": 2, "differing": 1})
    assert "review 1" in quarterday("return", "recompute", "--all").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "why"),
    [
        (("explain", "GIFT"), 5, "did you mean “GIFTS”?"),
        (("explain", "WEEKS"), 5, "Nothing of WEEKS is claimed"),
        (("explain", "GIFTS", "--contract", "EX-1"), 2, "--authority"),
        (("explain", "GIFTS", *AT, "--contract", "EX-9"), 5, "There is no contract “EX-9”"),
        (("explain", "GIFTS", "--entry", "99"), 5, "Nothing of GIFTS is claimed in view"),
        (("show", "99"), 5, "There is no such return"),
        (("list", "--authority", "nowhere"), 5, "There is no authority"),
        (("recompute",), 2, "--all"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(
    uow: UnitOfWork, arguments: tuple[str, ...], code: int, why: str
) -> None:
    result = quarterday("return", *arguments)
    assert (result.exit_code, why in result.stderr) == (code, True), result.output


def test_it_is_as_it_was_known_then(uow: UnitOfWork) -> None:
    before = quarterday("return", "explain", "GIFTS", "--as-at", date(2026, 6, 30))
    assert before.exit_code == 5
    (figure,) = as_json("return", "explain", "GIFTS", "--as-at", date(2026, 7, 1))["figures"]
    assert figure["quantity"] == "901/30"
