"""``quarterday sync``: exchange with the simulated portal, see how it stands, settle, file, compare, send again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from quarterday.cli.main import main
from quarterday.db.models import OutboxRow
from quarterday.registry import installed
from quarterday.services.plugins.configuring import configure
from quarterday.services.record import UnitOfWork, open_record
from quarterday.testing.builders import OPERATOR, a_contract, a_return, a_submission, an_authority, an_award
from quarterday_portal_sync.nightly import compare_portals
from quarterday_portal_sync.simulator.testing import KEY, SimulatedPortal, simulated_portal

__all__ = ["simulated_portal"]
NIGHT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
CODES = {"JOBS": "JOB-LOC", "WEEKS": "APP-WKS", "GIFTS": "GIV-VCS", "ACCESS": "SUP-WRK"}
UNITS = {"JOBS": "FTE", "WEEKS": "weeks", "GIFTS": "£", "ACCESS": "employees with access"}
RUN = {"id", "portal", "purpose", "actor", "began_at", "ended_at", "counts", "error"}
RECORD = {"id", "portal", "kind", "key", "external_id", "state", "why", "sent", "sent_key", "sent_at", "answered_at"}
RECORD |= {"theirs", "their_changed_at"}
CONFLICT = {"id", "record_id", "portal", "kind", "key", "external_id", "ours", "theirs", "their_words", "proposed"}
CONFLICT |= {"their_unknown", "is_ruled", "is_open", "decisions", "settlement", "at"}
WAITING = {"id", "record_id", "portal", "kind", "external_id", "fields", "words", "link", "unknown", "why", "can_match"}
WAITING |= {"at"}


@dataclass
class Office:
    """Somebody at the command line of a council that has set the simulated portal."""

    uow: UnitOfWork
    portal: SimulatedPortal
    entry: int
    """An entry of 13 weeks."""

    def sync(self, command: str, *words: str, code: int = 0) -> str:
        """What a command says; it ends with that code."""
        whose = () if command in ("settle", "file") else ("--authority", "northmoor")
        done = quarterday("sync", command, *words, *whose)
        assert done.exit_code == code, done.output
        return done.output

    def data(self, command: str, *words: str, code: int = 0) -> Any:
        """The same as data."""
        return json.loads(self.sync(command, *words, "--json", code=code))

    def changed_there(self) -> int:
        """Somebody there puts 7.5 weeks in the claim; returns the conflict."""
        self.sync("run")
        self.portal.act("change", claim=f"entry/{self.entry}", amount="7.5", note="By phone.")
        self.sync("run", code=3)
        (one,) = self.data("conflicts")
        return int(one["id"])


def quarterday(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.fixture
def uow(empty_record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[UnitOfWork]:
    shutil.copy(empty_record, tmp_path / "record.db")
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_SECRET_KEY", "a key for tests, of which nobody is to think much")
    monkeypatch.chdir(tmp_path)
    uow = open_record()
    an_authority(uow, key="northmoor")
    yield uow
    uow.engine.dispose()


@pytest.fixture
def office(uow: UnitOfWork, simulated_portal: SimulatedPortal, tmp_path: Path) -> Office:
    contract = an_award(uow, contract_id=a_contract(uow, authority_id=1, reference="NM-1"))
    (entry,) = a_submission(uow, {"ref": "WEEKS", "quantity": "13"}, return_id=a_return(uow, contract_id=contract))
    shipped = (files("quarterday_portal_sync") / "mappings" / "simulator.toml").read_text()
    lines = [f'{ref} = {{ code = "{code}", unit = "{UNITS[ref]}" }}' for ref, code in CODES.items()]
    begins, rest = shipped.split('[measures."toms-rotherham/2024-27"]\n')
    own = "\n".join(['[measures."made-up/1"]', *lines, "", ""])
    (tmp_path / "ours.toml").write_text(begins + own + rest.partition("\n\n")[2])
    answers = {"transport": "web", "mapping": str(tmp_path / "ours.toml"), "web_key": KEY, "web_patience": 1}
    answers["web_address"] = simulated_portal.url
    configure(uow, OPERATOR, installed(), authority_id=1, plugin="portal_sync", answers=answers)
    return Office(uow, simulated_portal, entry)


def everything(uow: UnitOfWork) -> list[str]:
    """The whole record."""
    with uow.engine.connect() as connection:
        found: Any = connection.connection.driver_connection
        return list(found.iterdump())


def test_a_dry_run_prints_what_would_change_and_changes_nothing(office: Office) -> None:
    here, there = everything(office.uow), office.portal.dump()
    said = office.sync("run", "--dry-run")
    assert f'"our_ref": "entry/{office.entry}"' in said.replace('":"', '": "')
    assert KEY not in said
    data = office.data("run", "--dry-run")
    assert set(data) == {"portal", "incoming", "rejected", "conflicts", "outgoing", "documents", "stopped"}
    assert (everything(office.uow), office.portal.dump()) == (here, there)
    office.sync("run")
    office.portal.act("change", claim=f"entry/{office.entry}", amount="7.5", note="By phone.")
    here, there = everything(office.uow), office.portal.dump()
    assert f"conflict: entry/{office.entry}" in office.sync("run", "--dry-run")
    assert (everything(office.uow), office.portal.dump()) == (here, there)


def test_an_exchange_is_done_and_status_says_how_it_stands(office: Office) -> None:
    assert "It never ran. “quarterday sync run” begins." in office.sync("status")
    empty = {"portal": "portal", "standing": None, "runs": [], "stopped": []}
    assert office.data("status") == empty
    assert "Read: 0, sent: 6, taken there: 6, stopped: 0, conflicts: 0." in office.sync("run")
    done = office.data("run")
    assert set(done) == RUN
    assert (done["purpose"], done["counts"]["sent"], done["error"]) == ("sync", 0, "")
    said = office.sync("status")
    assert "contract: 1 same" in said
    assert "To settle: 0. In the inbox: 0." in said
    status = office.data("status", "--runs", "1")
    assert set(status) == set(empty)
    assert status["standing"]["states"]["entry"] == {"same": 1}
    assert set(status["standing"]) == {"portal", "states", "conflicts", "ruled", "inbox"}
    (run,) = status["runs"]
    assert set(run) == RUN
    assert KEY not in said + json.dumps(status)


def test_what_differs_is_listed_and_settled_and_the_next_run_does_the_rest(office: Office) -> None:
    assert "Nothing waits for anybody." in office.sync("conflicts")
    conflict = office.changed_there()
    said = office.sync("conflicts")
    assert f"{conflict}: entry entry/{office.entry} (open)" in said
    assert "quantity: here “13”, there “7.5”" in said
    (one,) = office.data("conflicts")
    assert set(one) == CONFLICT
    assert (one["ours"]["quantity"], one["theirs"]["quantity"], one["is_open"]) == ("13", "7.5", True)
    assert "Nothing here takes what the portal has" in office.sync("settle", str(conflict), "theirs", code=5)
    office.sync("settle", str(conflict), "mine", code=2)
    assert "It is settled." in office.sync("settle", str(conflict), "ours", "--reason", "As on paper.")
    office.sync("settle", str(conflict), "leave", code=5)
    office.sync("settle", "99", "ours", code=5)
    assert office.data("conflicts") == []
    (one,) = office.data("conflicts", "--all")
    assert (one["settlement"]["decision"], one["settlement"]["reason"]) == ("ours", "As on paper.")
    office.sync("run")
    (claim,) = office.portal.dump()["entry"]
    assert (claim["key"], claim["fields"]["quantity"]) == (f"entry/{office.entry}", "13")


def test_what_found_no_place_is_listed_and_dealt_with(office: Office) -> None:
    office.sync("run")
    assert "The inbox is empty." in office.sync("inbox")
    for number in (1, 2):
        office.portal.act("claim", number, claim=f"entry/{office.entry}", agreementNo="NM-999")
    office.sync("run", code=3)
    first, second = office.data("inbox")
    assert set(first) == WAITING
    assert "There is no contract “NM-999” here." in first["why"]
    assert f"{first['id']}: entry {first['external_id']}: There is no contract" in office.sync("inbox")
    office.sync("file", str(first["id"]), code=2)
    office.sync("file", str(first["id"]), "--entry", "1", "--set-aside", code=2)
    assert "There is no such entry." in office.sync("file", str(first["id"]), "--entry", "404", code=5)
    assert "The portal has this entry already" in office.sync(
        "file", str(first["id"]), "--entry", str(office.entry), code=5
    )
    assert "It is set aside." in office.sync("file", str(first["id"]), "--set-aside", "--reason", "A trial.")
    office.sync("file", str(first["id"]), "--set-aside", code=5)
    assert [one["id"] for one in office.data("inbox")] == [second["id"]]


def test_both_sides_are_compared_whole(office: Office) -> None:
    office.sync("run")
    alike = office.sync("reconcile")
    assert "entry: here 1, there 1; alike 1" in alike
    assert "Both sides have the same." in alike
    office.portal.act("change", claim=f"entry/{office.entry}", amount="7.5", note="By phone.")
    said = office.sync("reconcile", code=3)
    assert "entry WEEKS: here 13, there 7.5 weeks  differs" in said
    assert f"different: entry/{office.entry}" in said
    data = office.data("reconcile", code=3)
    assert set(data) == {"run", "portal", "is_alike", "listed", "rejected", "kinds", "totals", "differences"}
    (total,) = [one for one in data["totals"] if one["kind"] == "entry"]
    assert (total["ours"], total["theirs"], data["is_alike"]) == ("13", "7.5", False)
    (odd,) = data["differences"]
    assert (odd["key"], odd["which"], odd["fields"]) == (f"entry/{office.entry}", "different", ["quantity"])


def test_what_was_sent_is_sent_again_and_nothing_is_there_twice(office: Office) -> None:
    office.sync("run")
    there = office.portal.dump()
    done = office.data("replay")
    assert (set(done), done["purpose"]) == (RUN, "replay")
    assert {name: done["counts"][name] for name in ("sent", "taken")} == {"sent": 6, "taken": 6}
    assert "sent again: 1, taken there: 1" in office.sync("replay", "--record", f"entry/{office.entry}")
    assert "sent again: 0" in office.sync("replay", "--since", "2100-01-01")
    assert office.portal.dump() == there
    office.sync("replay", "--since", "yesterday", code=2)


def test_what_keeps_a_run_from_its_end_is_one_sentence(office: Office) -> None:
    office.portal.faults(busy={"every": 1, "seconds": 30})
    said = office.sync("run", code=1)
    assert said.count("\n") == 1
    assert "Traceback" not in said
    assert KEY not in said
    assert said.removeprefix("Error: ").strip() in office.sync("status")


@pytest.mark.parametrize("command", ["run", "status", "reconcile", "replay", "conflicts", "inbox"])
def test_without_a_portal_every_command_says_how_one_is_set(uow: UnitOfWork, command: str) -> None:
    done = quarterday("sync", command, "--authority", "northmoor")
    assert done.exit_code == 4
    assert "quarterday plugins configure portal_sync --authority northmoor" in done.output
    assert quarterday("sync", command, "--authority", "nowhere").exit_code == 5
    assert quarterday("sync", command).exit_code == 2


def test_another_portal_than_is_set_is_refused(office: Office) -> None:
    assert "“other” isn't set for northmoor; there are: portal." in office.sync("status", "--portal", "other", code=5)
    office.sync("status", "--portal", "portal")


def test_each_night_both_sides_are_compared(office: Office) -> None:
    office.sync("run")
    assert compare_portals(NIGHT) == "1 exchange is compared."
    assert compare_portals(NIGHT) == "0 exchanges are compared.", "the first waits still"
    with office.uow.read(OPERATOR) as work:
        (row,) = work.all(select(OutboxRow).where(OutboxRow.c.kind == "portal.sync"))
    assert row.payload == {"source": "portal", "purpose": "reconcile"}
