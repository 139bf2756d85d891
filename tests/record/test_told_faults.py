"""A fault of the database is told without the values that were in it, wherever its words end up."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from sqlalchemy import Integer, String, bindparam, cast, select
from sqlalchemy.exc import DBAPIError

from quarterday.db.models import User
from quarterday.db.work import UnitOfWork, Work
from quarterday.services.logs import Lines, Words
from quarterday.testing.builders import OPERATOR

PLANTED = "jo.planted@example.org"
NUMBERED = select(User.c.id).where(User.c.id == cast(bindparam("typed", type_=String), Integer))


def twice(work: Work) -> None:
    for _ in range(2):
        work.add(User, email=PLANTED, name="Jo")


def no_number(work: Work) -> None:
    work.connection.execute(NUMBERED, {"typed": PLANTED})


def prepared(work: Work) -> None:
    work.all(NUMBERED, typed=PLANTED)


def said_of(uow: UnitOfWork, fault: Callable[[Work], None], formatter: logging.Formatter) -> str:
    """What a log has of a fault, with what led to it."""
    try:
        with uow.begin(OPERATOR) as work:
            fault(work)
    except DBAPIError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, "x", 1, "a fault of ours", (), (type(error), error, error.__traceback__)
        )
        return formatter.format(record)
    return ""


@pytest.mark.parametrize("fault", [twice, no_number, prepared])
@pytest.mark.parametrize("formatter", [Lines(), Words()], ids=["as JSON", "in words"])
def test_a_fault_in_a_log_holds_no_value(
    uow: UnitOfWork, database: str, fault: Callable[[Work], None], formatter: logging.Formatter
) -> None:
    said = said_of(uow, fault, formatter)
    assert PLANTED not in said
    assert ("Error" in said) is (fault is twice or database == "postgresql")  # to SQLite any text is some number


def test_a_fault_names_what_was_hurt(uow: UnitOfWork, database: str) -> None:
    said = said_of(uow, twice, Words())
    assert ("23505" in said and "person" in said) if database == "postgresql" else "person.email" in said
    assert "INSERT INTO person" in said
