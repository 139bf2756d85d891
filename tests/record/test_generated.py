"""A generated record is one that use cases could leave: it recomputes, and its figures are those of its raw rows."""

from __future__ import annotations

from datetime import UTC, datetime

import naive
import pytest
from generator import Size, fill
from sqlalchemy import func, select, update

from quarterday.db.models import Commitment, Contract, Entry, Review, RevisionEntry, Target, Valuation
from quarterday.db.work import UnitOfWork
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import Per, delivery
from quarterday.services.figures.recomputing import Recomputed, recompute
from quarterday.services.returns import reviews
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

SMALL = Size(contracts=12)


@pytest.fixture
def generated(uow: UnitOfWork) -> UnitOfWork:
    """A small one, in the autumn after its first quarters."""
    fill(uow.engine, SMALL)
    return UnitOfWork(uow.engine, Clock(datetime(2026, 11, 22, 9, tzinfo=UTC)))


def test_figures_are_those_of_the_raw_rows(generated: UnitOfWork) -> None:
    with generated.read(OPERATOR) as work:
        ours = delivery(work, Wanted(), {Per.CONTRACT})
    nothing = naive.Figure(naive.Fraction(0), 0, True)
    found = {
        (one.contract_id, one.measure.ref, stage): naive.Figure(of.quantity, of.worth.micropounds, of.worth.is_complete)
        for one in ours
        for stage in naive.STAGES
        if (of := getattr(one, stage)).quantity or of.worth.micropounds
    }
    expected = naive.figures(generated, generated.clock().date())
    assert found == {key: one for key, one in expected.items() if one != nothing}
    assert {stage for _, _, stage in found} == {"committed", "due", "claimed", "accepted"}


def test_every_valuation_recomputes_and_one_that_is_altered_differs(generated: UnitOfWork) -> None:
    with generated.read(OPERATOR) as work:
        accepted = work.connection.scalar(select(func.count()).where(Review.c.decision == "accepted"))
    assert recompute(generated, OPERATOR) == Recomputed(accepted, ())
    with generated.begin(OPERATOR) as work:
        worth = select(func.min(Valuation.c.id)).where(Valuation.c.micropounds > 0).scalar_subquery()
        altered = update(Valuation).where(Valuation.c.id == worth).values(micropounds=Valuation.c.micropounds + 1)
        (review_id,) = work.connection.execute(altered.returning(Valuation.c.review_id)).scalars()
    assert recompute(generated, OPERATOR) == Recomputed(accepted, (review_id,))


def test_there_are_as_many_rows_as_were_asked_for(generated: UnitOfWork) -> None:
    with generated.read(OPERATOR) as work:
        numbers = [
            work.connection.scalar(select(func.count()).select_from(table))
            for table in (Contract, Commitment, Target, Entry, RevisionEntry)
        ]
    assert numbers == [12, 240, SMALL.entries, SMALL.entries, SMALL.entries] == [12, 240, 960, 960, 960]


def test_use_cases_go_on_where_the_generator_ended(generated: UnitOfWork) -> None:
    with generated.read(OPERATOR) as work:
        newest = work.connection.scalar(select(func.max(Review.c.id)))
    before = recompute(generated, OPERATOR)
    reviews.accept(generated, OPERATOR, entry_id=1)
    with generated.read(OPERATOR) as work:
        assert work.connection.scalar(select(func.max(Review.c.id))) == newest + 1
    assert recompute(generated, OPERATOR) == Recomputed(before.checked + 1, ())
