"""The unit of work: all or nothing, recorded by its own clock."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from quarterday.db.engine import open_engine
from quarterday.db.models import Activity, AuditRow, Authority, OutboxRow, Supplier
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import NotConfigured

NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
CLI = Actor.operator("cli")
DAYS = {"due_days": 30, "closes_days": 90}


def authority(key: str) -> dict[str, object]:
    return {"key": key, "name": key.title(), "first_month": 4, "nation": "england-and-wales"} | DAYS


def counted(uow: UnitOfWork) -> int:
    with uow.begin(CLI) as work:
        return work.connection.execute(select(func.count()).select_from(Authority)).scalar_one()


def test_what_is_added_is_recorded_now_and_by_whom(uow: UnitOfWork) -> None:
    with uow.begin(CLI) as work:
        made = work.add(Authority, **authority("exampleshire"))
        work.audit(made, "authority.added", f"authority/{made}")
        work.send("mail.invitation", "invitation/1", {"user_id": 1}, authority_id=made)
    with uow.begin(CLI) as work:
        assert [row.recorded_at for row in work.all(select(Authority.c.recorded_at))] == [NOW]
        assert work.one(select(AuditRow.c.actor, AuditRow.c.subject)) == ("cli", f"authority/{made}")
        assert work.one(select(OutboxRow.c.state, OutboxRow.c.due)) == ("due", NOW)


def test_an_error_leaves_nothing_behind(uow: UnitOfWork) -> None:
    def half_way() -> None:
        with uow.begin(CLI) as work:
            work.add(Authority, **authority("exampleshire"))
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half_way()
    assert counted(uow) == 0


def test_one_effect_per_key(uow: UnitOfWork) -> None:
    def twice(key: str) -> None:
        with uow.begin(CLI) as work:
            work.add(Authority, **authority(key))
            work.send("mail.receipt", "receipt/1", {})

    twice("exampleshire")
    with pytest.raises(IntegrityError):
        twice("northmoor")
    assert counted(uow) == 1


def test_a_moment_without_a_time_zone_is_never_kept(uow: UnitOfWork) -> None:
    naive = UnitOfWork(uow.engine, clock=lambda: datetime(2026, 7, 1))  # noqa: DTZ001
    with pytest.raises(Exception, match="has no time zone"), naive.begin(CLI) as work:
        work.add(Authority, **authority("exampleshire"))


@pytest.mark.parametrize("url", ["mysql://localhost/x", "not a url", ""])
def test_another_database_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(NotConfigured, match="sqlite:///"):
        open_engine(url)


def test_a_reader_sees_one_moment_and_neither_waits_nor_holds_up_a_writer(uow: UnitOfWork) -> None:
    with uow.read(CLI) as before:
        assert before.all(select(Authority.c.key)) == []
        with uow.begin(CLI) as work:
            work.add(Authority, **authority("exampleshire"))
            with uow.read(CLI) as during:
                assert during.all(select(Authority.c.key)) == []
        assert before.all(select(Authority.c.key)) == []
    with uow.read(CLI) as after:
        assert after.all(select(Authority.c.key)) == [("exampleshire",)]


def test_what_a_reader_writes_is_never_kept(uow: UnitOfWork) -> None:
    with suppress(DBAPIError), uow.read(CLI) as work:
        work.add(Authority, **authority("exampleshire"))
    assert counted(uow) == 0


def test_the_ids_of_many_come_in_the_order_of_their_rows(uow: UnitOfWork) -> None:
    keys = [f"council-{number}" for number in range(30, 0, -1)]
    with uow.begin(CLI) as work:
        work.add(Authority, **authority("exampleshire"))
        ids = work.add_each(Authority, [authority(key) for key in keys])
        assert work.add_each(Authority, []) == []
        there = {row.id: row.key for row in work.all(select(Authority.c.id, Authority.c.key))}
    assert [there[one] for one in ids] == keys


def test_what_is_there_is_found_and_what_is_not_is_added(uow: UnitOfWork) -> None:
    with uow.begin(CLI) as work:
        supplier = work.add(Supplier, name="Northmoor Building")
        hire = work.find_or_add(Activity, supplier_id=supplier, label="Hire 1")
        assert work.find_or_add(Activity, supplier_id=supplier, label="Hire 1") == hire
        assert work.find_or_add(Activity, supplier_id=supplier, label="Hire 2") != hire
