"""A mapping drafted from examples: what is sure stands there, what isn't is a comment, and nothing is invented."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from quarterday import Catalogue, Kind, Measure, RecordKind, Refused, unit
from quarterday_portal_sync.cli.mapping import check as check_command
from quarterday_portal_sync.cli.mapping import learn as learn_command
from quarterday_portal_sync.mapping.explaining import check
from quarterday_portal_sync.mapping.file import look_at, read_mapping
from quarterday_portal_sync.mapping.learning.draft import learn

SAMPLES = Path(__file__).parent.parent / "samples"
REGISTER = SAMPLES / "two-row-headers" / "register_2026-11.csv"
DELIVERY = SAMPLES / "two-row-headers" / "delivery_2026-11.csv"
CLAIMS = SAMPLES / "nested-json" / "claims.json"


def measure(ref: str, title: str, in_unit: str = "FTE", code: str = "") -> Measure:
    return Measure(ref=ref, title=title, unit=unit(in_unit), theme="T", outcome="O", kind=Kind.RECORD_ONLY, code=code)


EDITION = Catalogue(
    id="made-up",
    edition="1",
    title="Made up",
    measures=(
        measure("NT1", "Local people employed", code="1"),
        measure("NT10", "Weeks of apprenticeships", "weeks"),
        measure("NT18", "Spent with local suppliers", "£"),
        measure("NT31", "Carbon saved", "tCO2e"),
    ),
)


def drafted(tmp_path: Path, text: str, name: str = "claims.csv", **more: object) -> tuple[str, dict[str, object]]:
    """The draft for an example of that content: its text, and what of it stands without a comment."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    draft = learn([path], edition=EDITION, **more)  # type: ignore[arg-type]
    return draft.text, tomllib.loads(draft.text)


CLAIM = "Claim no,Your ref,Agreement no,KPI,From,To,Qty,Share\n"


def test_a_two_row_header_is_recognised_with_all_that_is_in_it() -> None:
    draft = learn([DELIVERY, REGISTER], edition=EDITION)
    said = tomllib.loads(draft.text)
    assert draft.kinds == (RecordKind.CONTRACT, RecordKind.COMMITMENT, RecordKind.ENTRY, RecordKind.VERDICT)
    assert said["files"]["delimiter"] == ";"
    entries = said["entries"]
    assert entries["table"]["header_row"] == 2
    assert entries["table"]["header_rows"] == 2
    assert entries["key"] == "Claim / Your reference"
    assert entries["fields"]["first"] == {"at": "Period / From", "date": "d MMM yy"}
    assert entries["fields"]["quantity"] == {"at": "Claim / Quantity", "number": "1.234,5"}
    assert entries["fields"]["share"] == {"at": "Claim / Share", "number": "1234.5%", "factor": "100"}
    assert said["contracts"]["where"] == {"Row / Type": "Agreement"}
    assert said["commitments"]["where"] == {"Row / Type": "Promise"}
    assert said["verdicts"]["unless"] == {"Verification / Status": ["", "Pending"]}
    assert said["verdicts"]["fields"]["decision"]["values"] == {
        "accepted": "Verified",
        "queried": "Query",
        "rejected": "Declined",
    }


def test_a_draft_is_a_mapping_file_once_what_is_missing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "portal.toml"
    learn([DELIVERY, REGISTER], edition=EDITION).save(path)
    (problem,) = check(path).problems
    assert "no measure has a code" in problem
    path.write_text(
        path.read_text(encoding="utf-8").replace('[measures."made-up/1"]', '[measures."made-up/1"]\nNT1 = "SV-01"')
    )
    assert not check(path).problems
    inward = read_mapping(path).inward(RecordKind.ENTRY, {"Measure / Code": "SV-01", "Claim / Quantity": "1.250,5"})
    assert (inward.fields["measure"], inward.fields["quantity"]) == ("NT1", "1250.5")


def test_nested_json_is_recognised_with_its_lists_and_its_cursor() -> None:
    draft = learn([CLAIMS], edition=EDITION)
    entries = tomllib.loads(draft.text)["entries"]
    assert entries["fields"]["quantity"] == {"at": "answers[name=Quantity].value", "number": 1234.5}
    assert entries["fields"]["measure"] == "indicator.code"
    assert '# items = "data.claims"' in draft.text
    assert 'style = "cursor", parameter = "cursor", limit = "limit", next = "meta.next_cursor"' in draft.text
    assert "# decision = " in draft.text
    assert "say what these mean: met, clarify, not met" in draft.text


