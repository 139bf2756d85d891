"""A council beside a portal that keeps what it is sent: ``tests/hostile/keeping.py``, in a process of its own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from council import ENDS, Council
from hostile_site import install
from sqlalchemy import Row, select

from quarterday.db.engine import open_engine
from quarterday.db.models import PluginSetting, PortalBatch, PortalRecord
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.portal_records import PortalTerms
from quarterday.registry import installed
from quarterday.services.background.syncing import sync
from quarterday.services.plugins.children import Children, Limits, Terms
from quarterday.services.portals import runs
from quarterday.services.portals.sending import Sending, Sent
from quarterday.testing.clock import Clock

PORTAL = "keeping"
WORKER = Actor.operator("worker")

Record = Row[*tuple[Any, ...]]


@dataclass
class There:
    """What lies in the portal, and what is told to it."""

    file: Path

    def __post_init__(self) -> None:
        tables = "told (what TEXT PRIMARY KEY, how TEXT)"
        self.do(f"CREATE TABLE IF NOT EXISTS {tables}")

    def do(self, statement: str, *values: object) -> list[sqlite3.Row]:
        """A statement on its file."""
        with closing(sqlite3.connect(self.file)) as there, there:
            there.row_factory = sqlite3.Row
            return there.execute(statement, values).fetchall()

    def tell(self, **told: str) -> None:
        """Have it do something from now on, and nothing else that it was told."""
        self.do("DELETE FROM told")
        for what, how in told.items():
            self.do("INSERT INTO told VALUES (?, ?)", what, how)

    def records(self) -> dict[str, dict[str, str]]:
        """The fields of what it has, by our key."""
        return {row["key"]: json.loads(row["fields"]) for row in self.do("SELECT key, fields FROM record")}

    def versions(self) -> dict[str, int]:
        """How often each was written down."""
        return {row["key"]: row["version"] for row in self.do("SELECT key, version FROM record")}

    def words(self) -> dict[str, str]:
        """What came beside the fields."""
        return {row["key"]: row["words"] for row in self.do("SELECT key, words FROM record")}

    def calls(self) -> list[tuple[str, list[dict[str, Any]]]]:
        """What it was called with: the key, and the records."""
        rows = self.do("SELECT key, records FROM call ORDER BY id")
        return [(row["key"], [json.loads(line) for line in row["records"].splitlines()]) for row in rows]

    def put(self, kind: str, key: str, /, **fields: str) -> None:
        """Somebody makes a record there."""
        self.do(
            "INSERT INTO record (kind, key, fields, words, version, changed) VALUES (?, ?, ?, '', 1, "
            "(SELECT coalesce(max(changed), 0) + 1 FROM record))",
            kind,
            key,
            json.dumps(fields),
        )

    def say(self, key: str, words: str) -> None:
        """Somebody says there why."""
        self.do("UPDATE record SET words = ? WHERE key = ?", words, key)

    def forget(self, key: str) -> None:
        """Somebody deletes a record there."""
        self.do("DELETE FROM record WHERE key = ?", key)

    def change(self, key: str, **fields: str) -> None:
        """Somebody changes a record there."""
        now = {**self.records()[key], **fields}
        self.do(
            "UPDATE record SET fields = ?, version = version + 1, changed = (SELECT max(changed) + 1 FROM record) "
            "WHERE key = ?",
            json.dumps(now),
            key,
        )


@dataclass
class Exchange:
    """A council and the portal that it exchanges records with."""

    uow: UnitOfWork
    children: Children
    council: Council
    there: There
    settings: dict[str, Any] = field(default_factory=dict)

    def set(self, **settings: object) -> None:
        """What was agreed from now on; the rest stays."""
        self.settings |= settings
        values = {"where": str(self.there.file), **self.settings}
        with self.uow.begin(WORKER) as work:
            given = {"authority_id": self.council.authority_id, "plugin": "hostile-keeping"}
            work.add(PluginSetting, **given, values=values, sealed="")

    def terms(self) -> PortalTerms:
        """What was agreed, as the portal says."""
        values = {"where": str(self.there.file), **self.settings}
        return self.children.terms(Terms(PORTAL, values, self.council.authority_id))

    def sending(self, uow: UnitOfWork | None = None, **more: Any) -> Sending:
        """The sending of one more run."""
        uow = uow or self.uow
        authority_id = more.get("authority_id", self.council.authority_id)
        with self.uow.begin(WORKER) as work:
            run_id = runs.begin(work, authority_id, PORTAL, "sync", "worker")
        return Sending(uow, self.children, WORKER, PORTAL, authority_id, self.terms(), run_id)

    def send(self) -> Sent:
        """Send what was left under way, and what changed."""
        sending = self.sending()
        sending.again()
        sending.changes()
        return sending.done

    def sync(self) -> runs.Run:
        """One run."""
        given = {"portal": PORTAL, "authority_id": self.council.authority_id, "actor_name": "worker"}
        return sync(self.uow, self.children, **given)

    def records(self) -> dict[str, Record]:
        """The sync ledger, by our key."""
        with self.uow.read(WORKER) as work:
            rows = work.all(select(PortalRecord).order_by(PortalRecord.c.id))
        return {f"{row.kind}/{row.our_id}": row for row in rows}

    def batches(self) -> list[Record]:
        """The batches."""
        with self.uow.read(WORKER) as work:
            return work.all(select(PortalBatch).order_by(PortalBatch.c.id))

    def states(self) -> Mapping[str, int]:
        """How many records are in each state."""
        found: dict[str, int] = {}
        for row in self.records().values():
            found[row.state] = found.get(row.state, 0) + 1
        return found


def started(folders: pytest.TempPathFactory) -> Iterator[Children]:
    """The processes of the portal's plugin, which is installed for as long as they last."""
    folder = folders.mktemp("portal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDAY_DATA_DIR", str(folder))
        install(folder / "site-packages", patch, "keeping")
        with Children(Limits(seconds=20)) as children:
            yield children
    installed.cache_clear()


def beside(children: Children, council: Council, url: str, file: Path) -> Iterator[Exchange]:
    """A council beside the portal that keeps its records in a file."""
    engine = open_engine(url)
    found = Exchange(UnitOfWork(engine, Clock(ENDS)), children, council, There(file))
    found.set()
    yield found
    engine.dispose()
