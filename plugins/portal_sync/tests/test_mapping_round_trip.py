"""What goes there and comes back is what it was, or the mapping says that it isn't."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from quarterday import PortalTerms, RecordKind, exact_text
from quarterday_portal_sync.mapping.agreed import misagreed
from quarterday_portal_sync.mapping.file import PortalMapping
from quarterday_portal_sync.mapping.held import flaws
from quarterday_portal_sync.mapping.kinds import FIELDS
from quarterday_portal_sync.mapping.losses import losses
from quarterday_portal_sync.mapping.mapped import Unmapped
from quarterday_portal_sync.mapping.reading import NAMES, read

REFS, CODES, UNITS = ("A1", "A2", "B1", "B2"), ("X", "Y", "Z"), ("FTE", "weeks")
NUMBERS = (
    "1234.5", "1,234.5", "1.234,5", "1 234,50", "£1,234.50", "1234", "1234,5%", 1234.5, 1234,
)  # fmt: skip
DATES = ("yyyy-MM-dd", "dd/MM/yyyy", "d MMM yy", "d MMMM yyyy", "yyyyMMdd", "dd.MM.yy", "yyyy-MM-ddTHH:mm:ssZ")
PERIODS = (
    "{year}/{nn} Q{quarter}",
    "Q{quarter} {yy}-{nn}",
    "{calendar} Q{quarter}",
    "{MMM} {calendar}",
    "FY{nn} H{half}",
)
WORDS = {"accepted": ("Verified", "Part verified"), "queried": ("Query",), "rejected": ("Declined", "Query")}


def made(data: Mapping[str, Any]) -> PortalMapping:
    """The mapping that a file with this content is."""
    assert not flaws(data)
    parts = read(data)
    assert not parts.flaws
    assert not list(misagreed(data, parts.kinds))
    terms = PortalTerms({kind: one.agreement for kind, one in parts.kinds.items()}, mapping="")
    return PortalMapping("made", terms, None, parts.kinds)


def _number(draw: st.DrawFn) -> dict[str, Any]:
    said: dict[str, Any] = {"number": draw(st.sampled_from(NUMBERS))}
    if draw(st.booleans()):
        said["factor"] = draw(st.sampled_from(["100", "1/7", "2.5"]))
    if draw(st.booleans()):
        said["fractions"] = True
    if draw(st.integers(0, 4)) == 0:
        said |= {"yes": "Yes", "no": "No"}
    return said


@st.composite
def mappings(draw: st.DrawFn) -> tuple[RecordKind, PortalMapping, bool]:
    """A mapping of one kind of record, whatever it may say: into a table, or into nested JSON."""
    kind = draw(st.sampled_from(list(RecordKind)))
    flat = draw(st.booleans())
    name = NAMES[kind]
    before = "" if flat else draw(st.sampled_from(["", "record.", "values[name=It].", "list[1]."]))
    fields: dict[str, Any] = {}
    for field in FIELDS[kind]:
        said: dict[str, Any] = {"at": f"{before}their_{field}"}
        if field in ("starts", "ends", "first", "last"):
            said["date"] = draw(st.sampled_from(DATES))
        elif field in ("quantity", "target", "share"):
            said |= _number(draw)
        elif field == "decision":
            said["values"] = {ours: list(draw(st.sampled_from([words, words[:1]]))) for ours, words in WORDS.items()}
        elif field not in ("measure", "unit") and draw(st.booleans()):
            said["written"] = draw(st.sampled_from(["QD-{}", "entry/{}", "<{}>"]))
        if field == "share" and draw(st.booleans()):
            said = {"constant": "1"}
        needed = field in ("contract", "measure", "first", "last", "target", "entry", "decision") or (
            field == "quantity" and kind is RecordKind.ENTRY
        )
        if needed or draw(st.booleans()):
            fields[field] = said
    if kind is RecordKind.ENTRY and draw(st.booleans()):
        del fields["first"], fields["last"]
        templates = draw(st.lists(st.sampled_from(PERIODS), min_size=1, max_size=2))
        fields["period"] = {"at": "their_period", "written": templates, "first_month": draw(st.sampled_from([1, 4]))}
    said_of_it: dict[str, Any] = {"direction": "out", "owner": "ours", "id": "their_id", "fields": fields}
    if draw(st.booleans()):
        said_of_it["key"] = draw(st.sampled_from(["their_key", {"at": "their_key", "written": "QD:{}"}]))
    if draw(st.booleans()):
        said_of_it["words"] = "their_words"
    said_of_it["table" if flat else "resource"] = (
        {"outgoing": "{key}.csv"} if flat else {"sending": {"path": "/records"}}
    )
    data: dict[str, Any] = {"format": 1, "title": "T", name: said_of_it}
    if "measure" in fields:
        data["measures"] = {"e/1": draw(_codes())}
    if not flat:
        data["web"] = {"blank": draw(st.sampled_from(["omit", "null", "empty"]))}
    return kind, made(data), flat


@st.composite
def _codes(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    taken: set[str] = set()
    for ref in draw(st.lists(st.sampled_from(REFS), min_size=1, unique=True)):
        code = draw(st.sampled_from(CODES))
        said: dict[str, Any] = {"code": code}
        if draw(st.booleans()):
            said["unit"] = draw(st.sampled_from(UNITS))
            if draw(st.booleans()):
                said |= {"their_unit": "days", "factor": draw(st.sampled_from(["1", "5", "1/3"]))}
        if code not in taken and draw(st.booleans()):
            said["comes_in"] = True
            taken.add(code)
        if draw(st.integers(0, 3)) == 0:
            said["also"] = [f"{code}-old"]
        found[ref] = said
    return found


TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]), max_size=12
).map(lambda text: text.strip())
QUANTITIES = st.one_of(
    st.integers(0, 10**6).map(str),
    st.decimals(0, 10**6, places=3).map(lambda one: exact_text(Fraction(one))),
    st.fractions(0, 10, max_denominator=12).map(exact_text),
)
DAYS = st.one_of(
    st.dates(date(1995, 1, 1), date(2105, 1, 1)).map(str),
    st.sampled_from(["2026-04-01", "2026-06-30", "2026-09-30", "2027-03-31", "2027-01-01", "2026-12-31", "2026-04-30"]),
)


@st.composite
def records(draw: st.DrawFn, kind: RecordKind) -> dict[str, str]:
    """A record of ours."""
    found: dict[str, str] = {}
    for field in FIELDS[kind]:
        if field in ("starts", "ends", "first", "last"):
            found[field] = draw(DAYS)
        elif field in ("quantity", "target", "share"):
            found[field] = draw(st.one_of(QUANTITIES, st.just("1")))
        elif field == "measure":
            found[field] = draw(st.sampled_from(REFS))
        elif field == "unit":
            found[field] = draw(st.sampled_from(UNITS))
        elif field == "decision":
            found[field] = draw(st.sampled_from(list(WORDS)))
        else:
            found[field] = draw(TEXTS)
    return found


@settings(max_examples=250, deadline=None)
@given(st.data())
def test_whatever_is_lost_on_the_way_is_said_before(data: st.DataObject) -> None:
    kind, mapping, flat = data.draw(mappings())
    ours, words = data.draw(records(kind)), data.draw(TEXTS)
    try:
        raw = mapping.outward(kind, f"{kind}/7", "P-1", ours, words)
    except Unmapped:
        event("it is stopped")
        return
    if flat:
        assert all(isinstance(cell, str) for cell in raw.values())
    else:
        raw = json.loads(json.dumps(raw), parse_float=Decimal)
    back = mapping.inward(kind, raw)
    lost = {loss.field for loss in losses(mapping)}
    event("it comes back whole" if not lost else "something is lost")
    assert back.external_id == "P-1"
    if back.key != f"{kind}/7":
        assert "key" in lost
    if back.words != words:
        assert "words" in lost or kind in (RecordKind.CONTRACT, RecordKind.COMMITMENT)
    if back.trouble:
        assert lost & {"measure", "decision"}
    if back.fields.get("measure", "") != ours.get("measure", ""):
        assert "measure" in lost
        return
    different = {name for name in FIELDS[kind] if back.fields.get(name, "") != ours[name]}
    assert different <= lost
    assert not back.unknown


@given(st.lists(st.sampled_from(REFS), min_size=2, max_size=4, unique=True))
def test_each_code_that_stands_for_several_measures_is_a_loss(refs: list[str]) -> None:
    codes = {ref: {"code": "X", "unit": "FTE"} for ref in refs}
    entries = {
        "direction": "out",
        "owner": "ours",
        "id": "id",
        "fields": {name: name for name in ("contract", "measure", "first", "last", "quantity")},
        "table": {"outgoing": "{key}.csv"},
    }
    mapping = made({"format": 1, "title": "T", "entries": entries, "measures": {"e/1": codes}})
    told = [loss.what for loss in losses(mapping) if loss.field == "measure"]
    assert len(told) == 1
    assert all(ref in told[0] for ref in refs)
    assert "could be" in mapping.inward(RecordKind.ENTRY, {"measure": "X"}).trouble
