"""A plugin that keeps failing for an authority rests there: its work waits, everything else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from click.testing import CliRunner
from hostile_site import install
from sqlalchemy import select

from quarterday import Document, DocumentKind, NotThere, Refused, Retryable
from quarterday.cli.main import main
from quarterday.db.models import AuditRow, OutboxRow
from quarterday.db.outbox import Due, State
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.registry import installed
from quarterday.services.background import lanes
from quarterday.services.background.deliveries import deliveries
from quarterday.services.background.kinds import Kind, Parcel
from quarterday.services.background.policy import Settled
from quarterday.services.background.worker import run
from quarterday.services.plugins import children
from quarterday.services.plugins.pauses import MOST_FAULTS, Paused, examine, faults_counted, pauses, resume
from quarterday.services.plugins.process import PluginFault
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday.testing.clock import Clock


def breaks(uow: UnitOfWork, authority_id: int | None, *, times: int = 1, part: str = "smtp") -> None:
    for _ in range(times):
        with pytest.raises(PluginFault), faults_counted(uow, authority_id, "scheduler", part):
            raise PluginFault("The sink “smtp” did not finish in 120 seconds and was ended.")


def works(uow: UnitOfWork, authority_id: int | None, part: str = "smtp") -> None:
    with faults_counted(uow, authority_id, "scheduler", part):
        pass


def staff(authority_id: int, role: MemberRole) -> Actor:
    return Actor("user/1", user_id=1, authority_id=authority_id, role=role)


def test_what_breaks_several_times_in_a_row_rests_for_that_authority_alone(uow: UnitOfWork, clock: Clock) -> None:
    first, second = an_authority(uow), an_authority(uow, key="second")
    breaks(uow, first, times=MOST_FAULTS)
    with (
        pytest.raises(Paused, match="“scheduler” \\(smtp\\) is paused here"),
        faults_counted(uow, first, "scheduler", "smtp"),
    ):
        pytest.fail("it is at work")
    works(uow, second)
    works(uow, first, part="returned-mail")
    works(uow, None)
    (pause,) = pauses(uow, OPERATOR)
    assert (pause.authority_id, pause.plugin, pause.part, pause.since) == (first, "scheduler", "smtp", clock.now)
    assert pause.why == "The sink “smtp” did not finish in 120 seconds and was ended."
    with uow.read(OPERATOR) as work:
        (said,) = work.all(
            select(AuditRow.c.authority_id, AuditRow.c.payload).where(AuditRow.c.action == "plugin.paused")
        )
    assert said == (first, {"plugin": "scheduler", "part": "smtp"})


def test_an_answer_in_between_ends_the_count_also_one_that_says_no(uow: UnitOfWork) -> None:
    authority = an_authority(uow)
    for answer in (None, Retryable("Later."), Refused("No.")):
        breaks(uow, authority, times=MOST_FAULTS - 1)
        if answer is None:
            works(uow, authority)
            continue
        with pytest.raises(type(answer)), faults_counted(uow, authority, "scheduler", "smtp"):
            raise answer
    breaks(uow, authority, times=MOST_FAULTS - 1)
    assert pauses(uow, OPERATOR) == []
    breaks(uow, authority)
    assert len(pauses(uow, OPERATOR)) == 1


def test_what_belongs_to_no_authority_never_rests(uow: UnitOfWork) -> None:
    breaks(uow, None, times=3 * MOST_FAULTS)
    works(uow, None)
    assert pauses(uow, OPERATOR) == []


def test_a_person_lets_it_go_on_and_the_count_begins_anew(uow: UnitOfWork) -> None:
    authority = an_authority(uow)
    breaks(uow, authority, times=MOST_FAULTS)
    breaks(uow, authority, times=MOST_FAULTS, part="returned-mail")
    administrator = staff(authority, MemberRole.ADMINISTRATOR)
    assert resume(uow, administrator, authority_id=authority, plugin="scheduler") == ["returned-mail", "smtp"]
    breaks(uow, authority, times=MOST_FAULTS - 1)
    works(uow, authority)
    with pytest.raises(Refused, match="Nothing of the plugin “scheduler” is paused there"):
        resume(uow, administrator, authority_id=authority, plugin="scheduler")
    breaks(uow, authority, times=MOST_FAULTS)
    assert len(pauses(uow, OPERATOR)) == 1


def test_only_who_sets_plugins_there_lets_one_go_on(uow: UnitOfWork) -> None:
    first, second = an_authority(uow), an_authority(uow, key="second")
    breaks(uow, first, times=MOST_FAULTS)
    with pytest.raises(Refused, match="Your role doesn't allow this"):
        resume(uow, staff(first, MemberRole.LEAD), authority_id=first, plugin="scheduler")
    with pytest.raises(NotThere):
        resume(uow, staff(second, MemberRole.ADMINISTRATOR), authority_id=first, plugin="scheduler")
    assert pauses(uow, staff(second, MemberRole.LEAD)) == []
    assert len(pauses(uow, staff(first, MemberRole.LEAD))) == 1
    with pytest.raises(Refused):
        pauses(uow, Actor("user/2", user_id=2, supplier_id=1))


REPORT = Document(DocumentKind.REPORT, "a", "text/csv", b"")


def compose(uow: UnitOfWork, row: Due) -> Parcel:
    return Parcel(row.payload["sink"], REPORT)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, record_url: str) -> Iterator[None]:
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("QUARTERDAY_DATABASE_URL", record_url)
    install(tmp_path / "site-packages", monkeypatch, "sinks")
    yield
    installed.cache_clear()


def once(uow: UnitOfWork) -> None:
    kinds = {"note": Kind(compose, repeat_perhaps_sent=True)}
    run(uow, stop=Event(), tell=lambda _: None, once=True, kinds=kinds)


@pytest.mark.usefixtures("site")
def test_the_work_of_what_rests_waits_and_goes_on_after(uow: UnitOfWork, clock: Clock, database: str) -> None:
    """Also of another authority and through another sink of the same kind of work nothing waits."""
    first, second = an_authority(uow), an_authority(uow, key="second")
    sent = {"1": ("raises", first), "2": ("raises", first), "3": ("raises", first), "4": ("raises", first)}
    sent |= {"other sink": ("sound", first), "other council": ("sound", second)}
    with uow.begin(OPERATOR) as work:
        for key, (sink, authority) in sent.items():
            work.send("note", key, {"sink": sink}, authority_id=authority)
    once(uow)
    found = {one.key: one for one in deliveries(uow, OPERATOR)}
    assert {key: found[key].state for key in ("other sink", "other council")} == {
        "other sink": State.DONE,
        "other council": State.DONE,
    }
    waits = [found[key] for key in "1234"]
    assert {one.state for one in waits} == {State.DUE}
    tried = sum(one.attempts for one in waits)
    assert tried in (MOST_FAULTS, 4)  # the fourth may be on its way when the third fails
    told = CliRunner().invoke(main, ["plugins", "paused", "--json"])
    assert '"part": "raises"' in told.output
    (verdict,) = examine()
    assert f"“hostile-sinks” (raises) is paused for {an_authority_key(uow, first)}" in verdict.what
    assert "quarterday plugins resume hostile-sinks --authority" in verdict.to_do
    told = CliRunner().invoke(main, ["plugins", "resume", "hostile-sinks", "--authority", an_authority_key(uow, first)])
    assert (told.exit_code, "raises goes on" in told.output) == (0, True)
    assert [one.what for one in examine()] == ["none is paused"]
    clock.forward(minutes=6)
    if database == "sqlite":  # the queue on PostgreSQL goes by the server's clock
        once(uow)
        assert sum(one.attempts for one in deliveries(uow, OPERATOR) if one.key in "1234") > tried


def an_authority_key(uow: UnitOfWork, authority_id: int) -> str:
    from quarterday.services.organisations.authorities import authorities

    return next(one.key for one in authorities(uow, OPERATOR) if one.id == authority_id)


def test_a_pause_lasts(uow: UnitOfWork, clock: Clock) -> None:
    authority = an_authority(uow)
    breaks(uow, authority, times=MOST_FAULTS)
    clock.forward(days=30)
    with pytest.raises(Paused), faults_counted(uow, authority, "scheduler", "smtp"):
        pytest.fail("it is at work")
    assert clock.now - pauses(uow, OPERATOR)[0].since == timedelta(days=30)


@pytest.mark.usefixtures("site")
def test_a_hanging_sink_of_one_authority_keeps_nobody_else_waiting(
    uow: UnitOfWork, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUARTERDAY_PROCESS_SECONDS", "5")
    monkeypatch.setattr(lanes, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(children, "SLOW", 0.5)
    first, second = an_authority(uow), an_authority(uow, key="second")
    sent = {f"hangs {number}": ("hangs", first) for number in range(2)}
    sent |= {"same plugin": ("sound", second), "installation's": ("sound", None)}
    with uow.begin(OPERATOR) as work:
        for key, (sink, authority) in sent.items():
            work.send("note", key, {"sink": sink}, authority_id=authority)
    kinds = {"note": Kind(compose, repeat_perhaps_sent=True)}
    stop, told = Event(), list[Settled]()
    working = Thread(target=run, args=(uow,), kwargs={"stop": stop, "tell": told.append, "kinds": kinds})
    working.start()
    wanted = {"same plugin", "installation's"}
    until = monotonic() + 20
    while not wanted <= {one.row.key for one in told if one.state is State.DONE} and monotonic() < until:
        sleep(0.05)
    with uow.read(OPERATOR) as work:
        states = {row.key: row.state for row in work.all(select(OutboxRow.c.key, OutboxRow.c.state))}
    stop.set()
    working.join(60)
    assert {states[key] for key in wanted} == {State.DONE}, [(one.row.key, one.state, one.why) for one in told]
    assert State.UNDER_WAY in {states[key] for key in states if key.startswith("hangs")}, "it hangs all the while"
    assert not working.is_alive()
