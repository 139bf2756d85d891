"""Reading sources: each record is taken once, whatever broke in between; what can't be used is kept with the reason."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hostile_site import install
from sqlalchemy import select, update

from quarterday import Item, NotConfigured, Refused, Retryable
from quarterday.db.models import MailOutcome, OutboxRow, PluginSetting, SourceCursor, SourceItem, SourceReject
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork, Work
from quarterday.registry import installed
from quarterday.services.background import incoming
from quarterday.services.background.kinds import errands
from quarterday.services.background.reading import Read, ask_for_readings, read
from quarterday.services.messages.mime import message_id
from quarterday.services.plugins import children as children_module
from quarterday.services.plugins.children import Children, Limits, Reading
from quarterday.services.plugins.process import PluginFault
from quarterday.testing.builders import OPERATOR, a_user, an_authority

AT = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    folder = tmp_path_factory.mktemp("sources")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDAY_DATA_DIR", str(folder))
        install(folder / "site-packages", patch, "sources")
        with Children(Limits(seconds=5)) as children:
            yield children
    installed.cache_clear()


def take_note(work: Work, authority_id: int | None, item: Item) -> None:
    """A row for each note, so that what was taken can be counted; the seventh is refused half way."""
    work.add(OutboxRow, authority_id=authority_id, kind="noted", key=f"{authority_id}/{item.key}", **ROW)
    if item.payload.get("number") == 7:
        raise Refused("Nobody wants the seventh.")


ROW = {"payload": {}, "priority": 9, "state": "done", "due": AT, "attempts": 0, "error": ""}
TAKERS = {"note": take_note}


def set_up(uow: UnitOfWork, authority_id: int, **values: object) -> None:
    with uow.begin(OPERATOR) as work:
        work.add(PluginSetting, authority_id=authority_id, plugin="hostile-sources", values=values, sealed="")


def reading(uow: UnitOfWork, children: Children, source: str, authority_id: int) -> Read:
    return read(uow, children, source=source, authority_id=authority_id, takers=TAKERS)


def kept(uow: UnitOfWork, source: str) -> tuple[int, list[tuple[str, str]], str]:
    """How many records of a source were taken, what was rejected and why, and where the next reading begins."""
    with uow.read(OPERATOR) as work:
        taken = work.all(select(SourceItem.c.id).where(SourceItem.c.source == source))
        rejects = work.all(select(SourceReject.c.key, SourceReject.c.why).where(SourceReject.c.source == source))
        cursor = work.one(select(SourceCursor.c.cursor).where(SourceCursor.c.source == source))
    return len(taken), [(row.key, row.why) for row in rejects], cursor.cursor if cursor else ""


def noted(uow: UnitOfWork) -> int:
    with uow.read(OPERATOR) as work:
        return len(work.all(select(OutboxRow.c.id).where(OutboxRow.c.kind == "noted")))


def test_nobody_waits_for_a_reading_however_soon_each_batch_of_it_comes(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(children_module, "PATIENCE", 0.4)

    def read_others() -> None:
        with children.opened(Reading("third-is-bad", {"many": 2}, "", 1)) as source:
            list(source.batches())

    with (
        children.opened(Reading("sound-source", {"many": 100_000}, "", 1)) as source,
        ThreadPoolExecutor(1) as people,
    ):
        long = source.batches()
        next(long)
        others = people.submit(read_others)
        while not others.done():
            assert len(next(long)) == 200, "the reading ended first"
            time.sleep(0.1)


def test_what_is_new_is_taken_from_the_cursor_on(uow: UnitOfWork, children: Children) -> None:
    authority = an_authority(uow)
    set_up(uow, authority, many=5)
    assert str(reading(uow, children, "sound-source", authority)) == "Taken: 5, known already: 0, rejected: 0."
    assert reading(uow, children, "sound-source", authority) == Read()
    set_up(uow, authority, many=450)
    assert reading(uow, children, "sound-source", authority) == Read(taken=444, rejected=1)
    assert kept(uow, "sound-source") == (449, [("n7", "Nobody wants the seventh.")], "450")
    assert noted(uow) == 449, "what a refused record had added is gone with it"


def test_two_authorities_read_the_same_source_each_for_itself(uow: UnitOfWork, children: Children) -> None:
    first, second = an_authority(uow), an_authority(uow, key="second")
    set_up(uow, first, many=2)
    set_up(uow, second, many=3)
    assert reading(uow, children, "sound-source", first) == Read(taken=2)
    assert reading(uow, children, "sound-source", second) == Read(taken=3)


@pytest.mark.parametrize(
    ("source", "read_now", "rejects"),
    [
        ("third-is-bad", Read(taken=4, rejected=1), [("n3", "It has no words.")]),
        ("repeats", Read(taken=4, known=1), []),
        ("has-no-keys", Read(rejected=5), [("", "Its key must have 1 to 500 characters.")]),
        (
            "strange",
            Read(rejected=5),
            [
                (f"n{number}", "Nothing here takes a “postcard”; install what does, then read the source again.")
                for number in range(1, 6)
            ],
        ),
    ],
)
def test_what_cant_be_used_is_kept_with_the_reason_once(
    uow: UnitOfWork, children: Children, source: str, read_now: Read, rejects: list[tuple[str, str]]
) -> None:
    authority = an_authority(uow)
    set_up(uow, authority, many=5)
    assert reading(uow, children, source, authority) == read_now
    assert kept(uow, source)[1:] == (rejects, "5")
    with uow.begin(OPERATOR) as work:
        work.connection.execute(SourceCursor.delete())
    reading(uow, children, source, authority)
    assert kept(uow, source)[1:] == (rejects, "5")


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ("breaks-at-3", PluginFault, r"The source “breaks-at-3” failed: ValueError in hostile_sources, line \d+\."),
        ("later-at-3", Retryable, "Come back in a minute"),
        ("floats", PluginFault, "holds a value of the type float"),
        ("gives-words", PluginFault, "neither an Item nor a BadRecord"),
        ("unset-source", NotConfigured, "Say where"),
        ("nowhere", NotConfigured, "No plugin offers the source “nowhere”"),
    ],
)
def test_what_was_read_before_an_error_is_kept(
    uow: UnitOfWork, children: Children, source: str, error: type[Exception], words: str
) -> None:
    authority = an_authority(uow)
    set_up(uow, authority, many=5)
    with pytest.raises(error, match=words):
        reading(uow, children, source, authority)
    assert kept(uow, source)[0] == (2 if source.endswith("at-3") else 0)


def test_a_reading_that_is_cut_short_loses_nothing_and_repeats_nothing(
    uow: UnitOfWork, children: Children, tmp_path: Path
) -> None:
    authority = an_authority(uow)
    set_up(uow, authority, many=450, where=str(tmp_path / "closed"))
    with pytest.raises(PluginFault, match="ended its process"):
        reading(uow, children, "ends-at-300", authority)
    assert kept(uow, "ends-at-300")[2] == "200"
    assert reading(uow, children, "ends-at-300", authority).taken == 250
    assert noted(uow) == 449


def test_a_source_that_hangs_is_ended_and_others_are_read(uow: UnitOfWork, children: Children) -> None:
    authority = an_authority(uow)
    set_up(uow, authority, many=2)
    with pytest.raises(PluginFault, match="The source “hanging-source” did not finish in 5 seconds"):
        reading(uow, children, "hanging-source", authority)
    assert reading(uow, children, "sound-source", authority) == Read(taken=2)


def test_who_stops_early_closes_the_source(uow: UnitOfWork, children: Children, tmp_path: Path) -> None:
    authority = an_authority(uow)
    set_up(uow, authority, many=450, where=str(tmp_path / "closed"))

    def fail(work: Work, authority_id: int | None, item: Item) -> None:
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        read(uow, children, source="sound-source", authority_id=authority, takers={"note": fail})
    assert (tmp_path / "closed").read_text() == "closed\n"
    assert kept(uow, "sound-source") == (0, [], "")


class Overtaken(UnitOfWork):
    """A record in which somebody else moves the cursor on before the second batch is kept."""

    def __init__(self, uow: UnitOfWork) -> None:
        super().__init__(uow.engine, uow.clock)
        self.begun = 0

    @contextmanager
    def begin(self, actor: Actor) -> Iterator[Work]:
        self.begun += 1
        if self.begun == 2:
            with super().begin(actor) as work:
                work.connection.execute(update(SourceCursor).values(cursor="elsewhere"))
        with super().begin(actor) as work:
            yield work


def test_of_two_who_read_the_same_at_once_the_second_stops(uow: UnitOfWork, children: Children) -> None:
    authority = an_authority(uow)
    set_up(uow, authority, many=450)
    with pytest.raises(Retryable, match="Somebody else reads this source"):
        reading(Overtaken(uow), children, "sound-source", authority)
    assert kept(uow, "sound-source")[2] == "elsewhere"
    assert noted(uow) == 199


def test_readings_are_asked_for_where_a_source_is_set_and_none_waits(uow: UnitOfWork, children: Children) -> None:
    first, second = an_authority(uow), an_authority(uow, key="second")
    set_up(uow, first, many=2)
    with uow.begin(OPERATOR) as work:
        work.add(PluginSetting, authority_id=second, plugin="scheduler", values={"host": "localhost"}, sealed="")
    number = ask_for_readings(uow, AT)
    assert number == len([one for one in NAMES if one != "sound-source"]) + 1
    assert ask_for_readings(uow, AT.replace(minute=45)) == 0
    with uow.read(OPERATOR) as work:
        (row,) = work.all(
            select(OutboxRow.c.id, OutboxRow.c.authority_id, OutboxRow.c.key, OutboxRow.c.payload).where(
                OutboxRow.c.key == f"source/sound-source/{first}/{AT.isoformat()}"
            )
        )
    due = Due(row.id, row.authority_id, "source.read", row.key, row.payload, 1, 0)
    errand = errands(children)["source.read"]
    assert errand.run(uow, due) == "Taken: 0, known already: 0, rejected: 2."


NAMES = (
    "sound-source",
    "third-is-bad",
    "repeats",
    "breaks-at-3",
    "later-at-3",
    "ends-at-300",
    "floats",
    "gives-words",
    "has-no-keys",
    "strange",
    "hanging-source",
    "closes-badly",
    "gives-an-address",
    "unset-source",
)


def test_a_mail_that_came_back_is_noted_of_the_person_it_was_for(
    uow: UnitOfWork, children: Children, tmp_path: Path
) -> None:
    authority = an_authority(uow)
    user_id = a_user(uow, authority_id=authority, role="contract manager")
    with uow.begin(OPERATOR) as work:
        work.send("mail.weekly", "weekly/1", {"user": user_id}, authority_id=authority)
        values = {"returned_mail": str(tmp_path / "mail")}
        work.add(PluginSetting, authority_id=authority, plugin="scheduler", values=values, sealed="")
    for folder in ("new", "cur"):
        (tmp_path / "mail" / folder).mkdir(parents=True)
    names_it = message_id("weekly/1", "example.gov.uk")
    report = REPORT.replace("MESSAGE-ID", names_it)
    (tmp_path / "mail" / "new" / "1.mx").write_text(report)
    (tmp_path / "mail" / "new" / "2.mx").write_text(report.replace("5.1.1", "2.0").replace("failed", "failed?"))
    time.sleep(1.1)  # until the folder has settled
    assert read(uow, children, source="returned-mail", authority_id=authority) == Read(taken=1)
    assert read(uow, children, source="returned-mail", authority_id=authority) == Read()
    with uow.read(OPERATOR) as work:
        (found,) = work.all(select(MailOutcome.c.user_id, MailOutcome.c.authority_id, MailOutcome.c.outcome))
    assert found == (user_id, authority, "never")


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ({"status": "9.1.1"}, "Its status is “9.1.1”"),
        ({"at": "2026-11-02T10:15:00"}, "has no time zone"),
        ({"at": "yesterday"}, "is no moment"),
        ({"address": 7}, "It has no “address” that is text"),
    ],
)
def test_a_bounce_that_says_nonsense_is_rejected(uow: UnitOfWork, payload: dict[str, object], why: str) -> None:
    sound = {"message_id": "<a@b>", "address": "a@example.org", "status": "5.1.1", "said": "", "at": AT.isoformat()}
    good, bad = Item("1", "bounce", sound, "1"), Item("2", "bounce", {**sound, **payload}, "2")
    take = incoming.TAKERS["bounce"]
    with uow.begin(OPERATOR) as work:
        take(work, None, good)
        with pytest.raises(Refused, match=why):
            take(work, None, bad)


REPORT = """\
Date: Wed, 1 Jul 2026 09:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; nobody.knows@example.org
Action: failed
Status: 5.1.1

--b
Content-Type: text/rfc822-headers

Message-ID: MESSAGE-ID

--b--
"""
