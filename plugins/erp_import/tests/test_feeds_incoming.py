"""Files that come in: kept at once, asked about once, tried again, dismissed, and each in its authority's scope."""

from __future__ import annotations

import io
import resource
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from quarterday import NotThere, Refused, Trouble
from quarterday.domain.contracts import MemberRole
from quarterday.services.record import Actor, UnitOfWork
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday_erp_import.feeds import incoming, rules
from quarterday_erp_import.feeds.incoming import State
from quarterday_erp_import.feeds.keeping import IncomingFiles

QUESTION = {"key": "date_order", "text": "Day or month?", "choices": ["day first", "month first"], "assumed": ""}


@pytest.fixture
def kept(tmp_path: Path) -> IncomingFiles:
    """An empty folder for files that come in."""
    return IncomingFiles(tmp_path / "ledger")


@pytest.fixture
def authority(uow: UnitOfWork) -> int:
    return an_authority(uow)


def hand_in(uow: UnitOfWork, kept: IncomingFiles, authority: int, content: bytes, name: str = "june.csv") -> int:
    return incoming.hand_in(
        uow, OPERATOR, authority_id=authority, feed="cards", name=name, content=io.BytesIO(content), files=kept
    )


def stands(uow: UnitOfWork, row: int) -> incoming.IncomingRow:
    return incoming.one_incoming(uow, OPERATOR, incoming_id=row)


def put(uow: UnitOfWork, row: int, state: State, **said: object) -> None:
    with uow.begin(OPERATOR) as work:
        incoming.step(work, row, state, **said)  # type: ignore[arg-type]


def test_what_is_handed_in_is_on_the_disk_and_is_one_file_however_often(
    uow: UnitOfWork, kept: IncomingFiles, authority: int
) -> None:
    row = hand_in(uow, kept, authority, b"a,b\n1,2\n", "C:\\spend\\June\u202e 2026.csv")
    found = stands(uow, row)
    assert (found.name, found.origin, found.size, found.state) == ("June 2026.csv", "by hand", 8, State.WAITING)
    assert kept.path(authority, found.sha256).read_bytes() == b"a,b\n1,2\n"
    assert hand_in(uow, kept, authority, b"a,b\n1,2\n") == row
    put(uow, row, State.REFUSED, why="It is a picture.")
    kept.path(authority, found.sha256).unlink()
    assert hand_in(uow, kept, authority, b"a,b\n1,2\n") == row
    assert stands(uow, row).state is State.WAITING
    assert kept.path(authority, found.sha256).exists()
    assert not list(kept.folder.glob("coming-*"))


def test_what_cannot_be_kept_leaves_nothing(
    uow: UnitOfWork, kept: IncomingFiles, authority: int, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="The file is empty"):
        hand_in(uow, kept, authority, b"")
    with pytest.raises(Refused, match="It is larger than 0 MB"), kept.received(io.BytesIO(b"12345"), most=4):
        pass
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(Trouble, match="make room on the disk"):
        hand_in(uow, IncomingFiles(tmp_path / "taken"), authority, b"a")
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, most))  # the disk takes no more
        with pytest.raises(Trouble, match="can't be kept"), kept.received(io.BytesIO(b"x" * 3_000_000)):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    with pytest.raises(Refused, match="Give the feed a name"):
        incoming.hand_in(
            uow, OPERATOR, authority_id=authority, feed=" ", name="x", content=io.BytesIO(b"a"), files=kept
        )
    assert not incoming.incoming(uow, OPERATOR, authority_id=authority)
    assert [path for path in kept.folder.rglob("*") if path.is_file()] == []


def test_an_answer_is_kept_for_the_feed_and_all_that_ask_wait_again(
    uow: UnitOfWork, kept: IncomingFiles, authority: int
) -> None:
    june, july = hand_in(uow, kept, authority, b"june"), hand_in(uow, kept, authority, b"july")
    for row in (june, july):
        put(uow, row, State.ASKS, questions=(QUESTION,))
    with pytest.raises(Refused, match="Choose one of the answers to this: Day or month"):
        incoming.answer(uow, OPERATOR, incoming_id=june, answers={"date_order": "year first"})
    incoming.answer(uow, OPERATOR, incoming_id=june, answers={"date_order": "day first"})
    assert [(stands(uow, row).state, len(stands(uow, row).questions)) for row in (june, july)] == [
        (State.WAITING, 1),
        (State.WAITING, 0),
    ]
    with pytest.raises(Refused, match="asks nothing any more"):
        incoming.answer(uow, OPERATOR, incoming_id=june, answers={"date_order": "day first"})
    rules.agree_on_feed(uow, OPERATOR, authority_id=authority, feed="cards", on_same_period="replace", days=35)
    rules.agree_on_feed(uow, OPERATOR, authority_id=authority, feed="cards", answers=["amount=Paid out"])
    (rule,) = rules.feeds(uow, OPERATOR, authority_id=authority)
    assert (rule.feed, rule.on_same_period, rule.days, rules.settled(rule, kept.folder).date_order) == (
        "cards",
        "replace",
        35,
        "day first",
    )
    assert rules.settled(rule, kept.folder).columns == {"amount": "Paid out"}


