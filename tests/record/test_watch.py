"""What keeps an installation in order by itself, and how a doctor and a monitor see whether it does."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, update

from quarterday.cli.main import main
from quarterday.db.models import JobRun, Occurrence, OutboxRow, Return
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.background.watch import Pulse, pulse, troubles
from quarterday.services.organisations import periods
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock
from quarterday_scheduler import upkeep


@pytest.fixture
def here(tmp_path: Path, record_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of an installation whose record is that of ``uow``."""
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)
    return tmp_path


def of_clock() -> tuple[str, str]:
    """What the doctor says of the clock."""
    shown = CliRunner().invoke(main, ["doctor", "--json"], catch_exceptions=False)
    (found,) = [one for one in json.loads(shown.stdout)["findings"] if one["check"] == "Clock"]
    return found["health"], found["what"]


def struck(uow: UnitOfWork, name: str, ago: timedelta) -> None:
    with uow.begin(OPERATOR) as work:
        work.add(Occurrence, job="seal", occurrence=name, recorded_at=datetime.now(UTC) - ago)


@pytest.mark.usefixtures("here")
def test_the_doctor_looks_whether_a_clock_strikes(uow: UnitOfWork) -> None:
    assert of_clock() == ("warning", "it has never struck: nobody is reminded, and nothing is sealed.")
    struck(uow, "1", timedelta(minutes=75, seconds=30))
    assert of_clock() == ("wrong", "it has not struck for 1 h 15 min.")
    struck(uow, "2", timedelta(minutes=4))
    health, what = of_clock()
    assert (health, what[:12]) == ("good", "it struck 24")


def test_what_stands_still_has_a_sentence() -> None:
    fine = {"rows": {}, "settled": {}, "failed": {}}
    assert list(Pulse(None, 0.0, False, **fine).troubles()) == []
    assert list(Pulse(300.0, 7261.0, False, **fine).troubles()) == []
    silent, stuck = Pulse(301.0, 7261.0, True, **fine).troubles()
    assert silent == "The clock has not struck for 5 min: let “quarterday clock” run."
    assert stuck == "The outbox is stuck, something in it has been due for 2 h 1 min: let “quarterday worker” run."


def test_the_background_is_counted(uow: UnitOfWork, clock: Clock) -> None:
    with uow.begin(OPERATOR) as work:
        for number in range(3):
            work.send("telegram", f"telegram/{number}", {}, due=work.now + timedelta(seconds=number))
        work.add(Occurrence, job="seal", occurrence="1")
        for good in (False, True):
            work.add(JobRun, job="seal", struck_for=work.now, good=good, said="", milliseconds=1)
        work.add(JobRun, job="sync", struck_for=work.now, good=False, said="", milliseconds=1)
    clock.forward(seconds=90)
    assert pulse(uow) == Pulse(
        silent_seconds=90.0,
        oldest_seconds=90.0,
        is_stuck=False,
        rows={("telegram", "due"): 3},
        settled={("done",): 0, ("dead",): 0, ("perhaps sent",): 0},
        failed={("seal",): 0.0, ("sync",): 1.0},
    )
    assert troubles(uow) == []
    assert set(pulse(uow).settled) == {(way.value,) for way in (State.DONE, State.DEAD, State.PERHAPS_SENT)}


def test_a_backlog_that_is_worked_off_is_not_stuck(uow: UnitOfWork, clock: Clock) -> None:
    with uow.begin(OPERATOR) as work:
        rows = [work.send("telegram", f"telegram/{number}", {}, due=work.now) for number in range(2)]
    clock.forward(minutes=10)
    assert troubles(uow) == []
    clock.forward(minutes=20)
    assert pulse(uow).is_stuck
    assert [one[:20] for one in troubles(uow)] == ["The outbox is stuck,"]
    with uow.begin(OPERATOR) as work:
        done = update(OutboxRow).where(OutboxRow.c.id == rows[0]).values(state=State.DONE, settled_at=work.now)
        work.connection.execute(done)
    clock.forward(minutes=10)
    assert troubles(uow) == []
    assert pulse(uow).oldest_seconds == 2400.0
    clock.forward(seconds=1)
    assert pulse(uow).is_stuck


def test_returns_are_opened_by_themselves(uow: UnitOfWork, here: Path) -> None:
    for _ in range(2):
        builders.an_award(uow, contract_id=builders.a_contract(uow))
    first_of_july = datetime(2026, 7, 1, 4, tzinfo=UTC)
    assert upkeep.open_new(first_of_july) == "Returns opened: 2."
    assert upkeep.open_new(first_of_july) == "Returns opened: 0."
    with uow.read(OPERATOR) as work:
        assert work.connection.execute(select(func.count()).select_from(Return)).scalar_one() == 2


def test_what_goes_wrong_for_one_authority_keeps_nobody_elses_returns_closed(
    uow: UnitOfWork, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = builders.an_authority(uow), builders.an_authority(uow)
    for authority in (first, second):
        builders.an_award(uow, contract_id=builders.a_contract(uow, authority_id=authority))
    opening = periods.open_returns

    def fails_for_the_first(of: UnitOfWork, actor: Actor, *, authority_id: int, on: date) -> list[int]:
        if authority_id == first:
            raise ValueError("seven")
        return opening(of, actor, authority_id=authority_id, on=on)

    monkeypatch.setattr(periods, "open_returns", fails_for_the_first)
    with pytest.raises(ValueError, match="seven"):
        upkeep.open_new(datetime(2026, 7, 1, 4, tzinfo=UTC))
    with uow.read(OPERATOR) as work:
        assert work.connection.execute(select(func.count()).select_from(Return)).scalar_one() == 1


def test_files_that_nothing_uses_are_swept(uow: UnitOfWork, here: Path) -> None:
    store = here / "evidence" / "ab" / "00" / ("ab" + "0" * 62)
    store.parent.mkdir(parents=True)
    store.write_bytes(b"left over")
    today = datetime(2026, 7, 1, 2, tzinfo=UTC)
    assert upkeep.sweep(today) == "Files removed: 0."
    old = datetime.now(UTC).timestamp() - 2 * 24 * 3600
    os.utime(store, (old, old))
    assert upkeep.sweep(today) == "Files removed: 1."
    assert not store.exists()
