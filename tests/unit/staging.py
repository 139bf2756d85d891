"""A portal for tests of the kit: a staging database, out of which its people read and into which they write."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from pydantic import field_validator

from quarterday import (
    Agreement,
    Answered,
    BadRecord,
    Direction,
    Document,
    DocumentKind,
    Item,
    NotConfigured,
    Owner,
    PluginSettings,
    PortalTerms,
    Receipt,
    RecordKind,
    Refused,
    Retryable,
)
from quarterday.testing import OurRecord, ReconcilableTrial

TABLES = """
CREATE TABLE record (id INTEGER PRIMARY KEY, kind, key, fields, words, version INTEGER, changed INTEGER, by_us);
CREATE TABLE send (send PRIMARY KEY, body, answer, batches INTEGER DEFAULT 1);
CREATE TABLE arrival (body);
CREATE TABLE lose (is_next);
"""

ENTRY = {"contract": "C1", "unit": "FTE", "first": "2026-04-01", "last": "2026-06-30", "quantity": "12.5", "share": "1"}


class Settings(PluginSettings):
    """Where the database is."""

    database: Path
    """The file."""

    @field_validator("database")
    @classmethod
    def _is_database(cls, database: Path) -> Path:
        if database.suffix != ".db":
            raise ValueError("name a file that ends in .db.")
        return database


class Staging:
    """The sound one, in both directions."""

    id = "staging"
    title = "A staging database"
    accepts = frozenset({DocumentKind.RECORDS})
    out: ClassVar[type[Staging] | None] = None
    """The class of the sink, where it isn't this one."""

    def __init__(self, settings: Settings) -> None:
        self._database = settings.database

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return Settings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        return self._rows("WHERE NOT by_us AND changed > ? ORDER BY changed", int(since or 0))

    def theirs(self) -> Iterator[Item | BadRecord]:
        return self._rows("ORDER BY id")

    def terms(self) -> PortalTerms:
        both = Agreement(Direction.BOTH, Owner.OURS)
        return PortalTerms({RecordKind.ENTRY: both, RecordKind.CONTRACT: both}, mapping="1")

    def deliver(self, document: Document, key: str) -> Receipt:
        records = self.records(document)
        with self._open() as database:
            answers = tuple(self.take(database, record, key) for record in records)
            is_lost = bool(database.execute("DELETE FROM lose RETURNING 1").fetchall())
            if is_lost:
                self.losing(database)
            database.commit()
        if is_lost:
            self.lost()
        return Receipt(f"staging/{key}", answers)

    def rehearse(self, document: Document, key: str) -> Document:
        bodies = [self.body(record) for record in self.records(document) if not self.why_not(record)]
        return Document(DocumentKind.RECORDS, document.name, document.media_type, b"\n".join(bodies))

    def records(self, document: Document) -> list[dict[str, Any]]:
        try:
            return [json.loads(line) for line in document.content.splitlines()]
        except ValueError as error:
            raise Refused("It is no JSON.") from error

    def item(self, row: sqlite3.Row) -> Item:
        payload = {
            "record": row["kind"],
            "external_id": f"S-{row['id']}",
            "key": row["key"],
            "fields": json.loads(row["fields"]),
            "words": row["words"],
            "unknown": {"desk": "4"},
            "version": str(row["version"]),
            "changed_at": "2026-11-22T09:30:00+00:00",
            "trouble": "",
        }
        return Item(f"{row['id']}/{row['version']}", "portal-record", payload, str(row["changed"]))

    def body(self, record: Mapping[str, Any]) -> bytes:
        """What arrives of a record."""
        return json.dumps([record["key"], record["fields"], record["words"]]).encode()

    def why_not(self, record: Mapping[str, Any]) -> str:
        """Why a record isn't taken."""
        return "There is no such measure." if record["fields"].get("measure") == "NONE" else ""

    def take(self, database: sqlite3.Connection, record: Mapping[str, Any], batch: str) -> Answered:
        if why := self.why_not(record):
            return Answered(record["key"], why=why)
        body = self.body(record).decode()
        if known := database.execute("SELECT * FROM send WHERE send = ?", [record["send"]]).fetchone():
            return self.again(database, record, known, batch)
        database.execute("INSERT INTO arrival VALUES (?)", [body])
        here = database.execute("SELECT id, version FROM record WHERE key = ?", [record["key"]]).fetchone()
        if here and str(here["version"]) != record["version"]:
            return self.overtaken(database, record, here)
        answer = self.write(database, record)
        sent = [record["send"], body, json.dumps([batch, asdict(answer)])]
        database.execute("INSERT INTO send (send, body, answer) VALUES (?, ?, ?)", sent)
        return answer

    def again(
        self, database: sqlite3.Connection, record: Mapping[str, Any], known: sqlite3.Row, batch: str
    ) -> Answered:
        """What comes under a key that was used."""
        if known["body"] != self.body(record).decode():
            return Answered(record["key"], why="Another content came under this key.")
        return Answered(**json.loads(known["answer"])[1])

    def overtaken(self, database: sqlite3.Connection, record: Mapping[str, Any], here: sqlite3.Row) -> Answered:
        """What was changed here meanwhile."""
        return Answered(record["key"], why="It was changed here.", version=str(here["version"]), is_overtaken=True)

    def write(self, database: sqlite3.Connection, record: Mapping[str, Any]) -> Answered:
        """Keep a record, whatever was there."""
        values = [record["record"], json.dumps(record["fields"]), record["words"], record["key"]]
        done = database.execute(
            "UPDATE record SET kind = ?, fields = ?, words = ?, version = version + 1, by_us = 1 WHERE key = ?", values
        )
        if not done.rowcount:
            database.execute(
                "INSERT INTO record (kind, fields, words, key, version, changed, by_us) VALUES (?, ?, ?, ?, 1, 0, 1)",
                values,
            )
        row = database.execute("SELECT id, version FROM record WHERE key = ?", [record["key"]]).fetchone()
        return Answered(record["key"], f"S-{row['id']}", version=str(row["version"]))

    def losing(self, database: sqlite3.Connection) -> None:
        """Before the answer is lost."""

    def lost(self) -> None:
        """The answer is lost."""
        raise Retryable("Nothing came back.")

    def _rows(self, which: str, *values: object) -> Iterator[Item | BadRecord]:
        with self._open() as database:
            for row in database.execute(f"SELECT * FROM record {which}", values):
                yield self.item(row)

    def _open(self) -> closing[sqlite3.Connection]:
        try:
            database = sqlite3.connect(f"file:{self._database}?mode=rw", uri=True)
        except sqlite3.OperationalError as error:
            raise NotConfigured("database", "There is no such database.") from error
        database.row_factory = sqlite3.Row
        _hurry(database)
        return closing(database)