def test_a_refused_file_is_tried_again_or_dismissed(uow: UnitOfWork, kept: IncomingFiles, authority: int) -> None:
    row = hand_in(uow, kept, authority, b"june")
    with pytest.raises(Refused, match="Only a file that was refused"):
        incoming.try_again(uow, OPERATOR, incoming_id=row)
    put(uow, row, State.REFUSED, why="No column says whom was paid.")
    assert [(one.id, one.why) for one in incoming.incoming(uow, OPERATOR, authority_id=authority)] == [
        (row, "No column says whom was paid.")
    ]
    incoming.try_again(uow, OPERATOR, incoming_id=row)
    assert stands(uow, row).state is State.WAITING
    incoming.dismiss(uow, OPERATOR, incoming_id=row)
    with pytest.raises(Refused, match="isn't waiting any more"):
        incoming.dismiss(uow, OPERATOR, incoming_id=row)


def test_a_file_that_is_being_read_is_not_dismissed_beside_its_reading(
    uow: UnitOfWork, kept: IncomingFiles, authority: int
) -> None:
    row = hand_in(uow, kept, authority, b"june")
    put(uow, row, State.BEGUN)
    with pytest.raises(Refused, match="being read just now"):
        incoming.dismiss(uow, OPERATOR, incoming_id=row)
    assert stands(uow, row).state is State.BEGUN


def test_who_comes_second_finds_what_the_first_made_of_a_file(
    uow: UnitOfWork, kept: IncomingFiles, authority: int
) -> None:
    row = hand_in(uow, kept, authority, b"june")
    put(uow, row, State.REFUSED, why="No column says whom was paid.")
    with ThreadPoolExecutor(1) as second:
        with uow.begin(OPERATOR) as work:
            work.take_turns(incoming.TURNS)
            waits = second.submit(incoming.try_again, uow, OPERATOR, incoming_id=row)
            assert not wait([waits], timeout=0.5).done
            incoming.step(work, row, State.DISMISSED)
        with pytest.raises(Refused, match="Only a file that was refused"):
            waits.result(timeout=30)
    assert stands(uow, row).state is State.DISMISSED


def test_a_file_is_in_its_authoritys_scope_only(uow: UnitOfWork, kept: IncomingFiles, authority: int) -> None:
    row = hand_in(uow, kept, authority, b"june")
    stranger = Actor("user/9", user_id=9, authority_id=an_authority(uow), role=MemberRole.ADMINISTRATOR)
    reader = Actor("user/8", user_id=8, authority_id=authority, role=MemberRole.MANAGER)
    with pytest.raises(NotThere, match="no such file"):
        incoming.one_incoming(uow, stranger, incoming_id=row)
    for use, given in ((incoming.dismiss, {}), (incoming.try_again, {}), (incoming.answer, {"answers": {}})):
        with pytest.raises(NotThere, match="no such file"):
            use(uow, stranger, incoming_id=row, **given)
        with pytest.raises(Refused, match="Your role"):
            use(uow, reader, incoming_id=row, **given)
    with pytest.raises(NotThere):
        incoming.hand_in(
            uow, stranger, authority_id=authority, feed="cards", name="a", content=io.BytesIO(b"a"), files=kept
        )


@pytest.mark.parametrize(
    "given",
    [{"on_same_period": "maybe"}, {"on_doubt": "maybe"}, {"days": -1}, {"mapping": "no-such-mapping"}],
)
def test_what_cannot_be_agreed_on_is_refused(uow: UnitOfWork, authority: int, given: dict[str, str]) -> None:
    with pytest.raises(Refused):
        rules.agree_on_feed(uow, OPERATOR, authority_id=authority, feed="cards", **given)  # type: ignore[arg-type]
