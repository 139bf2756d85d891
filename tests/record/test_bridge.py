"""Bridges on the record: each step by what brings it about, and both ends the delivery figures of their instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction as F
from typing import Any

import pytest
from sqlalchemy import select

from quarterday.db.models import Return
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.bridge import Bridge, MeasureBridge, Move, Step, totals
from quarterday.domain.promises import Promise
from quarterday.domain.units import unit
from quarterday.domain.valuation import Amount
from quarterday.errors import Refused
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.bridge import View, bridge
from quarterday.services.figures.delivery import delivery
from quarterday.services.organisations import local_areas
from quarterday.services.promises import awards
from quarterday.services.returns import reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

APRIL, JULY = date(2026, 4, 20), date(2026, 7, 1)
GIFT = {"ref": "GIFTS", "quantity": "90"}


def report(uow: UnitOfWork, contract_id: int, *typed: Mapping[str, str], on: date = JULY) -> list[int]:
    return builders.a_submission(uow, *typed, return_id=builders.a_return(uow, contract_id=contract_id, on=on))


def accept(uow: UnitOfWork, *entries: int) -> None:
    for entry in entries:
        reviews.accept(uow, OPERATOR, entry_id=entry)


def look(clock: Clock) -> View:
    """A view of what is known now; what happens next happens later."""
    view = View(at=clock.now)
    clock.forward(hours=1)
    return view


def of(uow: UnitOfWork, ref: str, first: View, second: View | None = None, **more: Any) -> MeasureBridge:
    made = bridge(uow, OPERATOR, first=first, second=second or View(), **more)
    (found,) = [one for one in made if one.measure.ref == ref]
    for view, side in ((first, "before"), (second or View(), "after")):
        if view.edition is None and view.values is None:
            with uow.read(OPERATOR) as work:
                figures = delivery(work, Wanted(at=view.at, is_running=True))
            for one in made:
                same = [
                    f
                    for f in figures
                    if (f.measure.ref, f.edition, f.local) == (one.measure.ref, one.edition, one.local)
                ]
                for stage in ("committed", "accepted"):
                    end: Bridge = getattr(one, stage)
                    worth = sum(getattr(figure, stage).worth.micropounds for figure in same)
                    quantity = sum(getattr(figure, stage).quantity for figure in same)
                    assert (getattr(end, f"quantity_{side}"), getattr(end, side).micropounds) == (quantity, worth)
    return found


def steps(one: Bridge) -> dict[Step, tuple[F, int]]:
    """Each step with its quantity and its whole £."""
    return {step: (move.quantity, move.micropounds // 10**6) for step, move in one.steps.items()}


@pytest.fixture
def contract_id(uow: UnitOfWork) -> int:
    return builders.an_award(uow)


class TestBetweenInstants:
    def test_nothing_happened(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        found = of(uow, "GIFTS", look(clock))
        assert (steps(found.committed), steps(found.accepted)) == ({}, {})
        assert found.committed.before == found.committed.after == Amount(2_000_000_000)

    def test_new_contracts_and_new_commitments(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        before = look(clock)
        builders.an_award(uow, promises={"GIFTS": Promise("500"), "HOURS": Promise("8")})
        assert steps(of(uow, "GIFTS", before).committed) == {Step.NEW: (500, 500)}
        assert steps(of(uow, "HOURS", before).committed) == {Step.NEW: (8, 100)}

    def test_varied_targets(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        before = look(clock)
        changed = {"GIFTS": Promise("1500"), "ACCESS": Promise("90"), "HOURS": Promise("8")}
        awards.vary(uow, OPERATOR, contract_id=contract_id, promises=changed, reason="Agreed.")
        assert steps(of(uow, "GIFTS", before).committed) == {Step.VARIED: (-500, -500)}
        assert steps(of(uow, "ACCESS", before).committed) == {Step.VARIED: (-30, -2500)}
        assert steps(of(uow, "HOURS", before).committed) == {Step.NEW: (8, 100)}

    def test_delivered_and_late_claims(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        accept(uow, *report(uow, contract_id, GIFT, on=APRIL))
        before = look(clock)
        july = builders.a_return(uow, contract_id=contract_id)
        with uow.read(OPERATOR) as work:
            past = work.connection.execute(select(Return.c.period_id).where(Return.c.id == 1)).scalar_one()
        builders.a_draft(uow, GIFT | {"quantity": "7"}, return_id=july, late_period_id=past)
        accept(uow, *builders.a_submission(uow, GIFT, return_id=july))
        assert steps(of(uow, "GIFTS", before).accepted) == {Step.DELIVERED: (90, 90), Step.LATE: (7, 7)}

    def test_changed_decisions_and_amended_entries(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        entries = report(uow, contract_id, GIFT, GIFT, GIFT)
        accept(uow, *entries)
        before = look(clock)
        reviews.accept(uow, OPERATOR, entry_id=entries[0], quantity="50", reason="As the receipt says.")
        reviews.reject(uow, OPERATOR, entry_id=entries[1], reason="Not ours.")
        reviews.query(uow, OPERATOR, entry_id=entries[2], reason="All of it?")
        builders.a_draft(uow, GIFT | {"quantity": "80"}, return_id=1, replaces_entry_id=entries[2])
        accept(uow, builders.a_submission(uow, return_id=1)[-1])
        assert steps(of(uow, "GIFTS", before).accepted) == {Step.VARIED: (-140, -140)}

    def test_ended_contracts(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        short = builders.an_award(uow, contract_id=builders.a_contract(uow, ends=date(2026, 9, 30)))
        accept(uow, *report(uow, short, GIFT), *report(uow, contract_id, GIFT))
        before = look(clock)
        clock.now = datetime(2026, 10, 1, 12, tzinfo=UTC)
        found = of(uow, "GIFTS", before)
        assert steps(found.committed) == {Step.ENDED: (-2000, -2000)}
        assert steps(found.accepted) == {Step.ENDED: (-90, -90)}

    def test_a_new_level_of_a_stock_is_delivered(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        level = {"ref": "ACCESS", "quantity": "60"}
        accept(uow, *report(uow, contract_id, level, on=APRIL))
        before = look(clock)
        accept(uow, *report(uow, contract_id, level | {"quantity": "66"}))
        assert steps(of(uow, "ACCESS", before).accepted) == {Step.DELIVERED: (6, 500)}

    def test_backwards_it_is_the_same_way(self, uow: UnitOfWork, clock: Clock, contract_id: int) -> None:
        before = look(clock)
        accept(uow, *report(uow, contract_id, GIFT))
        after = look(clock)
        assert of(uow, "GIFTS", after, before).accepted.after == of(uow, "GIFTS", before, after).accepted.before


class TestBetweenEditions:
    """A new edition is a new view of the same accepted quantities, never a rewrite (DOMAIN 4.4)."""

    @pytest.fixture
    def accepted(self, uow: UnitOfWork, contract_id: int) -> int:
        job = {"ref": "JOBS", "people": "1", "full_time_share": "1", "months": "3"}
        accept(uow, *report(uow, contract_id, GIFT, {"ref": "ACCESS", "quantity": "12"}, job))
        return contract_id

    def test_other_values_re_value(self, uow: UnitOfWork, accepted: int) -> None:
        dear = builders.a_value_set()
        dear = replace(dear, values=tuple(replace(one, text="10", value=F(10)) for one in dear.values))
        found = of(uow, "GIFTS", View(), View(values=dear))
        assert steps(found.committed) == {Step.REVALUED: (0, 18_000)}
        assert steps(found.accepted) == {Step.REVALUED: (0, 810)}

    def test_a_newer_edition_re_values_what_it_counts_alike(self, uow: UnitOfWork, accepted: int) -> None:
        newer = replace(builders.a_catalogue("2"), measures=tuple(
            replace(one, unit=unit("staff hours")) if one.ref == "ACCESS" else one
            for one in builders.a_catalogue("2").measures if one.ref != "JOBS"
        ))  # fmt: skip
        values = builders.a_value_set("2")
        values = replace(values, values=tuple(replace(one, text="3", value=F(3)) for one in values.values))
        view = View(edition=newer, values=values)
        assert steps(of(uow, "GIFTS", View(), view).accepted) == {Step.REVALUED: (0, 180)}
        for ref, quantity in (("ACCESS", 12), ("JOBS", F(1, 4))):
            gone, back = of(uow, ref, View(), view).accepted, of(uow, ref, view, View()).accepted
            assert list(gone.steps) == [Step.ENDED]
            assert gone.steps[Step.ENDED].quantity == -quantity
            assert list(back.steps) == [Step.NEW]
        assert of(uow, "ACCESS", view, View()).accepted.steps[Step.NEW] == Move(F(12), 1_000_000_000)
        with uow.read(OPERATOR) as work:
            assert {one.edition for one in delivery(work, Wanted())} == {"made-up/1"}

    def test_a_view_without_values_is_incomplete_and_says_why(self, uow: UnitOfWork, accepted: int) -> None:
        view = View(edition=builders.a_catalogue("2"))
        found = of(uow, "GIFTS", View(), view).accepted
        assert found.after == Amount(0, False, ("No value set is chosen, so there are quantities and no £.",))
        assert (found.quantity_after, steps(found)) == (90, {Step.REVALUED: (0, -90)})


class TestTotals:
    def test_local_value_stands_apart_and_on_each_definition_by_itself(self, uow: UnitOfWork, clock: Clock) -> None:
        council = builders.an_authority(uow)
        before = look(clock)
        for name, codes in (("The borough", ["E08000018"]), ("Wider", ["E08000018", "E08000019"])):
            area = local_areas.define(uow, OPERATOR, authority_id=council, name=name, codes=codes)
            contract = builders.a_contract(uow, authority_id=council)
            promises = {"SPEND": Promise("100"), "GIFTS": Promise("10")}
            builders.an_award(uow, contract_id=contract, local_area_id=area, promises=promises)
        made = bridge(uow, OPERATOR, first=before, second=View(), authority_id=council)
        found = totals(made, lambda one: one.committed)
        assert [(area.name if area else "", one.after.micropounds) for area, one in found.local_economic] == [
            ("The borough", 50_000_000),
            ("Wider", 50_000_000),
        ]
        assert (steps(found.social), found.together) == ({Step.NEW: (0, 20)}, None)
        alone = totals(bridge(uow, OPERATOR, first=before, second=View(), contract_id=1), lambda one: one.committed)
        assert alone.together
        assert steps(alone.together) == {Step.NEW: (0, 60)}

    def test_percentages_have_no_bridge(self, uow: UnitOfWork) -> None:
        builders.an_award(uow, promises={"WASTE": Promise("90"), "GIFTS": Promise("1")})
        assert [one.measure.ref for one in bridge(uow, OPERATOR, first=View(), second=View())] == ["GIFTS"]

    def test_each_sees_its_own(self, uow: UnitOfWork, contract_id: int) -> None:
        other = Actor("user/1", supplier_id=builders.a_supplier(uow))
        assert bridge(uow, other, first=View(), second=View()) == []
        with pytest.raises(Refused, match="no such contract"):
            bridge(uow, other, first=View(), second=View(), contract_id=contract_id)
