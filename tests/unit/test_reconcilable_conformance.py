"""For every check of the kit for portals a portal that fails exactly that one."""

from __future__ import annotations

from pathlib import Path

import pytest
import taking_portals as taking
import telling_portals as telling
from failing import checks_of, failed_by
from staging import Staging, trial_of

from quarterday.testing import ReconcilableConformance

HOSTILE: dict[str, list[type[Staging]]] = {
    "test_source_and_sink_are_one_portal": [telling.HasASinkOfAnotherName, telling.TakesReportsOnly],
    "test_the_sink_opens_nothing_before_it_is_told": [
        telling.HasASinkThatTakesAnySetting,
        telling.HasASinkThatLooksWhenMade,
    ],
    "test_terms_need_no_call": [telling.AsksForItsTerms, telling.HasOtherTermsEachTime],
    "test_terms_say_what_was_agreed": [telling.AgreedOnNothing, telling.SendsNoneAtOnce],
    "test_two_listings_are_the_same": [telling.ListsUnderNewKeys],
    "test_each_record_is_listed_once": [telling.ListsTheFirstTwice],
    "test_records_have_the_shape_of_a_portal": [
        telling.SaysOneThingMore,
        telling.CountsItsDesks,
        telling.CallsItsRecordsClaims,
        telling.PutsItsOwnAmongOurs,
    ],
    "test_numbers_days_and_moments_are_exact": [
        telling.WritesThousands,
        telling.WritesExponents,
        telling.WritesDaysAsPeopleDo,
        telling.ListsWithoutAnOffset,
    ],
    "test_what_it_tells_is_what_it_lists": [telling.TellsNoWords],
    "test_what_is_changed_there_is_told": [telling.KeepsChangesOfOursToItself],
    "test_what_is_delivered_is_listed": [taking.AnswersWithAnotherName],
    "test_each_record_has_an_answer": [taking.AnswersWithNoReference, taking.AnswersTheLastTwice],
    "test_one_bad_record_stops_only_itself": [taking.TakesTheBad, taking.StopsAtTheBad],
    "test_the_same_send_acts_once": [taking.AnswersOtherwiseNextTime, taking.ActsWhenAskedAThirdTime],
    "test_the_same_send_acts_once_in_another_batch": [taking.KnowsBatchesOnly],
    "test_a_lost_answer_acts_once": [taking.ForgetsWithTheAnswer, taking.GivesUpWithTheAnswer],
    "test_another_content_under_a_send_is_refused": [
        taking.TakesAnotherContent,
        taking.RefusesAnotherContentAndTakesIt,
        taking.PassesOverAnotherContent,
    ],
    "test_what_comes_late_brings_nothing_back": [taking.BringsTheOldBack],
    "test_an_overtaken_version_is_not_overwritten": [
        taking.OverwritesWhatIsNewer,
        taking.OverwritesAndSaysSo,
        taking.RefusesWhatIsOvertaken,
    ],
    "test_what_is_no_document_of_records_is_refused": [taking.PassesOverNonsense, taking.StumblesOverNonsense],
    "test_a_rehearsal_changes_nothing": [taking.RehearsesAloud, taking.KeepsItsRehearsals],
    "test_a_rehearsal_says_what_is_sent": [taking.RehearsesItsLines, taking.RehearsesText],
    "test_stopping_a_listing_early_lets_go_of_everything": [telling.LeavesItsListOpen],
    "test_memory_does_not_grow_with_the_list": [telling.HoldsTheList],
    "test_lists_and_deliveries_say_who_should_act": [
        telling.StumblesOverThePlace,
        telling.ListsNothingWhereItIsAway,
        taking.DeliversIntoThinAir,
        telling.CallsForItsList,
    ],
}


def failures(portal: type[Staging], room: Path) -> set[str]:
    failed = failed_by(ReconcilableConformance(), lambda place: trial_of(portal, place), room)
    for file in telling.LeavesItsListOpen.held:
        file.close()
    return failed


@pytest.mark.parametrize(
    ("check", "portal"), [(check, portal) for check, portals in HOSTILE.items() for portal in portals]
)
def test_it_fails_exactly_this_check(check: str, portal: type[Staging], tmp_path: Path) -> None:
    assert failures(portal, tmp_path) == {check}


def test_every_check_has_somebody_who_fails_it() -> None:
    assert sorted(HOSTILE) == checks_of(ReconcilableConformance, own=True)


def test_a_sound_portal_fails_nothing(tmp_path: Path) -> None:
    assert failures(Staging, tmp_path) == set()
