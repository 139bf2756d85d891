"""A plugin whose portal keeps what it is sent in a SQLite file, and does there what it is told to by that file."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

from quarterday import (
    Agreement,
    Answered,
    BadRecord,
    Direction,
    Document,
    DocumentKind,
    EntriesSent,
    EvidenceSent,
    Item,
    NotConfigured,
    Owner,
    PluginSettings,
    PortalTerms,
    Receipt,
    RecordKind,
    Refused,
    Retryable,
    VerdictsTaken,
    hookimpl,
)

API_VERSION = 0

TABLES = """
CREATE TABLE IF NOT EXISTS told (what TEXT PRIMARY KEY, how TEXT);
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY, kind TEXT, key TEXT UNIQUE, fields TEXT, words TEXT, version INTEGER, changed INTEGER);
CREATE TABLE IF NOT EXISTS done (send TEXT PRIMARY KEY, answer TEXT);
CREATE TABLE IF NOT EXISTS call (id INTEGER PRIMARY KEY, key TEXT, records TEXT);
"""


class Settings(PluginSettings):
    """Where it keeps its records."""

    where: str
    """The file."""

    batch: int = 200
    """How many records it takes at once."""

    mapping: str = "1"
    """Which mapping it has."""

    kinds: str = "contract commitment entry evidence verdict"
    """What is exchanged."""

    direction: str = "both"
    """Which way."""

    owner: str = "ours"
    """Whose word counts."""

    accepted_only: bool = False
    """Whether only accepted entries go out."""

    files: bool = False
    """Whether files go out."""

    gives_files: bool = False
    """Whether files come from it."""

    suggests: bool = False
    """Whether its decisions are only suggested."""

    inward: str = ""
    """What only comes in."""


class Keeping:
    id = "keeping"
    title = "A portal that keeps what it is sent"
    accepts = frozenset({DocumentKind.RECORDS})

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def settings_class(cls) -> type[Settings]:
        return Settings

    def terms(self) -> PortalTerms:
        said = self._settings
        agreement = Agreement(Direction(said.direction), Owner(said.owner))
        inward = Agreement(Direction.IN, Owner(said.owner))
        return PortalTerms(
            {RecordKind(kind): inward if kind in said.inward.split() else agreement for kind in said.kinds.split()},
            said.mapping * 64,
            entries=EntriesSent.ACCEPTED if said.accepted_only else EntriesSent.CLAIMED,
            verdicts=VerdictsTaken.SUGGESTION if said.suggests else VerdictsTaken.REVIEW,
            evidence=EvidenceSent.FILE if said.files else EvidenceSent.LINK,
            batch=said.batch,
        )

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        with closing(self._opened()) as there:
            rows = there.execute(
                "SELECT * FROM record WHERE changed > ? ORDER BY changed", [int(since or 0)]
            ).fetchall()
            told = dict(there.execute("SELECT what, how FROM told").fetchall())
        for number, row in enumerate(rows):
            if number == len(rows) // 2:
                fail(told.get("reading", ""))
            yield Item(
                f"{row['id']}-{row['changed']}",
                "portal-record",
                payload(row, gives_files=self._settings.gives_files),
                str(row["changed"]),
            )

    def theirs(self) -> Iterator[Item | BadRecord]:
        with closing(self._opened()) as there:
            rows = there.execute("SELECT * FROM record ORDER BY id").fetchall()
            told = dict(there.execute("SELECT what, how FROM told").fetchall())
        for number, row in enumerate(rows):
            if number == len(rows) // 2:
                fail(told.get("listing", ""))
            yield Item(
                f"{row['id']}-{row['version']}",
                "portal-record",
                payload(row, gives_files=self._settings.gives_files),
                "",
            )

    def deliver(self, document: Document, key: str) -> Receipt:
        records = [json.loads(line) for line in document.content.splitlines()]
        with closing(self._opened()) as there:
            told = dict(there.execute("SELECT what, how FROM told").fetchall())
            there.execute("INSERT INTO call (key, records) VALUES (?, ?)", [key, document.content.decode()])
            there.commit()
            fail(told.get("before", ""))
            time.sleep(float(told.get("seconds", "0")))
            answers = tuple(answered(there, record, told) for record in records)
            there.commit()
            fail(told.get("after", ""))
        return Receipt(f"D-{key}", answers)

    def rehearse(self, document: Document, key: str) -> Document:
        lines = [json.loads(line) for line in document.content.splitlines()]
        with closing(self._opened()) as there:
            without = dict(there.execute("SELECT what, how FROM told").fetchall()).get("without", "-")
        stopped = {one["key"]: "It has no counterpart." for one in lines if one["fields"].get("measure") == without}
        told = "\n".join(f"PUT {one['key']} {one['send']}" for one in lines if one["key"] not in stopped).encode()
        return Document(DocumentKind.RECORDS, f"{key}.txt", "text/plain", told, stopped)

    def _opened(self) -> sqlite3.Connection:
        there = sqlite3.connect(self._settings.where)
        there.row_factory = sqlite3.Row
        there.executescript(TABLES)
        return there


def fail(how: str) -> None:
    match how:
        case "later":
            raise Retryable("Come back later.", after=5)
        case "refuse":
            raise Refused("We take nothing from you.")
        case "unset":
            raise NotConfigured("where", "Say where.")
        case "break":
            raise ValueError("broken")
        case "end":
            os._exit(7)


def answered(there: sqlite3.Connection, record: dict[str, object], told: dict[str, str]) -> Answered:
    key, send = str(record["key"]), str(record["send"])
    before = there.execute("SELECT answer FROM done WHERE send = ?", [send]).fetchone()
    if before:
        return Answered(**json.loads(before["answer"]))
    fields = record["fields"]
    assert isinstance(fields, dict)
    if fields.get("measure") == told.get("without", "-"):
        return Answered(key, why=f"“{fields['measure']}” has no counterpart there.")
    if told.get("repeats") and record["words"]:
        return Answered(key, why=f"It is too long: {str(record['words'])[:30]}")
    row = there.execute("SELECT id, version FROM record WHERE key = ?", [key]).fetchone()
    if row and record["version"] and str(row["version"]) != record["version"]:
        return Answered(key, str(row["id"]), version=str(row["version"]), is_overtaken=True)
    put(there, str(record["record"]), key, fields, str(record["words"]))
    row = there.execute("SELECT id, version FROM record WHERE key = ?", [key]).fetchone()
    answer = {"key": key, "external_id": f"P-{row['id']}", "version": str(row["version"])}
    there.execute("INSERT INTO done VALUES (?, ?)", [send, json.dumps(answer)])
    return Answered(**answer)


def put(there: sqlite3.Connection, kind: str, key: str, fields: dict[str, str], words: str = "") -> None:
    """Write a record down there, as somebody does, or as is sent."""
    changed = (there.execute("SELECT max(changed) FROM record").fetchone()[0] or 0) + 1
    there.execute(
        "INSERT INTO record (kind, key, fields, words, version, changed) VALUES (?, ?, ?, ?, 1, ?) "
        "ON CONFLICT (key) DO UPDATE SET fields = excluded.fields, words = excluded.words, "
        "version = version + 1, changed = excluded.changed",
        [kind, key, json.dumps(fields), words, changed],
    )


def payload(row: sqlite3.Row, *, gives_files: bool) -> dict[str, object]:
    return {
        "record": row["kind"],
        "external_id": f"P-{row['id']}",
        "key": row["key"],
        "fields": {name: text for name, text in json.loads(row["fields"]).items() if name != "file" or gives_files},
        "words": row["words"],
        "unknown": {},
        "version": str(row["version"]),
        "changed_at": "",
        "trouble": "",
    }


@hookimpl
def evidence_sources():
    return [Keeping]


@hookimpl
def report_sinks():
    return [Keeping]
