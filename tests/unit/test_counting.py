"""The counting rules, one by one, with the published examples (DOMAIN 4)."""

import inspect
import sys
from datetime import date
from fractions import Fraction as F
from typing import Any

import pytest

from quarterday import Catalogue, LocalArea, Measure, RuleData, Runs, unit
from quarterday.domain.claims import CarbonBasis, Claim, Invested, PersonMonths, Plain, Sessions, WeeksEach
from quarterday.domain.counting import RULES, judge
from quarterday.domain.counting.findings import Circumstances, Effect, Finding
from quarterday.domain.counting.once import share_left
from quarterday.domain.counting.over_time import together
from quarterday.domain.counting.people import share_of_full_time
from quarterday.domain.periods import quarter

BOROUGH = LocalArea(name="Exampleshire", codes=("E08000018",), since="2024-04-01")
Q2 = quarter("2026-Q2")


def jobs(people: int, share: F | int = 1, months: F | int = 3) -> PersonMonths:
    return PersonMonths(F(people), F(share), F(months))


def claim(ref: str = "J1", amount: Any = None, line: int = 2, **more: Any) -> Claim:
    return Claim(line=line, ref=ref, amount=amount or jobs(1), **more)


def edition(*rules: RuleData) -> Catalogue:
    refs = {ref for rule in rules for ref in rule.measures} | {"J1"}
    measures = tuple(Measure(ref=r, title=r, unit=unit("FTE"), theme="Jobs", outcome="Jobs") for r in sorted(refs))
    return Catalogue(id="test", edition="1", title="Test", measures=measures, rules=rules)


def rule(name: str, *refs: str, **numbers: str | int | bool) -> RuleData:
    return RuleData(rule=name, measures=refs or ("J1",), numbers=numbers)


def only(found: list[Finding]) -> Finding:
    assert len(found) == 1, found
    return found[0]


# Full-time equivalents


def test_ten_full_timers_and_five_half_timers_over_two_years_are_25() -> None:
    assert jobs(10, 1, 24).quantity + jobs(5, F(1, 2), 24).quantity == 25


def test_ten_people_for_one_quarter_are_two_and_a_half() -> None:
    assert jobs(10, 1, 3).quantity == F(5, 2)


def test_four_quarters_of_ten_people_are_10_not_40() -> None:
    quarters = [(date(2026, month, 28), jobs(10, 1, 3).quantity) for month in (3, 6, 9, 12)]
    assert together(Runs.FLOW, quarters) == 10


def test_twelve_months_of_one_person_are_exactly_one() -> None:
    assert sum(jobs(1, 1, 1).quantity for _ in range(12)) == 1


def test_three_thirds_are_exactly_one() -> None:
    assert sum(jobs(1, F(1, 3), 12).quantity for _ in range(3)) == 1


@pytest.mark.parametrize(("hours", "share"), [(35, F(1)), (40, F(1)), (F(35, 2), F(1, 2)), (0, F(0))])
def test_full_time_is_35_hours_and_overtime_adds_nothing(hours: F | int, share: F) -> None:
    assert share_of_full_time(F(hours)) == share


def test_an_authority_may_count_every_part_timer_as_half() -> None:
    halves = edition(rule("full-time", part_time="half"))
    found = only(judge([claim(amount=jobs(1, F(3, 4)))], halves, Circumstances())[0])
    assert found.effect is Effect.PART
    assert found.counts * F(3, 4) == F(1, 2)
    assert only(judge([claim(amount=jobs(1, F(1, 5)))], halves, Circumstances())[0]).effect is Effect.ASK
    assert judge([claim(amount=jobs(1)), claim(amount=jobs(1, F(1, 2)))], halves, Circumstances()) == [[], []]


def test_more_months_than_the_period_has_are_undecided() -> None:
    at = Circumstances(period=Q2)
    assert only(judge([claim(amount=jobs(10, 1, 12))], edition(), at)[0]).effect is Effect.UNDECIDED
    assert judge([claim(amount=jobs(10, 1, 3))], edition(), at) == [[]]


def test_more_months_than_the_dates_span_are_undecided() -> None:
    july = {"started": date(2026, 7, 1), "ended": date(2026, 7, 31)}
    assert only(judge([claim(amount=jobs(1, 1, 3), **july)], edition(), Circumstances())[0]).rule == "months"
    assert judge([claim(amount=jobs(1, 1, 1), **july)], edition(), Circumstances()) == [[]]
    from_september = claim(amount=jobs(1, 1, 3), started=date(2026, 9, 1))
    assert "between the dates given" in only(judge([from_september], edition(), Circumstances(period=Q2))[0]).sentence