def our(number: int, measure: str) -> OurRecord:
    return OurRecord(RecordKind.ENTRY, number, {**ENTRY, "measure": measure}, "what somebody wrote")


@cache
def empty() -> bytes:
    """The file of a database in which nothing is."""
    with closing(sqlite3.connect(":memory:")) as database:
        database.executescript(f"PRAGMA page_size = 1024; {TABLES}")
        return database.serialize()


def _hurry(database: sqlite3.Connection) -> None:
    """Nobody needs it after the test, nor half of it."""
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA journal_mode = MEMORY").close()


def trial_of(portal: type[Staging], folder: Path) -> ReconcilableTrial:
    file = folder / "staging.db"
    file.write_bytes(empty())
    database = sqlite3.connect(file, isolation_level=None)
    _hurry(database)

    def add(number: int) -> None:
        fields = json.dumps({**ENTRY, "measure": "NT1"})
        (last,) = database.execute("SELECT coalesce(max(changed), 0) FROM record").fetchone()
        rows = [("entry", "", fields, "x" * 800, 1, last + 1 + one, 0) for one in range(number)]
        database.execute("BEGIN")
        database.executemany("INSERT INTO record VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", rows)
        database.execute("COMMIT")

    def edit(key: str) -> None:
        changed = "(SELECT max(changed) + 1 FROM record)"
        fields = json.dumps({**ENTRY, "measure": "NT1", "quantity": "3"})
        database.execute(
            f"UPDATE record SET fields = ?, version = version + 1, by_us = 0, changed = {changed} WHERE key = ?",
            [fields, key],
        )

    def state() -> object:
        sends = database.execute("SELECT send, body, answer FROM send").fetchall()
        return database.execute("SELECT * FROM record").fetchall(), sends

    add(3)
    return ReconcilableTrial(
        portal,  # type: ignore[arg-type]
        {"database": str(file)},
        away={"database": str(folder / "gone.db")},
        wrong=({"database": "staging.txt"},),
        add=add,
        sink=portal.out or portal,  # type: ignore[arg-type]
        records=(our(1, "NT1"), our(2, "NT2"), our(3, "NT3")),
        bad=our(4, "NONE"),
        state=state,
        edit=edit,
        lose=lambda: database.execute("INSERT INTO lose VALUES (1)"),
        arrived=lambda: [body.encode() for (body,) in database.execute("SELECT body FROM arrival")],
    )
