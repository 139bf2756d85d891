"""A contract's page with its charts, and a figure walked back: quantities first, and leaves that add exactly."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest

from quarterday.domain.promises import Promise
from quarterday.services.promises import awards, opening
from quarterday.services.record import UnitOfWork
from quarterday.services.returns import reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock
from quarterday_webforms.charts import MOST, Point, Words, bars, lines
from quarterday_webforms.council.explaining import exact_pounds

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Case:
    """A contract with two accepted entries of July to September 2026, and its manager's browser in November."""

    uow: UnitOfWork
    authority_id: int
    contract_id: int
    browser: Any
    entries: list[int]

    @property
    def at(self) -> str:
        return f"/council/contracts/{self.contract_id}"


@pytest.fixture
def case(uow: UnitOfWork, clock: Clock, visitor: Callable[..., Any]) -> Case:
    authority = builders.an_authority(uow)
    supplier = builders.a_supplier(uow, name="Larch & Sons Ltd")
    manager = builders.a_user(uow, authority_id=authority)
    contract = builders.a_contract(
        uow, authority_id=authority, supplier_id=supplier, reference="EX-7", owner_id=manager
    )
    builders.an_award(uow, contract_id=contract)
    thirds = {"ref": "JOBS", "people": "1", "full_time_share": "1", "months": "1", "contract_share": "1/3"}
    weeks = {"ref": "WEEKS", "people": "2", "weeks": "6"}
    entries = builders.a_submission(
        uow, {**thirds, "activity": "Hire 1"}, {**thirds, "activity": "Hire 2"}, weeks,
        return_id=builders.a_return(uow, contract_id=contract),
    )  # fmt: skip
    for entry in entries:
        reviews.accept(uow, OPERATOR, entry_id=entry)
    clock.now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    return Case(uow, authority, contract, visitor(manager), entries)


class TestContract:
    def test_it_says_who_when_and_by_what_it_is_measured(self, case: Case) -> None:
        text = case.browser.open(case.at).text
        for said in ("EX-7", "1 April 2026 to 31 March 2028", "Larch & Sons Ltd (lead)", "Made-up measures, edition 1"):
            assert said in text
        assert "It isn’t set for this contract." in text

    def test_quantities_stand_before_pounds_and_gaps_are_told(self, case: Case) -> None:
        page = case.browser.open(case.at)
        assert page.text.index("in weeks") < page.text.index("£1,800.00")
        assert "£ not available" in page.text
        assert "no unit value in “round”" in page.text
        assert "Local economic value" in page.text
        assert "illustrative" in page.text

    def test_behind_is_against_what_is_due_by_now(self, case: Case) -> None:
        row = re.search(r"Apprenticeship weeks <span.*?</tr>", case.browser.open(case.at).html, re.DOTALL)
        assert row
        assert "WEEKS<br>in weeks</span>" in row[0]
        cells = [" ".join(unescape(re.sub(r"<[^>]+>", "", cell)).split()) for cell in row[0].split("<td")[1:]]
        assert [cell.split("> ", 1)[-1].split(">", 1)[-1] for cell in cells[:5]] == [
            "400", "100", "12", "12", "88",
        ]  # fmt: skip

    def test_the_periods_of_the_measure_that_was_chosen(self, case: Case) -> None:
        page = case.browser.open(f"{case.at}?measure=WEEKS")
        assert "Period by period: Apprenticeship weeks" in page.text
        assert "2026/27 Q2 50 12 100 12" in page.text
        assert "2026/27 Q3 (not over yet) 50 0 150 12" in page.text
        assert "Counted in weeks." in page.text
        assert page.html.count("<svg") == page.html.count('role="img"') == 2
        assert case.browser.open(f"{case.at}?measure=nonsense").status == 200
        assert case.browser.open(f"{case.at}?measure=ACCESS").html.count('role="img"') == 1  # levels don't add up

    def test_no_style_in_the_page_that_its_policy_would_leave_out(self, case: Case) -> None:
        html = case.browser.open(f"{case.at}?measure=WEEKS").html
        assert " style=" not in html
        assert "<style" not in html

    def test_what_changed_and_what_came_before_stand_apart(self, case: Case) -> None:
        awards.vary(
            case.uow, OPERATOR, contract_id=case.contract_id, promises={"WEEKS": Promise("480")}, reason="More <weeks>."
        )
        moved = {
            "WEEKS": Promise("480", "2026-Q3 = 180; 2027-Q1 = 300"),
            "SPEND": Promise("100"),
            "ACCESS": Promise("9"),
        }
        awards.vary(case.uow, OPERATOR, contract_id=case.contract_id, promises=moved, reason="Later.")
        opening.add_opening_balance(
            case.uow, OPERATOR, contract_id=case.contract_id, ref="GIFTS", as_of=date(2026, 4, 10), quantity="75",
            source="the old sheet",
        )  # fmt: skip
        text = case.browser.open(case.at).text
        assert "“More <weeks>.” Apprenticeship weeks: from 400 weeks to 480 weeks" in text
        assert "“Later.” Apprenticeship weeks: 480 weeks as before, for other periods Spend with local firms: " in text
        assert "Spend with local firms: £100.00 promised, nothing before" in text
        assert re.search(r"Employees with access to support: from \d+ employees with access to 9 employees", text)
        assert "Source: the old sheet" in text
        assert "£75.00" in text

    def test_a_contract_without_promises_says_so(self, case: Case) -> None:
        contract = builders.a_contract(case.uow, authority_id=case.authority_id)
        text = case.browser.open(f"/council/contracts/{contract}").text
        assert "Nothing is promised yet" in text
        assert "illustrative" not in text


