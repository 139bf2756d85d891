"""Any sequence of awards, variations and handovers: what is read is what the raw rows come to, now and as at then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from sqlalchemy import select

from quarterday.db.models import (
    Commitment,
    ContractAuthority,
    ContractOwner,
    ContractParty,
    OpeningBalance,
    Target,
)
from quarterday.db.work import UnitOfWork
from quarterday.domain.exact import exact_text
from quarterday.domain.promises import Promise
from quarterday.errors import Refused
from quarterday.services import scope
from quarterday.services.promises import awards, contracts, handovers, opening
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

FLOWS, LEVELS = ("JOBS", "WEEKS", "GIFTS"), ("ACCESS", "WASTE")
STARTS, ENDS = date(2026, 2, 10), date(2027, 11, 20)
QUANTITIES = st.integers(100, 400).map(lambda halves: Fraction(halves, 2))
SPREADS = st.sampled_from(["even", "front", "back"])
OFFERS = st.dictionaries(st.sampled_from((*FLOWS, *LEVELS)), st.tuples(QUANTITIES, SPREADS), min_size=1, max_size=4)
DAYS = st.integers(0, (ENDS - STARTS).days).map(lambda days: STARTS + timedelta(days=days))


@dataclass(frozen=True)
class Expected:
    """What a test knows of a contract at one moment, without having asked."""

    totals: Mapping[str, Fraction]
    targets: Mapping[str, Mapping[date, Fraction]]
    """As they were read at that moment: they may never change afterwards."""


class Contract(RuleBasedStateMachine):
    """One contract through its life, on the record that a subclass names."""

    uow: UnitOfWork
    clock: Clock

    @initialize(
        rhythm=st.sampled_from(["month", "quarter", "half-year", "year", "end"]),
        first_month=st.integers(1, 12),
        offer=OFFERS,
    )
    def begin(self, rhythm: str, first_month: int, offer: dict[str, tuple[Fraction, str]]) -> None:
        self.councils = [builders.an_authority(self.uow, first_month=first_month) for _ in range(2)]
        self.people = [builders.a_user(self.uow, authority_id=council) for council in self.councils for _ in range(2)]
        self.suppliers = [builders.a_supplier(self.uow) for _ in range(3)]
        self.id = builders.a_contract(
            self.uow,
            authority_id=self.councils[0],
            supplier_id=self.suppliers[0],
            rhythm=rhythm,
            starts=STARTS,
            ends=ENDS,
        )
        builders.an_award(self.uow, contract_id=self.id, promises=typed(offer))
        self.totals = {ref: quantity for ref, (quantity, _) in offer.items()}
        self.history: list[tuple[datetime, Expected]] = []

    @rule(offer=OFFERS, since=DAYS | st.none())
    def vary(self, offer: dict[str, tuple[Fraction, str]], since: date | None) -> None:
        before = self.read()
        kept = {
            ref: sum((part for last, part in targets.items() if since and last < since), Fraction(0))
            for ref, targets in before.items()
        }
        try:
            awards.vary(self.uow, OPERATOR, contract_id=self.id, promises=typed(offer), reason="Agreed", since=since)
        except Refused:
            assert any(offer[ref][0] < kept.get(ref, 0) for ref in offer if ref in FLOWS)
            assert self.read() == before
            return
        self.totals |= {ref: quantity for ref, (quantity, _) in offer.items()}
        for ref, targets in self.read().items():
            for last, part in before.get(ref, {}).items():
                assert targets[last] == part or (ref in offer and not (since and last < since))

    @rule(who=st.integers(0, 3), since=DAYS | st.none())
    def change_owner(self, who: int, since: date | None) -> None:
        self.attempt(handovers.change_owner, user_id=self.people[who], since=since)

    @rule(leaving=st.integers(0, 2), entering=st.integers(0, 2), since=DAYS)
    def novate(self, leaving: int, entering: int, since: date) -> None:
        self.attempt(
            handovers.novate,
            leaving_id=self.suppliers[leaving],
            entering_id=self.suppliers[entering],
            since=since,
        )

    @rule(to=st.integers(0, 1), since=DAYS)
    def move(self, to: int, since: date) -> None:
        self.attempt(handovers.move, authority_id=self.councils[to], since=since)

    @rule(quantity=QUANTITIES, as_of=DAYS)
    def open_with(self, quantity: Fraction, as_of: date) -> None:
        ref = next(iter(self.totals))
        quantity_text = exact_text(quantity)
        self.attempt(opening.add_opening_balance, ref=ref, as_of=as_of, quantity=quantity_text, source="report")

    @precondition(lambda self: len(self.history) < 6)
    @rule(days=st.integers(1, 90))
    def time_passes(self, days: int) -> None:
        self.history.append((self.clock.now, Expected(dict(self.totals), self.read())))
        self.clock.forward(days=days)

    def attempt(self, handover: Any, **facts: Any) -> None:
        """Do it, or see it refused."""
        before = self.raw()
        try:
            handover(self.uow, OPERATOR, contract_id=self.id, **facts)
        except Refused:
            assert self.raw() == before

    def read(self, at: datetime | None = None) -> dict[str, dict[date, Fraction]]:
        """The targets by ref and the last day of their period, as the use case gives them."""
        found = awards.commitments(self.uow, OPERATOR, contract_id=self.id, at=at)
        return {one.ref: {last: part for (_, last), part in one.targets.items()} for one in found}

    def raw(self) -> list[list[Any]]:
        """Every row there is of the contract."""
        with self.uow.begin(OPERATOR) as work:
            tables = (ContractAuthority, ContractOwner, ContractParty, OpeningBalance)
            mine = [select(table).where(table.c.contract_id == self.id).order_by(table.c.id) for table in tables]
            targets = select(Target, Commitment.c.ref).join(Commitment).where(Commitment.c.contract_id == self.id)
            return [work.all(query) for query in [*mine, targets.order_by(Target.c.id)]]

    def teardown(self) -> None:
        owners, authorities, parties, balances, targets = (self.raw()[place] for place in (1, 0, 2, 3, 4))
        for at, expected in [*self.history, (self.clock.now, Expected(dict(self.totals), self.read()))]:
            self.holds(at, expected, targets)
            for day in (STARTS, date(2026, 12, 1), ENDS):
                self.stands(at, day, owners, authorities, parties)
            newest = {(row.ref, row.as_of): row for row in balances if row.recorded_at <= at}
            found = opening.opening_balances(self.uow, OPERATOR, contract_id=self.id, at=at)
            assert {(one.ref, one.as_of): one.id for one in found} == {key: row.id for key, row in newest.items()}

    def holds(self, at: datetime, expected: Expected, rows: list[Any]) -> None:
        """What is read as at a moment is what was read then, what the newest raw rows say, and what was promised."""
        newest = {(row.ref, row.last): row for row in rows if row.recorded_at <= at}
        by_hand: dict[str, dict[date, Fraction]] = {}
        for (ref, last), row in newest.items():
            by_hand.setdefault(ref, {})[last] = Fraction(row.numerator, row.denominator)
        assert self.read(at) == expected.targets == by_hand
        assert by_hand.keys() == expected.totals.keys()
        for ref, targets in by_hand.items():
            whole = sum(targets.values()) if ref in FLOWS else targets[max(targets)]
            assert whole == expected.totals[ref]

    def stands(self, at: datetime, day: date, owners: list[Any], authorities: list[Any], parties: list[Any]) -> None:
        """Who manages, has and holds it on a day, as at a moment, is what one finds by looking through the rows."""

        def last(rows: list[Any]) -> Any:
            seen = [row for row in rows if row.valid_from <= day and row.recorded_at <= at]
            return max(seen, key=lambda row: (row.valid_from, row.id), default=None)

        with self.uow.begin(OPERATOR) as work:
            owner = contracts.owner_on(work, self.id, day, at)
            assert owner == (last(owners).user_id if last(owners) else None)
            assert scope.authority_of(work, self.id, day, at) == (last(authorities) or authorities[0]).authority_id
            holders = {one.supplier_id for one in contracts.parties_on(work, self.id, day, at)}
        by_hand = {
            supplier
            for supplier in self.suppliers
            if (row := last([one for one in parties if one.supplier_id == supplier])) and row.is_in
        }
        assert holders == by_hand
        assert len(holders) == 1  # one lead, whatever happened


def typed(offer: Mapping[str, tuple[Fraction, str]]) -> dict[str, Promise]:
    return {ref: Promise(exact_text(quantity), how) for ref, (quantity, how) in offer.items()}


def test_any_sequence_reads_as_its_raw_rows(uow: UnitOfWork, clock: Clock) -> None:
    start = clock.now

    class OnThisRecord(Contract):
        def __init__(self) -> None:
            super().__init__()
            clock.now = start
            self.uow, self.clock = uow, clock

    run_state_machine_as_test(
        OnThisRecord,
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
