"""A batch that waits counts only once a person accepts it, and one that shouldn't be there is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from made_up_lines import POUND, Part, Spend, a_line, lines

from quarterday import NotThere, Refused
from quarterday.domain.contracts import MemberRole
from quarterday.services.record import Actor, UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.feeds import rules
from quarterday_erp_import.ledger import batches
from quarterday_erp_import.ledger.accepting import accept, alike, leave_out
from quarterday_erp_import.ledger.batches import COUNTS, LEFT_OUT, WAITS, BatchRow
from quarterday_erp_import.ledger.files import LineFiles
from quarterday_erp_import.ledger.importing import Hold, import_file

FEED = "payments"
TEN = tuple(a_line(n, amount=n * POUND) for n in range(1, 11))
Bring = Callable[..., BatchRow]


@pytest.fixture
def authority(uow: UnitOfWork) -> int:
    return an_authority(uow)


@pytest.fixture
def bring(uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path) -> Bring:
    def of(name: str, *rows: dict[str, object], hold: Hold = Hold.NEVER, feed: str = FEED) -> BatchRow:
        spend = Spend.of(tmp_path, name, Part(lines(*rows)))
        to = {"files": files, "path": spend.path, "authority_id": authority, "feed": feed, "read": spend.read}
        return import_file(uow, OPERATOR, hold=hold, **to).batch  # type: ignore[arg-type]

    return of


def counting(uow: UnitOfWork, authority: int) -> list[int]:
    found = batches.batches(uow, OPERATOR, authority_id=authority)
    return [one.id for one in found if one.counts]


def test_what_waits_counts_once_it_is_accepted(uow: UnitOfWork, authority: int, bring: Bring) -> None:
    old, other = bring("june.csv", *TEN), bring("july.csv", a_line(1, document="D99"), feed="cards")
    new = bring("june, again.csv", *TEN[:9], hold=Hold.ALWAYS)
    assert (new.standing, new.shares) == (WAITS, ({"batch": old.id, "equal": 9, "same_months": True},))
    assert counting(uow, authority) == [old.id, other.id]
    with pytest.raises(Refused, match=f"Batch {new.id} doesn't count; accept it first"):
        batches.supersede(uow, OPERATOR, batch_id=old.id, by_batch_id=new.id)
    with pytest.raises(Refused, match=f"There is no batch {other.id} of that feed"):
        accept(uow, OPERATOR, batch_id=new.id, instead_of=[other.id])
    accept(uow, OPERATOR, batch_id=new.id, instead_of=[old.id])
    assert counting(uow, authority) == [other.id, new.id]
    with pytest.raises(Refused, match="The batch counts already"):
        accept(uow, OPERATOR, batch_id=new.id)
    with pytest.raises(Refused, match=f"{new.id} took its place"):
        accept(uow, OPERATOR, batch_id=old.id)


def test_what_is_left_out_can_be_accepted_later(uow: UnitOfWork, authority: int, bring: Bring) -> None:
    batch = bring("june.csv", *TEN)
    leave_out(uow, OPERATOR, batch_id=batch.id)
    assert counting(uow, authority) == []
    (stands,) = batches.batches(uow, OPERATOR, authority_id=authority)
    assert stands.standing == LEFT_OUT
    with pytest.raises(Refused, match="doesn't count already"):
        leave_out(uow, OPERATOR, batch_id=batch.id)
    accept(uow, OPERATOR, batch_id=batch.id)
    assert counting(uow, authority) == [batch.id]


def test_a_feed_holds_back_only_what_looks_like_something_that_counts(
    uow: UnitOfWork, authority: int, bring: Bring
) -> None:
    first = bring("june.csv", *TEN, hold=Hold.WHERE_SHARED)
    assert first.standing == COUNTS
    assert bring("june, again.csv", *TEN[:9], hold=Hold.WHERE_SHARED).standing == WAITS
    rules.agree_on_feed(uow, OPERATOR, authority_id=authority, feed=FEED, on_same_period="replace")
    newest = bring("june, at last.csv", *TEN[:8], hold=Hold.WHERE_SHARED)
    assert newest.standing == COUNTS
    assert counting(uow, authority) == [newest.id]


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_files_of_a_month_that_wait_the_second_accepted_is_asked_about_the_first(
    uow: UnitOfWork, authority: int, bring: Bring, first: int
) -> None:
    both = [bring(name, *rows, hold=Hold.ALWAYS) for name, rows in (("june.csv", TEN), ("corrected.csv", TEN[:9]))]
    accept(uow, OPERATOR, batch_id=both[first].id)
    there = batches.batches(uow, OPERATOR, authority_id=authority)
    assert [(one.id, share["equal"], share["same_months"]) for one, share in alike(there[1 - first], there)] == [
        (both[first].id, 9, True)
    ]
    assert alike(there[first], there) == []


def test_a_file_that_counts_at_once_is_asked_about_where_one_of_its_month_waited(
    uow: UnitOfWork, authority: int, bring: Bring
) -> None:
    waiting = bring("june, by hand.csv", *TEN, hold=Hold.ALWAYS)
    came = bring("june.csv", *TEN[:9], hold=Hold.WHERE_SHARED)
    assert came.standing == COUNTS
    assert [(one.id, share["equal"]) for one, share in alike(waiting, [came])] == [(came.id, 9)]


def test_a_file_whose_month_came_while_it_was_read_is_held_back(
    uow: UnitOfWork, files: LineFiles, authority: int, bring: Bring, tmp_path: Path
) -> None:
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*TEN)))

    class Slow(Spend):
        def read(self, path: Path):  # type: ignore[no-untyped-def]
            bring("june, meanwhile.csv", *TEN[:9])
            return super().read(path)

    to = {"files": files, "path": spend.path, "authority_id": authority, "feed": FEED}
    slow = Slow(spend.path, spend.parts)
    done = import_file(uow, OPERATOR, hold=Hold.WHERE_SHARED, read=slow.read, **to)  # type: ignore[arg-type]
    assert done.batch.standing == WAITS
    assert [(one.batch.name, one.equal) for one in done.overlaps] == [("june, meanwhile.csv", 9)]


def test_two_readings_of_one_file_never_count_together(
    uow: UnitOfWork, files: LineFiles, authority: int, tmp_path: Path
) -> None:
    spend = Spend.of(tmp_path, "june.csv", Part(lines(*TEN)))
    to = {"files": files, "path": spend.path, "authority_id": authority, "feed": FEED, "read": spend.read}
    first = import_file(uow, OPERATOR, **to).batch  # type: ignore[arg-type]
    second = import_file(uow, OPERATOR, again=True, **to).batch  # type: ignore[arg-type]
    with pytest.raises(Refused, match=f"Batch {second.id} is the same file, read again"):
        batches.reinstate(uow, OPERATOR, batch_id=first.id)
    leave_out(uow, OPERATOR, batch_id=second.id)
    batches.reinstate(uow, OPERATOR, batch_id=first.id)
    accept(uow, OPERATOR, batch_id=second.id)
    assert counting(uow, authority) == [second.id]


def test_who_may_not_set_values_accepts_nothing(uow: UnitOfWork, authority: int, bring: Bring) -> None:
    batch = bring("june.csv", *TEN, hold=Hold.ALWAYS)
    manager = Actor("user/7", user_id=7, authority_id=authority, role=MemberRole.MANAGER)
    stranger = Actor("user/8", user_id=8, authority_id=an_authority(uow), role=MemberRole.LEAD)
    for use in (accept, leave_out):
        with pytest.raises(Refused):
            use(uow, manager, batch_id=batch.id)
        with pytest.raises(NotThere):
            use(uow, stranger, batch_id=batch.id)