def test_a_job_shorter_than_the_least_counts_its_months_and_is_shown_as_short() -> None:
    short = claim(started=date(2026, 7, 1), ended=date(2026, 9, 30))
    assert only(judge([short], edition(rule("job-length", months=12)), Circumstances())[0]).effect is Effect.ASK
    strict = edition(rule("job-length", months=12, short="counts nothing"))
    assert only(judge([short], strict, Circumstances())[0]).effect is Effect.EXCLUDED
    assert judge([short], strict, Circumstances(contract_months=3)) == [[]]
    assert judge([claim(started=date(2026, 7, 1))], strict, Circumstances()) == [[]]


def test_hires_from_disadvantaged_groups_count_in_their_first_year_only() -> None:
    first_year, at = edition(rule("first-months", months=12)), Circumstances(period=Q2)
    assert judge([claim(started=date(2026, 1, 1))], first_year, at) == [[]]
    found = only(judge([claim(started=date(2025, 9, 1))], first_year, at)[0])
    assert (found.effect, found.counts) == (Effect.PART, F(2, 3))
    gone = only(judge([claim(started=date(2025, 1, 1))], first_year, at)[0])
    assert gone.effect is Effect.EXCLUDED
    assert only(judge([claim()], first_year, at)[0]).effect is Effect.ASK
    longer = only(judge([claim(amount=jobs(1, 1, 24))], first_year, Circumstances())[0])
    assert longer.counts == F(1, 2)


def test_such_a_hire_needs_a_recruitment_programme() -> None:
    programme = edition(rule("recruitment-programme"))
    answers = [claim(is_through_programme=answer) for answer in (True, None, False)]
    through, unsaid, without = judge(answers, programme, Circumstances())
    assert through == []
    assert only(unsaid).effect is Effect.ASK
    assert only(without).effect is Effect.EXCLUDED


# Hours, training, money, carbon, words


def test_two_hours_for_eight_people_are_16_whatever_the_number_of_trainers() -> None:
    assert Sessions(F(2), F(8)).quantity == 16


def test_pounds_invested_are_pounds_before_any_staff_time() -> None:
    assert Invested(F(1250), staff_hours=F(10)).quantity == 1250


@pytest.mark.parametrize(
    ("numbers", "weeks", "counts"),
    [
        ({"at_least": 1, "at_most": 6}, 6, True),
        ({"at_least": 1, "at_most": 6}, 7, False),
        ({"at_least": 6}, 6, True),
        ({"at_least": 6}, 5, False),
        ({"at_least": 1, "at_most": 9}, 9, True),
    ],
)
def test_a_placement_has_its_least_and_its_most_weeks(numbers: dict[str, int], weeks: int, counts: bool) -> None:
    found = judge([claim(amount=WeeksEach(F(2), F(weeks)))], edition(rule("weeks-each", **numbers)), Circumstances())[0]
    assert [f.effect for f in found] == ([] if counts else [Effect.EXCLUDED])


def test_placements_given_as_one_number_are_asked_about() -> None:
    found = judge([claim(amount=Plain(F(12)))], edition(rule("weeks-each", at_least=6)), Circumstances())[0]
    assert only(found).effect is Effect.ASK


def test_training_counts_when_completed_or_supported_to_completion() -> None:
    answers = [claim(is_completed=answer) for answer in (True, None, False)]
    done, unsaid, dropped = judge(answers, edition(rule("completed")), Circumstances())
    assert done == []
    assert (only(unsaid).effect, only(dropped).effect) == (Effect.ASK, Effect.EXCLUDED)


def test_a_carbon_saving_needs_all_that_stands_behind_it() -> None:
    whole = CarbonBasis(
        baseline=F(40), baseline_year="2023", after=F(28), has_net_zero_policy=True, checked_by="An auditor"
    )
    saving, carbon = Plain(F(12)), edition(rule("carbon"))
    assert judge([claim(amount=saving, carbon=whole)], carbon, Circumstances()) == [[]]
    asked = only(judge([claim(amount=saving)], carbon, Circumstances())[0])
    assert asked.effect is Effect.ASK
    for what in ("baseline", "year", "later figure", "net-zero policy", "independently"):
        assert what in asked.sentence
    wrong = only(judge([claim(amount=Plain(F(13)), carbon=whole)], carbon, Circumstances())[0])
    assert wrong.effect is Effect.UNDECIDED


def test_a_claim_without_words_is_asked_about_or_disregarded() -> None:
    assert only(judge([claim()], edition(rule("words")), Circumstances())[0]).effect is Effect.ASK
    strict = edition(rule("words", disregard=True))
    assert only(judge([claim()], strict, Circumstances())[0]).effect is Effect.EXCLUDED
    assert judge([claim(words="A fair at the college")], strict, Circumstances()) == [[]]


# Where


