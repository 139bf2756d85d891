"""A backup taken while others write goes back whole, on both databases; one that is no good leaves nothing behind."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, func, inspect, select

from quarterday.db import postgres_copy, sqlite_copy
from quarterday.db.engine import open_engine
from quarterday.db.models import METADATA, AuditRow, Contract, ContractParty, Evidence, Period, Return, Supplier
from quarterday.db.schema import REVISION, upgrade
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import Refused, Trouble
from quarterday.evidence import Store
from quarterday.services import words
from quarterday.services.installation.backups import back_up, label, restore
from quarterday.services.organisations.authorities import add_authority
from quarterday.services.organisations.suppliers import add_supplier

CLI = Actor.operator("cli")
LETTER = b"A letter that confirms it."
PHOTO = b"A picture of the day."


def untold(what: str, done: int, of: int) -> None:
    """Hears nothing."""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "evidence"))


@pytest.fixture
def elsewhere(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "elsewhere"))


@pytest.fixture
def engine(empty_url: str, tmp_path: Path) -> Iterator[Engine]:
    """An empty place to restore into."""
    engine = open_engine(empty_url.replace("record.db", "restored.db"))
    yield engine
    engine.dispose()


@pytest.fixture
def backup(uow: UnitOfWork, store: Store, tmp_path: Path) -> Path:
    """A backup of a record with two files."""
    fill(uow, [keep(store, LETTER), keep(store, PHOTO)])
    back_up(uow, store, tmp_path / "backup", untold)
    return tmp_path / "backup"


def keep(store: Store, content: bytes) -> str:
    with store.receive(io.BytesIO(content), "a file", 1000) as received:
        store.keep(received)
        return received.digest


def fill(uow: UnitOfWork, digests: list[str]) -> None:
    """One return with that evidence."""
    authority = add_authority(uow, CLI, key="exampleshire", name="Exampleshire")
    lead = add_supplier(uow, CLI, name="Northmoor Building")
    with uow.begin(CLI) as work:
        days = {"starts": date(2026, 4, 1), "ends": date(2027, 3, 31)}
        contract = work.add(Contract, title="Repairs", kind="contract", rhythm="quarter", **days)
        work.add(
            ContractParty, contract_id=contract, supplier_id=lead, role="lead", is_in=True, valid_from=days["starts"]
        )
        days = {"first": date(2026, 4, 1), "last": date(2026, 6, 30), "due": date(2026, 7, 30)}
        days["closes"] = date(2026, 9, 28)
        period = work.add(Period, authority_id=authority, rhythm="quarter", name="Q1", **days)
        made = work.add(Return, contract_id=contract, period_id=period, draft_version=0)
        for digest in digests:
            about = {"kind": "file", "size": 5, "media_type": "text/plain", "scan": "not scanned"}
            work.add(Evidence, return_id=made, digest=digest, words_id=words.keep(work, "a file"), **about)


def rows(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with engine.connect() as connection:
        return {
            table.name: sorted(tuple(map(repr, row)) for row in connection.execute(select(table)))
            for table in METADATA.sorted_tables
        }


def names(engine: Engine) -> set[str]:
    with engine.connect() as connection:
        return set(connection.scalars(select(Supplier.c.name)))


def halves(engine: Engine) -> tuple[int, int]:
    """How many suppliers there are, and how many audit rows that say that one was added."""
    with engine.connect() as connection:
        suppliers = connection.scalar(select(func.count()).select_from(Supplier))
        added = connection.scalar(select(func.count()).where(AuditRow.c.action == "supplier.added"))
        return int(suppliers or 0), int(added or 0)


def test_a_backup_goes_back_whole(
    uow: UnitOfWork, store: Store, backup: Path, engine: Engine, elsewhere: Store
) -> None:
    copied = restore(engine, elsewhere, backup, untold)
    assert (copied.lost, copied.backup.files, copied.backup.revision) == ((), 2, REVISION)
    assert rows(engine) == rows(uow.engine)
    for digest in store.digests():
        with store.open(digest) as before, elsewhere.open(digest) as after:
            assert before.read() == after.read()
    with UnitOfWork(engine, uow.clock).begin(CLI) as work:  # ids go on where they were
        assert work.add(Supplier, name="The next") == 2


def test_its_label_says_what_it_is(uow: UnitOfWork, database: str, backup: Path) -> None:
    said = label(backup)
    assert (said.taken_at, said.database, said.files) == ("2026-07-01T09:30:00+00:00", database, 2)
    assert backup.stat().st_mode & 0o777 == 0o700


def test_a_backup_is_one_moment_though_somebody_writes_at_every_step_of_it(
    uow: UnitOfWork, store: Store, tmp_path: Path, engine: Engine, elsewhere: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_copy, "PAGES_AT_ONCE", 10)
    fill(uow, [])
    steps: list[tuple[int, int]] = []

    def write_meanwhile(what: str, done: int, of: int) -> None:
        steps.append((done, of))
        add_supplier(uow, CLI, name=f"Written at step {len(steps)}")

    back_up(uow, store, tmp_path / "backup", write_meanwhile)
    assert len(steps) > 5
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)  # it never began again
    restore(engine, elsewhere, tmp_path / "backup", untold)
    assert names(engine) == {"Northmoor Building"}
    assert len(names(uow.engine)) == len(steps) + 1


def test_a_backup_under_load_is_consistent_and_lacks_nothing_acknowledged_before(
    uow: UnitOfWork, store: Store, tmp_path: Path, engine: Engine, elsewhere: Store
) -> None:
    done = Event()
    acknowledged: list[str] = []

    def write(writer: int) -> None:
        number = 0
        while not done.is_set():
            number += 1
            add_supplier(uow, CLI, name=f"Supplier {writer} {number}")
            acknowledged.append(f"Supplier {writer} {number}")

    with ThreadPoolExecutor() as threads:
        writing = [threads.submit(write, writer) for writer in range(4)]
        try:
            for number in range(3):
                while len(acknowledged) < 50 * (number + 1):
                    done.wait(0.01)
                before = set(acknowledged)
                back_up(uow, store, tmp_path / f"backup {number}", untold)
        finally:
            done.set()
        for one in writing:
            one.result()
    restore(engine, elsewhere, tmp_path / "backup 2", untold)
    assert names(engine) >= before
    assert names(engine) <= set(acknowledged)
    suppliers, added = halves(engine)
    assert suppliers == added


def test_an_older_backup_goes_back_and_wants_an_upgrade(
    uow: UnitOfWork, store: Store, backup: Path, engine: Engine, elsewhere: Store
) -> None:
    relabel(backup, revision="0000")
    assert restore(engine, elsewhere, backup, untold).backup.revision == "0000"


def test_what_was_erased_of_the_evidence_is_not_missed(uow: UnitOfWork, store: Store, tmp_path: Path) -> None:
    letter, photo = keep(store, LETTER), keep(store, PHOTO)
    fill(uow, [letter, photo])
    with uow.begin(CLI) as work:
        words.erase(work, 1)
    path(tmp_path / "evidence", letter).unlink()
    copied = back_up(uow, store, tmp_path / "backup", untold)
    assert (copied.lost, copied.backup.files) == ((), 1)


def test_what_is_lost_of_the_evidence_is_named_and_the_rest_goes_along(
    uow: UnitOfWork, store: Store, tmp_path: Path, engine: Engine, elsewhere: Store
) -> None:
    letter, photo, missing = keep(store, LETTER), keep(store, PHOTO), keep(store, b"Gone")
    fill(uow, [letter, photo, missing])
    (path(tmp_path / "evidence", missing)).unlink()
    copied = back_up(uow, store, tmp_path / "backup", untold)
    assert copied.lost == (f"The file {missing[:12]}… is missing in the evidence store; restore it.",)
    assert copied.backup.files == 2
    path(tmp_path / "backup" / "evidence", photo).write_bytes(b"Another picture.")
    restored = restore(engine, elsewhere, tmp_path / "backup", untold)
    assert [sentence[:22] for sentence in restored.lost] == [f"The file {photo[:12]}…"]
    assert set(elsewhere.digests()) == {letter}
    assert rows(engine) == rows(uow.engine)


def test_a_folder_that_is_there_is_left_alone(uow: UnitOfWork, store: Store, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(Refused, match="already; name a new folder"):
        back_up(uow, store, tmp_path / "backup", untold)
    assert list((tmp_path / "backup").iterdir()) == []


def test_a_backup_that_breaks_off_leaves_nothing(uow: UnitOfWork, store: Store, tmp_path: Path) -> None:
    def break_off(what: str, done: int, of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        back_up(uow, store, tmp_path / "backup", break_off)
    assert list(tmp_path.glob("backup*")) == []
    add_supplier(uow, CLI, name="The record can be written on")


def test_a_place_that_is_not_empty_is_refused_and_left_alone(
    uow: UnitOfWork, store: Store, backup: Path, elsewhere: Store
) -> None:
    add_supplier(uow, CLI, name="Since then")
    before = rows(uow.engine)
    with pytest.raises(Refused, match="only into an empty place"):
        restore(uow.engine, elsewhere, backup, untold)
    assert rows(uow.engine) == before
    assert list(elsewhere.digests()) == []


def test_what_another_record_left_beside_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "restored.db-wal").write_bytes(b"of a record that was deleted")
    with pytest.raises(Refused, match=r"restored\.db-wal; move it away"):
        sqlite_copy.require_empty(open_engine(f"sqlite:///{tmp_path / 'restored.db'}"))


@pytest.mark.parametrize(
    ("label", "sentence"),
    [
        ({"database": "oracle"}, "is a backup of oracle, and the settings name"),
        ({"revision": "9999", "made_by": "9.1"}, "was made by Quarterday 9.1, which is newer than this one"),
        ({"taken_at": "yesterday"}, "is no backup of Quarterday: it has no backup.json that can be read"),
        ({"more": 1}, "is no backup of Quarterday"),
        ({"digest": "0" * 64}, "isn't what it was when the backup was taken; use an earlier backup"),
    ],
)
def test_what_is_no_good_backup_is_refused_and_nothing_is_put_anywhere(
    backup: Path, engine: Engine, elsewhere: Store, label: dict[str, object], sentence: str
) -> None:
    relabel(backup, **label)
    with pytest.raises(Trouble, match=sentence):
        restore(engine, elsewhere, backup, untold)
    nothing_is_in(engine)
    assert list(elsewhere.digests()) == []


@pytest.mark.parametrize("gone", ["backup.json", "copy"])
def test_a_backup_that_lacks_a_part_is_refused(backup: Path, engine: Engine, elsewhere: Store, gone: str) -> None:
    (the_copy(backup) if gone == "copy" else backup / gone).unlink()
    with pytest.raises(Trouble, match=r"use an earlier backup|is no backup of Quarterday"):
        restore(engine, elsewhere, backup, untold)
    nothing_is_in(engine)


def test_a_copy_that_was_damaged_before_it_was_labelled_is_refused_whole(
    backup: Path, engine: Engine, elsewhere: Store
) -> None:
    copy = the_copy(backup)
    content = bytearray(copy.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 5000] = b"\xff" * 5000
    copy.write_bytes(content)
    relabel(backup, digest=_digest(copy))
    with pytest.raises(Trouble, match=r"damaged|pg_restore failed"):
        restore(engine, elsewhere, backup, untold)
    nothing_is_in(engine)


def test_a_record_with_a_reference_to_nothing_is_not_copied(uow: UnitOfWork, store: Store, tmp_path: Path) -> None:
    """Only SQLite can come to this, where somebody wrote to the file past Quarterday."""
    path = tmp_path / "torn.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    torn = UnitOfWork(engine)
    fill(torn, [])
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM contract")
    connection.close()
    with pytest.raises(Trouble, match="refers to a row of “contract” that is gone"):
        back_up(torn, store, tmp_path / "backup", untold)
    engine.dispose()
    assert not (tmp_path / "backup").exists()


def test_a_missing_program_of_postgresql_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Trouble, match=r"pg_dump isn't installed here.*install the package postgresql-client"):
        postgres_copy.program("pg_dump", tmp_path)
    (tmp_path / "pg_dump").touch(mode=0o755)
    assert postgres_copy.program("pg_dump", tmp_path) == tmp_path / "pg_dump"
    for older in ("9.6", "15", "7"):
        (tmp_path / older / "bin").mkdir(parents=True)
        (tmp_path / older / "bin" / "pg_dump").touch(mode=0o755)
    assert postgres_copy.program("pg_dump", tmp_path) == tmp_path / "15" / "bin" / "pg_dump"


def path(evidence: Path, digest: str) -> Path:
    """Where a store keeps a file."""
    (found,) = evidence.rglob(digest)
    return found


def the_copy(backup: Path) -> Path:
    """The copy of the database in a backup."""
    (found,) = backup.glob("record.*")
    return found


def relabel(backup: Path, **changed: object) -> None:
    file = backup / "backup.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | changed))


def nothing_is_in(engine: Engine) -> None:
    """The place is as empty as it was, with nothing half put there."""
    if engine.dialect.name == "sqlite":
        place = Path(str(engine.url.database))
        assert list(place.parent.glob(f"{place.name}*")) == []
    else:
        assert inspect(engine).get_table_names() == []


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
