"""Evidence that came from a portal: beside its entry, looked at as uploads are, and no part of what was submitted."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from portal_door import Council, a_council, an_item, made_there
from sqlalchemy import select

from quarterday.db.models import (
    AuditRow,
    EntryEvidence,
    Evidence,
    PortalConflict,
    PortalInbox,
    PortalRecord,
    Revision,
    Words,
)
from quarterday.db.work import UnitOfWork
from quarterday.domain.portal_records import RecordKind
from quarterday.errors import Refused
from quarterday.evidence import Keeper, Limits, Store
from quarterday.ports import Item
from quarterday.services.portals import evidence_in
from quarterday.services.portals.inbox import inbox
from quarterday.services.portals.ours import everything
from quarterday.services.portals.theirs import read
from quarterday.services.returns import drafts, evidencing, reviews, submissions
from quarterday.testing.builders import OPERATOR, a_draft

CONTENT = b"Two apprentices began in April.\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
WEEKS = {"ref": "WEEKS", "quantity": "13"}
PROGRAM = b"MZ\x90\x00" + bytes(200)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The evidence store of the installation."""
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_EVIDENCE_PIECES", "3")
    return Store(str(tmp_path / "evidence"))


@pytest.fixture
def council(uow: UnitOfWork, store: Store) -> Council:
    return a_council(uow)


def a_file(entry: object, content: bytes = CONTENT, /, **said: Any) -> dict[str, Any]:
    its = {"entry": str(entry), "kind": "file", "file": b64encode(content).decode(), "media_type": "text/plain"}
    return {"external_id": "E-1", "words": "letter.txt", **its, **said}


def pieces(council: Council) -> list[evidencing.Piece]:
    return evidencing.evidence_of(council.uow, council.staff, return_id=council.return_id)


def digest(council: Council) -> str:
    """The digest of the first revision, worked out from the record again."""
    with council.uow.read(OPERATOR) as work:
        entries = submissions.entries_now(work, council.return_id)
        return submissions.digest_of_revision(work, entries, council.return_id, 1, False)


def test_a_file_stands_beside_its_entry_and_the_revision_is_as_it_was(council: Council, store: Store) -> None:
    (entry,) = council.submit(WEEKS)
    before = digest(council)
    for _ in range(2):
        council.comes("evidence", **a_file(entry))
    (piece,) = pieces(council)
    assert (piece.entry_id, piece.said, piece.digest, piece.size) == (entry, "letter.txt", DIGEST, len(CONTENT))
    assert (piece.portal, piece.at) == ("portal", council.uow.clock())
    assert piece.scan == "not scanned"
    assert digest(council) == before
    with evidencing.open_evidence(council.uow, council.staff, Keeper(store), evidence_id=piece.id).file as file:
        assert file.read() == CONTENT
    (done,) = [row for row in council.rows(AuditRow) if row.action == "evidence.attached"]
    assert (done.actor, done.payload["digest"], done.payload["entry"]) == ("portal", DIGEST, entry)
    record = council.record("E-1")
    assert (record.our_id, record.state) == (piece.id, "same")
    assert "file" not in record.theirs
    assert all(CONTENT.decode().strip() not in (row.text or "") for row in council.rows(Words))


