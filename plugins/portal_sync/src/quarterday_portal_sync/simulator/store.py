"""What the simulated portal holds, in an SQLite database of its own.

One connection, used by one thread at a time, and each change is on the disk before it is answered: a portal killed at
any moment has kept whatever it said it had.
"""

from __future__ import annotations

import json
import sqlite3
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import RLock
from typing import Any

from quarterday_portal_sync.simulator.shapes import RESOURCES, Resource

Record = dict[str, Any]
"""A record as the interface tells it."""

_TABLES = """
CREATE TABLE IF NOT EXISTS records (
    number INTEGER PRIMARY KEY AUTOINCREMENT, resource TEXT NOT NULL, our_ref TEXT, revision INTEGER NOT NULL,
    modified_at TEXT NOT NULL, is_deleted INTEGER NOT NULL DEFAULT 0, alike TEXT, claim INTEGER, fields TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS records_our_ref ON records (resource, our_ref);
CREATE UNIQUE INDEX IF NOT EXISTS records_alike ON records (resource, alike) WHERE is_deleted = 0;
CREATE INDEX IF NOT EXISTS records_listed ON records (resource, is_deleted, number);
CREATE INDEX IF NOT EXISTS records_claim ON records (claim);
CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT, resource TEXT NOT NULL, at TEXT NOT NULL, is_ours INTEGER NOT NULL,
    record TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS keys (
    resource TEXT, key TEXT, content TEXT NOT NULL, delivery INTEGER NOT NULL, result TEXT NOT NULL,
    PRIMARY KEY (resource, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deliveries (number INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (checksum TEXT PRIMARY KEY, content BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (one INTEGER PRIMARY KEY CHECK (one = 1), change INTEGER NOT NULL);
"""


class Clash(Exception):
    """Another record is alike, or a record was changed meanwhile: the sentence says which."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A record as it is kept."""

    number: int
    resource: Resource
    our_ref: str
    revision: int
    modified_at: str
    is_deleted: bool
    claim: int | None
    fields: Mapping[str, str]
    """Without the claim, and without the content of a file."""

    @property
    def id(self) -> str:
        """What it is called here."""
        return f"{self.resource.prefix}-{self.number}"


