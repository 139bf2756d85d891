"""Rotherham's overlay: it keeps to the kit, and is what the council published."""

import json
from types import ModuleType

import pytest
from click.testing import CliRunner

from quarterday import Catalogue, Overlay
from quarterday.services.measures.catalogues import catalogue
from quarterday.testing import CatalogueConformance
from quarterday_toms_rotherham import plugin as toms_rotherham
from quarterday_toms_rotherham.command import rotherham_policy, what_it_asks


class TestCatalogues(CatalogueConformance):
    @pytest.fixture
    def plugin(self) -> ModuleType:
        return toms_rotherham


@pytest.fixture
def rotherham() -> Catalogue:
    return catalogue("toms-rotherham")


def test_it_says_only_what_is_its_own() -> None:
    (overlay,) = toms_rotherham.measure_catalogues()
    assert isinstance(overlay, Overlay)
    assert all("unit" not in line.changes and "localised" not in line.changes for line in overlay.lines)


def test_twenty_refs_in_eighteen_questions_under_eighteen_headlines(rotherham: Catalogue) -> None:
    refs = "NT58 NT9 NT10 NT1 NT1a NT1c NT18 NT3 NT6 NT7 NT8 NT12 NT13 NT4a NT4 NT5a NT28 NT15 NT16 NT31"
    assert [measure.ref for measure in rotherham.measures] == refs.split()
    assert len(rotherham.questions) == len({question.headline for question in rotherham.questions}) == 18


def test_local_jobs_are_one_joined_question(rotherham: Catalogue) -> None:
    joined = [question for question in rotherham.questions if len(question.refs) > 1]
    assert [(question.headline, question.refs) for question in joined] == [("Local jobs", ("NT1", "NT1a", "NT1c"))]


def test_four_plan_themes_and_six_outcomes(rotherham: Catalogue) -> None:
    assert len({measure.theme for measure in rotherham.measures}) == 4
    assert len({measure.outcome for measure in rotherham.measures}) == 6


def test_a_measure_is_found_by_the_councils_own_code(rotherham: Catalogue) -> None:
    found = rotherham.measure("1a")
    assert found is not None
    assert (found.ref, found.base_ref, found.unit.id) == ("NT1a", "NT1a", "FTE")


def test_sixteen_pairs_count_once_each_with_how_sure_we_are(rotherham: Catalogue) -> None:
    pairs = {frozenset(rule.measures): rule for rule in rotherham.rules if rule.rule == "once"}
    assert len(pairs) == 16
    assert pairs[frozenset(("NT9", "NT10"))].numbers["of"] == "same training week"
    assert pairs[frozenset(("NT9", "NT10"))].confidence == "medium"
    assert pairs[frozenset(("NT3", "NT6"))].confidence == "low"


def test_local_is_the_borough(rotherham: Catalogue) -> None:
    assert rotherham.local_area is not None
    assert rotherham.local_area.codes == ("E08000018",)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (100_000, "at least 1 of them from a local supplier"),
        (100_001, "milestone tracker"),
        (250_000, "milestone tracker"),
        (250_001, "a delivery plan ("),
    ],
)
def test_the_policy_asks_by_its_thresholds(rotherham: Catalogue, value: int, words: str) -> None:
    assert any(words in sentence for sentence in what_it_asks(value, rotherham.policy.facts))


def test_a_scored_contract_has_twenty_per_cent_half_and_half_and_reports_quarterly() -> None:
    done = CliRunner().invoke(rotherham_policy, ["150000", "--json"])
    asks = " ".join(json.loads(done.stdout)["asks"])
    assert "20% of the tender's score: 50% of that for the numbers, 50% for the method" in asks
    assert "reports quarterly" in asks


def test_the_command_speaks_to_a_person_too() -> None:
    done = CliRunner().invoke(rotherham_policy, ["300000"])
    assert done.exit_code == 0
    assert "A contract of £300,000:" in done.output
