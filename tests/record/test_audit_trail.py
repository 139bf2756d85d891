"""The audit trail: rows are sealed into chains, and whoever meddles with a row or a seal is found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from quarterday.db.models import AuditRow, AuditSeal, Authority
from quarterday.db.work import Actor, UnitOfWork
from quarterday.services import audit_trail
from quarterday.services.audit_trail import Checked, Meddling, seal, verify
from quarterday.testing.clock import Clock

CLI = Actor.operator("cli")


def write(uow: UnitOfWork, authority_id: int | None, *subjects: str) -> None:
    """One transaction with a row for each subject."""
    with uow.begin(CLI) as work:
        for subject in subjects:
            work.audit(authority_id, "contract.awarded", subject, commitments=3, digest="ab12")


@pytest.fixture
def authority_id(uow: UnitOfWork) -> int:
    with uow.begin(CLI) as work:
        return work.add(
            Authority,
            key="exampleshire",
            name="Exampleshire",
            first_month=4,
            nation="england-and-wales",
            due_days=30,
            closes_days=60,
        )


@pytest.fixture
def sealed(uow: UnitOfWork, clock: Clock, authority_id: int) -> UnitOfWork:
    """A record of two chains: the authority's rows 1, 2, 4 and 5, written over a day, and the installation's row 3."""
    write(uow, authority_id, "contract/1", "contract/2")
    write(uow, None, "authority/1")
    clock.forward(hours=12)
    write(uow, authority_id, "contract/3")
    assert seal(uow) == 4
    clock.forward(hours=12)
    write(uow, authority_id, "contract/4")
    assert seal(uow) == 1
    return uow


def tamper(uow: UnitOfWork, *statements: str) -> None:
    """What somebody does who has the database itself in hand."""
    with uow.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def kinds(found: Checked) -> list[tuple[Meddling, str | None, int | None]]:
    return [(one.kind, one.authority, one.row_id) for one in found.breaks]


def test_what_is_sealed_holds(sealed: UnitOfWork) -> None:
    found = verify(sealed)
    assert found.breaks == ()
    assert [(chain.authority, chain.sealed, chain.unsealed) for chain in found.chains] == [
        (None, 1, ()),
        ("exampleshire", 4, ()),
    ]
    assert len({chain.head for chain in found.chains}) == 2
    assert verify(sealed) == found


def test_an_empty_record_holds(uow: UnitOfWork) -> None:
    assert seal(uow) == 0
    assert verify(uow) == Checked((), ())


def test_what_is_not_yet_sealed_is_named(sealed: UnitOfWork, authority_id: int) -> None:
    write(sealed, authority_id, "contract/5", "contract/6")
    write(sealed, None, "authority/2")
    found = verify(sealed)
    assert found.breaks == ()
    assert [(chain.authority, chain.unsealed) for chain in found.chains] == [(None, (8,)), ("exampleshire", (6, 7))]


def test_sealing_again_seals_nothing_twice(sealed: UnitOfWork) -> None:
    assert seal(sealed) == 0
    assert verify(sealed).breaks == ()


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'user/9'",
        "action = 'contract.varied'",
        "subject = 'contract/9'",
        """payload = '{"commitments": 4, "digest": "ab12"}'""",
        "payload = '{\"broken\"'",
        "recorded_at = recorded_at + 1",
        "recorded_at = recorded_at + 86400000000",
        "recorded_at = 'yesterday'",
        "authority_id = NULL",
    ],
)
def test_a_changed_row_is_found(sealed: UnitOfWork, database: str, change: str) -> None:
    if database == "postgresql" and ("broken" in change or "yesterday" in change):
        with pytest.raises(Exception, match="InvalidTextRepresentation"):  # PostgreSQL itself keeps this out
            tamper(sealed, f"UPDATE audit_row SET {change} WHERE id = 2")
        return
    tamper(sealed, f"UPDATE audit_row SET {change} WHERE id = 2")
    assert kinds(verify(sealed)) == [(Meddling.CHANGED, "exampleshire", 2)]


@pytest.mark.parametrize("change", ["digest = 'ab'", "sealed_at = sealed_at - 1"])
def test_a_changed_seal_is_found(sealed: UnitOfWork, change: str) -> None:
    tamper(sealed, f"UPDATE audit_seal SET {change} WHERE row_id = 2")
    assert kinds(verify(sealed)) == [(Meddling.CHANGED, "exampleshire", 2)]


def test_a_changed_row_with_a_digest_made_to_fit_is_found_at_the_next_seal(sealed: UnitOfWork) -> None:
    tamper(sealed, "UPDATE audit_row SET subject = 'contract/9' WHERE id = 2")
    with sealed.begin(CLI) as work:
        previous = work.one(select(AuditSeal.c.digest).where(AuditSeal.c.row_id == 1))
        link = work.one(
            select(AuditSeal.c.number, audit_trail._SEALED_AT, *audit_trail._ROW)
            .join(AuditRow, AuditRow.c.id == AuditSeal.c.row_id)
            .where(AuditRow.c.id == 2)
        )
    assert previous is not None
    assert link is not None
    forged = audit_trail._digest(link.number, previous.digest, link.sealed_at, link)
    tamper(sealed, f"UPDATE audit_seal SET digest = '{forged}' WHERE row_id = 2")
    assert kinds(verify(sealed)) == [(Meddling.CHANGED, "exampleshire", 4)]


@pytest.mark.parametrize("row_id", [1, 2, 5])
def test_a_removed_row_is_found(sealed: UnitOfWork, row_id: int) -> None:
    tamper(sealed, f"DELETE FROM audit_row WHERE id = {row_id}")
    assert kinds(verify(sealed)) == [(Meddling.REMOVED, "exampleshire", row_id)]


def test_a_row_removed_with_its_seal_is_found_by_the_gap(sealed: UnitOfWork) -> None:
    tamper(sealed, "DELETE FROM audit_row WHERE id = 2", "DELETE FROM audit_seal WHERE row_id = 2")
    (found,) = verify(sealed).breaks
    assert (found.kind, found.says) == (
        Meddling.REMOVED,
        "1 seal before seal 3 can't be found; rows may be gone with them.",
    )


def test_a_removed_seal_is_found_and_its_row_is_not_sealed_again(sealed: UnitOfWork) -> None:
    tamper(sealed, "DELETE FROM audit_seal WHERE row_id = 2")
    assert seal(sealed) == 0
    assert kinds(verify(sealed)) == [(Meddling.REMOVED, "exampleshire", None), (Meddling.INSERTED, "exampleshire", 2)]


@pytest.mark.parametrize("row_id", [-1, 60])
def test_an_inserted_row_is_found_and_is_not_sealed(sealed: UnitOfWork, row_id: int) -> None:
    columns = "authority_id, actor, action, subject, payload, recorded_at"
    tamper(sealed, f"INSERT INTO audit_row (id, {columns}) SELECT {row_id}, {columns} FROM audit_row WHERE id = 2")
    for _ in range(2):
        assert kinds(verify(sealed)) == [(Meddling.INSERTED, "exampleshire", row_id)]
        assert seal(sealed) == 0


def test_an_inserted_row_with_a_seal_of_its_own_is_found(sealed: UnitOfWork) -> None:
    columns = "authority_id, actor, action, subject, payload, recorded_at"
    link = "authority_id, 5, 60, digest, sealed_at"
    tamper(
        sealed,
        f"INSERT INTO audit_row (id, {columns}) SELECT 60, {columns} FROM audit_row WHERE id = 2",
        f"INSERT INTO audit_seal (id, authority_id, number, row_id, digest, sealed_at) SELECT 60, {link} "
        "FROM audit_seal WHERE number = 4",
    )
    assert kinds(verify(sealed)) == [(Meddling.CHANGED, "exampleshire", 60)]


def test_a_tail_cut_off_whole_is_found_by_a_head_kept_elsewhere(sealed: UnitOfWork) -> None:
    kept = [chain.head for chain in verify(sealed).chains]
    assert verify(sealed, expect=kept).breaks == ()
    tamper(sealed, "DELETE FROM audit_row WHERE id = 5", "DELETE FROM audit_seal WHERE row_id = 5")
    assert verify(sealed).breaks == ()
    (found,) = verify(sealed, expect=kept).breaks
    assert found.kind is Meddling.CUT
    assert kept[1] in found.says


def test_a_head_that_was_kept_is_still_there_when_the_chain_has_grown(sealed: UnitOfWork, authority_id: int) -> None:
    kept = [chain.head for chain in verify(sealed).chains]
    write(sealed, authority_id, "contract/5")
    seal(sealed)
    assert verify(sealed, expect=kept).breaks == ()


def test_a_clock_that_ran_ahead_once_does_not_stop_the_sealing(sealed: UnitOfWork, authority_id: int) -> None:
    wrong = UnitOfWork(sealed.engine, lambda: sealed.clock() + timedelta(days=3650))
    write(wrong, authority_id, "contract/5")
    seal(sealed)
    write(sealed, authority_id, "contract/6")
    assert seal(sealed) == 1
    assert verify(sealed).breaks == ()


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_trail, "BATCH", 3)


@pytest.mark.usefixtures("small_batches")
@pytest.mark.parametrize("rows", [0, 1, 3, 4, 7])
def test_batches_lose_and_repeat_nothing(uow: UnitOfWork, clock: Clock, authority_id: int, rows: int) -> None:
    for number in range(rows):
        write(uow, authority_id, f"contract/{number}")
        clock.forward(minutes=20 * (number % 2))
    assert seal(uow) == rows
    assert [chain.sealed for chain in verify(uow).chains] == [rows] * bool(rows)
    assert verify(uow).breaks == ()


@pytest.mark.usefixtures("small_batches")
def test_sealers_at_once_do_no_harm(uow: UnitOfWork, authority_id: int) -> None:
    def write_and_seal(turn: int) -> int:
        write(uow, (authority_id, None)[turn % 2], *(f"contract/{turn}/{number}" for number in range(4)))
        return seal(uow)

    with ThreadPoolExecutor(4) as people:
        sealed = sum(people.map(write_and_seal, range(12)))
    assert sealed + seal(uow) == 48
    found = verify(uow)
    assert found.breaks == ()
    assert [chain.sealed for chain in found.chains] == [24, 24]


def test_a_row_committed_after_younger_ones_were_sealed(uow: UnitOfWork, database: str, authority_id: int) -> None:
    """PostgreSQL numbers a row when it is written; it may become visible after rows of higher number."""
    for commit_first in commits_crosswise(uow, database, authority_id):
        commit_first()
        seal(uow)
    found = verify(uow)
    assert found.breaks == ()
    assert [(chain.sealed, chain.unsealed) for chain in found.chains] == [(2, ())]
    with uow.begin(CLI) as work:
        order = [row.row_id for row in work.all(select(AuditSeal.c.row_id).order_by(AuditSeal.c.number))]
        assert work.one(select(func.count(AuditRow.c.id))) == (2,)
    assert order == ([2, 1] if database == "postgresql" else [1, 2])


def commits_crosswise(uow: UnitOfWork, database: str, authority_id: int) -> Iterator[Callable[[], None]]:
    """Two transactions that end in the other order than they began, where the database has two at once."""
    if database == "sqlite":
        yield lambda: write(uow, authority_id, "contract/1")
        yield lambda: write(uow, authority_id, "contract/2")
        return
    slow, quick = uow.begin(CLI), uow.begin(CLI)
    with slow as work:
        work.audit(authority_id, "contract.awarded", "contract/1")

        def commit_quick() -> None:
            with quick as second:
                second.audit(authority_id, "contract.awarded", "contract/2")

        yield commit_quick
    yield lambda: None
