"""Evidence in the record: attached to drafts, frozen with their entries, read in scope, logged, erased."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from evidence_case import CONTENT, DIGEST, Case, a_case
from sqlalchemy import select

from quarterday.db.models import AuditRow, EntryEvidence, Evidence
from quarterday.db.work import UnitOfWork
from quarterday.errors import Refused
from quarterday.evidence import Outcome
from quarterday.services.installation.evidence_upkeep import take_stock
from quarterday.services.returns import reviews, submissions
from quarterday.services.returns.evidencing import (
    attach_file,
    attach_link,
    attach_statement,
    evidence_of,
)
from quarterday.services.returns.reported import SomebodyElse
from quarterday.testing.builders import OPERATOR, a_return
from quarterday.testing.clock import Clock


@pytest.fixture
def case(uow: UnitOfWork, tmp_path: Path) -> Case:
    return a_case(uow, tmp_path / "evidence")


def test_a_file_is_kept_and_backs_the_draft(case: Case) -> None:
    before = case.version()
    attached = case.attach()
    (piece,) = evidence_of(case.uow, case.supplier, return_id=case.return_id)
    assert (piece.id, piece.kind, piece.said, piece.is_erased) == (attached.evidence_id, "file", "letter.txt", False)
    assert (piece.digest, piece.size, piece.media_type) == (DIGEST, len(CONTENT), "text/plain")
    assert (piece.draft_id, piece.entry_id, piece.scan) == (case.draft_id, None, Outcome.NOT_SCANNED)
    assert attached.version == case.version() == before + 1
    assert case.files() == [DIGEST]


def test_the_audit_trail_has_the_digest_and_never_the_name(case: Case) -> None:
    attached = case.attach(name="Jo Larch, payslip.txt")
    (row,) = case.audited("evidence.attached")
    assert row["payload"] == {
        "draft": case.draft_id,
        "evidence": attached.evidence_id,
        "kind": "file",
        "digest": DIGEST,
        "size": len(CONTENT),
        "type": "text/plain",
        "scan": "not scanned",
    }
    assert (row["authority_id"], row["actor"]) == (case.council.authority_id, case.supplier.name)
    assert row["subject"] == f"return/{case.return_id}"
    with case.uow.read(OPERATOR) as work:
        assert "Larch" not in str([tuple(row) for table in (AuditRow, Evidence) for row in work.all(select(table))])


def test_links_and_statements_are_words_with_a_salted_digest(case: Case) -> None:
    place = {"return_id": case.return_id, "draft_id": case.draft_id}
    attach_link(case.uow, case.supplier, case.keeper, address=" https://example.org/photos?day=1 ", **place)
    attach_statement(case.uow, case.supplier, case.keeper, text="Seen by J. Larch.\r\nTwice.", **place)
    link, statement = evidence_of(case.uow, case.supplier, return_id=case.return_id)
    assert (link.kind, link.said) == ("link", "https://example.org/photos?day=1")
    assert (statement.kind, statement.said) == ("statement", "Seen by J. Larch.\nTwice.")
    for piece in (link, statement):
        assert len(piece.digest) == 64
        assert piece.digest != hashlib.sha256(piece.said.encode()).hexdigest()
        assert (piece.size, piece.media_type, piece.scan) == (0, "", None)
    assert "Larch" not in str([row["payload"] for row in case.audited("evidence.attached")])


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("javascript:alert(1)", "whole address"),
        ("example.org/photos", "whole address"),
        ("https://localhost/x", "whole address"),
        ("https://[::1", "whole address"),
        ("https://example.org/\u202egnp", "whole address"),
        ("https://example.org/a b", "without spaces"),
        (f"https://example.org/{'a' * 2_000}", "at most 2,000"),
        ("https://jo:secret@example.org/", "Take the name and the password out"),
        ("", "whole address"),
    ],
)
def test_an_address_that_is_none_is_refused(case: Case, address: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        attach_link(
            case.uow, case.supplier, case.keeper, return_id=case.return_id, draft_id=case.draft_id, address=address
        )
    assert case.rows(Evidence) == 0


@pytest.mark.parametrize(
    ("text", "said"), [("  \n ", "blank"), ("a" * 10_001, "Shorten"), ("a\x1b[2J", "can't be seen")]
)
def test_a_statement_that_is_none_is_refused(case: Case, text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        attach_statement(
            case.uow, case.supplier, case.keeper, return_id=case.return_id, draft_id=case.draft_id, text=text
        )
    assert case.rows(Evidence) == 0


class TestRefusals:
    def test_a_file_that_is_no_evidence_leaves_nothing(self, case: Case) -> None:
        with pytest.raises(Refused, match=r"pay[.]txt is a program"):
            case.attach(b"#!/bin/sh\n", "../pay.txt")
        assert (case.files(), case.rows(Evidence), case.audited("evidence.attached")) == ([], 0, [])

    def test_one_too_large_leaves_nothing(self, case: Case) -> None:
        with pytest.raises(Refused, match="larger than 1 MB"):
            case.attach(b"a" * (2**20 + 1))
        assert case.files() == []

    def test_one_too_many_is_refused_before_it_is_kept(self, case: Case) -> None:
        for number in range(3):
            case.attach(b"%d" % number)
        with pytest.raises(Refused, match="has 3 pieces of evidence"):
            case.attach(b"one more")
        assert len(case.files()) == case.rows(Evidence) == 3

    def test_a_closed_period_takes_none(self, case: Case, clock: Clock) -> None:
        clock.forward(days=400)
        with pytest.raises(Refused, match="closed on"):
            case.attach()
        assert case.files() == []

    def test_another_draft_than_the_returns_takes_none(self, case: Case) -> None:
        with pytest.raises(Refused, match="no such entry"):
            case.attach(draft_id=case.draft_id + 1)
        other = a_return(case.uow)
        with pytest.raises(Refused, match="no such entry"):
            attach_file(
                case.uow, OPERATOR, case.keeper, return_id=other, draft_id=case.draft_id, name="a", stream=BytesIO(b"a")
            )
        assert case.files() == []

    def test_nobody_attaches_outside_their_scope(self, case: Case) -> None:
        for stranger, says in ((case.other_supplier, "There is no such"), (case.council, "Only those who report")):
            with pytest.raises(Refused, match=says):
                replace(case, supplier=stranger).attach()
        assert (case.files(), case.rows(Evidence)) == ([], 0)

    def test_a_draft_submitted_meanwhile_takes_none(self, case: Case) -> None:
        class Slow(BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                part = super().read(size)
                if part:
                    case.submit()
                return part

        with pytest.raises(Refused, match="no such entry"):
            attach_file(
                case.uow,
                case.supplier,
                case.keeper,
                return_id=case.return_id,
                draft_id=case.draft_id,
                name="a.txt",
                stream=Slow(CONTENT),
            )
        assert case.rows(Evidence) == 0
        assert take_stock(case.uow, OPERATOR, case.keeper.store).missing == frozenset()


class TestTwice:
    def test_the_same_file_on_the_same_draft_is_one(self, case: Case) -> None:
        first = case.attach()
        assert case.attach(name="again.txt") == first
        assert (case.rows(Evidence), case.rows(EntryEvidence), len(case.audited("evidence.attached"))) == (1, 1, 1)

    def test_the_same_file_on_two_drafts_is_kept_once(self, case: Case) -> None:
        case.attach()
        case.attach(draft_id=case.save("WEEKS"))
        assert (case.rows(Evidence), case.files()) == (2, [DIGEST])

    def test_two_at_once_keep_the_limit(self, case: Case) -> None:
        refused: list[Refused] = []

        def attach(content: bytes) -> None:
            try:
                case.attach(content)
            except Refused as why:
                refused.append(why)

        threads = [Thread(target=attach, args=(b"%d" % number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (case.rows(Evidence), len(refused)) == (3, 3)


class TestSubmitting:
    def test_what_backed_the_draft_backs_the_entry(self, case: Case) -> None:
        case.attach()
        case.submit()
        (piece,) = evidence_of(case.uow, case.council, return_id=case.return_id)
        assert piece.draft_id is None
        assert piece.entry_id is not None

    def test_the_digest_of_the_revision_covers_the_file(self, case: Case) -> None:
        case.attach()
        submitted = case.submit()
        with case.uow.begin(OPERATOR) as work:
            entries = submissions.entries_now(work, case.return_id)
            whole = submissions.digest_of_revision(work, entries, case.return_id, 1, False)
            work.connection.execute(Evidence.update().values(digest="0" * 64))
            changed = submissions.digest_of_revision(work, entries, case.return_id, 1, False)
        assert whole == submitted.digest
        assert changed != submitted.digest

    def test_whoever_has_not_seen_the_file_does_not_submit_it(self, case: Case) -> None:
        seen = case.version()
        case.attach()
        with pytest.raises(SomebodyElse):
            submissions.submit(
                case.uow, case.supplier, return_id=case.return_id, seen_version=seen, declared_as="manager"
            )

    def test_an_amended_entry_keeps_its_evidence_and_gets_more(self, case: Case) -> None:
        case.attach()
        case.submit()
        (before,) = evidence_of(case.uow, case.supplier, return_id=case.return_id)
        assert before.entry_id
        reviews.query(case.uow, case.council, entry_id=before.entry_id, reason="Which charity?")
        amended = case.save(replaces_entry_id=before.entry_id)
        case.attach(b"The food bank's receipt.", draft_id=amended)
        case.submit()
        pieces = evidence_of(case.uow, case.council, return_id=case.return_id)
        now = {piece.digest for piece in pieces if piece.entry_id != before.entry_id}
        assert now == {DIGEST, hashlib.sha256(b"The food bank's receipt.").hexdigest()}
        assert [piece.digest for piece in pieces if piece.entry_id == before.entry_id] == [DIGEST]
