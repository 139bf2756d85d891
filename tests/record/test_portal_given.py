"""What an authority gives to a portal: what is withdrawn, moved, erased or too large, and what was agreed."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from council import PDF, Kept
from portal_there import PORTAL, WORKER, Exchange, beside, started
from sqlalchemy import String, cast, or_, select, update

from quarterday.db.models import Evidence, PortalBatch, PortalConflict, PortalRecord
from quarterday.domain.portal_records import EntriesSent, PortalTerms, RecordKind
from quarterday.evidence import Keeper, Store
from quarterday.services.plugins.children import Children
from quarterday.services.portals import ours, parcels
from quarterday.services.portals.sending import Sent
from quarterday.services.promises import handovers
from quarterday.services.returns import evidencing, reviews
from quarterday.testing.builders import OPERATOR


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    yield from started(tmp_path_factory)


@pytest.fixture
def exchange(children: Children, kept_council: Kept, council_url: str, tmp_path: Path) -> Iterator[Exchange]:
    yield from beside(children, kept_council.council, council_url, tmp_path / "there.db")


REPLACED, SUCCESSOR = "entry/4", "entry/13"
"""Of the council: an entry that was queried and amended, and what took its place."""


def changed(exchange: Exchange, kind: RecordKind, terms: PortalTerms | None = None) -> list[int]:
    with exchange.uow.read(WORKER) as work:
        return ours.changed(work, exchange.council.authority_id, PORTAL, kind, terms or exchange.terms())


def test_a_replaced_entry_never_goes_out_where_it_never_did(exchange: Exchange) -> None:
    exchange.set(kinds="entry verdict")
    exchange.send()
    there = exchange.there.records()
    assert REPLACED not in there
    assert there[SUCCESSOR]["quantity"] == "240.05"
    assert "verdict/4" not in there


def test_a_replaced_entry_that_went_out_is_nothing_there(exchange: Exchange) -> None:
    """It is told as it was before, then as it is: a decision over there stays one on what was seen."""
    exchange.set(kinds="entry")
    exchange.send()
    with exchange.uow.begin(WORKER) as work:  # as if it had gone out before it was replaced
        row = work.all(select(PortalRecord).where(PortalRecord.c.our_id == 13))[0]
        sent = {**row.sent, "quantity": "250.1"}
        digest = ours.digest_of(RecordKind.ENTRY, sent)
        known = {"our_id": 4, "version": "1", "sent": sent, "theirs": sent, "agreed": digest, "theirs_digest": digest}
        same = {**row._mapping, **known, "external_id": "P-99", "their_version": "", "sent_key": "entry-4-1"}
        del same["id"]
        work.add(PortalRecord, **same)
    assert changed(exchange, RecordKind.ENTRY) == [4]
    assert exchange.send() == Sent(sent=1, taken=1)
    assert exchange.there.records()[REPLACED]["quantity"] == "0"
    gifts = [one for one in exchange.there.records().values() if (one["contract"], one["measure"]) == ("NM-1", "GIFTS")]
    assert sorted(one["quantity"] for one in gifts) == ["0", "100", "240.05"]
    assert changed(exchange, RecordKind.ENTRY) == []


def test_of_accepted_entries_only_one_that_is_rejected_later_is_nothing_there(exchange: Exchange) -> None:
    exchange.set(kinds="entry verdict", accepted_only=True)
    exchange.send()
    there = exchange.there.records()
    assert "entry/1" not in there, "it was rejected"
    assert there["entry/2"]["quantity"] == "13"
    reviews.reject(exchange.uow, OPERATOR, entry_id=2, reason="It is in the books twice.")
    assert exchange.send() == Sent(sent=2, taken=2)
    assert exchange.there.records()["entry/2"]["quantity"] == "0"
    assert exchange.there.records()["verdict/2"]["decision"] == "rejected"
    assert "entry/1" not in exchange.there.records()


def test_a_contract_that_is_anothers_by_now_is_given_no_more(exchange: Exchange) -> None:
    exchange.set(kinds="contract commitment entry evidence verdict")
    exchange.send()
    sent = len(exchange.records())
    today = exchange.uow.clock().date()
    where = {"contract_id": exchange.council.own_values, "authority_id": exchange.council.neighbour_id}
    handovers.move(exchange.uow, OPERATOR, **where, reference="WV-9", since=today)
    with exchange.uow.read(WORKER) as work:
        for kind in RecordKind:
            given = ours.everything(work, exchange.council.authority_id, kind, exchange.terms())
            assert not any(one.fields.get("contract") == "NM-1" for one in given)
    assert exchange.send() == Sent()
    assert len(exchange.records()) == sent


def test_words_links_and_file_names_go_out_and_are_kept_nowhere(exchange: Exchange) -> None:
    exchange.there.tell(before="later")
    with pytest.raises(Exception, match="later"):
        exchange.send()
    words = ("Two apprentices", "Letter of thanks", "example.org/thanks", "food bank")
    with exchange.uow.read(WORKER) as work:
        content = work.all(select(PortalBatch.c.content))
        assert not any(word in row.content for row in content for word in words)
        for table in (PortalRecord, PortalConflict):
            columns = [cast(column, String).contains(word) for column in table.c for word in words]
            assert work.all(select(table.c.id).where(or_(*columns))) == []
    exchange.there.tell()
    exchange.send()
    said = exchange.there.words()
    assert said["entry/2"] == "Two apprentices, =1+1."
    assert said["evidence/1"] == "Letter of thanks.pdf"
    there = exchange.there.records()
    assert there["evidence/2"]["link"] == "https://example.org/thanks"
    assert there["evidence/1"]["file"] == ""
    assert {one["kind"] for key, one in there.items() if key.startswith("evidence/")} == {"file", "link"}


def test_files_go_out_with_their_content_where_that_was_agreed(
    exchange: Exchange, kept_council: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDAY_EVIDENCE_URL", str(kept_council.evidence))
    exchange.set(kinds="evidence", files=True)
    assert exchange.send() == Sent(sent=2, taken=2)
    assert b64decode(exchange.there.records()["evidence/1"]["file"]) == PDF
    assert exchange.there.records()["evidence/2"]["file"] == ""


def test_a_file_that_cant_be_had_stops_alone(
    exchange: Exchange, kept_council: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("QUARTERDAY_EVIDENCE_URL", str(tmp_path / "empty"))
    exchange.set(kinds="evidence", files=True)
    assert exchange.send() == Sent(sent=1, taken=1, stopped=1)
    row = exchange.records()["evidence/1"]
    assert (row.state, "is missing in the evidence store; restore it" in row.why) == ("stopped", True)
    assert exchange.send() == Sent()
    monkeypatch.setenv("QUARTERDAY_EVIDENCE_URL", str(kept_council.evidence))
    exchange.set(mapping="2")
    assert exchange.send() == Sent(sent=1, taken=1)


def test_a_file_that_is_too_large_stops_alone(
    exchange: Exchange, kept_council: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDAY_EVIDENCE_URL", str(kept_council.evidence))
    with exchange.uow.begin(WORKER) as work:
        work.connection.execute(update(Evidence).where(Evidence.c.id == 1).values(size=parcels.MOST_BYTES + 2**20))
    exchange.set(kinds="evidence", files=True)
    assert exchange.send() == Sent(sent=1, taken=1, stopped=1)
    why = "The file has 26 MB, and at most 25 MB are sent; hand it over in another way."
    assert exchange.records()["evidence/1"].why == why
    assert exchange.send() == Sent()


@pytest.mark.parametrize("is_on_its_way", [False, True])
def test_what_was_erased_never_goes_out(
    exchange: Exchange, kept_council: Kept, tmp_path: Path, is_on_its_way: bool
) -> None:
    exchange.set(kinds="evidence")
    if is_on_its_way:
        exchange.there.tell(before="later")
        with pytest.raises(Exception, match="later"):
            exchange.send()
        exchange.there.tell()
        exchange.there.do("DELETE FROM call")
    keeper = Keeper(Store(str(tmp_path / "store")))
    evidencing.erase_evidence(exchange.uow, OPERATOR, keeper, evidence_id=2)
    done = exchange.send()
    assert (done.taken, done.stopped) == (1, int(is_on_its_way))
    assert exchange.there.records().keys() == {"evidence/1"}
    assert not any("thanks" in str(records) for _, records in exchange.there.calls() if records[0]["fields"]["link"])


def test_what_goes_only_in_is_given_to_nobody(exchange: Exchange) -> None:
    exchange.set(kinds="verdict", direction="in")
    assert changed(exchange, RecordKind.VERDICT) == []
    assert exchange.send() == Sent()
    assert exchange.records() == {}


def test_all_of_a_kind_is_found_some_at_a_time(exchange: Exchange, monkeypatch: pytest.MonkeyPatch) -> None:
    terms = replace(exchange.terms(), entries=EntriesSent.CLAIMED)

    def keys() -> list[str]:
        with exchange.uow.read(WORKER) as work:
            authority_id = exchange.council.authority_id
            return [one.key for kind in RecordKind for one in ours.everything(work, authority_id, kind, terms)]

    whole = keys()
    monkeypatch.setattr(ours, "AT_ONCE", 3)
    assert keys() == whole
    assert len(set(whole)) == len(whole)
