"""The runners: what goes first, and what becomes of a row by how its delivery ended."""

from __future__ import annotations

import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from runners import AnyRunner, deliver_all, runner_of
from sqlalchemy import select

from quarterday import Document, DocumentKind, NotConfigured, Receipt, Refused, Retryable
from quarterday.db.models import AuditRow, Authority, OutboxRow
from quarterday.db.outbox import Due, State
from quarterday.db.work import Actor, Priority, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.services.background import queue_runner
from quarterday.services.background.deliveries import deliveries, retry
from quarterday.services.background.kinds import Kind, Parcel
from quarterday.services.plugins.children import Busy, PluginFault
from quarterday.testing.clock import Clock

CLI = Actor.operator("cli")
WAITING = "No setting “token”; set it."


def compose(uow: UnitOfWork, row: Due) -> Parcel:
    if row.payload.get("bad"):
        raise KeyError(row.payload["bad"])
    return Parcel("desk", Document(DocumentKind.MESSAGE, row.key, "text/plain", row.key.encode()))


KINDS = {"note": Kind(compose, repeat_perhaps_sent=True), "letter": Kind(compose, repeat_perhaps_sent=False)}


class Desk:
    """A receiver that answers as it was told to, row by row, and keeps what it got."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.answers: list[Exception] = []

    def __call__(self, row: Due, parcel: Parcel) -> Receipt:
        assert parcel.document.name == row.key
        self.got.append(row.key)
        if self.answers:
            raise self.answers.pop(0)
        return Receipt(f"desk/{row.key}")


@pytest.fixture(autouse=True)
def prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker sees at once that it is told to stop."""
    monkeypatch.setattr(queue_runner, "STOP_SECONDS", 0.002)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def runner(uow: UnitOfWork, desk: Desk) -> AnyRunner:
    return runner_of(uow, KINDS, desk)


def send(uow: UnitOfWork, *keys: str, kind: str = "note", **values: Any) -> list[int]:
    payload = values.pop("payload", {})
    with uow.begin(CLI) as work:
        return [work.send(kind, key, payload, **values) for key in keys]


def states(uow: UnitOfWork) -> dict[str, tuple[str, int, str]]:
    return {one.key: (one.state, one.attempts, one.error) for one in deliveries(uow, CLI)}


def test_a_delivery_is_settled_with_its_receipt(uow: UnitOfWork, runner: AnyRunner, clock: Clock) -> None:
    send(uow, "a")
    settled = runner.deliver_next()
    assert settled is not None
    assert settled.state is State.DONE
    (found,) = deliveries(uow, CLI)
    assert (found.state, found.reference, found.attempts, found.error) == (State.DONE, "desk/a", 1, "")
    assert found.settled_at == clock.now
    assert runner.deliver_next() is None


def test_the_urgent_goes_first_then_what_waits_longest_and_nothing_before_it_is_due(
    uow: UnitOfWork, runner: AnyRunner, desk: Desk, clock: Clock, database: str
) -> None:
    send(uow, "whenever", priority=Priority.WHENEVER)
    send(uow, "later", due=clock.now + timedelta(hours=1), priority=Priority.PERSON_WAITS)
    clock.forward(seconds=1)
    send(uow, "soon 2")
    send(uow, "soon 1", due=clock.now - timedelta(seconds=30))
    send(uow, "person waits", priority=Priority.PERSON_WAITS)
    deliver_all(runner)
    by_due = ["soon 1", "soon 2"]  # procrastinate goes by when they were put in its queue
    assert desk.got == ["person waits", *(by_due if database == "sqlite" else reversed(by_due)), "whenever"]
    clock.forward(hours=1)
    assert runner.deliver_next() is not None
    assert desk.got[-1] == "later"


def test_it_is_committed_as_under_way_before_it_is_handed_over(uow: UnitOfWork) -> None:
    seen = []

    def look(row: Due, parcel: Parcel) -> Receipt:
        seen.append(states(uow)["a"][:2])
        send(uow, "b")  # no transaction is open, so nobody has to wait
        return Receipt("desk/a")

    send(uow, "a")
    runner_of(uow, KINDS, look).deliver_next()
    assert seen == [("under way", 1)]


def test_later_means_growing_pauses_and_no_end(uow: UnitOfWork, runner: AnyRunner, desk: Desk, clock: Clock) -> None:
    send(uow, "a")
    waits = []
    for _ in range(12):
        desk.answers = [Retryable("The desk is closed.", after=1)]
        assert runner.deliver_next() is not None
        assert runner.deliver_next() is None
        (found,) = deliveries(uow, CLI)
        assert (found.state, found.error) == (State.DUE, "The desk is closed.")
        waits.append((found.due - clock.now).total_seconds())
        clock.now = found.due
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600, 3600]
    runner.deliver_next()
    assert states(uow)["a"] == ("done", 13, "")