@pytest.mark.parametrize(
    ("code", "ref", "why"),
    [
        ("NT1", "NT1", "it is our ref"),
        ("NT-1", "NT1", "it is our ref, written otherwise"),
        ("TOM NT10", "NT10", "it is our ref, written otherwise"),
        ("nt 18", "NT18", "it is our ref, written otherwise"),
        ("1", "NT1", "it is the council's own code"),
    ],
)
def test_a_code_that_is_ours_is_sure(code: str, ref: str, why: str, tmp_path: Path) -> None:
    text, said = drafted(tmp_path, f"{CLAIM}C1,entry/1,A-1,{code},2026-04-01,2026-06-30,3,1\n")
    assert said["measures"] == {
        "made-up/1": {ref: {"code": code, "unit": {"NT1": "FTE", "NT10": "weeks"}.get(ref, "£")}}
    }
    assert f"# sure: {why}\n" in text


def test_a_title_that_is_like_ours_is_only_a_comment(tmp_path: Path) -> None:
    example = (
        "Claim no,Your ref,Agreement no,KPI code,KPI title,From,To,Qty\n"
        "C1,entry/1,A-1,Z-9,Local people in employment,2026-04-01,2026-06-30,3\n"
        "C2,entry/2,A-1,Z-8,Something else altogether,2026-04-01,2026-06-30,3\n"
    )
    text, said = drafted(tmp_path, example)
    assert said["measures"] == {"made-up/1": {}}
    assert '# NT1 = { code = "Z-9", unit = "FTE" }  # please confirm: their title for it is like ours' in text
    assert '# "Z-8": no counterpart found' in text
    assert '# NT31 = "…"  # no counterpart in the example' in text


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        ("2026-04-01", "2026-06-30", None),
        ("01/04/2026", "30/06/2026", "dd/MM/yyyy"),
        ("1-Apr-26", "30-Jun-26", "d-MMM-yy"),
        ("1 April 2026", "30 June 2026", "d MMMM yyyy"),
        ("20260401", "20260630", "yyyyMMdd"),
        ("4/1/2026", "6/30/2026", "M/d/yyyy"),
    ],
)
def test_days_are_read_as_they_are_written(first: str, last: str, written: str | None, tmp_path: Path) -> None:
    _, said = drafted(tmp_path, f"{CLAIM}C1,entry/1,A-1,NT1,{first},{last},3,1\n")
    found = said["entries"]["fields"]["last"]  # type: ignore[index]
    assert found == ({"at": "To", "date": written} if written else "To")


def test_days_of_which_the_month_may_stand_first_are_not_sure(tmp_path: Path) -> None:
    text, said = drafted(tmp_path, f"{CLAIM}C1,entry/1,A-1,NT1,01/04/2026,03/06/2026,3,1\n")
    assert "last" not in said["entries"]["fields"]  # type: ignore[operator,index]
    assert "please confirm: no day is over 12" in text


def test_numbers_that_can_be_read_in_two_ways_are_not_sure(tmp_path: Path) -> None:
    text, said = drafted(tmp_path, f'{CLAIM}C1,entry/1,A-1,NT1,2026-04-01,2026-06-30,"1,250",1\n')
    assert "quantity" not in said["entries"]["fields"]  # type: ignore[operator,index]
    assert "please confirm: a sign in it may stand for thousands or for decimals" in text
    _, said = drafted(tmp_path, f'{CLAIM}C1,entry/1,A-1,NT1,2026-04-01,2026-06-30,"1,250.5",1\n')
    assert said["entries"]["fields"]["quantity"] == {"at": "Qty", "number": "1,234.5"}  # type: ignore[index]


@pytest.mark.parametrize(
    ("period", "written"),
    [("2026/27 Q1", "{year}/{nn} Q{quarter}"), ("Q1 26-27", "Q{quarter} {yy}-{nn}"), ("Apr 2026", "{MMM} {calendar}")],
)
def test_a_period_is_told_by_its_writing(period: str, written: str, tmp_path: Path) -> None:
    example = f"Claim no,Your ref,Agreement no,KPI,Quarter,Qty\nC1,entry/1,A-1,NT1,{period},3\n"
    _, said = drafted(tmp_path, example)
    assert said["entries"]["fields"]["period"] == {"at": "Quarter", "written": written}  # type: ignore[index]


