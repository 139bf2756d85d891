"""The kinds of column every table is made of, stored so that SQLite and PostgreSQL keep and add them alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Dialect, ForeignKey, Integer, MetaData, Text
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WHOLE = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER


class Instant(TypeDecorator[datetime]):
    """An aware moment, kept as whole microseconds since 1970 (UTC): exact, and ordered alike on both databases."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """The microseconds; raises :class:`ValueError` for a naive moment."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The moment, in UTC."""
        return None if value is None else moment(value)


def microseconds(moment: datetime) -> int:
    """Whole microseconds from 1970 to an aware moment; raises :class:`ValueError` for a naive one."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return (moment - _EPOCH) // timedelta(microseconds=1)


def moment(microseconds: int) -> datetime:
    """The moment so many microseconds after 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""All tables of core; constraints are named by a rule, so that migrations can name them again."""

# Each table gets a copy of its own, which may be NULL where the annotation beside it says None.
ID: Column[int] = Column(_WHOLE, primary_key=True)
TEXT: Column[str] = Column(Text)
WHOLE: Column[int] = Column(BigInteger)
"""A numerator, a denominator or an amount in micropounds."""
MOMENT: Column[datetime] = Column(Instant)
DATA: Column[dict[str, Any]] = Column(JSON(none_as_null=True))
LISTED: Column[list[str]] = Column(JSON)


def to(table: str, *, primary_key: bool = False, index: bool = True) -> Column[int]:
    """A reference to a row of another table, indexed unless another index of the table begins with it."""
    return Column(_WHOLE, ForeignKey(f"{table}.id"), primary_key=primary_key, index=index)