def test_a_pause_that_is_asked_for_is_kept(uow: UnitOfWork, runner: AnyRunner, desk: Desk, clock: Clock) -> None:
    send(uow, "a")
    desk.answers = [Retryable("Come back in two hours.", after=7200)]
    runner.deliver_next()
    clock.forward(seconds=7199)
    assert runner.deliver_next() is None
    clock.forward(seconds=1)
    assert runner.deliver_next() is not None


def test_no_means_dead_with_the_reason(uow: UnitOfWork, runner: AnyRunner, desk: Desk) -> None:
    send(uow, "a")
    desk.answers = [Refused("There is no such desk.")]
    runner.deliver_next()
    assert states(uow)["a"] == ("dead", 1, "There is no such desk.")
    assert runner.deliver_next() is None


def test_a_kind_that_nobody_knows_is_dead(uow: UnitOfWork, runner: AnyRunner, desk: Desk) -> None:
    (row_id,) = send(uow, "a", kind="telegram")
    runner.deliver_next()
    state, _, why = states(uow)["a"]
    assert state == "dead"
    assert "“telegram”" in why
    assert f"quarterday outbox retry {row_id}" in why
    assert desk.got == []


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


def test_a_missing_setting_holds_its_kind_and_authority_and_nothing_else(
    uow: UnitOfWork, runner: AnyRunner, desk: Desk, clock: Clock, authority_id: int
) -> None:
    send(uow, "a", "b", authority_id=authority_id)
    send(uow, "other kind", kind="letter", authority_id=authority_id)
    send(uow, "other authority")
    later = clock.now + timedelta(days=1)
    send(uow, "later", authority_id=authority_id, due=later)
    desk.answers = [NotConfigured("token", WAITING)]
    deliver_all(runner)
    assert desk.got == ["a", "other kind", "other authority"]
    assert states(uow)["a"] == states(uow)["b"] == ("due", 0, WAITING)
    assert {one.key: one.due for one in deliveries(uow, CLI, state=State.DUE)} == {
        "a": clock.now + timedelta(minutes=5),
        "b": clock.now + timedelta(minutes=5),
        "later": later,
    }
    clock.forward(minutes=5)
    deliver_all(runner)
    assert states(uow)["b"] == ("done", 1, "")


def test_what_was_not_begun_is_not_counted_and_holds_nothing_else(
    uow: UnitOfWork, runner: AnyRunner, desk: Desk, clock: Clock
) -> None:
    send(uow, "a", "b")
    desk.answers = [Busy("It takes long.", after=30)]
    deliver_all(runner)
    assert states(uow) == {"a": ("due", 0, "It takes long."), "b": ("done", 1, "")}
    for _ in range(8):
        clock.forward(seconds=30)
        desk.answers = [Busy("It takes long.", after=30)]
        assert runner.deliver_next() is not None
    clock.forward(seconds=30)
    deliver_all(runner)
    assert states(uow)["a"] == ("done", 1, "")


def test_a_fault_of_a_plugin_is_tried_a_few_times_then_dead(
    uow: UnitOfWork, runner: AnyRunner, desk: Desk, clock: Clock
) -> None:
    send(uow, "a")
    desk.answers = [Retryable("Not now.")] * 4 + [PluginFault("The sink “desk” failed: ValueError: 7")] * 9
    while deliveries(uow, CLI)[0].state is not State.DEAD:
        clock.forward(hours=2)
        assert runner.deliver_next() is not None
    assert states(uow)["a"] == ("dead", 9, "The sink “desk” failed: ValueError: 7")


