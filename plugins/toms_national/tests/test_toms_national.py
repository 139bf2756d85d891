"""The national editions: they keep to the kit, and hold what public documents say and nothing more."""

from types import ModuleType

import pytest

from quarterday import Catalogue, Confidence, Health, Kind, MeasureCatalogue
from quarterday.testing import CatalogueConformance
from quarterday_toms_national import plugin as toms_national
from quarterday_toms_national.check import CompiledEdition


class TestCatalogues(CatalogueConformance):
    @pytest.fixture
    def plugin(self) -> ModuleType:
        return toms_national


@pytest.fixture
def editions() -> dict[str, MeasureCatalogue]:
    return {edition.edition: edition for edition in toms_national.measure_catalogues()}


@pytest.fixture
def compiled(editions: dict[str, MeasureCatalogue]) -> Catalogue:
    edition = editions["2022-compiled"]
    assert isinstance(edition, Catalogue)
    return edition


def test_contracts_are_pinned_to_the_compiled_edition_and_the_others_are_there_in_part(
    editions: dict[str, MeasureCatalogue],
) -> None:
    assert {name: (edition.current, edition.complete) for name, edition in editions.items()} == {
        "2022-compiled": (True, True),
        "2019": (False, False),
        "2017": (False, False),
    }


def test_the_compiled_edition_holds_what_was_seen_and_no_guess(compiled: Catalogue) -> None:
    assert len(compiled.measures) == 41
    assert compiled.measure("NT11?") is None
    assert compiled.measure("NT19") is None  # known from background knowledge only
    assert all(measure.seen_in for measure in compiled.measures)
    assert {measure.ref for measure in compiled.measures if measure.confidence is Confidence.LOW} == {"NT32", "NT33"}


def test_doubtful_units_say_so(compiled: Catalogue) -> None:
    for ref in ("NT32", "NT33"):
        measure = compiled.measure(ref)
        assert measure is not None
        assert "miles" in measure.notes


def test_localised_is_unknown_where_no_source_says(compiled: Catalogue) -> None:
    assert {measure.ref for measure in compiled.measures if measure.localised} == {"NT1", "NT1a", "NT1c", "NT18"}
    assert {measure.ref for measure in compiled.measures if measure.localised is None} == {
        *("NT2", "NT3a", "NT11", "NT22", "NT23", "NT55", "NT58", "NT69", "NT72", "RE14")
    }


def test_jobs_and_local_spend_are_local_economic_value(compiled: Catalogue) -> None:
    assert {measure.ref for measure in compiled.measures if measure.is_local_economic} == {
        "NT1",
        "NT1a",
        "NT1c",
        "NT18",
    }


def test_a_percentage_is_record_only(compiled: Catalogue) -> None:
    assert {measure.ref for measure in compiled.measures if measure.kind is Kind.RECORD_ONLY} == {"NT2", "NT22", "NT23"}


def test_doctor_says_what_to_compare() -> None:
    (verdict,) = CompiledEdition().run()
    assert verdict.health is Health.WARNING
    assert "15 are sure, 24 fairly sure and 2 doubtful" in verdict.what
    assert "licensed list" in verdict.to_do