def test_a_period_whose_year_could_be_another_is_not_sure(tmp_path: Path) -> None:
    text, said = drafted(tmp_path, "Claim no,Your ref,Agreement no,KPI,Quarter,Qty\nC1,entry/1,A-1,NT1,2026-Q1,3\n")
    assert "period" not in said["entries"]["fields"]  # type: ignore[operator,index]
    assert "say whether the year is the one in which the financial year starts" in text


def test_a_workbook_is_read_sheet_by_sheet(tmp_path: Path) -> None:
    book = Workbook()
    claims = book.active
    claims.title = "Claims"
    for row in (
        ["Claim no", "Our ref", "Agreement no", "KPI", "From", "To", "Qty"],
        ["C1", "entry/1", "A-1", "NT1", "2026-04-01", "2026-06-30", 3.5],
    ):
        claims.append(row)
    documents = book.create_sheet("Documents")
    documents.append(["Document no", "Claim ref", "URL", "SHA256"])
    documents.append(["D1", "entry/1", "https://example.org/1", "ab"])
    path = tmp_path / "export.xlsx"
    book.save(path)
    said = tomllib.loads(learn([path], edition=EDITION).text)
    assert said["files"] == {"format": "xlsx"}
    assert said["entries"]["table"]["sheet"] == "Claims"
    assert said["evidence"]["table"]["sheet"] == "Documents"
    assert said["evidence"]["fields"]["entry"] == {"at": "Claim ref", "written": "entry/{}"}


def test_no_value_but_a_code_or_a_word_is_in_a_draft(tmp_path: Path) -> None:
    example = (
        "Claim no,Your ref,Agreement no,KPI,From,To,Qty,Provider,Note,Assessor,Status\n"
        "C-771,entry/1,A-441,NT1,2026-04-01,2026-06-30,3,Fernhill Kitchens Ltd,We hired Sam Oakes,Ada Quill,Verified\n"
    )
    text, _ = drafted(tmp_path, example)
    for value in ("Fernhill", "Sam", "Oakes", "Ada", "Quill", "A-441", "C-771", "entry/1"):
        assert value not in text


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "portal.toml"
    path.write_text("mine")
    with pytest.raises(Refused, match="exists already"):
        learn([DELIVERY], edition=EDITION).save(path)
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("none.csv", None, "isn't there"),
        ("words.csv", "a letter\nto somebody\n", "no table that can be recognised"),
        ("broken.json", '{"a": ', "isn't JSON"),
        ("people.csv", "Note,Status,Version\nx,y,1\n", "No records are recognised"),
    ],
)
def test_what_is_no_example_is_said(name: str, content: str | None, why: str, tmp_path: Path) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_text(content)
    with pytest.raises(Refused, match=why):
        learn([path], edition=EDITION)


def test_the_commands_draft_and_explain(tmp_path: Path) -> None:
    saved = tmp_path / "portal.toml"
    ran = CliRunner().invoke(
        learn_command, [str(REGISTER), "--catalogue", "toms-rotherham", "--save", str(saved), "--json"]
    )
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.output)["kinds"] == ["contracts", "commitments"]
    assert look_at(saved).path == saved
    ran = CliRunner().invoke(check_command, [str(saved), "--json"])
    assert ran.exit_code == 3
    assert "no measure has a code" in json.loads(ran.output)["problems"][0]
    example = str(SAMPLES / "nested-json" / "claims.json")
    ran = CliRunner().invoke(check_command, ["nested-json", "--example", example])
    assert ran.exit_code == 0, ran.output
    assert "Example 1: 0190-aa01, entry/41" in ran.output
    assert "NT58" in ran.output


def test_measures_of_promises_without_a_counterpart_are_counted() -> None:
    promised = {("NT1", "FTE"): 4, ("NT5a", "FTE"): 2, ("ZZ9", "weeks"): 1}
    explained = check(Path("simulator"), [EDITION], promised=promised)
    found = {(one.edition, one.ref): (one.promised, one.why) for one in explained.missing}
    assert ("made-up/1", "NT1") not in found
    assert found["", "NT5a"][0] == 2
    assert "no measure for young offenders" in found["", "NT5a"][1]
    assert found["", "ZZ9"][0] == 1
