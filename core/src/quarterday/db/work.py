"""The unit of work: one use case, one transaction, with the clock, the actor, the audit trail and the outbox in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import IntEnum
from functools import cache
from itertools import chain
from typing import Any, TypeVarTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Insert, Select, Table, bindparam, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.sql.dml import ReturningInsert

from quarterday.db import memory, queue, trace
from quarterday.db.engine import for_reading
from quarterday.db.models import AuditRow, OutboxRow
from quarterday.db.prepared import only, rows_of
from quarterday.domain.contracts import MemberRole
from quarterday.domain.message_ids import local_part
from quarterday.domain.permissions import Permission, may

Columns = TypeVarTuple("Columns")
LONDON = ZoneInfo("Europe/London")
_AT_ONCE = 1000
_ERASED = "quarterday.erased"


def day_of(moment: datetime) -> date:
    """The day it is in the United Kingdom at a moment."""
    return moment.astimezone(LONDON).date()


class Priority(IntEnum):
    """Which outbox rows go first."""

    PERSON_WAITS = 0
    SOON = 5
    WHENEVER = 9


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts, in which scope (DESIGN 4.8), and what they may do there.

    The scope is an authority, a supplier, or the whole installation for who is its operator; without any of them an
    actor sees nothing and may do nothing, so that a scope that was forgotten refuses.
    """

    name: str
    """As the audit trail has it: ``user/12``, ``cli``, ``clock``; never a person's own name."""
    user_id: int | None = None
    authority_id: int | None = None
    supplier_id: int | None = None
    return_id: int | None = None
    """The only return they may open, where they came by a link to it."""
    role: MemberRole | None = None
    """Theirs with the authority; a supplier's people have one role only."""
    is_operator: bool = False

    def __post_init__(self) -> None:
        if (self.authority_id is None) != (self.role in (None, MemberRole.SUPPLIER)):
            raise ValueError(f"{self.name}: who acts for an authority acts in a role there, and nobody else does")

    @classmethod
    def operator(cls, name: str) -> Actor:
        """Whoever runs the installation, or a part of it: ``cli``, ``clock``, ``worker``. They see and may do all."""
        return cls(name, is_operator=True)

    def may(self, permission: Permission) -> bool:
        """Whether they may do that, within their scope."""
        if self.supplier_id is not None:
            return may(MemberRole.SUPPLIER, permission)
        return self.is_operator or (self.role is not None and may(self.role, permission))

    @property
    def has_scope(self) -> bool:
        """Whether there is anything that they see."""
        return self.is_operator or self.authority_id is not None or self.supplier_id is not None


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect among many of a kind: its key, its payload (ids only) and whom it is for."""

    key: str
    payload: Mapping[str, Any]
    authority_id: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What a use case works with between the beginning and the end of its transaction."""

    connection: Connection
    now: datetime
    actor: Actor

    @property
    def today(self) -> date:
        """The day it is in the United Kingdom, by which dated facts hold or don't."""
        return day_of(self.now)

    def add(self, table: Table, **values: Any) -> int:
        """Add one fact, recorded now; returns its id."""
        done = self.connection.execute(_adding(table), {"recorded_at": self.now, **values})
        return int(done.inserted_primary_key[0])  # type: ignore[index]

    def add_all(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Add many facts of one kind, recorded now, in one statement."""
        if rows:
            self.connection.execute(_adding(table), [{"recorded_at": self.now, **row} for row in rows])

    def add_each(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[int]:
        """Add many facts of one kind, recorded now, in few statements; returns their ids, in the order of the rows."""
        if not rows:
            return []
        rows = [{"recorded_at": self.now, **row} for row in rows]
        if self.connection.dialect.name == "postgresql":
            return list(self.connection.execute(_adding_each(table), rows).scalars())
        # SQLite can't give the ids back in order but row by row; its only writer has the newest ones.
        self.connection.execute(_adding(table), rows)
        return sorted(self.connection.execute(_newest(table), {"number": len(rows)}).scalars())

    def find_or_add(self, table: Table, **key: Any) -> int:
        """The id of the row with that unique key, which is added, recorded now, where there is none.

        Of two at once one adds it, and both get its id.
        """
        there = select(table.c.id).filter_by(**key)
        found = self.connection.execute(there).scalar()
        if found is None:
            self.add_new(table, **key)
            found = self.connection.execute(there).scalar_one()
        return int(found)

    def add_new(self, table: Table, **values: Any) -> bool:
        """Add one fact, recorded now, unless one with its unique key is there; returns whether it was added.

        Of two at once one adds it.
        """
        dialect = postgresql if self.connection.dialect.name == "postgresql" else sqlite
        adding = dialect.insert(table).on_conflict_do_nothing().returning(table.c.id)
        return self.connection.execute(adding, {"recorded_at": self.now, **values}).first() is not None

    def take_turns(self, over: str) -> None:
        """Wait until no other transaction takes its turn over the same thing; ours lasts until this one ends.

        For what has no row yet that could be locked, so that whoever comes second reads what the first one added and
        is told in a sentence. The unique key stays the guarantee. On SQLite there is one writer at a time anyway.
        """
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(over, 0))))

    def one(self, query: Select[*Columns], **given: Any) -> Row[*Columns] | None:
        """The only row, or None where there is none; ``given`` are the parameters of a statement made beforehand."""
        if given:
            return only(rows_of(self.connection, query, given))
        return self.connection.execute(query).one_or_none()

    def all(self, query: Select[*Columns], **given: Any) -> list[Row[*Columns]]:
        """Every row; ``given`` as for :meth:`one`."""
        if given:
            found: Any = rows_of(self.connection, query, given)
            return found  # type: ignore[no-any-return]
        return list(self.connection.execute(query).all())

    def each(self, query: Select[*Columns]) -> Iterator[Row[*Columns]]:
        """The rows one by one, of which no more than a thousand are held at a time."""
        return chain.from_iterable(self.connection.execute(query).partitions(_AT_ONCE))

    def forget(self) -> None:
        """Have this process forget all it keeps in memory once this transaction is committed: words were erased."""
        self.connection.info[_ERASED] = True

    def audit(self, authority_id: int | None, action: str, subject: str, **payload: Any) -> None:
        """Write down what was done, to what (``contract/7``); ids, numbers and digests only, never words."""
        self.add(
            AuditRow,
            authority_id=authority_id,
            actor=self.actor.name,
            action=action,
            subject=subject,
            payload=payload,
        )

    def send(
        self,
        kind: str,
        key: str,
        payload: Mapping[str, Any],
        *,
        authority_id: int | None = None,
        priority: Priority = Priority.SOON,
        due: datetime | None = None,
    ) -> int:
        """Put one effect in the outbox, to happen after this transaction; ids only. Returns the row's id.

        A key that is there already raises :class:`sqlalchemy.exc.IntegrityError`: one effect per key.
        """
        (row_id,) = self.send_all(kind, [Effect(key, payload, authority_id)], priority=priority, due=due)
        return row_id

    def send_all(
        self,
        kind: str,
        effects: Sequence[Effect],
        *,
        priority: Priority = Priority.SOON,
        due: datetime | None = None,
    ) -> list[int]:
        """The same for many effects of one kind, in few statements; returns the rows' ids, in their order."""
        same = {"kind": kind, "priority": priority, "state": "due", "due": due or self.now, "attempts": 0, "error": ""}
        same["trace"] = trace.current()
        is_mail = kind.startswith("mail.")
        rows = [
            {
                **same,
                "authority_id": one.authority_id,
                "key": one.key,
                "payload": dict(one.payload),
                "message_id": local_part(one.key) if is_mail else "",
            }
            for one in effects
        ]
        ids = self.add_each(OutboxRow, rows) if len(rows) > 1 else [self.add(OutboxRow, **row) for row in rows]
        if queue.is_kept(self.connection):
            queue.defer(self.connection, self.now, ids)
        return ids


@cache
def _adding(table: Table) -> Insert:
    """The statement that adds to a table; made once, because making one costs more than running it."""
    return insert(table)


@cache
def _adding_each(table: Table) -> ReturningInsert[int]:
    """The same, giving back the new ids in the order of the rows."""
    return insert(table).returning(table.c.id, sort_by_parameter_order=True)


@cache
def _newest(table: Table) -> Select[int]:
    """The ids of the last rows that were added."""
    return select(table.c.id).order_by(table.c.id.desc()).limit(bindparam("number"))


class UnitOfWork:
    """Opens transactions on one database, by one clock (a test or the demo moves it)."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.engine = engine
        self.clock = clock
        self._for_reading = for_reading(engine)

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[Work]:
        """One transaction: committed at the end, or rolled back whole where anything raises."""
        with self.engine.begin() as connection:
            noted = connection.info
            yield Work(connection, self.clock(), actor)
        if noted.pop(_ERASED, False):  # before that, somebody might read it once more
            memory.forget()

    @contextmanager
    def read(self, actor: Actor) -> Iterator[Work]:
        """A transaction that only reads, and sees one moment however many queries it makes; nothing is ever kept."""
        with self._for_reading.connect() as connection:
            yield Work(connection, self.clock(), actor)
