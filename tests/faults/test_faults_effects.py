"""What is killed in mid-effect loses nothing and doubles no reminder; and what would be wrong is seen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import effects
import nights
import pytest
from effects import Batch, Fire, Tally, installation, lay_down
from group import Group, arrives_as

from quarterday.db.outbox import State
from quarterday.db.work import UnitOfWork

SEED = 3
FEW = {"note.mail": 12, "note.reminder": 12, "note.report": 6, "note.records": 6}
REMINDERS = {"note.reminder": 6}


def run_in_gap(fire: Fire) -> None:
    """A run with the one kill of which it is certain where it falls: the trap is there before anything can arrive."""
    worker = fire.group.machines[0]
    sprung = fire.set_trap(worker, whole=True)
    faults = {**effects.FAULTS, "in the gap": lambda fire, chance: fire.spring(worker, sprung, whole=True)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(effects, "NOTES", REMINDERS)
        patch.setattr(effects, "FAULTS", faults)
        fire.run("in the gap", SEED)


@pytest.mark.timeout(300)
def test_nothing_is_lost_and_no_reminder_doubled_while_things_are_killed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(effects, "NOTES", FEW)
    once_each = partial(Fire.with_mail_server, each=1)
    monkeypatch.setattr(effects, "FAULTS", {**effects.FAULTS, "mail-server": once_each})
    tally = Tally("sqlite", "killed")
    with installation("sqlite", workers=1, clocks=0, webs=0) as (group, _):
        fire = Fire(group, tally, None)
        run_in_gap(fire)
        fire.run("killed", SEED)
        fire.run("mail-server", SEED)
        fire.judge(last=True)
    assert (tally.runs, tally.wrong) == (3, 0), capsys.readouterr().out
    assert tally.numbers["kills in the gap"] > 0
    assert tally.numbers["reminders perhaps sent"] > 0


@pytest.mark.timeout(300)
def test_a_worker_that_repeats_reminders_is_found_out(capsys: pytest.CaptureFixture[str]) -> None:
    with installation("sqlite", workers=1, clocks=0, webs=0, careless=True) as (group, _):
        fire = Fire(group, tally := Tally("sqlite", "killed"), None)
        run_in_gap(fire)
        fire.judge(last=True)
    assert tally.wrong == 1
    assert tally.numbers["reminders doubled"] > 0
    assert " arrived 2 times, and 0 kills or broken connections fell into its gap\n" in capsys.readouterr().out


@pytest.fixture(scope="module")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "record.db"
    lay_down(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture
def quiet(empty_record: Path, tmp_path: Path) -> Iterator[Fire]:
    """An installation of which nothing runs."""
    engine = effects.open_engine(f"sqlite:///{shutil.copy(empty_record, tmp_path)}")
    group = Group(UnitOfWork(engine), tmp_path / "group", workers=1, clocks=0, webs=0)
    yield Fire(group, Tally("sqlite", "killed"), None)
    group.webhook.close()
    engine.dispose()


@pytest.mark.parametrize(
    ("kind", "state", "times", "gaps", "sentence"),
    [
        ("note.mail", State.DONE, 1, 0, ""),
        ("note.mail", State.DONE, 2, 1, ""),
        ("note.mail", State.DONE, 2, 0, " arrived 2 times, and 0 kills or broken connections fell into its gap"),
        ("note.mail", State.DONE, 0, 0, " is done and never arrived"),
        ("note.mail", State.PERHAPS_SENT, 1, 0, " is perhaps sent ()"),
        ("note.mail", State.DEAD, 1, 0, " is dead ()"),
        ("note.mail", State.DUE, 0, 0, " is due ()"),
        ("note.reminder", State.PERHAPS_SENT, 1, 1, ""),
        ("note.reminder", State.DONE, 2, 1, " arrived 2 times, and 0 kills or broken connections fell into its gap"),
        ("note.records", State.DONE, 1, 0, " never came to the webhook"),
        ("note.report", State.DONE, 0, 0, " is done and never arrived"),
    ],
)
def test_what_is_lost_or_doubled_is_seen(
    quiet: Fire, kind: str, state: State, times: int, gaps: int, sentence: str
) -> None:
    arrivals = quiet.group.arrivals
    with quiet.group.uow.begin(effects.OPERATOR) as work:
        row_id = work.send(kind, "it", {})
        work.connection.execute(effects.OutboxRow.update().values(state=state))
    for number in range(times):
        arrivals.note(arrives_as(kind, "it"), "worker1")
        if number < gaps:
            assert arrivals.is_gap(arrives_as(kind, "it"))
    assert list(quiet.verdict(Batch(1, 0, row_id))) == ([f"it{sentence}"] if sentence else [])


@pytest.mark.timeout(300)
def test_clocks_that_are_killed_strike_once_in_the_night_in_which_an_hour_comes_twice(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'record.db'}"
    lay_down(url).dispose()
    assert list(nights.gone_through(url, nights.NIGHTS[1], seed=1, clocks=2, hours=4, kills=1)) == []


def test_a_strike_that_is_missing_and_one_too_many_are_seen(empty_record: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{shutil.copy(empty_record, tmp_path)}"
    found = list(nights.gone_through(url, nights.NIGHTS[0], seed=1, clocks=0, hours=2, kills=0))
    assert len(found) == len(nights.JOBS)
