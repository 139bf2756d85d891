"""`quarterday spend feeds`: a folder is set, looked into, fetched from and read; doctor says what is late."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from quarterday import Health
from quarterday.cli.main import main
from quarterday.services.record import UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday.testing.clock import Clock
from quarterday_erp_import.feeds import incoming, rules
from quarterday_erp_import.feeds.check import verdicts
from quarterday_erp_import.feeds.incoming import State
from quarterday_erp_import.feeds.keeping import IncomingFiles
from quarterday_erp_import.ledger.offered import import_spend

Quarterday = Callable[..., Result]
JUNE = "Supplier,Payment Date,Amount,Reference\nLarch Ltd,13/06/2026,1000.00,A1\nAlder Ltd,14/06/2026,-20.50,A2\n"


@pytest.fixture
def quarterday(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Quarterday:
    """Run a command on an installation that has one authority, for which a folder with two files is set."""
    data, drop = tmp_path / "data", tmp_path / "drop"
    (drop / "cards").mkdir(parents=True)
    data.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(data))
    (drop / "june.csv").write_text(JUNE)
    (drop / "cards" / "cards.pdf").write_text("%PDF-1.7")
    (drop / "cards" / "a\tb.csv").write_text("spend")
    away = 'web_addresses = "spend=http://127.0.0.1:9/spending"'  # where nobody listens
    (tmp_path / "answers.toml").write_text(f'spend_folder = "{drop}"\nspend_folder_quiet = 0\n{away}\n')

    def run(*words: str, code: int = 0) -> Result:
        done = CliRunner().invoke(main, words)
        assert done.exit_code == code, done.output
        return done

    run("db", "upgrade")
    run("authority", "add", "northmoor", "--name", "Northmoor Council")
    assert "No place is set" in run("spend", "feeds", "check", "--authority", "northmoor", code=4).stderr
    run("plugins", "configure", "erp_import", "--authority", "northmoor", "--answers", "answers.toml")
    return run


def test_a_folder_is_looked_into_and_read(quarterday: Quarterday) -> None:
    mine = ("--authority", "northmoor")
    looked = quarterday("spend", "feeds", "check", *mine, code=3).stdout
    assert looked.startswith("Spend files in a folder (spend-folder): 3 there.\n  ")
    away = "http://127.0.0.1:9/spending doesn't answer (ConnectionError)."
    assert looked.endswith(f"Spend files on the web (spend-web): 0 there.\n  {away}\n")
    read = quarterday("spend", "feeds", "read", *mine, code=3).stdout
    assert "Taken: 2, known already: 0, rejected: 1.\n  cards/a\\x9b.csv: Its name has signs that are no text" in read
    assert f"(spend-web): {away}\nFiles read: 0, that ask: 1, refused: 1.\n" in read
    listed = quarterday("spend", "feeds", "files", *mine).stdout
    assert "cards.pdf (cards, spend-folder): refused\n  It is a PDF." in listed
    files = {one["feed"]: one for one in json.loads(quarterday("spend", "feeds", "files", *mine, "--json").stdout)}
    number = str(files["spend"]["id"])
    assert f"Answer: quarterday spend feeds answer {number} --set amount_is=… : net; gross; unknown" in listed
    quarterday("spend", "feeds", "set", "cards", *mine, "--same-period", "replace", "--days", "35")
    quarterday("spend", "feeds", "answer", number, "--set", "amount_is=net")
    quarterday("spend", "feeds", "try-again", str(files["cards"]["id"]))
    assert import_spend(datetime.now(UTC)) == "Files read: 1, that ask: 0, refused: 1."
    assert import_spend(datetime.now(UTC)) == "No file waits."
    quarterday("spend", "feeds", "dismiss", str(files["cards"]["id"]))
    cards, spend = json.loads(quarterday("spend", "feeds", "list", *mine, "--json").stdout)
    assert (cards["on_same_period"], cards["days"], cards["files"]) == ("replace", 35, {"dismissed": 1})
    assert (spend["settled"], spend["files"]) == ({"amount_is": "net"}, {"read": 1})
    said = quarterday("spend", "feeds", "list", *mine).stdout
    assert "cards: a month that is there already: replace; what is left open: ask; expected every 35 days\n" in said
    (batch,) = json.loads(quarterday("spend", "batches", *mine, "--json").stdout)
    assert (batch["name"], batch["amount_total"]) == ("june.csv", "979.50")


def test_doctor_says_which_feed_is_late_and_what_waits(uow: UnitOfWork, tmp_path: Path) -> None:
    council = an_authority(uow)
    clock = uow.clock
    assert isinstance(clock, Clock)
    given = {"authority_id": council, "feed": "cards", "name": "june.csv", "files": IncomingFiles(tmp_path / "ledger")}
    row = incoming.hand_in(uow, OPERATOR, content=io.BytesIO(b"june"), **given)  # type: ignore[arg-type]
    rules.agree_on_feed(uow, OPERATOR, authority_id=council, feed="cards", days=35)
    with uow.begin(OPERATOR) as work:
        incoming.step(work, row, State.REFUSED, why="It is a picture.")
    assert [one.health for one in verdicts(uow)] == [Health.GOOD]
    clock.forward(days=36)
    late, waits = (str(one.what) for one in verdicts(uow))
    assert late.endswith(": no file of “cards” came in the last 35 days.")
    assert waits.endswith(": 1 file waits for a person.")
