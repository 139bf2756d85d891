"""What the ledger said before figures knew whose they are is the authority's that held the contract then."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from quarterday.db import schema
from quarterday.db.columns import microseconds
from quarterday.db.engine import open_engine
from quarterday.db.models import METADATA
from quarterday.db.work import UnitOfWork
from quarterday.services.ledger.beside import ledger_of_contract
from quarterday.testing.builders import OPERATOR

MAY, JUNE = (microseconds(datetime(2026, month, 10, tzinfo=UTC)) for month in (5, 6))
ADDED: dict[str, list[dict[str, Any]]] = {
    "authority": [
        {"id": number, "key": f"a{number}", "name": f"A{number}", "first_month": 4, "nation": "England"}
        | {"due_days": 30, "closes_days": 90, "recorded_at": 0}
        for number in (1, 2)
    ],
    "contract": [
        {"id": 1, "title": "Repairs", "kind": "contract", "rhythm": "quarter", "recorded_at": 0}
        | {"starts": date(2026, 4, 1), "ends": date(2027, 3, 31)}
    ],
    "contract_authority": [
        {"contract_id": 1, "authority_id": 1, "reference": "R", "valid_from": date(2026, 4, 1), "recorded_at": MAY + 1},
        {"contract_id": 1, "authority_id": 2, "reference": "R", "valid_from": date(2026, 6, 1), "recorded_at": MAY + 1},
    ],
    "ledger_figure": [
        {"contract_id": 1, "ledger": "books", "lines": 1, "paid": paid, "placed": 0, "unattributed": 0}
        | {"batches": "[]", "recorded_at": at}
        for paid, at in ((5, MAY), (6, JUNE))
    ],
}


@pytest.fixture
def engine(empty_url: str) -> Iterator[Engine]:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def test_an_upgrade_says_whose_each_figure_is_and_when_it_was_asked(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.connect() as connection, connection.begin():
        config.attributes.update(connection=connection, metadata=METADATA, version_table=schema.VERSION_TABLE)
        command.upgrade(config, "0018")
        for table, rows in ADDED.items():
            columns = ", ".join(rows[0])
            values = ", ".join(f":{name}" for name in rows[0])
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), rows)
    schema.upgrade(engine)
    with engine.connect() as connection:
        found = "SELECT authority_id, paid, asked_at FROM ledger_figure ORDER BY id"
        assert list(map(tuple, connection.execute(text(found)))) == [(1, 5, MAY), (2, 6, JUNE)]
        asked = "SELECT authority_id, asked_at FROM ledger_asking ORDER BY id"
        assert list(map(tuple, connection.execute(text(asked)))) == [(1, MAY), (2, JUNE)]
    for day, paid in (((2026, 5, 20), 5), ((2026, 6, 20), 6)):
        uow = UnitOfWork(engine, lambda: datetime(*day, tzinfo=UTC))  # noqa: B023 (called before the next day)
        known = ledger_of_contract(uow, OPERATOR, contract_id=1).known
        assert known is not None
        assert known.paid == paid
