"""A typed row becomes a claim, or sentences that say which cell to put right."""

from datetime import date
from fractions import Fraction as F

import pytest

from quarterday import Catalogue, Kind, Measure, unit
from quarterday.domain.cells import CellProblem
from quarterday.domain.claims import Claim, Invested, PersonMonths, Plain, Sessions, WeeksEach
from quarterday.domain.return_fields import FIELDS
from quarterday.domain.typed import is_blank, read_claim


def measure(ref: str, unit_name: str, kind: Kind = Kind.MONETISED, code: str = "") -> Measure:
    return Measure(ref=ref, title=ref, unit=unit(unit_name), theme="T", outcome="O", kind=kind, code=code)


EDITION = Catalogue(
    id="test",
    edition="1",
    title="Test",
    measures=(
        measure("JOBS", "FTE", code="1a"),
        measure("WEEKS", "weeks"),
        measure("SESSIONS", "session hours × attendees"),
        measure("GIFTS", "£"),
        measure("INVESTED", "£ invested"),
        measure("CARBON", "tCO2e"),
        measure("SHARE", "%", Kind.RECORD_ONLY),
        measure("PLEDGE", "yes/no", Kind.YES_NO),
        measure("STORY", "text", Kind.QUALITATIVE),
    ),
)


def read(**cells: str) -> Claim | tuple[CellProblem, ...]:
    return read_claim(7, cells, EDITION)


@pytest.mark.parametrize(
    ("cells", "amount"),
    [
        ({"ref": "JOBS", "people": "10", "full_time_share": "0.5", "months": "3"}, PersonMonths(F(10), F(1, 2), F(3))),
        ({"ref": "1A", "people": "1", "weekly_hours": "17.5", "months": "3"}, PersonMonths(F(1), F(1, 2), F(3))),
        ({"ref": "jobs", "people": "1", "weekly_hours": "48", "months": "3"}, PersonMonths(F(1), F(1), F(3))),
        ({"ref": "SESSIONS", "hours": "2", "attendees": "8", "quantity": "16"}, Sessions(F(2), F(8))),
        ({"ref": "WEEKS", "quantity": "13"}, Plain(F(13))),
        ({"ref": "WEEKS", "people": "2", "weeks": "6.5"}, WeeksEach(F(2), F(13, 2))),
        ({"ref": "GIFTS", "quantity": "250.00"}, Plain(F(250))),
        ({"ref": "INVESTED", "quantity": "100", "staff_hours": "2"}, Invested(F(100), F(2))),
        ({"ref": "INVESTED", "expert_hours": "3"}, Invested(F(0), F(0), F(3))),
        ({"ref": "CARBON", "baseline": "40", "after": "28"}, Plain(F(12))),
        ({"ref": "SHARE", "quantity": "62.5%"}, Plain(F(125, 2))),
        ({"ref": "PLEDGE", "quantity": "Yes"}, Plain(F(1))),
        ({"ref": "STORY", "words": "We signed it"}, Plain(F(1))),
    ],
)
def test_each_unit_is_typed_in_its_own_way(cells: dict[str, str], amount: object) -> None:
    claim = read(**cells)
    assert isinstance(claim, Claim), claim
    assert claim.amount == amount
    assert claim.line == 7


