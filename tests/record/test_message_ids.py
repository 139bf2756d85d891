"""Mails that were asked for before their Message-IDs were kept are found by them, too."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from quarterday.db import schema
from quarterday.db.engine import open_engine
from quarterday.db.models import METADATA
from quarterday.db.work import UnitOfWork
from quarterday.services.messages.bounces import key_of
from quarterday.services.messages.mime import message_id
from quarterday.testing.builders import OPERATOR

MANY = 1003
"""More than the revision fills at once."""


@pytest.fixture
def engine(empty_url: str) -> Engine:
    engine = open_engine(empty_url)
    yield engine
    engine.dispose()


def test_an_upgrade_fills_in_those_of_mails_that_are_there(engine: Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.connect() as connection, connection.begin():
        config.attributes.update(connection=connection, metadata=METADATA, version_table=schema.VERSION_TABLE)
        command.upgrade(config, "0016")
        adding = text(
            "INSERT INTO outbox (kind, key, payload, priority, state, due, attempts, faults, error, trace, recorded_at)"
            " VALUES (:kind, :key, '{}', 5, 'done', 0, 1, 0, '', '', 0)"
        )
        rows = [{"kind": "mail.weekly", "key": f"weekly/{number}"} for number in range(MANY)]
        connection.execute(adding, [*rows, {"kind": "report.delivery", "key": "report/1"}])
    schema.upgrade(engine)
    with UnitOfWork(engine).read(OPERATOR) as work:
        for key in ("weekly/0", f"weekly/{MANY - 1}"):
            assert key_of(work, message_id(key, "northmoor.example")) == key
        assert key_of(work, message_id("report/1", "northmoor.example")) == ""
