"""Sending to a portal over the web: once each, whatever is lost on the way, and one bad record stops no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from portal_servers import Reply, Simulated, Told, contract, document, entry, simulated, told
from test_web_reading import mapped

from quarterday import Answered, Document, DocumentKind, NotConfigured, Refused, Retryable
from quarterday.testing.watch import watched
from quarterday_portal_sync.simulator.faults import Fault

BATCH = "/v1/entries/batch"
SENDING = """path = "/v1/entries/batch"
items = "records"
batch = 500
"""
ANSWERS = """answers = "results"
answer_key = "our_ref"
"""


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Simulated]:
    with simulated(tmp_path) as found:
        yield found


@pytest.fixture
def hostile() -> Iterator[Told]:
    with told() as found:
        yield found


def results(*numbers: int, status: str = "created", **more: str) -> Reply:
    """What the simulated portal answers to entries."""
    each = [{"our_ref": f"entry/{one}", "status": status, "id": f"C-{one}", "version": "1", **more} for one in numbers]
    return Reply({"delivery": "D-1", "results": each})


def only(folder: Path, old: str, new: str) -> dict[str, Any]:
    """Settings with another way of sending entries."""
    settings = mapped(folder, old, new)
    return dict(settings)


def test_each_record_is_answered_and_arrives_once(portal: Simulated) -> None:
    sink, records = portal.portal(), document(contract(), entry(1), entry(2, "no such measure"), entry(3))
    receipt = sink.deliver(records, "delivery/1")
    found = {one.key: one for one in receipt.answers}
    assert found["contract/1"] == Answered("contract/1", "A-1", version="1")
    assert found["entry/3"] == Answered("entry/3", "C-3", version="1")
    assert "no such measure" in found["entry/2"].why
    assert not found["entry/2"].external_id
    assert portal.portal().deliver(records, "delivery/1") == receipt
    assert len(list(sink.theirs())) == 3


def test_what_was_changed_there_meanwhile_is_said(portal: Simulated) -> None:
    sink = portal.portal()
    sink.deliver(document(contract(), entry(1)), "delivery/1")
    newer = entry(1, send="entry-1-2-abc", external_id="C-2", version="7")
    newer["fields"] |= {"quantity": "9"}
    (answer,) = sink.deliver(document(newer), "delivery/2").answers
    assert answer.is_overtaken
    assert answer.version == "1"
    assert "revision 1" in answer.why


@pytest.mark.parametrize("fault", ["failed", "unavailable", "busy", "truncated", "html", "lost"])
def test_nothing_is_lost_or_doubled_whatever_goes_wrong(portal: Simulated, tmp_path: Path, fault: str) -> None:
    sink = portal.portal(**only(tmp_path, SENDING, SENDING.replace("500", "2")))
    portal.show(**{fault: Fault(every=3, seconds=0)})
    records = document(contract(), *(entry(number) for number in range(1, 12)))
    for _ in range(5):
        try:
            receipt = sink.deliver(records, "delivery/1")
            break
        except Retryable:
            continue
    portal.show()
    assert portal.faults.took_effect(fault)
    assert [one.external_id for one in receipt.answers] == ["A-1", *(f"C-{number}" for number in range(2, 13))]
    assert len(list(sink.theirs())) == 12


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (results(1, 2), "doesn't speak of 1 of the records"),
        (results(1, 2, 3, 3), "speaks of a record twice"),
        (results(1, 2, 4), "speaks of a record that wasn't sent"),
        (Reply({"delivery": "D-1"}), "has no list at “results”"),
        (Reply(b'{"results": ['), "is no whole JSON"),
        (Reply(b"<p>Please sign in</p>", headers={"Content-Type": "text/html"}), "is text/html, not JSON"),
        (results(1, 2, 3, id=""), "doesn't say what a record is called"),
        (Reply(hangs_up=True), "broke off"),
        (Reply({}, 503), "can't answer now"),
    ],
)
def test_an_answer_that_does_not_say_what_became_of_each(hostile: Told, reply: Reply, says: str) -> None:
    hostile.replies[BATCH] = [reply]
    with pytest.raises(Retryable, match=says):
        hostile.portal(web_patience=0).deliver(document(entry(1), entry(2), entry(3)), "delivery/1")


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_batch_is_halved_until_only_the_bad_record_is_left(hostile: Told, status: int) -> None:
    hostile.replies[BATCH] = [Reply({"error": "no"}, status), results(1, 2), Reply({"error": "no"}, status), results(3)]
    hostile.replies[BATCH] += [Reply({"detail": "An amount is\nmissing."}, status)]
    answers = hostile.portal().deliver(document(*map(entry, (1, 2, 3, 4))), "delivery/1").answers
    assert [one.external_id for one in answers] == ["C-1", "C-2", "C-3", ""]
    assert answers[-1].why == f"It wasn't taken (status {status}: An amount is missing.)."
    assert [len(one.records) for one in hostile.asked] == [4, 2, 2, 1, 1]


def test_a_status_that_nobody_knows_is_a_no(hostile: Told) -> None:
    hostile.replies[BATCH] = [results(1, status="pending", reason="See\x1b[0m later")]
    (answer,) = hostile.portal().deliver(document(entry(1)), "delivery/1").answers
    assert (answer.external_id, answer.why) == ("", "It wasn't taken: See [0m later")


@pytest.mark.parametrize(
    ("reply", "field"),
    [
        (Reply({}, 401), "web_key"),
        (Reply({}, 403), "web_key"),
        (Reply({}, 404), "mapping"),
        (Reply({}, 405), "mapping"),
        (Reply({}, 307, {"Location": "https://elsewhere.example/"}), "web_address"),
    ],
)
def test_who_should_act_where_nothing_is_taken(hostile: Told, reply: Reply, field: str) -> None:
    hostile.replies[BATCH] = [reply]
    with pytest.raises(NotConfigured) as caught:
        hostile.portal().deliver(document(entry(1)), "delivery/1")
    assert caught.value.field == field
    assert len(hostile.asked) == 1


def test_one_by_one_under_headers(hostile: Told, tmp_path: Path) -> None:
    alone = """path = "/v1/entries"