@pytest.mark.parametrize(
    ("cells", "field", "advice"),
    [
        ({"ref": ""}, "ref", "enter the measure's reference"),
        ({"ref": "JOBZ"}, "ref", "did you mean JOBS"),
        ({"ref": "🙂"}, "ref", "catalogue show test"),
        ({"ref": "JOBS", "quantity": "10"}, "quantity", "people, share of full time, months"),
        ({"ref": "JOBS", "people": "10", "months": "3"}, "full_time_share", "share of full time"),
        ({"ref": "JOBS", "people": "1.5", "full_time_share": "1", "months": "3"}, "people", "whole number"),
        (
            {"ref": "JOBS", "people": "1", "full_time_share": "1.5", "months": "3"},
            "full_time_share",
            "more than the whole",
        ),
        (
            {"ref": "JOBS", "people": "1", "full_time_share": "1", "weekly_hours": "35", "months": "3"},
            "weekly_hours",
            "not both",
        ),
        ({"ref": "JOBS", "people": "10", "full_time_share": "1", "months": "3", "quantity": "10"}, "quantity", "2.5"),
        ({"ref": "SESSIONS", "attendees": "8", "quantity": "16"}, "hours", "how many hours"),
        ({"ref": "WEEKS", "people": "2"}, "weeks", "weeks each"),
        ({"ref": "WEEKS", "quantity": "-3"}, "quantity", "negative"),
        ({"ref": "WEEKS", "quantity": "1e400"}, "quantity", "exponent"),
        ({"ref": "WEEKS", "quantity": "NaN"}, "quantity", "not a number"),
        ({"ref": "WEEKS", "quantity": "12,5"}, "quantity", "12.5"),
        ({"ref": "GIFTS", "quantity": "1.250,00"}, "quantity", "like 1250.50"),
        ({"ref": "WEEKS", "quantity": "£12"}, "quantity", "as 12"),
        ({"ref": "GIFTS", "people": "3", "quantity": "1"}, "people", "must be blank"),
        ({"ref": "INVESTED"}, "quantity", "pounds invested"),
        ({"ref": "CARBON", "baseline": "28", "after": "40"}, "after", "nothing was saved"),
        ({"ref": "SHARE", "quantity": "130"}, "quantity", "over 100%"),
        ({"ref": "PLEDGE", "quantity": "perhaps"}, "quantity", "neither yes nor no"),
        ({"ref": "STORY"}, "words", "say what was done"),
        ({"ref": "WEEKS", "quantity": "1", "contract_share": "120%"}, "contract_share", "more than the whole"),
        ({"ref": "WEEKS", "quantity": "1", "started": "31/02/2026"}, "started", "not a date"),
        (
            {"ref": "WEEKS", "quantity": "1", "started": "2026-08-01", "ended": "2026-07-01"},
            "ended",
            "before it starts",
        ),
        ({"ref": "WEEKS", "quantity": "1", "part_postcode": "Sheffield"}, "part_postcode", "like S60"),
        ({"ref": "WEEKS", "quantity": "1", "is_local": "maybe"}, "is_local", "neither yes nor no"),
    ],
)
def test_what_can_not_be_used_names_its_cell_and_says_what_to_do(
    cells: dict[str, str], field: str, advice: str
) -> None:
    problems = read(**cells)
    assert not isinstance(problems, Claim)
    assert [problem.field for problem in problems] == [field]
    assert advice in problems[0].why


def test_every_bad_cell_of_a_row_is_named_at_once() -> None:
    problems = read(ref="JOBS", people="x", full_time_share="2", months="-1", ended="soon")
    assert not isinstance(problems, Claim)
    assert [problem.field for problem in problems] == ["people", "months", "full_time_share", "ended"]


@pytest.mark.parametrize(
    "typed", ["2026-07-31", "31/07/2026", "31 July 2026", "31 Jul 2026", "31-Jul-2026", "31.07.2026"]
)
def test_dates_are_iso_or_british(typed: str) -> None:
    claim = read(ref="WEEKS", quantity="1", started=typed)
    assert isinstance(claim, Claim)
    assert claim.started == date(2026, 7, 31)


@pytest.mark.parametrize(
    ("typed", "kept"), [("S60 1AB", "S60 1"), ("s60", "S60"), ("S60  1", "S60 1"), ("ec1a 1bb", "EC1A 1")]
)
def test_a_whole_postcode_is_cut_to_a_part(typed: str, kept: str) -> None:
    claim = read(ref="WEEKS", quantity="1", part_postcode=typed)
    assert isinstance(claim, Claim)
    assert claim.part_postcode == kept


def test_a_row_of_the_template_left_alone_is_blank() -> None:
    assert is_blank({"ref": "JOBS", "people": " "})
    assert not is_blank({"ref": "JOBS", "people": "0"})


def test_every_field_has_its_own_headers_but_a_bare_share() -> None:
    headers = [name for field in FIELDS for name in (field.id, *field.names)]
    assert sorted({name for name in headers if headers.count(name) > 1 and name not in {f.id for f in FIELDS}}) == [
        "share"
    ]