def test_a_fault_of_our_own_is_tried_a_few_times_then_dead_and_logged(
    uow: UnitOfWork, runner: AnyRunner, desk: Desk, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    send(uow, "a", kind="letter", payload={"bad": "return/7"})
    with caplog.at_level(logging.ERROR):
        while runner.deliver_next():
            clock.forward(hours=2)
    state, attempts, why = states(uow)["a"]
    assert (state, attempts) == ("dead", 5)
    assert re.fullmatch(r"Quarterday itself failed: KeyError in [\w.]*test_runner, line \d+; the log says more\.", why)
    assert desk.got == []
    assert [record.exc_info is not None for record in caplog.records] == [True] * 5


def test_what_must_not_happen_twice_is_not_repeated_when_nobody_knows(
    uow: UnitOfWork, runner: AnyRunner, desk: Desk
) -> None:
    send(uow, "a", kind="letter")
    desk.answers = [PluginFault("The sink ended its process.")]
    runner.deliver_next()
    assert states(uow)["a"] == ("perhaps sent", 1, "The sink ended its process.")
    assert runner.deliver_next() is None


def test_what_a_killed_runner_left_under_way_is_taken_back_by_its_kind(
    uow: UnitOfWork, runner: AnyRunner, desk: Desk, clock: Clock
) -> None:
    send(uow, "note 1")
    send(uow, "letter 1", kind="letter")
    send(uow, "telegram 1", kind="telegram")
    for _ in range(2):
        runner.is_killed()
    assert runner.deliver_next() is not None  # the telegram; what is under way is nobody else's
    assert runner.deliver_next() is None
    runner.is_started_again()
    deliver_all(runner)
    assert desk.got == ["note 1"]
    assert states(uow)["note 1"] == ("done", 2, "")
    assert states(uow)["letter 1"] == ("perhaps sent", 1, "The worker ended while this was under way.")
    runner.is_started_again()
    assert runner.deliver_next() is None


@pytest.mark.parametrize("answer", [Refused("No."), PluginFault("It broke."), NotConfigured("token", WAITING)])
def test_a_person_has_it_tried_again(
    uow: UnitOfWork, runner: AnyRunner, desk: Desk, clock: Clock, authority_id: int, answer: Exception
) -> None:
    (row_id,) = send(uow, "a", kind="letter", authority_id=authority_id)
    desk.answers = [answer]
    runner.deliver_next()
    clock.forward(seconds=1)
    assert retry(uow, CLI, ids=[row_id]) == 1
    assert states(uow)["a"] == ("due", 0, "")
    runner.deliver_next()
    assert states(uow)["a"] == ("done", 1, "")
    with uow.begin(CLI) as work:
        assert work.one(select(AuditRow.c.action, AuditRow.c.subject, AuditRow.c.authority_id)) == (
            "delivery.retried",
            f"delivery/{row_id}",
            authority_id,
        )


def test_what_is_done_or_under_way_is_not_tried_again_and_nothing_else_either(
    uow: UnitOfWork, runner: AnyRunner, desk: Desk
) -> None:
    done, dead, under_way = (send(uow, key)[0] for key in ("a", "b", "c"))
    runner.deliver_next()
    desk.answers = [Refused("No.")]
    runner.deliver_next()
    runner.is_killed()
    before = states(uow)
    for wrong, why in ((done, "is done"), (under_way, "is under way"), (999, "There is no delivery 999")):
        with pytest.raises(Refused, match=why):
            retry(uow, CLI, ids=[dead, wrong])
    assert states(uow) == before


def test_nobody_sees_or_retries_another_authoritys_deliveries(
    uow: UnitOfWork, runner: AnyRunner, desk: Desk, authority_id: int
) -> None:
    (theirs,) = send(uow, "a", authority_id=authority_id)
    send(uow, "b")
    desk.answers = [Refused("No.")] * 2
    for _ in range(2):
        runner.deliver_next()
    staff = Actor("user/1", user_id=1, authority_id=authority_id, role=MemberRole.ADMINISTRATOR)
    other = Actor("user/2", user_id=2, authority_id=authority_id + 1, role=MemberRole.ADMINISTRATOR)
    assert [(one.key, one.authority) for one in deliveries(uow, staff)] == [("a", "exampleshire")]
    assert deliveries(uow, other) == []
    with pytest.raises(Refused, match="There is no delivery"):
        retry(uow, other, ids=[theirs])
    assert retry(uow, staff, ids=[theirs]) == 1
    assert [one.key for one in deliveries(uow, CLI, state=State.DUE)] == ["a"]


def test_the_payload_is_what_was_sent(uow: UnitOfWork) -> None:
    seen: list[Any] = []
    kinds = {"note": Kind(lambda uow, row: seen.append(row) or compose(uow, row), repeat_perhaps_sent=True)}
    send(uow, "a", payload={"revision_id": 7})
    runner_of(uow, kinds, Desk()).deliver_next()
    assert (seen[0].payload, seen[0].attempts, seen[0].faults) == ({"revision_id": 7}, 1, 0)


def test_only_faults_count_as_faults(uow: UnitOfWork, runner: AnyRunner, desk: Desk, clock: Clock) -> None:
    send(uow, "a")
    desk.answers = [Retryable("Not now."), PluginFault("It broke."), NotConfigured("token", WAITING), Retryable("No.")]
    counted = []
    for _ in range(4):
        runner.deliver_next()
        clock.forward(hours=2)
        with uow.begin(CLI) as work:
            counted += work.all(select(OutboxRow.c.faults))
    assert counted == [(0,), (1,), (1,), (1,)]
