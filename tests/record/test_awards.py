"""Award and variation: commitments in one step, pinned; targets that add up; the old ones kept and read as at then."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import partial

import pytest
from refusals import not_refused
from sqlalchemy import select

from quarterday.db.models import AuditRow, Commitment, Target, Variation, Words
from quarterday.db.work import UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.domain.promises import Promise
from quarterday.services.promises import awards
from quarterday.services.promises.awards import WrongPromises
from quarterday.services.promises.dossier import dossier
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock


def promised(uow: UnitOfWork, contract: int, **when: object) -> dict[str, list[Fraction]]:
    found = awards.commitments(uow, OPERATOR, contract_id=contract, **when)  # type: ignore[arg-type]
    return {one.ref: list(one.targets.values()) for one in found}


def test_an_offer_becomes_commitments_in_one_step(uow: UnitOfWork) -> None:
    contract = builders.an_award(
        uow,
        promises={
            "JOBS": Promise("25"),
            "weeks": Promise("360", "front"),
            "ACCESS": Promise("120", "2026-Q3 = 60; 2027-Q1=120"),
            "WASTE": Promise("90%", "back"),
            "POLICY": Promise("yes"),
        },
    )
    assert promised(uow, contract) == {
        "JOBS": [Fraction(25, 8)] * 8,
        "WEEKS": [80, 70, 60, 50, 40, 30, 20, 10],
        "ACCESS": [0, 0, 60, 60, 120, 120, 120, 120],
        "WASTE": [0] * 7 + [90],
        "POLICY": [1] * 8,
    }
    whole = dossier(uow, OPERATOR, contract_id=contract)
    assert {one.measure.ref: one.quantity for one in whole.promised} == {
        "JOBS": 25,
        "WEEKS": 360,
        "ACCESS": 120,
        "WASTE": 90,
        "POLICY": 1,
    }
    assert whole.pinned is not None
    assert whole.pinned.edition == builders.a_catalogue()
    assert whole.pinned.values == builders.a_value_set()


def test_targets_are_for_the_authoritys_own_periods(uow: UnitOfWork) -> None:
    council = builders.an_authority(uow, first_month=1)
    dates = {"starts": date(2026, 4, 10), "ends": date(2026, 10, 9)}
    contract = builders.a_contract(uow, authority_id=council, rhythm="half-year", **dates)
    builders.an_award(uow, contract_id=contract, promises={"WEEKS": Promise("6")})
    (found,) = awards.commitments(uow, OPERATOR, contract_id=contract)
    assert list(found.targets) == [(date(2026, 1, 1), date(2026, 6, 30)), (date(2026, 7, 1), date(2026, 12, 31))]
    assert sum(found.targets.values()) == 6


def test_an_award_that_cannot_be_leaves_nothing_and_names_every_promise(uow: UnitOfWork) -> None:
    contract, awarded = builders.a_contract(uow), builders.an_award(uow)
    edition, values = builders.a_catalogue(), builders.a_value_set()
    award = partial(awards.award, uow, OPERATOR, contract_id=contract, edition=edition, promises=builders.PROMISES)
    wrong = {
        "WEEKS": Promise("-1"),
        "JOBS": Promise("NaN"),
        "GIFTS": Promise("12,5"),
        "SPEND": Promise("1e400"),
        "HOURS": Promise("10", "2026-Q1 = 9"),
        "WEKS": Promise("5"),
        "🚀": Promise("5"),
        "weeks ": Promise("5"),
    }
    long = builders.a_contract(uow, rhythm="month", ends=date(2199, 1, 1))
    cases: list[tuple[Callable[[], object], str]] = [
        (partial(award, contract_id=999), "There is no such contract"),
        (partial(award, contract_id=awarded), "has its commitments already; to change them, vary them"),
        (partial(award, promises={}), "Say what is promised"),
        (partial(award, promises=wrong), "(?s)WEEKS: .*negative.*JOBS: .*not a number.*GIFTS: .*decimal comma"),
        (
            partial(award, promises=wrong),
            "(?s)SPEND: .*exponent.*HOURS: .*add to 9, but 10 is.*mean “WEEKS”.*“🚀” is no",
        ),
        (partial(award, promises={"WEEKS": Promise("1"), "weeks": Promise("2")}), "WEEKS is promised twice"),
        (partial(award, edition=replace(edition, complete=False)), "known in part only"),
        (partial(award, value_set=replace(values, edition="made-up/9")), "values made-up/9, and the contract is meas"),
        (partial(award, value_set=replace(values, is_here=False)), "load the same file again first"),
        (partial(award, local_area_id=999), "no such definition of “local”"),
        (partial(award, contract_id=long), "more than 600 periods; look at its end, 2199-01-01"),
    ]
    assert not_refused(uow, cases) == []
    with pytest.raises(WrongPromises) as refused:
        award(promises=wrong)
    assert [problem.key for problem in refused.value.problems] == list(wrong)[:7]


def test_a_list_of_wrong_promises_ends(uow: UnitOfWork) -> None:
    wrong = {f"X{number}": Promise("1") for number in range(30)}
    with pytest.raises(WrongPromises, match=r"(?s)X0: .*… and 10 more\.$") as refused:
        builders.an_award(uow, promises=wrong)
    assert len(refused.value.problems) == 30


def test_a_variation_is_a_newer_row_and_the_old_stays(uow: UnitOfWork, clock: Clock) -> None:
    contract = builders.an_award(uow, promises={"WEEKS": Promise("400"), "GIFTS": Promise("800")})
    known = clock.now
    clock.forward(days=1)
    awards.vary(
        uow,
        OPERATOR,
        contract_id=contract,
        promises={"WEEKS": Promise("280"), "HOURS": Promise("40", "back"), "GIFTS": Promise("500")},
        since=date(2027, 5, 20),
        reason="Smaller site, agreed at the meeting with Jo",
    )
    assert promised(uow, contract) == {
        "WEEKS": [50, 50, 50, 50, 20, 20, 20, 20],
        "GIFTS": [100, 100, 100, 100, 25, 25, 25, 25],
        "HOURS": [4, 8, 12, 16],
    }
    assert promised(uow, contract, at=known) == {"WEEKS": [50] * 8, "GIFTS": [100] * 8}
    whole = dossier(uow, OPERATOR, contract_id=contract)
    assert [varied.reason for varied in whole.variations] == ["Smaller site, agreed at the meeting with Jo"]
    assert dossier(uow, OPERATOR, contract_id=contract, at=known).variations == ()
    with uow.begin(OPERATOR) as work:
        told = work.one(select(AuditRow.c.payload).where(AuditRow.c.action == "contract.varied"))
    assert told is not None
    assert "Jo" not in str(told)


def test_a_variation_names_who_agreed_and_survives_erased_words(uow: UnitOfWork) -> None:
    contract = builders.an_award(uow)
    with uow.begin(OPERATOR) as work:
        council = work.connection.execute(select(Commitment.c.contract_id)).scalars().first()
    assert council is not None
    authority = dossier(uow, OPERATOR, contract_id=contract).contract.authority_id
    lead = builders.a_user(uow, authority_id=authority, role="lead")
    actor = replace(
        OPERATOR, name=f"user/{lead}", user_id=lead, authority_id=authority, role=MemberRole.LEAD, is_operator=False
    )
    awards.vary(uow, actor, contract_id=contract, promises={"WEEKS": Promise("1")}, reason="Agreed")
    with uow.begin(OPERATOR) as work:
        row = work.one(select(Variation.c.words_id, Variation.c.by_user_id))
        assert row is not None
        assert row.by_user_id == lead
        from quarterday.services import words

        words.erase(work, row.words_id)
        assert work.one(select(Words.c.text, Words.c.salt).where(Words.c.id == row.words_id)) == (None, None)
    (varied,) = dossier(uow, OPERATOR, contract_id=contract).variations
    assert (varied.reason, varied.by.split()[0]) == ("", "Person")


def test_a_promise_is_taken_back_by_varying_it_to_nothing(uow: UnitOfWork) -> None:
    contract = builders.an_award(uow, promises={"WEEKS": Promise("400"), "POLICY": Promise("yes")})
    vary = partial(awards.vary, uow, OPERATOR, contract_id=contract, reason="Withdrawn")
    vary(promises={"WEEKS": Promise("0"), "POLICY": Promise("no")})
    assert promised(uow, contract) == {"WEEKS": [0] * 8, "POLICY": [0] * 8}


def test_a_variation_that_cannot_be_leaves_nothing(uow: UnitOfWork) -> None:
    contract, bare = builders.an_award(uow, promises={"WEEKS": Promise("400")}), builders.a_contract(uow)
    vary = partial(awards.vary, uow, OPERATOR, contract_id=contract, promises={"WEEKS": Promise("300")}, reason="r")
    cases: list[tuple[Callable[[], object], str]] = [
        (partial(vary, contract_id=bare), "has no commitments yet; award them first"),
        (partial(vary, reason="  "), "Say why the commitments change"),
        (partial(vary, promises={}), "Say what is promised"),
        (partial(vary, promises={"WEEKS": Promise("-300")}), "negative"),
        (partial(vary, promises={"HOURS": Promise("0")}), "nothing is no promise"),
        (
            partial(vary, promises={"WEEKS": Promise("199")}, since=date(2027, 4, 1)),
            "200 is promised for the periods before, so the whole can't be 199",
        ),
        (partial(vary, since=date(2028, 4, 1)), "last period ends before 2028-04-01"),
    ]
    assert not_refused(uow, cases) == []


def test_every_target_is_kept_as_it_was_written(uow: UnitOfWork, clock: Clock) -> None:
    contract = builders.an_award(uow, promises={"WEEKS": Promise("400")})
    with uow.begin(OPERATOR) as work:
        before = work.all(select(Target.c.id, Target.c.numerator, Target.c.denominator, Target.c.recorded_at))
    clock.forward(days=1)
    awards.vary(uow, OPERATOR, contract_id=contract, promises={"WEEKS": Promise("1")}, reason="r")
    with uow.begin(OPERATOR) as work:
        after = work.all(
            select(Target.c.id, Target.c.numerator, Target.c.denominator, Target.c.recorded_at).order_by(Target.c.id)
        )
    assert after[: len(before)] == before
    assert len(after) == 2 * len(before)