class Store:
    """The records, every change of them, the keys they were sent under, and the files."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = RLock()
        self._connection = sqlite3.connect(folder / "portal.db", isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")
        self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Whatever is done inside is kept as one, or none of it is; nobody else reads or writes meanwhile."""
        with self._lock:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """What a statement finds, or writes."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    # Records

    def find(self, resource: Resource, called: str = "", *, our_ref: str = "", alike: str = "") -> Kept | None:
        """The record of that id, reference, or likeness."""
        if called:
            prefix, _, number = called.partition("-")
            if prefix != resource.prefix or not (number.isascii() and number.isdecimal()) or len(number) > 15:
                return None
            return self._one("number = ? AND resource = ?", int(number), resource.name)
        if our_ref:
            return self._one("our_ref = ? AND resource = ?", our_ref, resource.name)
        return self._one("alike = ? AND resource = ? AND is_deleted = 0", alike, resource.name) if alike else None

    def _one(self, where: str, *values: object) -> Kept | None:
        return next(iter(self._some(where, *values)), None)

    def _some(self, where: str, *values: object) -> list[Kept]:
        columns = "number, resource, our_ref, revision, modified_at, is_deleted, claim, fields"
        rows = self.all(f"SELECT {columns} FROM records WHERE {where}", *values)  # noqa: S608 (all of it is ours)
        return [
            Kept(one[0], RESOURCES[one[1]], one[2] or "", one[3], one[4], bool(one[5]), one[6], json.loads(one[7]))
            for one in rows
        ]

    def keep(self, record: Kept, *, is_ours: bool) -> Kept:
        """Keep a record (number 0 for a new one) as its next revision, and tell of it. Raises ``Clash``."""
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        alike = likeness(record.resource, record.fields, record.claim)
        kept = replace(record, revision=record.revision + 1, modified_at=now)
        told = (kept.our_ref or None, kept.revision, now, kept.is_deleted, alike, kept.claim, json.dumps(kept.fields))
        before = self._one("number = ?", record.number) if record.number else None
        with self.at_once():
            try:
                if before is None:
                    row = self.all(
                        "INSERT INTO records"
                        " (resource, our_ref, revision, modified_at, is_deleted, alike, claim, fields)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
                        kept.resource.name,
                        *told,
                    )
                    kept = replace(kept, number=row[0][0])
                else:
                    self.all(
                        "UPDATE records SET our_ref = ?, revision = ?, modified_at = ?, is_deleted = ?, alike = ?,"
                        " claim = ?, fields = ? WHERE number = ?",
                        *told,
                        kept.number,
                    )
            except sqlite3.IntegrityError as error:
                alike_are = " and ".join(kept.resource.alike) or "our_ref"
                raise Clash(f"There is another one with the same {alike_are}.") from error
            self.all(
                "INSERT INTO changes (resource, at, is_ours, record) VALUES (?, ?, ?, ?)",
                kept.resource.name,
                now,
                is_ours,
                json.dumps(self.told(kept, is_whole=False)),
            )
            if before is not None and before.our_ref != kept.our_ref:
                for about in self._some("claim = ? AND is_deleted = 0", kept.number):
                    self.keep(about, is_ours=is_ours)  # what is about a claim names the claim's reference
        return kept

    def delete(self, record: Kept, *, is_ours: bool) -> Kept:
        """Delete a record: a last revision of it stays, and is told."""
        return self.keep(replace(record, is_deleted=True), is_ours=is_ours)

    def told(self, record: Kept, *, is_whole: bool = True) -> Record:
        """A record as the interface tells it, with the content of its file where it is to be whole."""
        marks = {"id": record.id, "our_ref": record.our_ref, "revision": record.revision}
        marks |= {"modifiedAt": record.modified_at}
        if record.is_deleted:
            return {**marks, "deleted": True}
        fields = dict(record.fields)
        if record.claim is not None:
            claim = self._one("number = ?", record.claim)
            fields |= {"claim": claim.id, "claimRef": claim.our_ref} if claim else {}
        told = {**marks, **{name: fields.get(name, "") for name in record.resource.names}}
        return self._whole(told) if is_whole else told

    def _whole(self, record: Record) -> Record:
        if "contentBase64" in record:
            content = self.file(record["checksum"])
            record["contentBase64"] = "" if content is None else b64encode(content).decode()
        return record

    # What is asked

    def page(self, resource: Resource, *, after: int, skip: int, limit: int) -> tuple[list[Record], int, bool]:
        """Records that aren't deleted, by number; how many there are in all, and whether there are more to come."""
        with self._lock:
            [[total]] = self.all("SELECT count(*) FROM records WHERE resource = ? AND is_deleted = 0", resource.name)
            where = "resource = ? AND is_deleted = 0 AND number > ? ORDER BY number LIMIT ? OFFSET ?"
            found = self._some(where, resource.name, after, limit + 1, skip)
            return [self.told(one) for one in found[:limit]], total, len(found) > limit

    def listed(self, resource: Resource) -> list[Kept]:
        """All records that aren't deleted, the oldest first."""
        return self._some("resource = ? AND is_deleted = 0 ORDER BY number", resource.name)

    def about(self, claim: Kept) -> list[Kept]:
        """The evidence and the outcome of a claim."""
        return self._some("claim = ? AND is_deleted = 0 ORDER BY number", claim.number)

    def everything(self) -> list[Kept]:
        """All records, deleted ones too."""
        return self._some("1 ORDER BY number")

    def changes(self, after: int, limit: int, *, theirs_only: bool = False) -> tuple[list[Record], int, bool]:
        """Changes after a number, the number of the last one, and whether there are more."""
        with self._lock:
            found = self.all(
                "SELECT number, resource, at, record FROM changes WHERE number > ? AND is_ours <= ?"
                " ORDER BY number LIMIT ?",
                after,
                not theirs_only,
                limit + 1,
            )
            changes = [
                {"resource": resource, "at": at, "record": self._whole(json.loads(record))}
                for _, resource, at, record in found[:limit]
            ]
        return changes, found[:limit][-1][0] if found else after, len(found) > limit

    # Files

    def keep_file(self, content: bytes) -> str:
        """Keep a file; returns its SHA-256."""
        checksum = sha256(content).hexdigest()
        with self.at_once():
            self.all("INSERT INTO files VALUES (?, ?) ON CONFLICT DO NOTHING", checksum, content)
        return checksum

    def file(self, checksum: str) -> bytes | None:
        """The content of a file that is kept."""
        found = self.all("SELECT content FROM files WHERE checksum = ?", checksum)
        return bytes(found[0][0]) if found else None


def likeness(resource: Resource, fields: Mapping[str, str], claim: int | None) -> str | None:
    """What no two records of a resource share, or None where they may share all."""
    if not resource.alike:
        return None
    return json.dumps([claim if name == "claim" else fields.get(name, "") for name in resource.alike])
