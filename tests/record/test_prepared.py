"""Statements made beforehand give what SQLAlchemy gives for them, on either database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import BigInteger, Date, Select, bindparam, event, func, literal, select
from sqlalchemy.engine import Row
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.exc import DBAPIError, MultipleResultsFound

from quarterday.db.models import AuditRow, Authority, Contract, EditionSnapshot, Entry, Period
from quarterday.db.work import UnitOfWork
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

NUMBER = bindparam("number", type_=BigInteger)
STATEMENTS: dict[str, Select[*tuple[object, ...]]] = {
    "days": select(Period.c.id, Period.c.name, Period.c.first, Period.c.due.label("day")).where(Period.c.id >= NUMBER),
    "moments and JSON": select(AuditRow.c.recorded_at, AuditRow.c.payload, AuditRow.c.authority_id).where(
        AuditRow.c.id >= NUMBER
    ),
    "lists of values": select(Contract.c.title).where(
        Contract.c.kind.in_(["contract", "grant"]), Contract.c.id >= NUMBER
    ),
    "values of its own": select(func.coalesce(Authority.c.name, "nobody"), literal("50% off")).where(
        Authority.c.id >= NUMBER
    ),
    "a name twice": select(Authority.c.id, Period.c.id)
    .join(Period, Period.c.authority_id == Authority.c.id)
    .where(Authority.c.id >= NUMBER),
    "data": select(EditionSnapshot.c.content, EditionSnapshot.c.content.is_(None).label("is_empty")).where(
        EditionSnapshot.c.id >= NUMBER
    ),
    "nothing": select(Entry.c.id).where(Entry.c.id >= NUMBER),
}


@pytest.fixture
def filled(uow: UnitOfWork) -> UnitOfWork:
    builders.a_return(uow)
    return uow


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_rows_are_those_that_sqlalchemy_reads(filled: UnitOfWork, name: str) -> None:
    with filled.read(OPERATOR) as work:
        for _ in range(2):  # made, and known
            found = work.all(STATEMENTS[name], number=1)
            theirs = work.connection.execute(STATEMENTS[name], {"number": 1}).all()
            assert found == theirs
            assert [row._mapping for row in found] == [row._mapping for row in theirs]
            assert bool(found) is (name != "nothing")


def test_parameters_are_written_as_their_columns_are(filled: UnitOfWork) -> None:
    by_day = select(Period.c.id).where(Period.c.first == bindparam("day", type_=Date))
    by_moment = select(AuditRow.c.id).where(
        AuditRow.c.recorded_at <= bindparam("moment", type_=AuditRow.c.recorded_at.type)
    )
    with filled.read(OPERATOR) as work:
        assert work.one(by_day, day=date(2026, 7, 1)) is not None
        assert work.one(by_day, day=date(2026, 7, 2)) is None
        assert work.all(by_moment, moment=datetime(2100, 1, 1, tzinfo=UTC))
        assert work.all(by_moment, moment=datetime(2000, 1, 1, tzinfo=UTC)) == []


def test_several_rows_are_not_one(filled: UnitOfWork) -> None:
    with filled.read(OPERATOR) as work, pytest.raises(MultipleResultsFound):
        work.one(STATEMENTS["moments and JSON"], number=1)


def test_a_parameter_that_is_missing_is_a_fault(filled: UnitOfWork) -> None:
    with filled.read(OPERATOR) as work, pytest.raises((KeyError, DBAPIError)):
        work.all(STATEMENTS["days"], other=1)


def test_what_the_database_refuses_is_told_as_sqlalchemy_tells_it(filled: UnitOfWork) -> None:
    too_large = select(func.abs(bindparam("number", type_=BigInteger)))
    with filled.read(OPERATOR) as work, pytest.raises(DBAPIError):
        work.all(too_large, number=-(2**63))


def test_what_goes_wrong_is_told_without_its_values(filled: UnitOfWork) -> None:
    too_large = select(func.abs(bindparam("number", type_=BigInteger)))
    with filled.read(OPERATOR) as work, pytest.raises(DBAPIError) as told:
        work.connection.execute(too_large, {"number": -(2**63)})
    assert "abs(" in str(told.value)
    assert str(2**63) not in str(told.value)


def test_who_listens_hears_of_it(filled: UnitOfWork) -> None:
    heard: list[str] = []
    with filled.read(OPERATOR) as work:
        work.all(STATEMENTS["days"], number=1)

        def note(connection: object, cursor: object, words: str, *others: object) -> None:
            heard.append(words)

        event.listen(filled.engine, "before_cursor_execute", note)
        assert work.all(STATEMENTS["days"], number=1)
    event.remove(filled.engine, "before_cursor_execute", note)
    assert any("period" in words for words in heard)


def test_what_it_rests_on_is_there(filled: UnitOfWork) -> None:
    """Most of these are SQLAlchemy's own business; a version that renames one is found here, by its name."""
    statement = STATEMENTS["days"]
    with filled.read(OPERATOR) as work:
        connection = work.connection
        made: Any = statement.compile(dialect=connection.dialect)
        rests_on: list[tuple[Any, tuple[str, ...]]] = [
            (made, ("string", "positiontup", "bind_names", "post_compile_params", "literal_execute_params")),
            (made, ("_bind_processors", "_result_columns")),
            (next(iter(made.bind_names)), ("effective_value", "required")),
            (made._result_columns[0], ("keyname", "type")),
            (made._result_columns[0].type, ("_cached_result_processor",)),
            (SimpleResultMetaData(["id"]), ("_key_to_index",)),
            (connection.dispatch, ("before_cursor_execute",)),
            (connection.dialect, ("loaded_dbapi", "name")),
        ]
        missing = [
            f"{type(one).__name__}.{name}" for one, names in rests_on for name in names if not hasattr(one, name)
        ]
        assert missing == []
        meta = SimpleResultMetaData(["id"])
        assert Row(meta, None, meta._key_to_index, (7,)).id == 7
