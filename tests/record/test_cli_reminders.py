"""``quarterday reminders`` and ``return extend``: what they print, set and refuse, by the clock on the wall."""

from __future__ import annotations

import json
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from reminding import Reminding, a_contract, a_council

from quarterday.cli.main import main
from quarterday.db.work import UnitOfWork, day_of
from quarterday.domain.reminders import DEFAULT, as_data
from quarterday.services.returns.standing import returns
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, record_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture
def now(uow: UnitOfWork) -> UnitOfWork:
    """The same record by the clock on the wall, which the commands go by."""
    return UnitOfWork(uow.engine)


@pytest.fixture
def council(now: UnitOfWork) -> Reminding:
    """Exampleshire, with one return that is open since today."""
    builders.an_authority(now, key="exampleshire")
    today = day_of(now.clock())
    of = a_council(now)
    span = {"starts": today, "ends": today + timedelta(days=800)}
    builders.a_return(now, contract_id=a_contract(now, of, reference="NM-1", rhythm="month", **span), on=today)
    return of


def key_of(now: UnitOfWork, of: Reminding) -> str:
    from quarterday.services.organisations.authorities import authorities

    return next(one.key for one in authorities(now, OPERATOR) if one.id == of.authority_id)


def test_a_ladder_that_is_shown_can_be_changed_and_set(now: UnitOfWork, council: Reminding, tmp_path: Path) -> None:
    key = key_of(now, council)
    shown = run("reminders", "show", "--authority", key).stdout
    assert tomllib.loads(shown) == as_data(DEFAULT)
    file = tmp_path / "ladder.toml"
    file.write_text(shown.replace("most = 500", "most = 80"))
    assert run("reminders", "set", str(file), "--authority", key).stdout.endswith("reminds by 8 rungs from now on.\n")
    found = json.loads(run("reminders", "show", "--authority", key, "--json").stdout)
    assert found == {"ladder": as_data(DEFAULT) | {"most": 80}}
    assert json.loads(run("reminders", "show", "--authority", "exampleshire", "--json").stdout)["ladder"]["most"] == 500


@pytest.mark.parametrize(("words", "code", "why"), [("most = ", 2, "is no TOML file"), ("mst = 1", 5, "mean “most”")])
def test_a_file_that_is_no_ladder_is_refused(
    now: UnitOfWork, council: Reminding, tmp_path: Path, words: str, code: int, why: str
) -> None:
    file = tmp_path / "ladder.toml"
    file.write_text(words)
    found = run("reminders", "set", str(file), "--authority", key_of(now, council))
    assert (found.exit_code, why in " ".join(found.output.split())) == (code, True)


def test_it_is_said_who_would_get_what_and_when(now: UnitOfWork, council: Reminding) -> None:
    last = day_of(now.clock()) + timedelta(days=12)
    words = ("reminders", "simulate", "--authority", key_of(now, council), "--to", str(last))
    mails = json.loads(run(*words, "--json").stdout)["mails"]
    invited = [one for one in mails if one["returns"][0]["return"] == returns(now, OPERATOR)[0].id]
    assert [one["user"] for one in invited] == list(council.people[:2])
    assert invited[0]["returns"][0]["rung"] == "supplier: when it opens"
    shown = run(*words).stdout
    assert shown.count("NM-1") == sum(len(one["returns"]) for one in mails)
    assert f"{len(mails)} mails from" in shown


def test_a_return_is_given_more_time(now: UnitOfWork, council: Reminding) -> None:
    (before,) = returns(now, OPERATOR)
    until = before.due + timedelta(days=9)
    words = ("return", "extend", str(before.id), "--until", str(until), "--reason", "Their system was down.")
    assert run(*words).stdout == f"Return {before.id} is due by {until}, not {before.due}.\n"
    assert returns(now, OPERATOR)[0].due == until
    again = run(*words, "--json")
    assert (again.exit_code, f"due on {until} already" in again.output) == (5, True)
