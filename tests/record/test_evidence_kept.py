"""Evidence once it is there: handed out in scope, taken off, erased, swept; and the store that the settings name."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from evidence_case import CONTENT, DIGEST, Case, a_case
from sqlalchemy import select

from quarterday.db.models import Evidence, Words
from quarterday.db.work import UnitOfWork
from quarterday.errors import NotConfigured, Refused, Trouble
from quarterday.evidence import ClamAV, Keeper, Limits
from quarterday.services.installation.evidence_upkeep import sweep, take_stock
from quarterday.services.returns import drafts, submissions
from quarterday.services.returns.evidencing import (
    attach_link,
    detach,
    erase_evidence,
    evidence_of,
    evidence_store,
    open_evidence,
    open_keeper,
)
from quarterday.services.returns.reported import SomebodyElse
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clamav import EICAR, Daemon


@pytest.fixture
def case(uow: UnitOfWork, tmp_path: Path) -> Case:
    return a_case(uow, tmp_path / "evidence")


class TestOpening:
    def test_a_file_comes_back_and_who_took_it_is_written_down(self, case: Case) -> None:
        evidence_id = case.attach(name="C:\\fakepath\\pay.bat").evidence_id
        case.submit()
        opened = open_evidence(case.uow, case.council, case.keeper, evidence_id=evidence_id)
        with opened.file as file:
            assert file.read() == CONTENT
        assert (opened.name, opened.media_type, opened.size) == ("pay.bat.txt", "text/plain", len(CONTENT))
        (row,) = case.audited("evidence.opened")
        assert (row["actor"], row["subject"]) == (case.council.name, f"evidence/{evidence_id}")
        assert (row["authority_id"], row["payload"]) == (case.council.authority_id, {"digest": DIGEST})

    def test_the_council_sees_what_was_submitted_and_no_draft(self, case: Case) -> None:
        first = case.attach().evidence_id
        assert evidence_of(case.uow, case.council, return_id=case.return_id) == []
        with pytest.raises(Refused, match="There is no such evidence"):
            open_evidence(case.uow, case.council, case.keeper, evidence_id=first)
        assert [piece.id for piece in evidence_of(case.uow, case.supplier, return_id=case.return_id)] == [first]
        case.submit()
        assert [piece.id for piece in evidence_of(case.uow, case.council, return_id=case.return_id)] == [first]
        open_evidence(case.uow, case.council, case.keeper, evidence_id=first).file.close()

    def test_nobody_opens_or_lists_outside_their_scope(self, case: Case) -> None:
        evidence_id = case.attach().evidence_id
        for stranger in (case.other_supplier, case.other_council):
            with pytest.raises(Refused, match="There is no such evidence"):
                open_evidence(case.uow, stranger, case.keeper, evidence_id=evidence_id)
            with pytest.raises(Refused, match="There is no such return"):
                evidence_of(case.uow, stranger, return_id=case.return_id)
            place = {"return_id": case.return_id, "draft_id": case.draft_id, "evidence_id": evidence_id}
            with pytest.raises(Refused, match=r"There is no such|Only those who report"):
                detach(case.uow, stranger, seen_version=1, **place)
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
            open_evidence(case.uow, case.supplier, case.keeper, evidence_id=evidence_id)

    def test_a_virus_that_was_not_looked_for_is_found_when_it_is_opened(self, case: Case, clamd: Daemon) -> None:
        evidence_id = case.attach(EICAR).evidence_id
        watched = Keeper(case.keeper.store, scanner=ClamAV(clamd.socket))
        with pytest.raises(Refused, match="carries a virus"):
            open_evidence(case.uow, case.supplier, watched, evidence_id=evidence_id)
        with pytest.raises(Refused, match="carries a virus"):
            replace(case, keeper=watched).attach(EICAR)
        assert case.rows(Evidence) == 1


class TestTakingOff:
    def test_what_is_taken_off_a_draft_is_forgotten(self, case: Case) -> None:
        attached = case.attach()
        place = {"return_id": case.return_id, "draft_id": case.draft_id, "evidence_id": attached.evidence_id}
        with pytest.raises(SomebodyElse):
            detach(case.uow, case.supplier, **place, seen_version=attached.version - 1)
        assert len(evidence_of(case.uow, case.supplier, return_id=case.return_id)) == 1
        seen = case.version()
        assert detach(case.uow, case.supplier, **place, seen_version=seen) == case.version() == attached.version + 1
        assert evidence_of(case.uow, case.supplier, return_id=case.return_id) == []
        with case.uow.read(OPERATOR) as work:
            assert work.one(
                select(Words.c.text).where(Words.c.id == select(Evidence.c.words_id).scalar_subquery())
            ) == (None,)
        case.grow_old()
        assert sweep(case.uow, OPERATOR, case.keeper.store) == 1
        assert case.files() == []
        (row,) = case.audited("evidence.detached")
        assert row["payload"] == {"draft": case.draft_id, "evidence": attached.evidence_id}

    def test_what_is_not_on_the_draft_can_not_be_taken_off(self, case: Case) -> None:
        evidence_id = case.attach().evidence_id
        case.submit()
        other = case.version()
        place = {"return_id": case.return_id, "draft_id": case.draft_id, "evidence_id": evidence_id}
        with pytest.raises(Refused, match="There is no such"):
            detach(case.uow, case.supplier, seen_version=other, **place)
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
            assert [row.text for row in work.all(select(Words.c.text))] == [None]
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
        with open_evidence(case.uow, case.supplier, case.keeper, evidence_id=other).file as file:
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
