"""What was read and worked out is kept by the rows it follows from: asked again, only the statements run again.

A reading follows from its arguments, its actor, the day, and the rows its statements give. Each statement follows from
the rows before it, so where all give what they gave, the next one is the one that was kept, and at the end so is what
was worked out of them. Nothing has to be thrown away when something changes: its rows are other ones then. What was
erased is thrown away nevertheless (:mod:`quarterday.db.memory`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any, TypeVar, TypeVarTuple
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select
from sqlalchemy.engine import Row

from quarterday.db import memory
from quarterday.db.prepared import only, rows_of
from quarterday.db.work import Work

MOST = 200
"""How many readings of one database a process keeps, each of some 10 to 100 kB."""

Given = TypeVarTuple("Given")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class _Asked:
    """A statement, and what it gave."""

    query: Select[*tuple[Any, ...]]
    given: Mapping[str, Any]
    rows: list[Row[Any]]

    def again(self, work: Work) -> _Asked:
        """The same statement, with what it gives now."""
        return _Asked(self.query, self.given, rows_of(work.connection, self.query, self.given))

    def says(self) -> list[Any]:
        """Its rows as the tuples they hold, which compare faster."""
        return [row._data for row in self.rows]


@dataclass(frozen=True, slots=True)
class Kept:
    """What was worked out, how, and of what."""

    read: Callable[..., Any]
    given: tuple[Any, ...]
    asked: tuple[_Asked, ...]
    found: Any

    def holds(self, work: Work, now: list[_Asked]) -> bool:
        """Whether every statement still gives what it gave; ``now`` takes what was asked to find out."""
        for one in self.asked:
            now.append(one.again(work))
            if now[-1].says() != one.says():
                return False
        return True


class _Noting(Work):
    """A unit of work that only reads through :meth:`all`, :meth:`each` and :meth:`one`, and notes what they gave.

    What this transaction was asked already, it needn't be asked again: ``known``.
    """

    __slots__ = ("asked", "day", "known")
    asked: list[_Asked]
    known: list[_Asked]
    day: date

    def __init__(self, work: Work, known: list[_Asked]) -> None:
        own = {"connection": work.connection, "actor": work.actor, "day": work.today, "asked": [], "known": known}
        for name, value in own.items():
            object.__setattr__(self, name, value)

    @property
    def now(self) -> datetime:
        """Refused: what follows from the moment can't be kept for the day."""
        raise TypeError("a reading that is kept follows from the day, not from the moment")

    @property
    def today(self) -> date:
        return self.day

    # The types are those of Work, which mypy can't carry through a second pair of methods.
    def one(self, query: Any, **given: Any) -> Any:
        return only(self.all(query, **given))

    def all(self, query: Any, **given: Any) -> Any:
        at = len(self.asked)
        last = self.known[at] if at < len(self.known) else None
        known = last if last and last.query is query and last.given == given else None
        self.asked.append(known or _Asked(query, given, super().all(query, **given)))
        return self.asked[-1].rows

    def each(self, query: Any) -> Any:
        return iter(self.all(query))


_kept: WeakKeyDictionary[Engine, OrderedDict[Hashable, Kept]] = WeakKeyDictionary()
_lock = Lock()


def kept(read: Callable[[Work, *Given], Found], work: Work, *given: *Given) -> Found:
    """What ``read`` finds with the work and these arguments, which have to be hashable; the same object as last time
    where every statement gives what it gave then, so nobody may change anything in it.

    ``read`` reads through ``work.all``, ``work.each`` and ``work.one`` alone, but for what can't change (snapshots, by
    their digest), and knows the day but not the moment. What it raises is raised, and not kept.
    """
    of = _kept.setdefault(work.connection.engine, OrderedDict())
    key = (read, work.actor, work.today, given)
    now: list[_Asked] = []
    with _lock:
        last = of.get(key)
        if last:
            of.move_to_end(key)
    if last and last.holds(work, now):
        return last.found  # type: ignore[no-any-return]
    noting = _Noting(work, now)
    found = read(noting, *given)
    memory.keeping()
    with _lock:
        of[key] = Kept(read, given, tuple(noting.asked), found)
        while len(of) > MOST:
            of.popitem(last=False)
    return found


def _forget() -> None:
    with _lock:
        for of in _kept.values():
            of.clear()


memory.forgets(_forget)
