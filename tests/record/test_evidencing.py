"""Evidence in the record: attached to drafts, frozen with their entries, read in scope, logged, erased."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select

from quarterday.db.models import AuditRow, EntryEvidence, Evidence, Return, Words
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import NotConfigured, Refused, Trouble
from quarterday.evidence import ClamAV, Keeper, Limits, Outcome, Store
from quarterday.services import drafts, reviews, submissions
from quarterday.services.evidence_upkeep import sweep, take_stock
from quarterday.services.evidencing import (
    Attached,
    attach_file,
    attach_link,
    attach_statement,
    detach,
    erase_evidence,
    evidence_of,
    evidence_store,
    open_evidence,
    open_keeper,
)
from quarterday.services.reported import SomebodyElse
from quarterday.testing.builders import OPERATOR, a_contract, a_return, a_supplier, a_user, an_authority, an_award
from quarterday.testing.clamav import EICAR, running_clamav
from quarterday.testing.clock import Clock

CONTENT = b"Two apprentices began in April.\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
A_WEEK = 7 * 86_400


@dataclass(frozen=True)
class Case:
    """A return with one entry being written, and everybody around it."""

    uow: UnitOfWork
    keeper: Keeper
    folder: Path
    return_id: int
    draft_id: int
    supplier: Actor
    council: Actor
    other_supplier: Actor
    other_council: Actor

    def attach(self, content: bytes = CONTENT, name: str = "letter.txt", **more: object) -> Attached:
        place = {"return_id": self.return_id, "draft_id": self.draft_id} | more
        stream = BytesIO(content)
        return attach_file(self.uow, self.supplier, self.keeper, name=name, stream=stream, **place)  # type: ignore[arg-type]

    def save(self, ref: str = "GIFTS", **more: int) -> int:
        typed = {"ref": ref, "quantity": "250"}
        return drafts.save_entry(
            self.uow, self.supplier, return_id=self.return_id, seen_version=self.version(), typed=typed, **more
        ).draft_id

    def submit(self) -> submissions.Submitted:
        return submissions.submit(
            self.uow, self.supplier, return_id=self.return_id, seen_version=self.version(), declared_as="manager"
        )

    def version(self) -> int:
        with self.uow.read(OPERATOR) as work:
            row = work.one(select(Return.draft_version).where(Return.id == self.return_id))
            assert row
            return row.draft_version

    def rows(self, table: type[Evidence] | type[EntryEvidence] | type[Words]) -> int:
        with self.uow.read(OPERATOR) as work:
            return work.connection.execute(select(func.count()).select_from(table)).scalar_one()

    def audited(self, action: str) -> list[dict[str, object]]:
        with self.uow.read(OPERATOR) as work:
            query = select(AuditRow.__table__).where(AuditRow.action == action).order_by(AuditRow.id)
            return [dict(row._mapping) for row in work.all(query)]

    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob("*") if path.is_file())

    def grow_old(self) -> None:
        """Make every file a week old."""
        then = time.time() - A_WEEK
        for path in self.folder.rglob("*"):
            os.utime(path, (then, then))


@pytest.fixture
def case(uow: UnitOfWork, tmp_path: Path) -> Case:
    authority, supplier = an_authority(uow), a_supplier(uow)
    contract = an_award(uow, contract_id=a_contract(uow, authority_id=authority, supplier_id=supplier))
    return_id = a_return(uow, contract_id=contract)
    person = a_user(uow, supplier_id=supplier)
    made = Case(
        uow=uow,
        keeper=Keeper(Store(str(tmp_path / "evidence")), Limits(most_bytes=2**20, most_pieces=3)),
        folder=tmp_path / "evidence",
        return_id=return_id,
        draft_id=0,
        supplier=Actor(f"user/{person}", user_id=person, supplier_id=supplier),
        council=Actor("user/900", authority_id=authority),
        other_supplier=Actor("user/901", supplier_id=a_supplier(uow)),
        other_council=Actor("user/902", authority_id=an_authority(uow)),
    )
    return replace(made, draft_id=made.save())


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
        assert "Larch" not in str(
            [tuple(row) for table in (AuditRow, Evidence) for row in work.all(select(table.__table__))]
        )


def test_links_and_statements_are_words_with_a_salted_digest(case: Case) -> None:
    place = {"return_id": case.return_id, "draft_id": case.draft_id}
    attach_link(case.uow, case.supplier, case.keeper, address=" https://example.org/photos?day=1 ", **place)
    attach_statement(case.uow, case.supplier, case.keeper, text="Seen by J. Larch.\r\nTwice.", **place)
    link, statement = evidence_of(case.uow, case.council, return_id=case.return_id)
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
        for stranger in (case.other_supplier, case.other_council):
            with pytest.raises(Refused, match="There is no such"):
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
            work.connection.execute(Evidence.__table__.update().values(digest="0" * 64))
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


class TestOpening:
    def test_a_file_comes_back_and_who_took_it_is_written_down(self, case: Case) -> None:
        evidence_id = case.attach(name="C:\\fakepath\\pay.bat").evidence_id
        opened = open_evidence(case.uow, case.council, case.keeper, evidence_id=evidence_id)
        with opened.file as file:
            assert file.read() == CONTENT
        assert (opened.name, opened.media_type, opened.size) == ("pay.bat.txt", "text/plain", len(CONTENT))
        (row,) = case.audited("evidence.opened")
        assert (row["actor"], row["subject"]) == (case.council.name, f"evidence/{evidence_id}")
        assert (row["authority_id"], row["payload"]) == (case.council.authority_id, {"digest": DIGEST})

    def test_nobody_opens_or_lists_outside_their_scope(self, case: Case) -> None:
        evidence_id = case.attach().evidence_id
        for stranger in (case.other_supplier, case.other_council):
            with pytest.raises(Refused, match="There is no such evidence"):
                open_evidence(case.uow, stranger, case.keeper, evidence_id=evidence_id)
            with pytest.raises(Refused, match="There is no such return"):
                evidence_of(case.uow, stranger, return_id=case.return_id)
            with pytest.raises(Refused, match="There is no such"):
                detach(case.uow, stranger, return_id=case.return_id, draft_id=case.draft_id, evidence_id=evidence_id)
        with pytest.raises(Refused, match="There is no such evidence"):
            erase_evidence(case.uow, case.other_council, case.keeper, evidence_id=evidence_id)
        assert case.audited("evidence.opened") == case.audited("evidence.erased") == []

    def test_what_is_no_file_is_not_opened(self, case: Case) -> None:
        place = {"return_id": case.return_id, "draft_id": case.draft_id}
        link = attach_link(case.uow, case.supplier, case.keeper, address="https://example.org/", **place)
        for evidence_id, said in ((link.evidence_id, "is a link and no file"), (999, "There is no such evidence")):
            with pytest.raises(Refused, match=said):
                open_evidence(case.uow, case.supplier, case.keeper, evidence_id=evidence_id)

    def test_a_damaged_file_is_not_handed_out(self, case: Case) -> None:
        evidence_id = case.attach().evidence_id
        next(path for path in case.folder.rglob(DIGEST)).write_bytes(b"another")
        with pytest.raises(Trouble, match="damaged or changed"):
            open_evidence(case.uow, case.council, case.keeper, evidence_id=evidence_id)

    def test_a_virus_that_was_not_looked_for_is_found_when_it_is_opened(self, case: Case) -> None:
        evidence_id = case.attach(EICAR).evidence_id
        with running_clamav() as daemon:
            watched = Keeper(case.keeper.store, scanner=ClamAV(daemon.socket))
            with pytest.raises(Refused, match="carries a virus"):
                open_evidence(case.uow, case.council, watched, evidence_id=evidence_id)
            with pytest.raises(Refused, match="carries a virus"):
                replace(case, keeper=watched).attach(EICAR)
        assert case.rows(Evidence) == 1


class TestTakingOff:
    def test_what_is_taken_off_a_draft_is_forgotten(self, case: Case) -> None:
        attached = case.attach()
        place = {"return_id": case.return_id, "draft_id": case.draft_id, "evidence_id": attached.evidence_id}
        assert detach(case.uow, case.supplier, **place) == case.version() == attached.version + 1
        assert evidence_of(case.uow, case.supplier, return_id=case.return_id) == []
        with case.uow.read(OPERATOR) as work:
            assert work.one(select(Words.text).where(Words.id == select(Evidence.words_id).scalar_subquery())) == (
                None,
            )
        case.grow_old()
        assert sweep(case.uow, OPERATOR, case.keeper.store) == 1
        assert case.files() == []
        (row,) = case.audited("evidence.detached")
        assert row["payload"] == {"draft": case.draft_id, "evidence": attached.evidence_id}

    def test_what_is_not_on_the_draft_can_not_be_taken_off(self, case: Case) -> None:
        evidence_id = case.attach().evidence_id
        case.submit()
        other = case.version()
        with pytest.raises(Refused, match="There is no such"):
            detach(case.uow, case.supplier, return_id=case.return_id, draft_id=case.draft_id, evidence_id=evidence_id)
        assert case.version() == other

    def test_with_a_draft_goes_what_backed_it(self, case: Case) -> None:
        case.attach()
        drafts.remove_entry(
            case.uow, case.supplier, return_id=case.return_id, seen_version=case.version(), draft_id=case.draft_id
        )
        case.grow_old()
        assert sweep(case.uow, OPERATOR, case.keeper.store) == 1


class TestErasing:
    def test_digest_and_chain_stay_and_the_rest_goes(self, case: Case) -> None:
        evidence_id = case.attach(name="Jo Larch.txt").evidence_id
        submitted = case.submit()
        case.grow_old()
        assert erase_evidence(case.uow, case.council, case.keeper, evidence_id=evidence_id)
        (piece,) = evidence_of(case.uow, case.council, return_id=case.return_id)
        assert (piece.said, piece.is_erased, piece.digest) == ("", True, DIGEST)
        assert case.files() == []
        with case.uow.read(OPERATOR) as work:
            entries = submissions.entries_now(work, case.return_id)
            again = submissions.digest_of_revision(work, entries, case.return_id, 1, False)
            assert [row.text for row in work.all(select(Words.text))] == [None]
        assert again == submitted.digest
        with pytest.raises(Refused, match="was erased"):
            open_evidence(case.uow, case.council, case.keeper, evidence_id=evidence_id)
        assert take_stock(case.uow, OPERATOR, case.keeper.store).missing == frozenset()
        assert [row["payload"] for row in case.audited("evidence.erased")] == [{"digest": DIGEST}]

    def test_a_file_that_backs_something_else_stays(self, case: Case) -> None:
        evidence_id = case.attach().evidence_id
        other = case.attach(draft_id=case.save("WEEKS")).evidence_id
        case.grow_old()
        assert not erase_evidence(case.uow, case.council, case.keeper, evidence_id=evidence_id)
        with open_evidence(case.uow, case.council, case.keeper, evidence_id=other).file as file:
            assert file.read() == CONTENT

    def test_a_file_of_today_goes_with_a_later_sweep(self, case: Case) -> None:
        evidence_id = case.attach().evidence_id
        assert not erase_evidence(case.uow, case.council, case.keeper, evidence_id=evidence_id)
        assert case.files() == [DIGEST]
        case.grow_old()
        assert sweep(case.uow, OPERATOR, case.keeper.store) == 1

    def test_an_erased_file_can_be_attached_again(self, case: Case) -> None:
        erased = case.attach().evidence_id
        erase_evidence(case.uow, case.council, case.keeper, evidence_id=erased)
        again = case.attach().evidence_id
        assert again != erased
        case.grow_old()
        assert sweep(case.uow, OPERATOR, case.keeper.store) == 0
        open_evidence(case.uow, case.supplier, case.keeper, evidence_id=again).file.close()

    def test_a_supplier_does_not_erase(self, case: Case) -> None:
        evidence_id = case.attach().evidence_id
        with pytest.raises(Refused, match="Only the council"):
            erase_evidence(case.uow, case.supplier, case.keeper, evidence_id=evidence_id)


class TestSweeping:
    def test_only_what_nothing_refers_to_for_a_day_is_removed(self, case: Case) -> None:
        used = case.attach().evidence_id
        orphan = case.keeper.keep(BytesIO(b"kept, and never attached"), "it").digest
        assert take_stock(case.uow, OPERATOR, case.keeper.store).unused == frozenset()
        assert sweep(case.uow, OPERATOR, case.keeper.store) == 0
        case.grow_old()
        stock = take_stock(case.uow, OPERATOR, case.keeper.store)
        assert (stock.files, stock.unused, stock.missing) == (2, {orphan}, frozenset())
        assert sweep(case.uow, OPERATOR, case.keeper.store) == 1
        assert case.files() == [DIGEST]
        open_evidence(case.uow, case.supplier, case.keeper, evidence_id=used).file.close()

    def test_what_is_missing_is_named(self, case: Case) -> None:
        case.attach()
        next(path for path in case.folder.rglob(DIGEST)).unlink()
        assert take_stock(case.uow, OPERATOR, case.keeper.store).missing == {DIGEST}

    def test_only_the_operator_sweeps(self, case: Case) -> None:
        for actor in (case.supplier, case.council):
            with pytest.raises(Refused, match="Only the operator"):
                sweep(case.uow, actor, case.keeper.store)


class TestSettings:
    @pytest.fixture(autouse=True)
    def _data_folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))

    @pytest.mark.parametrize(("url", "folder"), [("", "evidence"), ("files/here", "files/here")])
    def test_the_store_is_a_folder_in_the_data_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, folder: str
    ) -> None:
        monkeypatch.setenv("QUARTERDAY_EVIDENCE_URL", url)
        digest = open_keeper().keep(BytesIO(CONTENT), "it").digest
        assert (tmp_path / folder / digest[:2] / digest[2:4] / digest).exists()

    def test_another_storage_gets_its_options(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("QUARTERDAY_EVIDENCE_URL", f"memory:/{tmp_path}")
        monkeypatch.setenv("QUARTERDAY_EVIDENCE_OPTIONS", '{"skip_instance_cache": true}')
        assert list(evidence_store().digests()) == []
        monkeypatch.setenv("QUARTERDAY_EVIDENCE_URL", "nowhere://x")
        with pytest.raises(NotConfigured, match="evidence_url"):
            evidence_store()

    def test_limits_and_scanner_are_the_settings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert (open_keeper().limits, open_keeper().scanner) == (Limits(25 * 2**20, 20), None)
        for name, value in (("EVIDENCE_MEGABYTES", "2"), ("EVIDENCE_PIECES", "3"), ("CLAMAV", "localhost:3310")):
            monkeypatch.setenv(f"QUARTERDAY_{name}", value)
        keeper = open_keeper()
        assert keeper.limits == Limits(2 * 2**20, 3)
        assert keeper.scanner is not None
        monkeypatch.setenv("QUARTERDAY_CLAMAV", "somewhere")
        with pytest.raises(NotConfigured, match="clamav"):
            open_keeper()
