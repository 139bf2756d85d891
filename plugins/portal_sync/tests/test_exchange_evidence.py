"""Evidence by files: each lies beside the table that names it, both ways."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest
from exchange_folders import MAPPING, Exchange

from quarterday import BadRecord, RecordKind
from quarterday_portal_sync.mapping.file import PortalMapping, read_mapping
from quarterday_portal_sync.transports import folder_evidence
from quarterday_portal_sync.transports.port import Going, Told

EVIDENCE = """
[evidence]
direction = "both"
owner = "ours"
id = "Document no"
key = "Your ref"

[evidence.table]
incoming = "documents_*.{ending}"
outgoing = "quarterday_documents_{{key}}.{ending}"
holds = "changes"

[evidence.fields]
entry = {{ at = "Claim ref", written = "entry/{{}}" }}
kind = "Kind"
link = "Address"
file = "File"
media_type = "Type"
digest = "Digest"
"""
HEADER = "Document no,Your ref,Claim ref,Kind,Address,File,Type,Digest\r\n"
PDF = b"%PDF-1.7 pay slips, counted"


def mapping_in(folder: Path, ending: str = "csv") -> PortalMapping:
    path = folder / f"documents-{ending}.toml"
    path.write_text((MAPPING + EVIDENCE).format(ending=ending, holds="changes", files=f'format = "{ending}"'))
    return read_mapping(path)


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    return Exchange(tmp_path / "exchange")


def evidence(number: int, mapping: PortalMapping, content: bytes = b"", media_type: str = "application/pdf") -> Going:
    """Evidence of ours on its way: a file, or without a content a link."""
    fields = {"entry": "5", "kind": "file" if content else "link", "link": "" if content else "https://example.org/5"}
    fields |= {"file": b64encode(content).decode(), "media_type": media_type if content else ""}
    fields |= {"digest": sha256(content).hexdigest()}
    row = mapping.outward(RecordKind.EVIDENCE, f"evidence/{number}", "", fields, "")
    return Going(RecordKind.EVIDENCE, f"evidence/{number}", "s", "", "", row)


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_our_evidence_lies_beside_its_table(exchange: Exchange, tmp_path: Path, ending: str) -> None:
    mapping = mapping_in(tmp_path, ending)
    large = PDF + bytes(100_000)
    going = [evidence(1, mapping, large), evidence(2, mapping), evidence(3, mapping, b"x", "font/otf")]
    sent = exchange.way(mapping).send(going, "batch-7")
    assert [one.why for one in sent.answers] == ["", "", ""]
    pdf = f"quarterday_documents_batch-7-{sha256(large).hexdigest()[:12]}.pdf"
    other = f"quarterday_documents_batch-7-{sha256(b'x').hexdigest()[:12]}"
    table = f"quarterday_documents_batch-7.{ending}"
    assert list(sent.reference.split(", ")) == [pdf, other, table], "the table comes when what it names is there"
    written = exchange.written()
    assert (written[pdf], written[other], len(written)) == (large, b"x", 3)
    for name in written:
        exchange.put(name.replace("quarterday_documents_", "documents_") if name == table else name, written[name])
    theirs = [one for one in exchange.way(mapping).changed("") if isinstance(one, Told)]
    inward = [mapping.inward(one.kind, one.raw) for one in theirs]
    assert [(one.key, one.fields["file"]) for one in inward] == [
        ("evidence/1", b64encode(large).decode()),
        ("evidence/2", ""),
        ("evidence/3", b64encode(b"x").decode()),
    ]


def test_evidence_of_theirs_is_read_with_its_row(
    exchange: Exchange, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = mapping_in(tmp_path)
    monkeypatch.setattr(folder_evidence, "MOST_BYTES", 100)
    exchange.put("slips.pdf", PDF)
    exchange.put("large.pdf", bytes(101))
    (exchange.folder / "secret.pdf").write_bytes(b"no part of the exchange")
    names = ("slips.pdf", "gone.pdf", "large.pdf", "../secret.pdf")
    rows = [f"D-{number},,entry/5,file,,{name},application/pdf,\r\n" for number, name in enumerate(names, 1)]
    exchange.put("documents_1.csv", HEADER + "".join(rows))
    told = list(exchange.way(mapping).changed(""))
    assert [type(one) for one in told] == [Told, BadRecord, BadRecord, BadRecord]
    assert isinstance(told[0], Told)
    assert told[0].raw["File"] == b64encode(PDF).decode()
    assert [one.why for one in told if isinstance(one, BadRecord)] == [
        "It names the file “gone.pdf”, which isn't there; have both put there again.",
        "Its file “large.pdf” is larger than 0 MB.",
        "It names the file “../secret.pdf”, which isn't there; have both put there again.",
    ]
    for number, one in enumerate(told, 1):
        assert [later.key for later in exchange.way(mapping).changed(one.cursor)] == [
            later.key for later in told[number:]
        ]


def test_a_text_that_no_cell_holds_is_answered(exchange: Exchange, tmp_path: Path) -> None:
    mapping = mapping_in(tmp_path, "xlsx")
    long = Going(RecordKind.EVIDENCE, "evidence/1", "s", "", "", {"Address": "x" * 32_768})
    sent = exchange.way(mapping).send([long], "batch-7")
    assert [one.why for one in sent.answers] == ["It has a text of more than 32767 characters."]
    assert exchange.written() == {}
