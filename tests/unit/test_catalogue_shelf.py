"""Finding an edition by the name a person gives."""

from dataclasses import replace

import pytest

from quarterday import Catalogue, Trouble
from quarterday.errors import Usage
from quarterday.services.measures.catalogues import LeftOut, Shelf

NEW = Catalogue(id="toms-test", edition="2022", title="New")
OLD = replace(NEW, edition="2019", current=False)


def shelf(*editions: Catalogue, left_out: tuple[LeftOut, ...] = ()) -> Shelf:
    return Shelf({one.key: one for one in editions}, {one.key: "test" for one in editions}, left_out)


@pytest.mark.parametrize("name", ["toms-test", "toms-test/2022", " TOMs-Test ", "TOMS-TEST/2022"])
def test_the_id_means_the_current_edition_whatever_the_case(name: str) -> None:
    assert shelf(OLD, NEW).find(name) is NEW


def test_an_old_edition_is_found_by_its_key() -> None:
    assert shelf(OLD, NEW).find("toms-test/2019") is OLD


def test_a_single_edition_is_meant_even_if_it_is_not_current() -> None:
    assert shelf(OLD).find("toms-test") is OLD


def test_of_several_current_editions_a_person_says_which() -> None:
    newer = replace(NEW, edition="2023")
    with pytest.raises(Usage, match="has several editions; say which: toms-test/2022, toms-test/2023\\."):
        shelf(OLD, NEW, newer).find("toms-test")


def test_of_several_editions_none_of_them_current_a_person_says_which() -> None:
    older = replace(OLD, edition="2017")
    with pytest.raises(Usage, match="say which: toms-test/2019, toms-test/2017"):
        shelf(OLD, older).find("toms-test")


@pytest.mark.parametrize("name", ["toms-bad", "toms-bad/1"])
def test_one_that_is_left_out_says_why(name: str) -> None:
    out = LeftOut("council", "toms-bad/1", "toms-bad/1: it has no measure.")
    with pytest.raises(Trouble, match="is left out: toms-bad/1: it has no measure") as trouble:
        shelf(NEW, left_out=(out,)).find(name)
    assert trouble.value.code == 1


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(Usage, match="There is no catalogue “tom-tests”; did you mean “toms-test”"):
        shelf(NEW).find("tom-tests")


def test_an_empty_shelf_says_where_to_look() -> None:
    with pytest.raises(Usage, match="“quarterday catalogue list” shows what there is"):
        shelf().find("toms-test")
