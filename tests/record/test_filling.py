"""A spreadsheet saved as drafts: sent again it doubles nothing, and what the return has stays what it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from quarterday.db.models import AuditRow, DraftEntry, Period, Return
from quarterday.db.work import UnitOfWork
from quarterday.domain.promises import Promise
from quarterday.errors import Refused
from quarterday.services.returns import drafts, reviews
from quarterday.services.returns.filling import Filled, fill, promised_measures
from quarterday.services.returns.reported import SomebodyElse
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

HEADER = "measure,activity,people,weeks each,quantity,what was done\n"
APPRENTICE = "WEEKS,Apprentice 1,2,6.5,,\n"
GIFT = "GIFTS,,,,250.10,Given to the food bank.\n"
POLICY = "POLICY,,,,yes,\n"


@pytest.fixture
def return_id(uow: UnitOfWork) -> int:
    return builders.a_return(uow)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "return.csv"


def send(uow: UnitOfWork, return_id: int, path: Path, *rows: str, **more: Any) -> Filled:
    path.write_text(HEADER + "".join(rows))
    return fill(uow, OPERATOR, return_id=return_id, path=path, **more)


def typed(uow: UnitOfWork, return_id: int) -> list[dict[str, str]]:
    with uow.read(OPERATOR) as work:
        return [
            {name: text for name, text in draft.typed.items() if text} for draft in drafts.drafts_of(work, return_id)
        ]


def audited(uow: UnitOfWork) -> list[dict[str, Any]]:
    with uow.read(OPERATOR) as work:
        filled = select(AuditRow.c.payload).where(AuditRow.c.action == "return.filled").order_by(AuditRow.c.id)
        return [row.payload for row in work.all(filled)]


def test_a_file_changes_only_the_return_that_its_sender_saw(uow: UnitOfWork, return_id: int, path: Path) -> None:
    send(uow, return_id, path, GIFT, seen_version=0)
    with pytest.raises(SomebodyElse):
        send(uow, return_id, path, GIFT, APPRENTICE, seen_version=0)
    assert len(typed(uow, return_id)) == 1
    assert send(uow, return_id, path, GIFT, seen_version=0).unchanged == 1  # sent twice, it changes nothing
    assert len(send(uow, return_id, path, GIFT, APPRENTICE, seen_version=1).added) == 1


def test_the_rows_become_drafts_as_typed(uow: UnitOfWork, return_id: int, path: Path) -> None:
    done = send(uow, return_id, path, APPRENTICE, GIFT, "JOBS,,,,,\n")
    assert (len(done.added), done.on_file.blank_rows, done.rejected_rows, done.version) == (2, 1, 0, 1)
    assert typed(uow, return_id) == [
        {"ref": "WEEKS", "activity": "Apprentice 1", "people": "2", "weeks": "6.5"},
        {"ref": "GIFTS", "quantity": "250.10", "words": "Given to the food bank."},
    ]
    (payload,) = audited(uow)
    assert (payload["added"], len(payload["file"])) == (2, 64)
    assert "food bank" not in str(payload)


def test_the_same_file_again_changes_nothing(uow: UnitOfWork, return_id: int, path: Path) -> None:
    twice = (GIFT, GIFT, APPRENTICE)
    send(uow, return_id, path, *twice)
    again = send(uow, return_id, path, *twice)
    assert (again.added, again.changed, again.unchanged, again.version) == ((), (), 3, 1)
    assert len(typed(uow, return_id)) == 3
    assert len(audited(uow)) == 1


def test_of_a_row_that_there_are_two_of_each_counts(uow: UnitOfWork, return_id: int, path: Path) -> None:
    send(uow, return_id, path, GIFT)
    more = send(uow, return_id, path, GIFT, GIFT)
    assert (len(more.added), more.unchanged) == (1, 1)


def test_a_row_with_the_label_of_a_draft_takes_its_place(uow: UnitOfWork, return_id: int, path: Path) -> None:
    first = send(uow, return_id, path, APPRENTICE, GIFT)
    second = send(uow, return_id, path, APPRENTICE.replace("6.5", "7"), GIFT)
    assert (second.added, second.changed, second.unchanged) == ((), first.added[:1], 1)
    assert typed(uow, return_id)[0]["weeks"] == "7"


def test_without_a_label_a_changed_row_is_another_one_until_the_file_is_the_whole(
    uow: UnitOfWork, return_id: int, path: Path
) -> None:
    (before,) = send(uow, return_id, path, GIFT).added
    changed = GIFT.replace("250.10", "260")
    more = send(uow, return_id, path, changed)
    assert (len(more.added), more.left, more.removed) == (1, (before,), ())
    whole = send(uow, return_id, path, changed, is_whole=True)
    assert (whole.added, whole.unchanged, whole.left, whole.removed) == ((), 1, (), (before,))
    assert [cells["quantity"] for cells in typed(uow, return_id)] == ["260"]


def test_nothing_is_taken_out_while_a_row_is_wrong(uow: UnitOfWork, return_id: int, path: Path) -> None:
    (before,) = send(uow, return_id, path, GIFT).added
    done = send(uow, return_id, path, GIFT.replace("250.10", "250,10"), is_whole=True)
    assert (done.removed, done.left, done.rejected_rows) == ((), (before,), 1)
    with pytest.raises(Refused, match="has no row filled in"):
        send(uow, return_id, path, "GIFTS,,,,,\n", is_whole=True)
    assert len(typed(uow, return_id)) == 1


@pytest.mark.parametrize("quantity", ["-1", "1e400", "NaN", '"250,10"', "∞", "١٢"])
def test_a_row_that_can_t_be_used_is_told_and_costs_no_other(
    uow: UnitOfWork, return_id: int, path: Path, quantity: str
) -> None:
    done = send(uow, return_id, path, f"GIFTS,,,,{quantity},\n", APPRENTICE)
    assert ([one.key for one in done.rejected], done.rejected_rows, len(done.added)) == (
        ["line 2, column E “quantity”"],
        1,
        1,
    )
    assert len(typed(uow, return_id)) == 1


def test_a_dry_run_says_the_same_and_does_nothing(uow: UnitOfWork, return_id: int, path: Path) -> None:
    tried = send(uow, return_id, path, APPRENTICE, GIFT, dry_run=True)
    assert (len(tried.added), tried.version) == (2, 0)
    with uow.read(OPERATOR) as work:
        assert work.connection.scalar(select(func.count()).select_from(DraftEntry)) == 0
    assert audited(uow) == []
    assert builders.version_of(uow, return_id=return_id) == 0
    assert len(send(uow, return_id, path, APPRENTICE, GIFT).added) == 2


def test_after_submitting_only_what_was_queried_changes(uow: UnitOfWork, return_id: int, path: Path) -> None:
    send(uow, return_id, path, APPRENTICE, GIFT, POLICY)
    weeks, gift, policy = builders.a_submission(uow, return_id=return_id)
    reviews.query(uow, OPERATOR, entry_id=gift, reason="Which food bank?")
    reviews.accept(uow, OPERATOR, entry_id=policy)
    assert send(uow, return_id, path, APPRENTICE, GIFT, POLICY).unchanged == 3
    done = send(uow, return_id, path, APPRENTICE.replace("6.5", "7"), GIFT.replace("250.10", "240"), POLICY)
    assert [one.key for one in done.rejected] == ["line 2"]
    assert "late claim" in done.rejected[0].why
    with uow.read(OPERATOR) as work:
        (draft,) = drafts.drafts_of(work, return_id)
    assert (draft.replaces_entry_id, draft.id) == (gift, done.changed[0])
    once_more = send(uow, return_id, path, APPRENTICE, GIFT.replace("250.10", "230"), POLICY)
    assert (once_more.changed, once_more.unchanged) == ((draft.id,), 2)
    after = builders.a_submission(uow, return_id=return_id)
    assert after[:2] == [weeks, policy]
    assert len(after) == 3


def test_a_closed_period_takes_late_claims_in_the_next_return(
    uow: UnitOfWork, return_id: int, path: Path, clock: Clock
) -> None:
    clock.forward(days=200)
    with pytest.raises(Refused, match="put it in the next return as a late claim"):
        send(uow, return_id, path, GIFT)
    with uow.read(OPERATOR) as work:
        contract_id = work.connection.execute(select(Return.c.contract_id)).scalar_one()
    following = builders.a_return(uow, contract_id=contract_id, on=clock.now.date())
    with pytest.raises(Refused, match="there are 2026/27 Q2, 2026/27 Q3"):
        send(uow, following, path, GIFT, late_for="Spring")
    done = send(uow, following, path, GIFT, late_for="2026/27 q2")
    assert len(done.added) == 1
    with uow.read(OPERATOR) as work:
        late = select(Period.c.name).join(DraftEntry, DraftEntry.c.late_period_id == Period.c.id)
        assert work.connection.execute(late).scalar_one() == "2026/27 Q2"
    assert len(send(uow, following, path, GIFT).added) == 1  # the same gift in this period is another one
    assert send(uow, following, path, GIFT, late_for="2026/27 Q2").unchanged == 1


def test_the_template_has_what_the_contract_promises(uow: UnitOfWork) -> None:
    promises = {"GIFTS": Promise("10"), "JOBS": Promise("2")}
    return_id = builders.a_return(uow, contract_id=builders.an_award(uow, promises=promises))
    assert [measure.ref for measure in promised_measures(uow, OPERATOR, return_id=return_id)] == ["JOBS", "GIFTS"]
