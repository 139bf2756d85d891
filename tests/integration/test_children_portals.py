"""Portals in their processes: what they are asked, what of their answers is agreed, and what becomes of the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile_site import install

from quarterday import (
    Agreement,
    Answered,
    BadRecord,
    Direction,
    Document,
    DocumentKind,
    EntriesSent,
    EvidenceSent,
    NotConfigured,
    Owner,
    PortalTerms,
    RecordKind,
    Retryable,
    VerdictsTaken,
)
from quarterday.registry import installed
from quarterday.services.plugins.children import Children, Limits, Order, PluginFault, Reading, Terms
from quarterday.services.plugins.portals import portal_of, portals

KEYS = ("entry/1", "entry/2", "verdict/1")
RECORDS = Document(
    DocumentKind.RECORDS,
    "records.jsonl",
    "application/x-ndjson",
    b"".join(json.dumps({"key": key}).encode() + b"\n" for key in KEYS),
)
REPORT = Document(DocumentKind.REPORT, "delivery.csv", "text/csv", b"a,b")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Packages with the hostile portals, sources and sinks, found by this process and by the children."""
    folder = tmp_path_factory.mktemp("site-packages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        install(folder, patch, "portals", "sources", "sinks")
        yield folder
    installed.cache_clear()


@pytest.fixture(scope="module")
def children(site: Path) -> Iterator[Children]:
    with Children(Limits(seconds=20)) as children:
        yield children


def order(sink: str, document: Document = RECORDS, **settings: Any) -> Order:
    return Order(sink, settings, document, "batch/7", 1)


def terms(source: str, **settings: Any) -> Terms:
    return Terms(source, settings, 1)


def test_a_portals_terms_come_back_as_they_are(children: Children) -> None:
    assert children.terms(terms("sound-portal")) == PortalTerms(
        agreements={RecordKind.ENTRY: Agreement(Direction.BOTH, Owner.OURS)},
        mapping="0" * 64,
        entries=EntriesSent.CLAIMED,
        verdicts=VerdictsTaken.SUGGESTION,
        evidence=EvidenceSent.LINK,
        batch=7,
    )


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("mapping", "a value of the type dict, not PortalTerms"),
        ("pairs", "agreements that are no mapping"),
        ("kind", "agreements that aren't an Agreement by RecordKind"),
        ("agreement", "agreements that aren't an Agreement by RecordKind"),
        ("direction", "an agreement without a Direction and an Owner"),
        ("entries", "a value of the type str as entries, not EntriesSent"),
        ("digest", "a mapping that is no text"),
        ("batch", "a batch that isn't 1 to 5000 records"),
        ("true", "a batch that isn't 1 to 5000 records"),
        ("ends", r"ended its process \(exit code 7\)"),
    ],
)
def test_terms_that_are_not_agreed_are_a_fault(children: Children, how: str, why: str) -> None:
    with pytest.raises(PluginFault, match=why):
        children.terms(terms("bad-terms", how=how))


def test_a_source_that_is_no_portal_has_no_terms_and_no_listing(children: Children) -> None:
    with pytest.raises(NotConfigured, match="The source “sound-source” is no portal"):
        children.terms(terms("sound-source"))
    with (
        pytest.raises(NotConfigured, match="The source “sound-source” is no portal"),
        children.opened(Reading("sound-source", {}, "", 1, everything=True)) as source,
    ):
        list(source.batches())


def test_all_that_a_portal_holds_comes_in_batches(children: Children, tmp_path: Path) -> None:
    where = tmp_path / "said"
    settings = {"many": 450, "where": str(where)}
    with children.opened(Reading("sound-portal", settings, "", 1, everything=True)) as source:
        batches = list(source.batches())
    assert [len(batch) for batch in batches] == [200, 200, 50]
    assert len({one.key for batch in batches for one in batch}) == 450
    with children.opened(Reading("sound-portal", settings, "", 1)) as source:
        assert not list(source.batches()), "what was changed is another question"
    with children.opened(Reading("sound-portal", settings, "", 1, everything=True)) as source:
        next(source.batches())
    assert where.read_text().split() == ["closed", "closed"], "closed early, it lets go"


