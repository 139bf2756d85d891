"""Batches: known by their file, kept whole, superseded by a person or a feed's rule, and never shown to others."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from made_up_lines import JUNE, POUND, Broken, Part, Spend, a_line, lines
from sqlalchemy import select

from quarterday import NotThere, Refused, Retryable, Trouble
from quarterday.domain.contracts import MemberRole
from quarterday.services.record import Actor, UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.feeds import rules
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.files import LineFiles, SourceFile
from quarterday_erp_import.ledger.importing import Imported, import_file
from quarterday_erp_import.ledger.tables import Batch, Quarantined

FEED = "payments over £500"
TEN = tuple(a_line(n, amount=n * POUND) for n in range(1, 11))


@pytest.fixture
def authority(uow: UnitOfWork) -> int:
    return an_authority(uow)


def bring(uow: UnitOfWork, files: LineFiles, authority: int, spend: Spend, **options: object) -> Imported:
    """Import a made-up file as the operator."""
    of = {"authority_id": authority, "feed": FEED, **options}
    return import_file(uow, OPERATOR, files=files, path=spend.path, read=spend.read, **of)  # type: ignore[arg-type]


def test_a_batch_holds_all_that_was_read(uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path) -> None:
    broken = Broken(11, 12, "??;abc", "The amount is no number.")
    credit = a_line(12, amount=-3 * POUND, paid_on=date(2026, 5, 31))
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*TEN), (broken,), 2), Part(lines(credit), (), 1))
    done = bring(uow, files, authority, spend)
    batch = done.batch
    assert done.is_new
    assert (batch.rows, batch.accepted, batch.quarantined, batch.skipped) == (15, 11, 1, 3)
    assert batch.amount == 52 * POUND
    assert (batch.first_day, batch.last_day) == (date(2026, 5, 31), JUNE)
    kept = pq.read_table(files.path(authority, batch.sha256, 1))
    assert kept.drop_columns("source").to_pylist() == [*TEN, credit]
    assert kept["source"].unique().to_pylist() == [batch.sha256]
    with uow.read(OPERATOR) as work:
        row = work.one(select(Quarantined.c.line, Quarantined.c.text, Quarantined.c.reason))
    assert row == (12, "??;abc", "The amount is no number.")


def test_equal_lines_are_all_kept(uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path) -> None:
    twins = [a_line(n, document="SAME") for n in (1, 2, 3)]
    assert bring(uow, files, authority, Spend.of(tmp_path, "twins.csv", Part(lines(*twins)))).batch.accepted == 3


def test_the_same_file_is_known_and_not_read(uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path) -> None:
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*TEN)))
    first = bring(uow, files, authority, spend)
    copy = Spend(spend.path.rename(tmp_path / "june (copy).csv"), spend.parts)
    again = bring(uow, files, authority, copy)
    assert not again.is_new
    assert again.batch == first.batch
    assert copy.times_read == 0


def test_a_file_read_again_takes_the_place_of_its_first_reading(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*TEN)))
    first = bring(uow, files, authority, spend).batch
    spend.parts = [Part(lines(*TEN[:9]))]
    second = bring(uow, files, authority, spend, again=True).batch
    assert (second.reading, second.accepted) == (2, 9)
    old, new = batches.batches(uow, OPERATOR, authority_id=authority)
    assert (old.id, old.superseded_by, new.superseded_by) == (first.id, second.id, None)
    assert pq.read_metadata(files.path(authority, first.sha256, 1)).num_rows == 10


def test_two_imports_of_one_file_at_once_make_one_batch(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*TEN)))

    class Meanwhile(Spend):
        def read(self, path: Path):  # type: ignore[no-untyped-def]
            bring(uow, files, authority, spend)
            return super().read(path)

    late = bring(uow, files, authority, Meanwhile(spend.path, spend.parts))
    assert not late.is_new
    assert [one.id for one in batches.batches(uow, OPERATOR, authority_id=authority)] == [late.batch.id]
    assert len(list(files.folder.rglob("*"))) == 2  # the authority's folder and the one file


def test_a_file_that_is_still_being_written_is_not_kept(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*TEN)))

    class Growing(Spend):
        def read(self, path: Path):  # type: ignore[no-untyped-def]
            with path.open("a") as file:
                file.write("more")
            return super().read(path)

    with pytest.raises(Retryable, match=r"“june\.csv” changed while it was read"):
        bring(uow, files, authority, Growing(spend.path, spend.parts))
    assert batches.batches(uow, OPERATOR, authority_id=authority) == []
    assert list(files.folder.iterdir()) == []


def test_a_file_that_grew_before_its_digest_was_begun_is_not_kept(tmp_path: Path) -> None:
    (tmp_path / "june.csv").write_text("paid")
    since = (tmp_path / "june.csv").stat()
    (tmp_path / "june.csv").write_text("paid and more")
    with pytest.raises(Retryable, match="changed while it was read"):
        SourceFile.of(tmp_path / "june.csv", since=since).require_unchanged()


def test_a_file_that_is_gone_is_said_to_be(uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"“gone\.csv” can't be read \(No such file"):
        bring(uow, files, authority, Spend(tmp_path / "gone.csv", ()))


def test_lines_out_of_order_or_of_another_shape_are_a_fault(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    for number, parts in enumerate(
        (
            [Part(lines(a_line(2), a_line(1)))],
            [Part(lines(a_line(1))), Part(lines(a_line(1)))],
            [Part(lines(a_line(1)).select(["ordinal", "amount"]))],
        )
    ):
        with pytest.raises(ValueError, match=r"ordinals of the lines don't rise|these are no lines"):
            bring(uow, files, authority, Spend.of(tmp_path, f"{number}.csv", *parts))


def test_amounts_beyond_what_can_be_kept_are_refused(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    huge = [a_line(n, amount=2**62) for n in (1, 2)]
    with pytest.raises(Refused, match="add up to more than a ledger can hold"):
        bring(uow, files, authority, Spend.of(tmp_path, "huge.csv", Part(lines(*huge))))


def test_a_republished_month_is_shown_and_a_person_decides(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    first = bring(uow, files, authority, Spend.of(tmp_path, "june.csv", Part(lines(*TEN)))).batch
    again = Spend.of(tmp_path, "june-2.csv", Part(lines(*TEN[:8], a_line(9, document="OTHER"))))
    done = bring(uow, files, authority, again)
    (overlap,) = done.overlaps
    assert (overlap.batch.id, overlap.equal, overlap.same_months) == (first.id, 8, True)
    assert overlap.looks_republished
    assert [one.superseded_by for one in batches.batches(uow, OPERATOR, authority_id=authority)] == [None, None]
    batches.supersede(uow, OPERATOR, batch_id=first.id, by_batch_id=done.batch.id)
    old, new = batches.batches(uow, OPERATOR, authority_id=authority)
    assert (old.superseded_by, new.superseded_by) == (done.batch.id, None)
    batches.reinstate(uow, OPERATOR, batch_id=first.id)
    assert [one.superseded_by for one in batches.batches(uow, OPERATOR, authority_id=authority)] == [None, None]


def test_months_apart_are_not_compared_and_another_feed_is_another_thing(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    may = [{**line, "paid_on": date(2026, 5, 10)} for line in TEN]
    bring(uow, files, authority, Spend.of(tmp_path, "may.csv", Part(lines(*may))))
    june = bring(uow, files, authority, Spend.of(tmp_path, "june.csv", Part(lines(*TEN))))
    assert june.overlaps == ()
    cards = Spend.of(tmp_path, "cards.csv", Part(lines(*TEN[:9])))
    assert bring(uow, files, authority, cards, feed="cards").overlaps == ()


def test_lines_without_days_are_compared_by_what_they_say(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    undated = [{**line, "paid_on": None, "paid_precision": ""} for line in TEN]
    bring(uow, files, authority, Spend.of(tmp_path, "a.csv", Part(lines(*undated))))
    (overlap,) = bring(uow, files, authority, Spend.of(tmp_path, "b.csv", Part(lines(*undated[:3])))).overlaps
    assert (overlap.equal, overlap.same_months, overlap.looks_republished) == (3, False, False)


def test_a_feeds_rule_lets_a_republished_month_replace_the_old_one(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    rules.agree_on_feed(uow, OPERATOR, authority_id=authority, feed=FEED, on_same_period="replace")
    bring(uow, files, authority, Spend.of(tmp_path, "june.csv", Part(lines(*TEN))))
    new = bring(uow, files, authority, Spend.of(tmp_path, "june-2.csv", Part(lines(*TEN[:8])))).batch
    rules.agree_on_feed(uow, OPERATOR, authority_id=authority, feed=FEED, on_same_period="ask")
    bring(uow, files, authority, Spend.of(tmp_path, "june-3.csv", Part(lines(*TEN[:7]))))
    states = [one.superseded_by for one in batches.batches(uow, OPERATOR, authority_id=authority)]
    assert states == [new.id, None, None]


def test_what_cannot_supersede_is_refused(uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path) -> None:
    a, b, c = (
        bring(uow, files, authority, Spend.of(tmp_path, f"{n}.csv", Part(lines(*TEN[:n])))).batch.id for n in (5, 6, 7)
    )
    other = bring(uow, files, authority, Spend.of(tmp_path, "8.csv", Part(lines(*TEN[:8]))), feed="cards").batch.id
    with pytest.raises(Refused, match="can't take its own place"):
        batches.supersede(uow, OPERATOR, batch_id=a, by_batch_id=a)
    with pytest.raises(Refused, match="of different feeds"):
        batches.supersede(uow, OPERATOR, batch_id=a, by_batch_id=other)
    batches.supersede(uow, OPERATOR, batch_id=a, by_batch_id=b)
    with pytest.raises(Refused, match=f"Batch {a} doesn't count any more"):
        batches.supersede(uow, OPERATOR, batch_id=b, by_batch_id=a)
    with pytest.raises(Refused, match="counts already"):
        batches.reinstate(uow, OPERATOR, batch_id=c)
    with pytest.raises(Refused, match="Say “ask” or “replace”"):
        rules.agree_on_feed(uow, OPERATOR, authority_id=authority, feed=FEED, on_same_period="maybe")


def test_a_batch_is_in_its_authoritys_scope_only(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*TEN)))
    batch = bring(uow, files, authority, spend).batch
    neighbour = an_authority(uow)
    lead = Actor("user/7", user_id=7, authority_id=neighbour, role=MemberRole.LEAD)
    with pytest.raises(NotThere, match="no such authority"):
        batches.batches(uow, lead, authority_id=authority)
    with pytest.raises(NotThere, match="no such batch"):
        batches.reinstate(uow, lead, batch_id=batch.id)
    with pytest.raises(NotThere, match="no such authority"):
        import_file(uow, lead, files=files, path=spend.path, authority_id=authority, feed=FEED, read=spend.read)
    manager = Actor("user/8", user_id=8, authority_id=authority, role=MemberRole.MANAGER)
    with pytest.raises(Refused, match="Your role doesn't allow this"):
        import_file(uow, manager, files=files, path=spend.path, authority_id=authority, feed=FEED, read=spend.read)
    theirs = bring(uow, files, neighbour, spend)
    assert theirs.is_new
    assert files.path(neighbour, theirs.batch.sha256, 1).exists()


def test_leftovers_are_swept_and_batches_stay(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    batch = bring(uow, files, authority, Spend.of(tmp_path, "june.csv", Part(lines(*TEN)))).batch
    orphan = files.path(authority, "0" * 64, 1)
    orphan.write_bytes(b"never committed")
    coming = files.folder / "coming-abc"
    coming.write_bytes(b"killed while writing")
    assert batches.sweep(uow, OPERATOR, files=files) == []
    removed = batches.sweep(uow, OPERATOR, files=files, older_than=timedelta(seconds=-1))
    assert sorted(removed) == sorted([orphan, coming])
    assert files.path(authority, batch.sha256, 1).exists()


def test_the_audit_trail_holds_digests_and_numbers_only(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    from quarterday.db.models import AuditRow

    bring(uow, files, authority, Spend.of(tmp_path, "june.csv", Part(lines(*TEN))))
    with uow.read(OPERATOR) as work:
        imported = (AuditRow.c.action == "spend.imported", AuditRow.c.authority_id == authority)
        row = work.one(select(AuditRow.c.payload, AuditRow.c.subject).where(*imported))
        kept = work.one(select(Batch.c.id, Batch.c.lines_sha256))
    assert row is not None
    assert kept is not None
    assert row.subject == f"batch/{kept.id}"
    assert row.payload["lines"] == kept.lines_sha256
    assert "june" not in str(row.payload)
