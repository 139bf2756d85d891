"""Two portals that look nothing alike, each by a mapping file alone: what they give comes in, and ours goes there."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday import Agreement, Direction, Owner, RecordKind
from quarterday_portal_sync.mapping.explaining import check
from quarterday_portal_sync.mapping.file import PortalMapping, read_mapping
from quarterday_portal_sync.mapping.learning.reading_by import records_of
from quarterday_portal_sync.mapping.mapped import Inward, Unmapped

SAMPLES = Path(__file__).parent.parent / "samples"
TWO_ROWS, NESTED = SAMPLES / "two-row-headers", SAMPLES / "nested-json"
ALL = 100


def incoming(mapping: PortalMapping, kind: RecordKind, example: Path) -> list[Inward]:
    """Every record of a kind in an example, in our shape."""
    return [mapping.inward(kind, raw) for raw in records_of(mapping, kind, example, ALL)]


@pytest.fixture
def by_files() -> PortalMapping:
    return read_mapping(Path("two-row-headers"))


@pytest.fixture
def by_json() -> PortalMapping:
    return read_mapping(Path("nested-json"))


def test_claims_come_in_from_under_a_header_of_two_rows(by_files: PortalMapping) -> None:
    first, second, third, made_there, unknown = incoming(by_files, RecordKind.ENTRY, TWO_ROWS / "delivery_2026-11.csv")
    assert first.fields == {
        "contract": "C-2026-007",
        "measure": "NT1",
        "unit": "FTE",
        "first": "2026-04-01",
        "last": "2026-06-30",
        "quantity": "1250.5",
        "share": "1",
    }
    assert (first.key, first.external_id, first.version) == ("entry/41", "CL-1001", "4")
    assert first.changed_at == "2026-07-09T09:12:00+00:00"
    assert first.words == "Two hires and a retained post – see the payroll extract."
    assert first.unknown == {}
    assert (second.fields["unit"], second.fields["share"]) == ("weeks", "0.5")
    assert (third.fields["unit"], third.fields["quantity"]) == ("£", "18400.25")
    assert (made_there.key, made_there.trouble, made_there.fields["unit"]) == ("", "", "staff hours")
    assert unknown.trouble == "“measure”: their code “SV-77” stands for no measure here; give it one in “measures”."


def test_verdicts_stand_in_the_rows_of_the_claims(by_files: PortalMapping) -> None:
    found = incoming(by_files, RecordKind.VERDICT, TWO_ROWS / "delivery_2026-11.csv")
    assert [(one.fields["entry"], one.fields["decision"], one.fields["quantity"]) for one in found] == [
        ("41", "accepted", "1250.5"),
        ("42", "queried", ""),
        ("43", "rejected", ""),
    ]
    assert found[1].words == "Which college was it?"
    assert not any(one.trouble or one.unknown for one in found)


def test_several_kinds_stand_in_one_file(by_files: PortalMapping) -> None:
    contracts = incoming(by_files, RecordKind.CONTRACT, TWO_ROWS / "register_2026-11.csv")
    commitments = incoming(by_files, RecordKind.COMMITMENT, TWO_ROWS / "register_2026-11.csv")
    assert [one.key for one in contracts] == ["contract/7", "contract/11"]
    assert contracts[0].fields["ends"] == "2029-03-31"
    assert [(one.fields["measure"], one.fields["target"]) for one in commitments] == [
        ("NT1", "2400"),
        ("NT10", "312.5"),
        ("NT18", "250000"),
    ]
    assert not any(one.trouble or one.unknown for one in [*contracts, *commitments])


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        (RecordKind.CONTRACT, "register_2026-11.csv"),
        (RecordKind.COMMITMENT, "register_2026-11.csv"),
        (RecordKind.ENTRY, "delivery_2026-11.csv"),
    ],
)
def test_a_row_of_ours_is_what_their_export_has(kind: RecordKind, file: str, by_files: PortalMapping) -> None:
    compared = 0
    for raw in records_of(by_files, kind, TWO_ROWS / file, ALL):
        theirs = by_files.inward(kind, raw)
        if not theirs.key or theirs.trouble:
            continue
        ours = by_files.outward(kind, theirs.key, theirs.external_id, theirs.fields, theirs.words)
        assert ours == {name: raw[name] for name in ours}
        compared += 1
    assert compared == (2 if kind is RecordKind.CONTRACT else 3)


def test_a_quantity_is_converted_as_the_mapping_says(by_files: PortalMapping) -> None:
    weeks = {
        "contract": "C", "measure": "NT9", "unit": "weeks", "first": "2026-04-01", "last": "2026-06-30",
        "quantity": "2.5", "share": "1",
    }  # fmt: skip
    row = by_files.outward(RecordKind.ENTRY, "entry/9", "", weeks, "")
    assert (row["Measure / Code"], row["Measure / Unit"], row["Claim / Quantity"]) == ("SV-09", "days", "12,5")
    assert by_files.inward(RecordKind.ENTRY, row).fields == weeks
    verdict = {"Measure / Code": "SV-09", "Claim / Your reference": "entry/9", "Verification / Status": "Verified",
               "Verification / Verified quantity": "10"}  # fmt: skip
    assert by_files.inward(RecordKind.VERDICT, verdict).fields["quantity"] == "2"


def test_what_has_no_counterpart_stops_and_says_why(by_files: PortalMapping) -> None:
    fields = {
        "contract": "C", "measure": "NT5a", "unit": "FTE", "first": "2026-04-01", "last": "2026-06-30",
        "quantity": "1", "share": "1",
    }  # fmt: skip
    with pytest.raises(Unmapped, match="They have no measure for young offenders"):
        by_files.outward(RecordKind.ENTRY, "entry/9", "", fields, "")
    with pytest.raises(Unmapped, match="“quantity” has no counterpart there: 1/3 doesn't end"):
        by_files.outward(RecordKind.ENTRY, "entry/9", "", {**fields, "measure": "NT1", "quantity": "1/3"}, "")
    with pytest.raises(Unmapped, match="counted in weeks, and the mapping knows it in FTE"):
        by_files.outward(RecordKind.ENTRY, "entry/9", "", {**fields, "measure": "NT1", "unit": "weeks"}, "")


def test_a_verdict_on_a_claim_made_there_names_it_as_they_do(by_files: PortalMapping) -> None:
    row = {"Claim / Claim no": "CL-1004", "Claim / Your reference": "", "Verification / Status": "Verified",
           "Measure / Code": "SV-08"}  # fmt: skip
    assert by_files.inward(RecordKind.VERDICT, row).fields["entry"] == "CL-1004"
    assert "could be a number of ours" in by_files.inward(RecordKind.VERDICT, {**row, "Claim / Claim no": "17"}).trouble


def test_claims_come_in_from_nested_json(by_json: PortalMapping) -> None:
    found = incoming(by_json, RecordKind.ENTRY, NESTED / "claims.json")
    assert [(one.fields["measure"], one.fields["unit"], one.fields["quantity"]) for one in found[:4]] == [
        ("NT1", "FTE", "12.5"),
        ("NT10", "weeks", "38"),
        ("NT18", "£", "18400.25"),
        ("NT8", "staff hours", "12.75"),
    ]
    assert (found[0].key, found[0].external_id, found[0].version) == ("entry/41", "0190-aa01", "w3")
    assert found[2].words == "Spend with three firms."
    assert "LOCAL-9" in found[4].trouble
    assert [one.trouble for one in found[:4]] == [""] * 4


def test_what_they_say_besides_is_kept(by_json: PortalMapping) -> None:
    raw = next(records_of(by_json, RecordKind.ENTRY, NESTED / "claims.json", 1))
    told = by_json.inward(RecordKind.ENTRY, {**raw, "region": {"name": "North", "codes": [7, 8]}, "empty": None})
    assert told.unknown == {"region.name": "North", "region.codes[0]": "7", "region.codes[1]": "8"}
    assert told.trouble == ""


def test_verdicts_and_evidence_come_in_from_nested_json(by_json: PortalMapping) -> None:
    verdicts = incoming(by_json, RecordKind.VERDICT, NESTED / "claims.json")
    assert [(one.fields["entry"], one.fields["decision"], one.fields["quantity"]) for one in verdicts] == [
        ("41", "accepted", "12.5"),
        ("42", "queried", ""),
        ("43", "rejected", ""),
    ]
    link, file = incoming(by_json, RecordKind.EVIDENCE, NESTED / "documents.json")
    assert (link.key, link.fields["entry"], link.fields["kind"]) == ("evidence/9", "41", "link")
    assert (file.key, file.fields["media_type"]) == ("", "application/pdf")


def test_ours_is_nested_as_theirs(by_json: PortalMapping) -> None:
    raw = next(records_of(by_json, RecordKind.ENTRY, NESTED / "claims.json", 1))
    theirs = by_json.inward(RecordKind.ENTRY, raw)
    ours = by_json.outward(RecordKind.ENTRY, theirs.key, theirs.external_id, theirs.fields, theirs.words)
    again = json.loads(json.dumps(ours), parse_float=Decimal)
    assert again["answers"] == raw["answers"]
    assert (again["window"], again["client"], again["agreement"]) == (raw["window"], raw["client"], raw["agreement"])
    assert again["indicator"] == {"code": "NT-1", "uom": "fte"}
    assert by_json.inward(RecordKind.ENTRY, again).fields == theirs.fields


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = [
    "id",
    "our_ref",
    "revision",
    "modifiedAt",
    "agreementNo",
    "kpi",
    "uom",
    "amount",
    "periodStart",
    "periodEnd",
    "portion",
    "note",
    "claim",
    "claimRef",
    "result",
    "approvedAmount",
    "deleted",
    "uid",
    "client",
    "agreement",
    "indicator",
    "window",
    "answers",
    "state",
    "assessment",
]


@given(st.sampled_from(["simulator", "nested-json"]), st.dictionaries(st.sampled_from(NAMES), JSON))
def test_nothing_that_a_record_says_raises(name: str, raw: dict[str, object]) -> None:
    mapping = read_mapping(Path(name))
    for kind in mapping.kinds:
        mapping.is_of(kind, raw)
        inward = mapping.inward(kind, raw)
        assert all(isinstance(text, str) for text in [*inward.fields.values(), *inward.unknown.values()])


def test_what_is_nested_beyond_measure_is_said_and_no_more(by_json: PortalMapping) -> None:
    deep: object = "x"
    for _ in range(5000):
        deep = {"a": deep}
    assert list(by_json.inward(RecordKind.ENTRY, {"more": deep}).unknown.values()) == [
        "it is nested too deep to be shown"
    ]


def test_the_samples_are_explained(by_files: PortalMapping) -> None:
    explained = check(Path("two-row-headers"), example=TWO_ROWS / "delivery_2026-11.csv")
    assert not explained.problems
    lost = [str(one.what) for one in explained.losses if one.kind == "entries"]
    assert lost == [
        "SV-18b come in as NT18, which goes out as SV-18.",
        "NT1 and NT1a go out as SV-01, which comes in as NT1.",
    ]
    entries = next(one for one in explained.kinds if one.name == "entries")
    assert entries.example[0].outward["Claim / Quantity"] == "1.250,5"
    assert by_files.terms.agreements[RecordKind.ENTRY] == Agreement(Direction.BOTH, Owner.OURS)
