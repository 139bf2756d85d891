"""Many things that must be refused, tried one after the other on one record, because making a record takes time."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from sqlalchemy import func, select

from quarterday.db.models import METADATA
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import Refused


def not_refused(uow: UnitOfWork, acts: Iterable[tuple[Callable[[], object], str]]) -> list[str]:
    """A line for each act that isn't refused with words that match its pattern, or that left something behind."""
    wrong = []
    for place, (act, says) in enumerate(acts):
        before = rows(uow)
        try:
            wrong.append(f"{place}: not refused, and gave {act()!r}")
        except Refused as why:
            if not re.search(says, str(why)):
                wrong.append(f"{place}: refused with “{why}” instead of “{says}”")
        if (after := rows(uow)) != before:
            wrong.append(f"{place}: left rows behind: {sorted(set(after.items()) ^ set(before.items()))}")
    return wrong


def rows(uow: UnitOfWork) -> dict[str, int]:
    """How many rows each table has."""
    with uow.begin(Actor.operator("cli")) as work:
        return {
            table.name: work.connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in METADATA.sorted_tables
        }
