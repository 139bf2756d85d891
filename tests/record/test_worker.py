"""The worker: one on a record, delivering through real sinks, sealing, stopping, and surviving being killed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from quarterday import Document, DocumentKind, Refused
from quarterday.db import outbox
from quarterday.db.engine import open_engine
from quarterday.db.models import Authority, PluginSetting
from quarterday.db.only_worker import only_worker
from quarterday.db.outbox import Due, State
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services import audit_trail
from quarterday.services.background import lanes
from quarterday.services.background.deliveries import deliveries
from quarterday.services.background.kinds import Kind, Parcel
from quarterday.services.background.policy import Policy, Settled
from quarterday.services.background.runner import Runner
from quarterday.services.background.worker import run

CLI = Actor.operator("cli")
KILLED_WORKER = "import sys; sys.path.insert(0, sys.argv[1]); import killed_worker; killed_worker.main(*sys.argv[2:])"
"""Not a script of its own, which each process of a courier would import again."""


def compose(uow: UnitOfWork, row: Due) -> Parcel:
    return Parcel("folder", Document(DocumentKind.REPORT, "note.txt", "text/plain", row.key.encode()))


KINDS = {"note": Kind(compose, repeat_perhaps_sent=True)}


@pytest.fixture
def alone(template_file: Path, tmp_path: Path) -> Iterator[UnitOfWork]:
    """An empty record on SQLite."""
    shutil.copy(template_file, tmp_path / "record.db")
    engine = open_engine(f"sqlite:///{tmp_path / 'record.db'}")
    yield UnitOfWork(engine)
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def authority_id(alone: UnitOfWork) -> int:
    with alone.begin(CLI) as work:
        facts = {"first_month": 4, "nation": "england-and-wales", "due_days": 30, "closes_days": 60}
        return work.add(Authority, key="exampleshire", name="Exampleshire", **facts)


def set_folder(uow: UnitOfWork, authority_id: int, folder: Path) -> None:
    with uow.begin(CLI) as work:
        values = {"folder": str(folder)}
        work.add(PluginSetting, authority_id=authority_id, plugin="folder", values=values, sealed="")


def send(uow: UnitOfWork, authority_id: int, *keys: str) -> None:
    with uow.begin(CLI) as work:
        for number, key in enumerate(keys):
            work.send("note", key, {"number": number}, authority_id=authority_id)
        work.audit(authority_id, "notes.sent", f"authority/{authority_id}", notes=len(keys))


def once(uow: UnitOfWork) -> list[Settled]:
    told: list[Settled] = []
    run(uow, stop=Event(), tell=told.append, once=True, kinds=KINDS)
    return told


def contents(folder: Path) -> list[str]:
    return sorted(path.read_text() for path in folder.glob("*.txt"))


def test_what_is_due_arrives_and_the_trail_is_sealed(alone: UnitOfWork, authority_id: int, folder: Path) -> None:
    set_folder(alone, authority_id, folder)
    send(alone, authority_id, "a", "b")
    assert [settled.state for settled in once(alone)] == [State.DONE, State.DONE]
    assert contents(folder) == ["a", "b"]
    assert [one.reference for one in deliveries(alone, CLI)] == sorted(
        (path.name for path in folder.glob("*.txt")), key=lambda name: (folder / name).read_text()
    )
    assert [(chain.sealed, chain.unsealed) for chain in audit_trail.verify(alone).chains] == [(1, ())]
    assert once(alone) == []


def test_a_setting_counts_from_the_next_delivery_on(alone: UnitOfWork, authority_id: int, folder: Path) -> None:
    send(alone, authority_id, "a")
    (settled,) = once(alone)
    assert settled.state is State.DUE
    assert "“folder”: set it" in settled.why
    set_folder(alone, authority_id, folder / "first")
    set_folder(alone, authority_id, folder)
    send(alone, authority_id, "b")
    once(alone)
    assert contents(folder) == ["b"]


def test_a_second_worker_says_so_and_ends(alone: UnitOfWork) -> None:
    with only_worker(alone.engine), pytest.raises(Refused, match="A worker runs on this record already"):
        once(alone)
    assert once(alone) == []


def test_it_works_on_both_databases(uow: UnitOfWork) -> None:
    with uow.begin(CLI) as work:
        work.send("telegram", "a", {})
        work.audit(None, "telegram.sent", "telegram/1")
    assert [settled.state for settled in once(uow)] == [State.DEAD]
    assert [(chain.sealed, chain.unsealed) for chain in audit_trail.verify(uow).chains] == [(1, ())]


def test_it_works_until_it_is_stopped(
    alone: UnitOfWork, authority_id: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lanes, "LOOK_SECONDS", 0.01)
    set_folder(alone, authority_id, folder)
    stop, told = Event(), list[Settled]()
    working = Thread(target=run, args=(alone,), kwargs={"stop": stop, "tell": told.append, "kinds": KINDS})
    working.start()
    send(alone, authority_id, "a")
    wait_for(lambda: len(told) == 1)
    send(alone, authority_id, "b")
    wait_for(lambda: len(told) == 2)
    stop.set()
    working.join(10)
    assert not working.is_alive()
    assert contents(folder) == ["a", "b"]


def wait_for(condition: Callable[[], bool]) -> None:
    moment = Event()
    for _ in range(1000):
        if condition():
            return
        moment.wait(0.02)
    raise AssertionError("it did not happen within 20 seconds")


NOTES = [f"note {number}\n" for number in range(6)]


def what_arrives(uow: UnitOfWork, authority_id: int, folder: Path, *words: str) -> list[str]:
    """What some notes become while the worker is killed again and again and the folder is emptied meanwhile."""
    elsewhere = folder.with_name("elsewhere")
    elsewhere.mkdir()
    set_folder(uow, authority_id, folder)
    send(uow, authority_id, *(f"note/{number}" for number in range(len(NOTES))))
    arguments = [Path(__file__).parent, uow.engine.url.database, folder, elsewhere, *words]
    command = [sys.executable, "-c", KILLED_WORKER, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 2
    assert {one.state for one in deliveries(uow, CLI)} == {State.DONE}
    assert audit_trail.verify(uow).breaks == ()
    return contents(elsewhere)


def test_killed_again_and_again_it_loses_nothing_and_doubles_nothing(
    alone: UnitOfWork, authority_id: int, folder: Path
) -> None:
    assert what_arrives(alone, authority_id, folder, "1") == NOTES


def test_a_sink_that_forgets_its_keys_would_be_seen_to_double(
    alone: UnitOfWork, authority_id: int, folder: Path
) -> None:
    arrived = what_arrives(alone, authority_id, folder, "1", "forgetful")
    assert set(arrived) == set(NOTES)
    assert len(arrived) > len(NOTES)


def test_only_what_was_handed_over_is_perhaps_sent(alone: UnitOfWork, tmp_path: Path) -> None:
    with alone.begin(CLI) as work:
        handed, waiting = (work.send("letter", key, {}) for key in "ab")
        assert len(outbox.take(work, 2)) == 2
    with only_worker(alone.engine) as noted:
        noted.begin()
        noted.note(handed)
    kinds = {"letter": Kind(compose, repeat_perhaps_sent=False)}
    with only_worker(alone.engine) as noted:
        assert [noted.was(row_id) for row_id in (handed, waiting)] == [True, False]
        Runner(alone, Policy(alone, kinds, lambda parcels: iter(()))).take_back(noted.was)
    assert [one.state for one in deliveries(alone, CLI)] == [State.PERHAPS_SENT, State.DUE]


def test_after_a_start_of_the_machine_everything_may_have_been_handed_over(
    alone: UnitOfWork, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with only_worker(alone.engine) as noted:
        noted.begin()
    with only_worker(alone.engine) as noted:
        assert not noted.was(1)
    (tmp_path / "boot_id").write_text("another\n")
    monkeypatch.setattr("quarterday.db.only_worker.BOOT", tmp_path / "boot_id")
    with only_worker(alone.engine) as noted:
        assert noted.was(1)
        noted.begin()
    with only_worker(alone.engine) as noted:
        assert not noted.was(1)