class TestExplaining:
    def test_from_the_figure_to_its_entries_and_on(self, case: Case) -> None:
        page = case.browser.open(case.at)
        assert f'href="/council/explain/contracts/{case.contract_id}/WEEKS"' in page.html
        page = case.browser.open(f"/council/explain/contracts/{case.contract_id}/WEEKS")
        assert "Accepted: 12 weeks, £1,800.00." in page.text
        assert f'href="/council/explain/entries/{case.entries[2]}"' in page.html
        text = case.browser.open(f"/council/explain/entries/{case.entries[2]}").text
        for said in (
            "12 weeks, £1,800.00",
            "£150 for 1 week on 30 September 2026",
            "Licence: made up",
            "Made-up measures, edition 1",
            "12 weeks accepted by the operator on 1 July 2026 at 10:30am",
        ):
            assert said in text

    def test_the_leaves_add_exactly_as_they_are_shown(self, case: Case) -> None:
        text = case.browser.open(f"/council/explain/contracts/{case.contract_id}/JOBS").text
        assert text.count("0.027778 (exactly 1/36) full-time equivalents") == 4
        assert "0.055556 (exactly 1/18) full-time equivalents" in text

    def test_an_entry_that_adds_nothing_says_why(self, case: Case) -> None:
        reviews.reject(case.uow, OPERATOR, entry_id=case.entries[0], reason="It was there before.")
        page = case.browser.open(f"/council/explain/contracts/{case.contract_id}/JOBS")
        assert "Nothing. It is rejected." in page.text
        assert "Nothing. It is rejected." in case.browser.open(f"/council/explain/entries/{case.entries[0]}").text

    @pytest.mark.parametrize("ref", ["GIFTS", "NOSUCH", "%00", "a" * 300])
    def test_what_has_no_figure_is_told_plainly(self, case: Case, ref: str) -> None:
        page = case.browser.open(f"/council/explain/contracts/{case.contract_id}/{ref}")
        assert page.status in (404, 409)
        assert "<h1" in page.html

    @pytest.mark.parametrize(
        ("micropounds", "text"),
        [
            (0, "£0.00"),
            (1_250_000_000, "£1,250.00"),
            (24_999_999, "£24.999999"),
            (100_100, "£0.1001"),
            (-5, "−£0.000005"),
        ],
    )
    def test_pounds_keep_every_place(self, micropounds: int, text: str) -> None:
        assert exact_pounds(micropounds) == text
        assert Decimal(text.replace("£", "").replace(",", "").replace("−", "-")) * 1_000_000 == micropounds


class TestCharts:
    WORDS = Words(title="Weeks <in> each period", description="“A & B”", promised="Promised", accepted="Accepted")

    def drawn(self, kind: Callable[..., Any], *pairs: tuple[Any, Any]) -> ElementTree.Element:
        points = [
            Point(f"Q{n}", Fraction(promised), Fraction(accepted)) for n, (promised, accepted) in enumerate(pairs)
        ]
        return ElementTree.fromstring(str(kind("k", self.WORDS, points)))

    @pytest.mark.parametrize("kind", [bars, lines])
    def test_it_says_what_it_shows(self, kind: Callable[..., Any]) -> None:
        svg = self.drawn(kind, (4, 2), (4, 5))
        assert svg.get("role") == "img"
        title, said = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
        assert title is not None
        assert said is not None
        assert svg.get("aria-labelledby") == f"{title.get('id')} {said.get('id')}"
        assert (title.text, said.text) == ("Weeks <in> each period", "“A & B”")

    def test_bars_are_as_high_as_their_figures(self) -> None:
        svg = self.drawn(bars, (4, 2), (0, 5))
        all_bars = [one for one in svg.findall(f"{SVG}rect") if one.get("y") != "10"]
        heights = [float(one.get("height", "")) for one in all_bars]
        assert heights[0] == pytest.approx(2 * heights[1], abs=0.2)
        assert heights[2] == 0
        assert heights[3] == pytest.approx(2.5 * heights[1], abs=0.2)
        assert [one.get("fill") for one in all_bars[:2]] == ["url(#k-hatch)", "#0b0c0c"]  # told apart without colour

    def test_lines_are_told_apart_by_dashes(self) -> None:
        promised, accepted = self.drawn(lines, (4, 2), (8, 5)).findall(f"{SVG}polyline")
        assert promised.get("stroke-dasharray")
        assert accepted.get("stroke-dasharray") is None

    @pytest.mark.parametrize(
        "pairs",
        [
            [(0, 0)],
            [(Fraction(1, 1000), Fraction(1, 3000))],
            [(10**15, 3)],
            [(1, -5)],
            [(7, 7)] * 40,
            [(Fraction(99, 10), 1)],
            [(5, 0), (6, 0)],
        ],
    )
    def test_whatever_the_figures_everything_stands_inside(self, pairs: list[tuple[Any, Any]]) -> None:
        for kind in (bars, lines):
            svg = self.drawn(kind, *pairs)
            for one in svg.iter():
                for name in ("x", "y", "x1", "y1", "cx", "cy", "width", "height"):
                    if name in one.attrib:
                        assert -1 <= float(one.attrib[name]) <= 640
        drawn = [one for one in self.drawn(bars, *pairs).findall(f"{SVG}rect") if one.get("y") != "10"]
        assert len(drawn) == 2 * min(len(pairs), MOST)