@pytest.mark.parametrize(
    ("areas", "stated", "effect"),
    [
        ({"E08000018"}, None, Effect.NOTE),
        ({"E08000018"}, False, Effect.NOTE),
        ({"E08000039"}, True, Effect.EXCLUDED),
        ({"E08000018", "E08000039"}, None, Effect.UNDECIDED),
        ({"E08000018", "E08000039"}, True, Effect.NOTE),
        ({"E08000018", "E08000039"}, False, Effect.EXCLUDED),
        (set(), True, Effect.NOTE),
        (set(), None, Effect.UNDECIDED),
    ],
)
def test_what_lies_outside_the_local_area_is_excluded(areas: set[str], stated: bool | None, effect: Effect) -> None:
    at = Circumstances(local=BOROUGH, areas_under={"S60": areas})
    found = judge([claim(part_postcode="S60", is_local=stated)], edition(rule("local-only")), at)[0]
    assert only(found).effect is effect


def test_without_a_local_area_nothing_can_be_local() -> None:
    found = judge([claim(is_local=True)], edition(rule("local-only")), Circumstances())[0]
    assert only(found).effect is Effect.UNDECIDED


# Once


def test_a_pair_is_asked_about_once_and_never_forbidden() -> None:
    pair = edition(rule("once", "T9", "T10", of="same training week"))
    nine, ten = claim("T9", activity="Plumbing course"), claim("T10", activity="plumbing course ", line=3)
    first, second = judge([nine, ten], pair, Circumstances())
    assert first == []
    assert only(second).effect is Effect.ASK
    assert "same training week" in only(second).sentence
    answered = claim("T10", activity="Plumbing course", line=3, counted_once="other weeks")
    assert only(judge([nine, answered], pair, Circumstances())[1]).effect is Effect.NOTE
    assert judge([nine, claim("T10", activity="Welding", line=3)], pair, Circumstances()) == [[], []]


def test_rows_of_a_pair_without_labels_are_asked_about() -> None:
    pair = edition(rule("once", "T9", "T10", of="same training week"))
    assert only(judge([claim("T9"), claim("T10", line=3)], pair, Circumstances())[1]).effect is Effect.ASK


def test_one_person_is_never_in_two_groups() -> None:
    groups = edition(rule("one-group", "G3", "G4", "G6"))
    three, four = claim("G3", activity="Hire 3"), claim("G4", activity="Hire 3", line=3)
    assert only(judge([three, four], groups, Circumstances())[1]).effect is Effect.UNDECIDED
    many = claim("G4", amount=jobs(2), activity="Hire 3", line=3)
    assert only(judge([three, many], groups, Circumstances())[1]).effect is Effect.ASK
    answered = claim("G4", activity="Hire 3", line=3, counted_once="someone else")
    assert only(judge([three, answered], groups, Circumstances())[1]).effect is Effect.NOTE
    assert judge([claim("J1", activity="Hire 3"), three], groups, Circumstances()) == [[], []]


def test_two_groups_are_asked_about_once_only() -> None:
    both = edition(rule("one-group", "G3", "G4"), rule("once", "G3", "G4", of="same person"))
    claims = [claim("G3", activity="Hire 3"), claim("G4", activity="Hire 3", line=3)]
    assert only(judge(claims, both, Circumstances())[1]).rule == "one-group"


def test_shares_of_one_activity_never_exceed_the_whole() -> None:
    halves = [claim(activity="Fair", attribution=F(1, 2), line=line) for line in (2, 3, 4)]
    findings = judge(halves, edition(), Circumstances())
    assert [bool(found) for found in findings] == [False, False, True]
    assert only(findings[2]).effect is Effect.UNDECIDED
    months = [
        claim(activity="Hire 1", line=2, started=date(2026, 7, 1), ended=date(2026, 7, 31), amount=jobs(1, 1, 1)),
        claim(activity="Hire 1", line=3, started=date(2026, 8, 1), ended=date(2026, 8, 31), amount=jobs(1, 1, 1)),
    ]
    assert judge(months, edition(), Circumstances()) == [[], []]
    assert share_left([F(1, 3), F(1, 3)]) == F(1, 3)
    assert share_left([F(2, 3), F(2, 3)]) == 0


# Over time


def test_a_stock_is_not_summed() -> None:
    figures = [(date(2026, 6, 30), F(50)), (date(2026, 9, 30), F(40))]
    assert together(Runs.STOCK, figures) == 40
    assert together(Runs.RATE, figures) == 40
    assert together(Runs.FLOW, figures) == 90
    assert together(Runs.ONCE, figures) == 1
    assert together(Runs.FLOW, []) is None


def test_a_late_claim_keeps_its_own_date_and_what_comes_later_waits() -> None:
    at = Circumstances(period=Q2)
    late = claim(amount=Plain(F(3)), started=date(2026, 5, 1), ended=date(2026, 5, 9))
    early = claim(amount=Plain(F(3)), started=date(2026, 10, 1))
    assert only(judge([late], edition(), at)[0]).effect is Effect.NOTE
    assert only(judge([early], edition(), at)[0]).effect is Effect.EXCLUDED


def test_every_rule_on_a_single_claim_is_tried_above() -> None:
    here = inspect.getsource(sys.modules[__name__])
    assert [name for name in RULES if f'rule("{name}"' not in here] == ["staff-time"]  # in test_statement.py
