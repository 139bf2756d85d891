"""What was delivered before the record: by measure and day, with its source, corrected by recording it again."""

from collections.abc import Callable
from datetime import date
from fractions import Fraction
from functools import partial

from refusals import not_refused
from sqlalchemy import select

from quarterday.db.models import AuditRow, OpeningBalance
from quarterday.db.work import UnitOfWork
from quarterday.services import words
from quarterday.services.promises import opening
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)


def test_the_newest_for_a_measure_and_a_day_counts(uow: UnitOfWork, clock: Clock) -> None:
    contract = builders.an_award(uow)
    add = partial(opening.add_opening_balance, uow, OPERATOR, contract_id=contract, source="annual report, page 3")
    add(ref="weeks", as_of=JUNE, quantity="12.50")
    add(ref="JOBS", as_of=MAY, quantity="1.25")
    known = clock.now
    clock.forward(days=1)
    add(ref="WEEKS", as_of=JUNE, quantity="10", source="the same, mended")

    def found(**when: object) -> list[tuple[str, date, Fraction, str, str]]:
        balances = opening.opening_balances(uow, OPERATOR, contract_id=contract, **when)  # type: ignore[arg-type]
        return [(one.ref, one.as_of, one.quantity, one.quantity_text, one.source) for one in balances]

    jobs = ("JOBS", MAY, Fraction(5, 4), "1.25", "annual report, page 3")
    assert found() == [jobs, ("WEEKS", JUNE, Fraction(10), "10", "the same, mended")]
    assert found(at=known) == [jobs, ("WEEKS", JUNE, Fraction(25, 2), "12.50", "annual report, page 3")]


def test_its_source_can_be_erased_and_is_in_no_audit_row(uow: UnitOfWork) -> None:
    contract = builders.an_award(uow)
    opening.add_opening_balance(
        uow, OPERATOR, contract_id=contract, ref="WEEKS", as_of=JUNE, quantity="3", source="mail of Jo Poplar"
    )
    with uow.begin(OPERATOR) as work:
        told = work.all(select(AuditRow.c.action, AuditRow.c.payload))
        words_id = work.connection.execute(select(OpeningBalance.c.words_id)).scalar_one()
        words.erase(work, words_id)
    assert "opening_balance.added" in [row.action for row in told]
    assert "Poplar" not in str([row.payload for row in told])
    (balance,) = opening.opening_balances(uow, OPERATOR, contract_id=contract)
    assert (balance.quantity, balance.source) == (3, "")


def test_what_cannot_be_an_opening_balance_leaves_nothing(uow: UnitOfWork) -> None:
    contract, bare = builders.an_award(uow), builders.a_contract(uow)
    add = partial(
        opening.add_opening_balance,
        uow,
        OPERATOR,
        contract_id=contract,
        ref="WEEKS",
        as_of=JUNE,
        quantity="1",
        source="s",
    )
    cases: list[tuple[Callable[[], object], str]] = [
        (partial(add, contract_id=bare), "no commitments yet"),
        (partial(add, ref="WEKS"), "did you mean “WEEKS”"),
        (partial(add, as_of=date(2026, 7, 2)), "still to come"),
        (partial(add, as_of=date(2026, 3, 31)), r"before the contract's start \(2026-04-01\)"),
        (partial(add, quantity="-1"), "WEEKS: .*negative"),
        (partial(add, quantity="1e400"), "exponent"),
        (partial(add, source=" "), "Say where the figure comes from"),
    ]
    assert not_refused(uow, cases) == []