update_path = "/v1/entries/{id}"
send_header = "Idempotency-Key"
version_header = "If-Match"
answer_id = "id"
answer_version = "rev"
"""
    settings = mapped(
        tmp_path, SENDING + 'send_field = "idempotency_key"\nversion_field = "if_version"\n' + ANSWERS, alone
    )
    file = Path(str(settings["mapping"]))
    text = file.read_text("utf-8")
    first = text.index(alone) + len(alone)
    rest = text[first:].partition("[evidence]")
    file.write_text(text[:first] + "\n[evidence]" + rest[2], "utf-8")
    hostile.replies = {
        "/v1/entries": [Reply({"id": "C/1", "rev": 4}, 201)],
        "/v1/entries/C%2F2": [Reply({}, 412)],
        "/v1/entries/C-3": [Reply(None, 204)],
        "/v1/entries/C-4": [Reply({}, 404)],
    }
    hostile.replies["/v1/entries/C-3"] = [Reply(b"", 204)]
    sent = [
        entry(1),
        entry(2, external_id="C/2", version='"7"'),
        entry(3, external_id="C-3"),
        entry(4, external_id="C-4"),
    ]
    answers = hostile.portal(**settings).deliver(document(*sent), "delivery/1").answers
    assert answers[0] == Answered("entry/1", "C/1", version="4")
    assert answers[1].is_overtaken
    assert answers[2] == Answered("entry/3", "C-3")
    assert "status 404" in answers[3].why
    assert [one.method for one in hostile.asked] == ["POST", "PUT", "PUT", "PUT"]
    assert hostile.asked[0].headers["Idempotency-Key"] == "entry-1-1-abc"
    assert hostile.asked[1].headers["If-Match"] == '"7"'


def test_a_portal_without_keys_is_asked_first_what_it_has(hostile: Told, tmp_path: Path) -> None:
    settings = mapped(tmp_path, SENDING + 'send_field = "idempotency_key"\n', SENDING)
    there = {"id": "C-1", "our_ref": "entry/1", "agreementNo": "C-1"}
    hostile.replies = {"/v1/entries": [Reply({"records": [there], "next": ""})], BATCH: [results(1, 2)]}
    hostile.portal(**settings).deliver(document(entry(1), entry(2)), "delivery/1")
    assert [one.get("id") for one in hostile.asked[-1].records] == ["C-1", None]


def test_what_is_not_safe_to_repeat_is_not_repeated(hostile: Told, tmp_path: Path) -> None:
    settings = mapped(tmp_path, SENDING + 'send_field = "idempotency_key"\n', SENDING)
    hostile.replies = {"/v1/entries": [Reply({"records": [], "next": ""})], BATCH: [Reply({}, 500), results(1)]}
    with pytest.raises(Retryable):
        hostile.portal(**settings).deliver(document(entry(1)), "delivery/1")
    assert [one.method for one in hostile.asked] == ["GET", "POST"]


def test_a_rehearsal_says_what_is_sent_and_asks_nobody(hostile: Told) -> None:
    records = document(contract(), entry(1), entry(2), entry(3, "no such measure"))
    shown, done = watched(lambda: hostile.portal().rehearse(records, "delivery/1"))
    assert hostile.asked == []
    assert not [one for one in done if one.startswith("socket")]
    contracts = [{"our_ref": "contract/1", "status": "created", "id": "A-1", "version": "1"}]
    hostile.replies = {"/v1/contracts/batch": [Reply({"results": contracts})], BATCH: [results(1, 2)]}
    hostile.portal().deliver(records, "delivery/1")
    bodies = [one.body for one in hostile.asked]
    assert [len(one.records) for one in hostile.asked] == [1, 2]
    assert all(body in shown.content for body in bodies)
    assert shown.meta["records"] == "3"


def test_deliveries_go_over_one_connection(hostile: Told) -> None:
    hostile.replies[BATCH] = [results(1)]
    for number in range(3):
        hostile.portal().deliver(document(entry(1)), f"delivery/{number}")
    assert len(hostile.asked) == 3
    assert hostile.connections == 1


def test_a_kept_connection_that_was_closed_there_is_opened_anew(hostile: Told) -> None:
    hostile.replies[BATCH] = [results(1), Reply(hangs_up=True), results(1)]
    hostile.portal().deliver(document(entry(1)), "delivery/1")
    assert hostile.portal().deliver(document(entry(1)), "delivery/2").answers[0].external_id == "C-1"


@pytest.mark.parametrize(
    "given",
    [
        Document(DocumentKind.REPORT, "a.csv", "text/csv", b"a"),
        Document(DocumentKind.RECORDS, "a", "application/x-ndjson", b"{"),
        Document(DocumentKind.RECORDS, "a", "application/x-ndjson", b"[1]"),
        Document(DocumentKind.RECORDS, "a", "application/x-ndjson", b'{"record": "wish"}'),
        Document(DocumentKind.RECORDS, "a", "application/x-ndjson", b'{"record": "entry", "key": "entry/1"}'),
    ],
)
def test_what_is_no_document_of_records_is_refused(hostile: Told, given: Document) -> None:
    with pytest.raises(Refused):
        hostile.portal().deliver(given, "delivery/1")
    assert hostile.asked == []


def test_nothing_to_send_asks_nobody(hostile: Told) -> None:
    receipt = hostile.portal().deliver(document(entry(1, "no such measure")), "delivery/1")
    assert receipt.reference == "delivery/1"
    assert [one.key for one in receipt.answers] == ["entry/1"]
    assert hostile.asked == []


def test_the_authoritys_choices_count_before_the_mappings(hostile: Told) -> None:
    as_mapped, chosen = hostile.portal().terms(), hostile.portal(entries="accepted", batch=7).terms()
    assert (as_mapped.entries, chosen.entries) == ("claimed", "accepted")
    assert chosen.batch == 7
    assert chosen.verdicts == as_mapped.verdicts
    assert json.dumps(chosen.mapping) == json.dumps(as_mapped.mapping)