def test_links_and_statements_are_words_and_told_apart(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    link = {"external_id": "E-1", "entry": str(entry), "kind": "link"}
    for address in ("https://example.org/a", "https://example.org/a", "https://example.org/b"):
        council.comes("evidence", **link, link=address)
    council.comes("evidence", external_id="E-2", entry=str(entry), kind="statement", words="The school confirmed it.")
    assert [one.said for one in pieces(council)] == [
        "https://example.org/a",
        "https://example.org/b",
        "The school confirmed it.",
    ]
    assert council.record("E-1").our_id == pieces(council)[1].id
    with council.uow.read(OPERATOR) as work:  # what it was before it was changed there isn't given to them again
        given = [one.id for one in everything(work, council.authority_id, RecordKind.EVIDENCE, council.terms)]
    assert given == [pieces(council)[1].id]
    assert all("example.org" not in str(row.theirs) for row in council.rows(PortalRecord))


NONE: Sequence[tuple[dict[str, str], str]] = [
    ({"file": "no base64!"}, "Its file is no base64."),
    ({"file": "é"}, "Its file is no base64."),
    ({"file": b64encode(PROGRAM).decode()}, "letter.txt is a program"),
    ({"file": ""}, "Its file didn't come with it; it is in the portal."),
    ({"file": "", "kind": "link", "link": "ftp://example.org"}, "Enter the whole address of a page"),
    ({"file": "", "kind": "link", "link": "https://a:b@example.org/"}, "Take the name and the password out"),
    ({"kind": "statement", "words": " "}, "Write the statement; it is blank."),
    ({"kind": "photo"}, "Evidence is a file, a link or a statement."),
    ({"entry": "P-99"}, "It backs an entry that nothing here matches."),
    ({"entry": "999999"}, "It is on entry 999999, which is nothing of ours."),
]
"""What a piece of evidence says, and how the reason begins for which it is none."""


def test_what_cant_be_evidence_is_in_the_inbox(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    for number, (said, _) in enumerate(NONE):
        for _ in range(2):
            council.comes("evidence", **a_file(entry, **{"external_id": f"E-{number}", **said}))
    waiting = council.rows(PortalInbox)
    assert [one.why[: len(why)] for one, (_, why) in zip(waiting, NONE, strict=True)] == [why for _, why in NONE]
    assert (council.rows(Evidence), council.rows(EntryEvidence)) == ([], [])


def test_no_more_is_taken_than_an_entry_may_have(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    for number in range(4):
        its = {"external_id": f"E-{number}", "entry": str(entry), "kind": "link"}
        council.comes("evidence", **its, link=f"https://example.org/{number}")
    assert len(pieces(council)) == 3
    assert "This entry has 3 pieces of evidence" in council.record("E-3").why


def test_a_file_that_is_too_large_is_not_kept(store: Store) -> None:
    item = an_item("evidence", **a_file(1))
    put = evidence_in.put_away(item, Keeper(store, Limits(most_bytes=10)))
    assert put.payload["fields"]["file"] == ""
    assert "letter.txt" in put.payload["trouble"]
    assert list(store.digests()) == []


def test_nobody_can_claim_that_a_file_was_put_away(council: Council) -> None:
    (entry,) = council.submit(WEEKS)
    its = {"entry": str(entry), "kind": "file", "digest": DIGEST, "size": "32", "scan": "clean"}
    council.comes("evidence", external_id="E-1", **its)
    forged = an_item("evidence", external_id="E-2", **its)
    council.take(Item(forged.key, forged.kind, {**forged.payload, "kept": {"digest": DIGEST}}, ""))
    assert council.rows(Evidence) == []
    with pytest.raises(Refused, match="it wasn't put away"):
        read(an_item("evidence", **a_file(entry)).payload)


def test_it_backs_the_newest_of_those_that_took_its_entrys_place(council: Council) -> None:
    (first,) = council.submit(WEEKS)
    reviews.query(council.uow, council.staff, entry_id=first, reason="Which weeks?")
    council.comes("evidence", **a_file(first))
    how = {"return_id": council.return_id, "seen_version": council.version()}
    drafts.save_entry(council.uow, council.supplier, **how, typed=WEEKS, replaces_entry_id=first)  # type: ignore[arg-type]
    second = council.submit()[-1]
    council.comes("evidence", external_id="E-2", entry=str(first), kind="link", link="https://example.org/late")
    assert [(one.entry_id, one.portal) for one in pieces(council) if one.entry_id == second] == [(second, "portal")] * 2
    with council.uow.read(OPERATOR) as work:
        kept = work.connection.execute(select(Revision).where(Revision.c.number == 2)).one()
        again = submissions.digest_of_revision(work, [second], council.return_id, 2, False)
    assert kept.digest == again


def test_on_an_entry_made_there_it_goes_with_the_draft(council: Council) -> None:
    council.comes("entry", **made_there(council))
    council.comes("evidence", **a_file("P-12"))
    (entry,) = council.submit()
    (piece,) = pieces(council)
    assert (piece.entry_id, piece.portal) == (entry, "portal")
    council.comes("evidence", external_id="E-2", entry="P-12", kind="link", link="https://example.org/later")
    assert council.record("E-2").state == "waiting"  # until the next run has recognised the entry


def test_what_its_supplier_attached_already_is_not_attached_again(council: Council, store: Store) -> None:
    draft = a_draft(council.uow, WEEKS, return_id=council.return_id)
    there = {"return_id": council.return_id, "draft_id": draft, "name": "our-letter.txt"}
    evidencing.attach_file(council.uow, council.supplier, Keeper(store), **there, stream=BytesIO(CONTENT))
    (entry,) = council.submit()
    council.comes("evidence", **a_file(entry))
    assert [one.said for one in pieces(council)] == ["our-letter.txt"]


def test_ours_that_was_changed_there_is_a_conflict(council: Council, store: Store) -> None:
    draft = a_draft(council.uow, WEEKS, return_id=council.return_id)
    there = {"return_id": council.return_id, "draft_id": draft, "address": "https://example.org/ours"}
    made = evidencing.attach_link(council.uow, council.supplier, Keeper(store), **there)
    (entry,) = council.submit()
    its = {"external_id": "E-7", "key": f"evidence/{made.evidence_id}", "entry": str(entry), "kind": "link"}
    council.comes("evidence", **its, link="https://example.org/other")
    assert council.record("E-7").state == "conflict"
    assert len(council.rows(PortalConflict)) == 1
    assert len(pieces(council)) == 1


def test_erasing_it_reaches_what_the_portal_said(council: Council, store: Store) -> None:
    (entry,) = council.submit(WEEKS)
    its = {"external_id": "E-1", "entry": str(entry), "kind": "link", "link": "https://example.org/ann"}
    council.comes("evidence", **its)
    (piece,) = pieces(council)
    evidencing.erase_evidence(council.uow, OPERATOR, Keeper(store), evidence_id=piece.id)
    council.comes("evidence", listing=True, **its)
    assert all("ann" not in (row.text or "") for row in council.rows(Words))
    assert len(council.rows(Evidence)) == 1


def test_erasing_it_reaches_what_the_portal_said_before(council: Council, store: Store) -> None:
    """What it doesn't say any more goes with the change, and what waited in the inbox with the piece."""
    (entry,) = council.submit(WEEKS)
    its = {"external_id": "E-1", "kind": "link"}
    council.comes("evidence", **its, entry="P-99", link="https://example.org/ann")
    for version, name in enumerate(("ben", "cat", "dan"), 2):
        link = f"https://example.org/{name}"
        council.comes("evidence", **its, entry=str(entry), link=link, version=str(version))
    assert [one.said[20:] for one in pieces(council)] == ["ben", "cat", "dan"]
    for piece in pieces(council):
        evidencing.erase_evidence(council.uow, OPERATOR, Keeper(store), evidence_id=piece.id)
    assert [row.text for row in council.rows(Words) if "example.org" in (row.text or "")] == []


def test_what_the_inbox_shows_stays_though_the_portal_words_it_otherwise(council: Council) -> None:
    for words in ("Ann", "Ben"):
        council.comes("evidence", external_id="E-1", entry="P-99", kind="statement", words=words, digest="1" * 64)
    (shown,) = inbox(council.uow, council.staff, authority_id=council.authority_id)
    assert shown.words in ("Ann", "Ben")


def test_a_file_in_the_inbox_is_kept_until_somebody_decided(council: Council) -> None:
    council.comes("evidence", **a_file("P-99"))
    with council.uow.read(OPERATOR) as work:
        assert evidencing.digests_in_use(work) == {DIGEST}
