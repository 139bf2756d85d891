"""Pinning: what figures rest on is in the record by its content, whatever becomes of the plugin that brought it."""

import sys
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import func, select, text, update

from quarterday.db.models import EditionSnapshot, ValueSetSnapshot
from quarterday.db.work import UnitOfWork
from quarterday.domain.values import Shipped
from quarterday.errors import Trouble
from quarterday.services.measures import snapshots
from quarterday.services.measures.catalogues import catalogues
from quarterday.services.promises.dossier import dossier
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR


def forget() -> None:
    """As in a process that starts anew: nothing read before is remembered."""
    snapshots._editions.clear()
    snapshots._value_sets.clear()


def count(uow: UnitOfWork, table: type[EditionSnapshot] | type[ValueSetSnapshot]) -> int:
    with uow.begin(OPERATOR) as work:
        return work.connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.parametrize("key", ["toms-national/2022-compiled", "toms-rotherham/2024-27"])
def test_a_plugins_edition_comes_back_from_the_record_alone(
    uow: UnitOfWork, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = catalogues().editions[key]
    values = edition.value_sets[0]
    contract = builders.an_award(
        uow, edition=edition, value_set=values, promises={edition.measures[0].ref: builders.PROMISES["JOBS"]}
    )
    forget()
    for plugin in ("quarterday_toms_national", "quarterday_toms_rotherham"):
        monkeypatch.setitem(sys.modules, plugin, None)  # importing it fails, as after an uninstall
    monkeypatch.setattr(
        "quarterday.services.measures.catalogues.catalogues", partial(pytest.fail, "a plugin was asked")
    )
    pinned = dossier(uow, OPERATOR, contract_id=contract).pinned
    assert pinned is not None
    assert pinned.edition == replace(edition, value_sets=())
    assert pinned.values == values


def test_one_content_is_kept_once(uow: UnitOfWork) -> None:
    one, other = builders.an_award(uow), builders.an_award(uow)
    assert (count(uow, EditionSnapshot), count(uow, ValueSetSnapshot)) == (1, 1)
    builders.an_award(uow, edition=builders.a_catalogue("2"), value_set=builders.a_value_set("2"))
    assert (count(uow, EditionSnapshot), count(uow, ValueSetSnapshot)) == (2, 2)
    assert dossier(uow, OPERATOR, contract_id=one).pinned == dossier(uow, OPERATOR, contract_id=other).pinned


def test_a_councils_own_values_are_its_own(uow: UnitOfWork) -> None:
    own = builders.a_value_set(shipped=Shipped.OWN)
    for _ in range(2):
        builders.an_award(uow, edition=builders.a_catalogue(), value_set=own)
    with uow.begin(OPERATOR) as work:
        rows = work.all(select(ValueSetSnapshot.c.authority_id, ValueSetSnapshot.c.is_redistributable))
    assert len({row.authority_id for row in rows}) == 2
    assert {row.is_redistributable for row in rows} == {False}


@pytest.mark.parametrize("table", [EditionSnapshot, ValueSetSnapshot])
def test_a_snapshot_that_was_changed_in_the_database_is_seen(
    uow: UnitOfWork, table: type[EditionSnapshot] | type[ValueSetSnapshot]
) -> None:
    contract = builders.an_award(uow)
    forget()
    with uow.begin(OPERATOR) as work:
        content = work.connection.execute(select(table.c.content)).scalar_one()
        name = "title" if table is EditionSnapshot else "licence"
        work.connection.execute(update(table).values(content={**content, name: "another"}))
    with pytest.raises(Trouble, match="was changed in the database"):
        dossier(uow, OPERATOR, contract_id=contract)


def test_a_set_without_its_values_says_so_until_they_are_there(uow: UnitOfWork) -> None:
    own = builders.a_value_set(shipped=Shipped.OWN)
    contract = builders.an_award(uow, edition=builders.a_catalogue(), value_set=own)
    forget()
    with uow.begin(OPERATOR) as work:
        work.connection.execute(update(ValueSetSnapshot).values(content=None))
        stored = work.connection.execute(text("SELECT count(*) FROM value_set_snapshot WHERE content IS NULL"))
        assert stored.scalar_one() == 1
        empty = snapshots.value_set(work, 1)
    assert empty is not None
    assert (empty.id, empty.licence, empty.values, empty.is_here) == (own.id, own.licence, (), False)
    with uow.begin(OPERATOR) as work:
        council = work.connection.execute(select(ValueSetSnapshot.c.authority_id)).scalar_one()
        assert council is not None
        assert snapshots.keep_value_set(work, own, council) == (1, True)
        assert snapshots.keep_value_set(work, own, council) == (1, False)
    pinned = dossier(uow, OPERATOR, contract_id=contract).pinned
    assert pinned is not None
    assert pinned.values == own


def test_what_a_rolled_back_transaction_looked_up_is_forgotten(uow: UnitOfWork) -> None:
    """An id that was never committed may soon be another's."""

    def half_way() -> None:
        with uow.begin(OPERATOR) as work:
            made = snapshots.keep_edition(work, builders.a_catalogue("1"))
            assert snapshots.edition(work, made).edition == "1"
            raise RuntimeError("half way")

    with pytest.raises(RuntimeError, match="half way"):
        half_way()
    with uow.begin(OPERATOR) as work:
        made = snapshots.keep_edition(work, builders.a_catalogue("2"))
        assert snapshots.edition(work, made).edition == "2"
