"""What the tests of delivery figures share: figures asked for, and held to a naive reading of the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from fractions import Fraction as F
from typing import Any

import naive

from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.delivery import Figures
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import Per, delivery
from quarterday.services.returns import reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR

APRIL, JULY, OCTOBER = date(2026, 4, 20), date(2026, 7, 1), date(2026, 10, 1)
JOB = {"ref": "JOBS", "people": "2", "full_time_share": "1", "months": "3"}
GIFT = {"ref": "GIFTS", "quantity": "90"}


def figures(uow: UnitOfWork, per: Collection[Per] = (), actor: Actor = OPERATOR, **wanted: Any) -> list[Figures]:
    with uow.read(actor) as work:
        return delivery(work, Wanted(**wanted), per)


def by_ref(found: Iterable[Figures]) -> dict[str, Figures]:
    listed = list(found)
    known = {one.measure.ref: one for one in listed}
    assert len(known) == len(listed)
    return known


def report(uow: UnitOfWork, contract_id: int, on: date, *typed: Mapping[str, str]) -> list[int]:
    return builders.a_submission(uow, *typed, return_id=builders.a_return(uow, contract_id=contract_id, on=on))


def accept(uow: UnitOfWork, *entries: int) -> None:
    for entry in entries:
        reviews.accept(uow, OPERATOR, entry_id=entry)


def assert_as_naive(uow: UnitOfWork, day: date, at: datetime | None = None) -> None:
    """The figures by contract are those of a naive reading, in every stage."""
    found = {}
    for one in figures(uow, {Per.CONTRACT}, at=at):
        for stage in naive.STAGES:
            worth = getattr(one, stage).worth
            figure = naive.Figure(getattr(one, stage).quantity, worth.micropounds, worth.is_complete)
            found[one.contract_id, one.measure.ref, stage] = figure
    nothing = naive.Figure(F(0), 0, True)
    expected = naive.figures(uow, day, at)
    assert {key: figure for key, figure in found.items() if figure != nothing} == {
        key: figure for key, figure in expected.items() if figure != nothing
    }
