"""The sample adapters over the ways they are for: an exchange folder, and an interface with nested JSON and cursors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from exchange_folders import Exchange
from portal_servers import Reply, Told, told

from quarterday import BadRecord, Document, DocumentKind, Item, RecordKind
from quarterday_portal_sync.mapping.file import read_mapping
from quarterday_portal_sync.mapping.learning.reading_by import records_of
from quarterday_portal_sync.transports.port import Going

SAMPLES = Path(__file__).parent.parent / "samples"
ENTRY = {
    "contract": "C-2026-007", "measure": "NT10", "unit": "weeks", "first": "2026-07-01", "last": "2026-09-30",
    "quantity": "1250.5", "share": "0.5",
}  # fmt: skip
CONTRACT = {
    "contract": "C-2026-007", "title": "Upkeep of parks; and paths", "supplier": "Greenleaf Grounds Ltd",
    "supplier_number": "GB-COH-01234567", "starts": "2026-04-01", "ends": "2029-03-31",
}  # fmt: skip


@pytest.fixture
def portal() -> Iterator[Told]:
    with told() as found:
        yield found


def test_the_two_row_export_goes_through_an_exchange_folder(tmp_path: Path) -> None:
    mapping, exchange = read_mapping(Path("two-row-headers")), Exchange(tmp_path)
    for name in ("register_2026-11.csv", "delivery_2026-11.csv"):
        exchange.put(name, (SAMPLES / "two-row-headers" / name).read_bytes())
    found = list(exchange.way(mapping).changed(""))
    assert not [one for one in found if isinstance(one, BadRecord)]
    told_of = [(one.kind, mapping.external_id_of(one.kind, one.raw)) for one in found if not isinstance(one, BadRecord)]
    assert sorted(told_of) == sorted(
        [
            *((RecordKind.CONTRACT, name) for name in ("R-1", "R-2")),
            *((RecordKind.COMMITMENT, name) for name in ("R-3", "R-4", "R-5")),
            *((RecordKind.ENTRY, f"CL-100{number}") for number in range(1, 6)),
            *((RecordKind.VERDICT, f"CL-100{number}") for number in range(1, 4)),
        ]
    )


def test_ours_is_written_under_their_header_and_is_read_back(tmp_path: Path) -> None:
    mapping, exchange = read_mapping(Path("two-row-headers")), Exchange(tmp_path)
    words = "Two hires – café"
    rows = {
        RecordKind.CONTRACT: mapping.outward(RecordKind.CONTRACT, "contract/7", "R-1", CONTRACT, ""),
        RecordKind.ENTRY: mapping.outward(RecordKind.ENTRY, "entry/44", "", ENTRY, words),
    }
    going = [Going(kind, f"{kind}/1", f"{kind}-1", "", "", row) for kind, row in rows.items()]
    sent = exchange.way(mapping).send(going, "delivery-1")
    assert [one.why for one in sent.answers] == ["", ""]
    files = exchange.written()
    for kind, fields, ours, theirs in (
        (RecordKind.CONTRACT, CONTRACT, "quarterday_agreements_", "register_2026-11.csv"),
        (RecordKind.ENTRY, ENTRY, "quarterday_delivery_", "delivery_2026-11.csv"),
    ):
        (content,) = (files[name] for name in files if name.startswith(ours))
        assert _headers(content) == _headers((SAMPLES / "two-row-headers" / theirs).read_bytes())
        again = tmp_path / theirs
        again.write_bytes(content)
        inward = [mapping.inward(kind, raw) for raw in records_of(mapping, kind, again, 9)]
        assert [one.fields for one in inward] == [fields]
        assert inward[0].words == ("" if kind is RecordKind.CONTRACT else words)


def _headers(content: bytes) -> list[str]:
    """The two rows of the header, without what stands above them."""
    lines = content.decode("cp1252").splitlines()
    return [line.rstrip(";") for line in lines if line.split(";")[0] in ("Row", "Type", "Claim", "Claim no")]


def test_the_nested_lists_go_on_by_cursor(portal: Told) -> None:
    claims = json.loads((SAMPLES / "nested-json" / "claims.json").read_text(encoding="utf-8"))
    documents = json.loads((SAMPLES / "nested-json" / "documents.json").read_text(encoding="utf-8"))
    every = claims["data"]["claims"]
    first = {"data": {"claims": every[:3]}, "meta": {"next_cursor": "c3", "has_more": True}}
    last = {"data": {"claims": every[3:]}, "meta": {"next_cursor": None, "has_more": False}}
    portal.replies = {"/api/claims": [Reply(first), Reply(last)] * 2, "/api/documents": [Reply(documents)]}
    found = [one for one in portal.portal(mapping="nested-json").theirs() if isinstance(one, Item)]
    kinds = [one.payload["record"] for one in found]
    assert (kinds.count("entry"), kinds.count("evidence"), kinds.count("verdict")) == (5, 2, 3)
    assert found[0].payload["fields"]["quantity"] == "12.5"
    assert [one.path for one in portal.asked if "cursor=c3" in one.path]


def test_ours_is_sent_nested_one_by_one_with_its_keys(portal: Told) -> None:
    answer = {"data": {"client": {"ref": "entry/44"}, "uid": "0190-new", "state": {"etag": "w1"}}}
    portal.replies = {"/api/claims": [Reply(answer, 201)], "/api/claims/0190-aa01": [Reply(answer)]}
    fields = {**ENTRY, "contract": "SVC-014"}
    record = {"record": "entry", "key": "entry/44", "fields": fields, "words": "Two hires", "send": "entry-44-1-abc"}
    lines = [
        {**record, "external_id": "", "version": ""},
        {**record, "external_id": "0190-aa01", "version": "w3", "send": "entry-44-2-def"},
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    document = Document(DocumentKind.RECORDS, "records.jsonl", "application/x-ndjson", content)
    receipt = portal.portal(mapping="nested-json").deliver(document, "delivery/1")
    assert {one.external_id for one in receipt.answers} == {"0190-new"}
    posted, put = portal.asked
    assert (posted.method, put.method) == ("POST", "PUT")
    assert posted.headers["Idempotency-Key"] == "entry-44-1-abc"
    assert put.headers["If-Match"] == "w3"
    body = json.loads(posted.body)
    assert body["client"] == {"ref": "entry/44"}
    assert body["indicator"] == {"code": "NT-10", "uom": "weeks"}
    assert body["answers"] == [
        {"name": "Quantity", "value": 1250.5},
        {"name": "Attribution", "value": 0.5},
        {"name": "Narrative", "value": "Two hires"},
    ]
