"""A council's values in the record: loaded whole, under their licence, once, and never changed."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from refusals import not_refused, rows
from sqlalchemy import select, update

from quarterday.db.models import AuditRow, ValueSetSnapshot
from quarterday.db.work import UnitOfWork
from quarterday.services.figures.one_contract import one_contract
from quarterday.services.measures import loading_values, snapshots
from quarterday.services.measures.loading_values import Loaded, Outcome, load_values
from quarterday.services.measures.values import Stated, WouldNotLoad
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

STATED = Stated(licence="held under agreement 7", source="agreement 7")
FILE = "ref,value,valid from\nWEEKS,123.45,\nGIFTS,1,2026-04-01\n"
EDITION = builders.a_catalogue()


@pytest.fixture
def council(uow: UnitOfWork) -> int:
    return builders.an_authority(uow)


@pytest.fixture
def load(uow: UnitOfWork, council: int, tmp_path: Path) -> Callable[..., Loaded]:
    def loaded(text: str = FILE, file: str = "our values.csv", **said: object) -> Loaded:
        path = tmp_path / file
        path.write_text(text)
        facts = {"authority_id": council, "path": path, "edition": EDITION, "stated": STATED, **said}
        return load_values(uow, OPERATOR, **facts)  # type: ignore[arg-type]

    return loaded


def test_what_is_loaded_can_be_pinned_under_its_name(
    uow: UnitOfWork, council: int, load: Callable[..., Loaded]
) -> None:
    done = load()
    assert done.outcome is Outcome.ADDED
    kept = done.kept
    assert (kept.name, kept.licence, kept.source, kept.is_redistributable, kept.is_here) == (
        "our values",
        "held under agreement 7",
        "agreement 7",
        False,
        True,
    )
    named = partial(loading_values.values_named, uow, OPERATOR, authority_id=council, edition=EDITION)
    values = named(name="our values")
    assert values == loading_values.kept_value_set(uow, OPERATOR, authority_id=council, name="our values")
    assert {value.ref: value.text for value in values.values} == {"WEEKS": "123.45", "GIFTS": "1"}
    contract = builders.a_contract(uow, authority_id=council)
    builders.an_award(uow, contract_id=contract, edition=EDITION, value_set=values)
    with uow.begin(OPERATOR) as work:
        assert [row.id for row in work.all(select(ValueSetSnapshot.c.id))] == [kept.id]
        told = work.one(select(AuditRow.c.payload).where(AuditRow.c.action == "values.loaded"))
    assert told is not None
    assert told.payload.items() >= {"digest": values.fingerprint, "values": 2, "filled": False}.items()
    assert "agreement" not in str(told.payload)


@pytest.mark.parametrize("again", [{}, {"file": "renamed.csv"}, {"name": "Another name"}, {"text": FILE + "\n\n"}])
def test_the_same_values_again_change_nothing(
    uow: UnitOfWork, load: Callable[..., Loaded], again: dict[str, str]
) -> None:
    first = load()
    before = rows(uow)
    done = load(**again)
    assert (done.outcome, done.kept) == (Outcome.THERE, first.kept)
    assert rows(uow) == before


def test_changed_values_are_a_new_set_and_the_latest_goes_by_the_name(
    uow: UnitOfWork, council: int, load: Callable[..., Loaded]
) -> None:
    load()
    changed = load(text=FILE.replace("123.45", "200"))
    assert changed.outcome is Outcome.ADDED
    kept = loading_values.kept_values(uow, OPERATOR, authority_id=council)
    assert [one.name for one in kept] == ["our values", "our values"]
    values = loading_values.kept_value_set(uow, OPERATOR, authority_id=council, name="our values")
    assert values.fingerprint == changed.kept.digest


def test_values_that_an_export_left_out_are_filled_in_by_the_same_file_only(
    uow: UnitOfWork, council: int, load: Callable[..., Loaded]
) -> None:
    first = load()
    with uow.begin(OPERATOR) as work:
        work.connection.execute(update(ValueSetSnapshot).values(content=None))
    snapshots._value_sets.clear()
    other = load(stated=replace(STATED, source="elsewhere"), name="other")
    assert other.outcome is Outcome.ADDED
    assert [one.id for one in other.still_missing] == [first.kept.id]
    again = load()
    assert (again.outcome, again.kept.id, again.still_missing) == (Outcome.FILLED, first.kept.id, ())
    values = loading_values.kept_value_set(uow, OPERATOR, authority_id=council, name="our values")
    assert values.fingerprint == first.kept.digest
    assert values.is_here


def test_a_set_that_ships_is_found_by_name_too(uow: UnitOfWork, council: int) -> None:
    shipping = replace(EDITION, value_sets=(builders.a_value_set(),))
    named = partial(loading_values.values_named, uow, OPERATOR, authority_id=council, edition=shipping)
    assert named(name="round") == builders.a_value_set()
    assert not_refused(uow, [(partial(named, name="rond"), "did you mean “round”")]) == []


def test_what_cannot_be_loaded_leaves_nothing(uow: UnitOfWork, council: int, load: Callable[..., Loaded]) -> None:
    cases: list[tuple[Callable[[], object], str]] = [
        (partial(load, stated=Stated(source="s")), "Say under which licence"),
        (partial(load, stated=Stated(licence="l")), "Say where these values come from"),
        (partial(load, name="\x00"), "Enter the name of the value set"),
        (partial(load, authority_id=999), "There is no such authority"),
        (partial(load, text="nothing"), "no header row"),
        (
            partial(loading_values.kept_value_set, uow, OPERATOR, authority_id=council, name="ours"),
            "none was loaded yet",
        ),
    ]
    assert not_refused(uow, cases) == []
    before = rows(uow)
    with pytest.raises(WouldNotLoad, match=r"line 2, .*negative.* \(and 1 more\) Nothing was loaded"):
        load(text="ref,value\nWEEKS,-1\nGIFTS,NaN\n")
    assert rows(uow) == before


def test_a_contract_is_read_with_its_values_once_they_come_in(
    uow: UnitOfWork, council: int, load: Callable[..., Loaded]
) -> None:
    load()
    values = loading_values.kept_value_set(uow, OPERATOR, authority_id=council, name="our values")
    contract_id = builders.a_contract(uow, authority_id=council)
    builders.an_award(uow, contract_id=contract_id, edition=EDITION, value_set=values)

    def reasons() -> list[str]:
        return one_contract(uow, OPERATOR, contract_id=contract_id).why_incomplete

    with_values = reasons()
    with uow.begin(OPERATOR) as work:
        work.connection.execute(update(ValueSetSnapshot).values(content=None))
    assert reasons() != with_values
    assert load().outcome is Outcome.FILLED
    assert reasons() == with_values
