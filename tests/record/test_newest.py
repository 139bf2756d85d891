"""Which row counts: the newest that was known by a moment and holds on a day, on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from quarterday.db.models import ContractOwner, Membership
from quarterday.db.newest import newest
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.testing import builders
from quarterday.testing.clock import Clock

CLI = Actor.operator("cli")
START = datetime(2026, 7, 1, tzinfo=UTC)
FIRST = date(2026, 7, 1)


def owner_on(work: Work, contract: int, *, at: datetime | None = None, day: date | None = None) -> int | None:
    found = work.one(
        select(ContractOwner.c.user_id).where(
            ContractOwner.c.contract_id == contract, newest(ContractOwner, ContractOwner.c.contract_id, at=at, day=day)
        )
    )
    return found.user_id if found else None


@pytest.fixture
def contracts(uow: UnitOfWork) -> list[int]:
    """Two contracts whose owners' rows a test writes itself."""
    return [builders.a_contract(uow), builders.a_contract(uow)]


@pytest.fixture
def people(uow: UnitOfWork) -> list[int]:
    authority = builders.an_authority(uow)
    return [builders.a_user(uow, authority_id=authority) for _ in range(4)]


def test_the_latest_day_counts_then_the_latest_row(
    uow: UnitOfWork, clock: Clock, contracts: list[int], people: list[int]
) -> None:
    ours, other = contracts
    later, earlier = FIRST + timedelta(days=30), FIRST
    written = [
        (ours, people[0], earlier),
        (ours, people[1], later),
        (other, people[2], later),
        (ours, people[2], earlier),
    ]
    moments = []
    for contract, person, day in written:
        moments.append(clock.forward(minutes=1))
        with uow.begin(CLI) as work:
            work.add(ContractOwner, contract_id=contract, user_id=person, valid_from=day)
    with uow.begin(CLI) as work:
        assert owner_on(work, ours) == people[1]
        assert owner_on(work, ours, day=later) == people[1]
        assert owner_on(work, ours, day=earlier) == people[2]  # recorded later for the same day
        assert owner_on(work, ours, day=earlier, at=moments[2]) == people[0]
        assert owner_on(work, ours, day=earlier - timedelta(days=1)) is None
        assert owner_on(work, ours, at=moments[0] - timedelta(seconds=1)) is None
        assert owner_on(work, other, at=moments[1]) is None


def test_a_missing_key_is_a_key(uow: UnitOfWork) -> None:
    """Somebody's role with one authority doesn't hide their role with a supplier, where that key is empty."""
    authority, supplier = builders.an_authority(uow), builders.a_supplier(uow)
    person = builders.a_user(uow, authority_id=authority)
    with uow.begin(CLI) as work:
        work.add(Membership, user_id=person, supplier_id=supplier, role="supplier", valid_from=FIRST)
        work.add(Membership, user_id=person, authority_id=authority, role="lead", valid_from=FIRST)
        keys = (Membership.c.user_id, Membership.c.authority_id, Membership.c.supplier_id)
        rows = work.all(select(Membership.c.role).where(newest(Membership, *keys)).order_by(Membership.c.id))
    assert [row.role for row in rows] == ["supplier", "lead"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 4), st.integers(0, 3)), max_size=12),
    day=st.none() | st.integers(-1, 5),
    minute=st.none() | st.integers(-1, 12),
)
def test_the_same_as_by_hand(
    uow: UnitOfWork,
    clock: Clock,
    contracts: list[int],
    people: list[int],
    rows: list[tuple[int, int, int]],
    day: int | None,
    minute: int | None,
) -> None:
    """Rows of two keys, each on some day, one recorded a minute: what counts is found as one would by looking."""
    clock.now = START
    with uow.begin(CLI) as work:
        work.connection.execute(delete(ContractOwner))
    for contract, from_day, person in rows:
        clock.forward(minutes=1)
        with uow.begin(CLI) as work:
            work.add(
                ContractOwner,
                contract_id=contracts[contract],
                user_id=people[person],
                valid_from=FIRST + timedelta(days=from_day),
            )
    on = None if day is None else FIRST + timedelta(days=day)
    at = None if minute is None else START + timedelta(minutes=minute)
    with uow.begin(CLI) as work:
        found = {contract: owner_on(work, contracts[contract], at=at, day=on) for contract in (0, 1)}
    expected = {}
    for contract in (0, 1):
        seen = [
            (from_day, number, people[person])
            for number, (whose, from_day, person) in enumerate(rows)
            if whose == contract and (day is None or from_day <= day) and (minute is None or number + 1 <= minute)
        ]
        expected[contract] = max(seen)[2] if seen else None
    assert found == expected