def test_what_a_listing_gave_before_it_broke_is_kept(children: Children) -> None:
    with children.opened(Reading("breaks-in-the-listing", {}, "", 1, everything=True)) as source:
        batches = source.batches()
        assert [type(one).__name__ for one in next(batches)] == ["Item", BadRecord.__name__]
        with pytest.raises(Retryable, match="Come back"):
            next(batches)


def test_a_listing_of_anything_else_is_a_fault(children: Children) -> None:
    with (
        pytest.raises(PluginFault, match=r"theirs\(\) gave a value of the type str, neither"),
        children.opened(Reading("gives-words-in-the-listing", {}, "", 1, everything=True)) as source,
    ):
        list(source.batches())


def test_a_receipt_has_an_answer_for_each_record(children: Children) -> None:
    receipt = children.deliver(order("sound-portal"))
    assert receipt.answers == tuple(Answered(key, f"P-{key}", version="1") for key in KEYS)


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("twice", "exactly one answer for each record: 4 for 3 records"),
        ("one short", "exactly one answer for each record: 2 for 3 records"),
        ("instead", "exactly one answer for each record: 3 for 3 records"),
        ("words", "answers are no tuple of Answered"),
        ("number", "something isn't text"),
        ("nul", "which no database keeps"),
        ("long", "a name or a version of more than 500 characters"),
        ("whether", "something isn't text"),
    ],
)
def test_answers_that_are_not_agreed_are_a_fault(children: Children, how: str, why: str) -> None:
    with pytest.raises(PluginFault, match=why):
        children.deliver(order("answers-badly", how=how))


def test_the_reason_in_an_answer_is_kept_without_secrets_and_addresses(children: Children) -> None:
    receipt = children.deliver(order("answers-badly", how="tells", token="the token of Exampleshire"))
    assert {one.why for one in receipt.answers} == {"***: ask …"}


def test_a_report_has_no_records_to_be_answered(children: Children) -> None:
    with pytest.raises(PluginFault, match="1 for 0 records"):
        children.deliver(order("answers-a-report", REPORT))


def test_what_would_be_sent_is_said_and_not_sent(children: Children, tmp_path: Path) -> None:
    where = tmp_path / "said"
    would = children.rehearse(order("rehearses", where=str(where)))
    assert would == Document(
        DocumentKind.RECORDS, "would.json", "application/json", b"\xff\x00" + RECORDS.content, {"a": "b"}
    )
    assert not where.exists()


def test_a_sink_that_can_not_say_what_it_would_send_is_named(children: Children, tmp_path: Path) -> None:
    where = tmp_path / "said"
    with pytest.raises(NotConfigured, match="The sink “sound-portal” can't say what it would send"):
        children.rehearse(order("sound-portal", where=str(where)))
    assert not where.exists(), "it isn't sent instead"


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("text", "a value of the type str, not a Document"),
        ("content", "isn't of its type"),
        ("kind", "isn't of its type"),
        ("meta", "isn't of its type"),
    ],
)
def test_a_rehearsal_that_is_not_agreed_is_a_fault(children: Children, how: str, why: str) -> None:
    with pytest.raises(PluginFault, match=why):
        children.rehearse(order("rehearses-badly", how=how))


def test_a_rehearsal_that_can_not_be_had_now_is_told_without_secrets(children: Children) -> None:
    with pytest.raises(Retryable, match=r"^Not now, \*\*\*\.$"):
        children.rehearse(order("rehearses-badly", how="later", token="the token of Exampleshire"))


def test_a_portal_is_a_source_and_a_sink_of_one_plugin_and_what_is_half_is_said(site: Path) -> None:
    found = portals(installed())
    assert "sound-portal" in found
    assert {"has-no-sink", "has-no-source", "sound-source"}.isdisjoint(found)
    assert portal_of(installed(), "rehearses").plugin == "hostile-portals"
    said = [one.what for one in installed().failures]
    assert any("its portal “has-no-sink” is left out" in one for one in said), said
    assert any("its sink “has-no-source” gets nothing" in one for one in said)
    with pytest.raises(NotConfigured, match="No plugin offers the portal “sound-source”"):
        portal_of(installed(), "sound-source")
