"""A figure walked back to its leaves, which add to it exactly, and recomputed from what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction as F
from random import Random
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from quarterday.db.models import Entry, Review, User, Valuation, Words
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.domain.promises import Promise
from quarterday.domain.valuation import Amount, total
from quarterday.errors import Refused
from quarterday.services import words
from quarterday.services.figures.as_at import Wanted
from quarterday.services.figures.delivery import delivery
from quarterday.services.figures.explaining import Explained, explain
from quarterday.services.figures.recomputing import recompute
from quarterday.services.returns import activities, reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

APRIL, JULY = date(2026, 4, 20), date(2026, 7, 1)
GIFT = {"ref": "GIFTS", "quantity": "90", "words": "To the food bank."}


def explained(uow: UnitOfWork, ref: str, actor: Actor = OPERATOR, **more: Any) -> list[Explained]:
    only = {name: more.pop(name) for name in ("return_id", "entry_id") if name in more}
    return explain(uow, actor, ref=ref, wanted=Wanted(**more), **only)


def report(uow: UnitOfWork, contract_id: int, *typed: Mapping[str, str], on: date = JULY) -> list[int]:
    return builders.a_submission(uow, *typed, return_id=builders.a_return(uow, contract_id=contract_id, on=on))


def a_reviewer(uow: UnitOfWork) -> Actor:
    user_id = builders.a_user(uow, authority_id=1)
    return Actor(f"user/{user_id}", user_id=user_id, authority_id=1, role=MemberRole.ADMINISTRATOR)


class TestLeaves:
    def test_a_leaf_has_everything_that_makes_its_worth(self, uow: UnitOfWork) -> None:
        typed = GIFT | {"contract_share": "1/3", "activity": "Spring fair"}
        contract = builders.an_award(uow, contract_id=builders.a_contract(uow, reference="EX-1"))
        (entry,) = report(uow, contract, typed)
        reviewer = a_reviewer(uow)
        reviews.query(uow, reviewer, entry_id=entry, reason="Which fair?")
        reviews.accept(uow, reviewer, entry_id=entry, quantity="60", reason="As the receipt says.")
        (figure,) = explained(uow, "gifts")
        (leaf,) = figure.leaves
        assert (figure.measure.ref, figure.edition, figure.accepted.quantity) == ("GIFTS", "made-up/1", 20)
        assert (leaf.entry_id, leaf.return_id, leaf.contract, leaf.activity) == (entry, 1, "EX-1", "Spring fair")
        assert (leaf.claimed, leaf.share, leaf.quantity, leaf.worth) == (90, F(1, 3), 20, Amount(20_000_000))
        assert leaf.typed == {"quantity": "90", "contract_share": "1/3"}
        assert [(one.decision, one.actor, one.role) for one in leaf.decisions] == [
            ("queried", reviewer.name, "contract manager"),
            ("accepted", reviewer.name, "contract manager"),
        ]
        with uow.read(OPERATOR) as work:
            name = work.all(select(User.c.name).where(User.c.id == reviewer.user_id))[0].name
            supplier = activities.reporting_supplier(work, leaf.contract_id)
        assert {one.by for one in leaf.decisions} == {name}
        (theirs,) = explained(uow, "gifts", Actor("user/99", supplier_id=supplier))
        assert {one.by for one in theirs.leaves[0].decisions} == {""}
        assert leaf.unit_value
        assert (leaf.unit_value.text, leaf.value_day) == ("1", date(2026, 9, 30))
        assert leaf.values
        assert (leaf.values.id, leaf.values.licence) == ("round", "made up")
        assert leaf.agrees

    def test_what_adds_nothing_is_there_and_says_why(self, uow: UnitOfWork) -> None:
        contract = builders.an_award(uow)
        entries = report(uow, contract, *[GIFT] * 5)
        reviews.accept(uow, OPERATOR, entry_id=entries[0])
        for entry in entries[1:3]:
            reviews.query(uow, OPERATOR, entry_id=entry, reason="Which?")
        reviews.answer(uow, OPERATOR, entry_id=entries[2], text="The one in May.")
        reviews.reject(uow, OPERATOR, entry_id=entries[3], reason="Not ours.")
        (figure,) = explained(uow, "GIFTS")
        assert [leaf.why_not for leaf in figure.leaves] == [
            "",
            "It is queried, and waits for the supplier.",
            "The query on it is answered, and waits for the council.",
            "It is rejected.",
            "Nobody has decided on it yet.",
        ]
        assert [leaf.worth.micropounds for leaf in figure.leaves] == [90_000_000, 0, 0, 0, 0]

    def test_of_a_stock_only_the_level_that_stands_counts(self, uow: UnitOfWork) -> None:
        contract = builders.an_award(uow)
        level = {"ref": "ACCESS", "quantity": "40"}
        for on in (APRIL, JULY):
            for entry in report(uow, contract, level, on=on):
                reviews.accept(uow, OPERATOR, entry_id=entry)
        (figure,) = explained(uow, "ACCESS")
        assert [(leaf.quantity, bool(leaf.why_not)) for leaf in figure.leaves] == [(0, True), (40, False)]
        assert figure.accepted.quantity == 40

    def test_the_rules_are_worked_out_again_with_what_was_submitted_beside_it(self, uow: UnitOfWork) -> None:
        contract = builders.an_award(uow)
        level = {"ref": "ACCESS", "quantity": "40"}
        report(uow, contract, level, level | {"quantity": "50"}, GIFT)
        (figure,) = explained(uow, "ACCESS")
        first, last = figure.leaves
        assert [(one.rule, one.effect.value) for one in first.findings] == [("latest", "excluded")]
        assert (last.findings, first.agrees, last.agrees) == ((), True, True)
        assert f"line {last.entry_id}" in first.findings[0].sentence

    def test_what_was_recorded_otherwise_is_noticed(self, uow: UnitOfWork) -> None:
        report(uow, builders.an_award(uow), GIFT)
        with uow.begin(OPERATOR) as work:
            recorded = {"standing": "excluded", "counted": "0", "rules": []}
            work.connection.execute(update(Entry).values(findings=recorded))
        (figure,) = explained(uow, "GIFTS")
        assert not figure.leaves[0].agrees

    def test_it_is_explained_after_its_words_were_erased(self, uow: UnitOfWork) -> None:
        (entry,) = report(uow, builders.an_award(uow), GIFT)
        reviews.accept(uow, OPERATOR, entry_id=entry)
        with uow.begin(OPERATOR) as work:
            for row in work.all(select(Words.c.id)):
                words.erase(work, row.id)
        (figure,) = explained(uow, "GIFTS")
        assert figure.accepted.worth == Amount(90_000_000)


class TestChoosing:
    @pytest.fixture
    def contracts(self, uow: UnitOfWork) -> list[int]:
        made = [builders.an_award(uow) for _ in range(2)]
        for contract in made:
            for entry in report(uow, contract, GIFT, GIFT):
                reviews.accept(uow, OPERATOR, entry_id=entry)
        return made

    def test_one_contract_return_or_entry(self, uow: UnitOfWork, contracts: list[int]) -> None:
        def leaves(**more: Any) -> list[int]:
            return [leaf.entry_id for one in explained(uow, "GIFTS", **more) for leaf in one.leaves]

        assert leaves() == [1, 2, 3, 4]
        assert leaves(contract_id=contracts[1]) == leaves(return_id=2) == [3, 4]
        assert leaves(entry_id=3) == [3]
        assert leaves(authority_id=1) == [1, 2]

    def test_what_is_not_there_is_refused(self, uow: UnitOfWork, contracts: list[int]) -> None:
        with pytest.raises(Refused, match="No contract in view is measured by “GIFT”; did you mean “GIFTS”"):
            explained(uow, "GIFT")
        with pytest.raises(Refused, match="Nothing of JOBS is claimed"):
            explained(uow, "JOBS")

    def test_others_entries_do_not_exist(self, uow: UnitOfWork, contracts: list[int]) -> None:
        firm = Actor("user/9", supplier_id=1)
        assert [len(one.leaves) for one in explained(uow, "GIFTS", firm)] == [2]
        with pytest.raises(Refused, match="Nothing of GIFTS is claimed in view"):
            explained(uow, "GIFTS", firm, entry_id=3)

    def test_as_at_an_instant(self, uow: UnitOfWork, clock: Clock, contracts: list[int]) -> None:
        before = clock.now
        clock.forward(hours=1)
        reviews.reject(uow, OPERATOR, entry_id=1, reason="Not ours.")
        assert explained(uow, "GIFTS")[0].leaves[0].why_not == "It is rejected."
        (figure,) = explained(uow, "GIFTS", at=before)
        assert [len(leaf.decisions) for leaf in figure.leaves] == [1, 1, 1, 1]
        assert figure.accepted.quantity == 360


@pytest.mark.parametrize("seed", [1, 2])
def test_the_leaves_add_to_the_figure_exactly(uow: UnitOfWork, seed: int) -> None:
    """On data by chance the leaves' micropounds are the delivery figure's, of every measure."""
    chance = Random(seed)
    promises = {"HOURS": Promise("9"), "ACCESS": Promise("9"), "WASTE": Promise("9"), "JOBS": Promise("1")}
    rows = (
        {"ref": "HOURS", "hours": "1.37", "attendees": "7", "contract_share": "1/3"},
        {"ref": "HOURS", "hours": "0.333333333", "attendees": "11", "contract_share": "0.7"},
        {"ref": "ACCESS", "quantity": "33.3"},
        {"ref": "WASTE", "quantity": "61.5"},
        {"ref": "JOBS", "people": "1", "full_time_share": "0.6", "months": "2"},
    )
    for _ in range(2):
        contract = builders.an_award(uow, promises=promises)
        for on in (APRIL, JULY):
            for entry in report(uow, contract, *chance.choices(rows, k=6), on=on):
                if chance.random() < 0.8:
                    reviews.accept(uow, OPERATOR, entry_id=entry)
    with uow.read(OPERATOR) as work:
        figures = [one for one in delivery(work, Wanted()) if one.claimed.quantity != 0]
    assert figures
    for one in figures:
        (found,) = explained(uow, one.measure.ref)
        assert found.accepted == one.accepted
        assert sum(leaf.worth.micropounds for leaf in found.leaves) == one.accepted.worth.micropounds
        assert total(leaf.worth for leaf in found.leaves).is_complete == one.accepted.worth.is_complete


class TestRecomputing:
    @pytest.fixture
    def entries(self, uow: UnitOfWork) -> list[int]:
        job = {"ref": "JOBS", "people": "1", "full_time_share": "1", "months": "3"}
        made = report(uow, builders.an_award(uow), GIFT | {"contract_share": "1/3"}, job, GIFT)
        for entry in made:
            reviews.accept(uow, OPERATOR, entry_id=entry)
        reviews.reject(uow, OPERATOR, entry_id=made[2], reason="Not ours.")
        return made

    def test_nothing_differs_and_superseded_acceptances_are_checked_too(
        self, uow: UnitOfWork, entries: list[int]
    ) -> None:
        found = recompute(uow, OPERATOR)
        assert (found.checked, found.differing) == (3, ())

    @pytest.mark.parametrize(
        "change",
        [
            update(Valuation).where(Valuation.c.id == 1).values(micropounds=Valuation.c.micropounds + 1),
            update(Valuation).where(Valuation.c.id == 1).values(micropounds=Valuation.c.micropounds - 1),
            update(Valuation).where(Valuation.c.id == 1).values(is_complete=False),
            delete(Valuation).where(Valuation.c.id == 1),
            update(Review).where(Review.c.id == 1).values(numerator=91),
            update(Entry).where(Entry.c.id == 1).values(share_denominator=4),
        ],
    )
    def test_a_millionth_of_a_pound_is_seen(self, uow: UnitOfWork, entries: list[int], change: Any) -> None:
        with uow.begin(OPERATOR) as work:
            work.connection.execute(change)
        found = recompute(uow, OPERATOR)
        assert (found.checked, found.differing) == (3, (1,))

    def test_it_reads_what_a_figure_rests_on_and_not_what_plugins_offer(
        self, uow: UnitOfWork, entries: list[int]
    ) -> None:
        """The made-up edition is no plugin's: its snapshot is all there is of it."""
        from quarterday.services.measures.catalogues import catalogues

        assert builders.a_catalogue().key not in catalogues().editions
        assert recompute(uow, OPERATOR).differing == ()

    def test_each_recomputes_its_own(self, uow: UnitOfWork, entries: list[int]) -> None:
        assert recompute(uow, Actor("user/1", supplier_id=1)).checked == 3
        assert recompute(uow, Actor("user/1", supplier_id=builders.a_supplier(uow))).checked == 0

    def test_values_that_are_not_here_leave_a_figure_incomplete_and_nothing_differing(self, uow: UnitOfWork) -> None:
        absent = replace(builders.a_value_set(), values=())
        contract = builders.an_award(uow, edition=builders.a_catalogue(), value_set=absent)
        (entry,) = report(uow, contract, GIFT)
        reviews.accept(uow, OPERATOR, entry_id=entry)
        with uow.begin(OPERATOR) as work:
            work.connection.execute(delete(Valuation))
        assert recompute(uow, OPERATOR).differing == ()
        (figure,) = explained(uow, "GIFTS")
        assert not figure.accepted.worth.is_complete
