"""A process works on one request at a time while requests are quick, and what takes long holds nobody up."""

from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier, Event, Lock

import pytest

from quarterday_webforms import turns
from quarterday_webforms.turns import InTurn

LONG = 30.0


@pytest.fixture
def pool() -> Iterator[InTurn]:
    with InTurn(4) as pool:
        yield pool


class Worked:
    """Counts how many work at once."""

    def __init__(self) -> None:
        self.at_once = self.most = 0
        self._lock = Lock()

    def __call__(self) -> None:
        with self._lock:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        Event().wait(0.002)
        with self._lock:
            self.at_once -= 1


def test_what_is_quick_is_worked_on_in_turn(pool: InTurn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", LONG)
    worked = Worked()
    for done in [pool.submit(worked) for _ in range(40)]:
        done.result(LONG)
    assert worked.most == 1


def test_what_takes_long_holds_nobody_up(pool: InTurn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.01)
    together = Barrier(3)  # two that take long, and this test
    slow = [pool.submit(together.wait, LONG) for _ in range(2)]
    assert pool.submit(lambda: "quick").result(LONG) == "quick"
    together.wait(LONG)
    assert all(one.result(LONG) in range(3) for one in slow)


def test_beside_what_takes_long_the_others_take_turns(pool: InTurn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.2)
    over, begun = Event(), Event()

    def slow() -> bool:
        begun.set()
        return over.wait(LONG)

    held = pool.submit(slow)
    assert begun.wait(LONG)
    pool.submit(str).result(LONG)
    worked = Worked()
    for done in [pool.submit(worked) for _ in range(20)]:
        done.result(LONG)
    over.set()
    assert held.result(LONG)
    assert worked.most == 1


def test_an_error_is_given_on_and_ends_the_turn(pool: InTurn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "PATIENCE", LONG)
    with pytest.raises(ValueError, match="nothing"):
        pool.submit(int, "nothing").result(LONG)
    assert pool.submit(int, "7").result(LONG) == 7
