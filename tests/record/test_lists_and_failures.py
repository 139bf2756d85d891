"""What staff are sent: the list of the week, and that a job keeps failing."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from reminding import Reminding, a_contract, a_council, at, composed, rows, ticked
from sqlalchemy import select, update

from quarterday import Refused
from quarterday.db.models import JobRun, OutboxRow
from quarterday.db.outbox import Due, State
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import Overtaken, Retryable
from quarterday.services import record
from quarterday.services.background.clock import forget
from quarterday.services.background.jobs import do
from quarterday.services.plugins.children import Busy, Children
from quarterday.services.plugins.pauses import MOST_FAULTS, faults_counted, resume
from quarterday.services.plugins.process import PluginFault
from quarterday.services.reminders import ticking
from quarterday.services.reminders.failures import tell_of_failures
from quarterday.services.returns import reviews
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock
from quarterday_scheduler.reminding import remind

SITE = "https://returns.example.gov.uk"
MONDAY = date(2026, 11, 2)


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 32, "PUBLIC_URL": SITE}.items():
        monkeypatch.setenv(f"QUARTERDAY_{name}", value)


@pytest.fixture
def council(uow: UnitOfWork) -> Reminding:
    return a_council(uow)


def test_a_manager_is_sent_what_waits_once_a_week(uow: UnitOfWork, clock: Clock, council: Reminding) -> None:
    late, ready, queried = (
        builders.a_return(uow, contract_id=a_contract(uow, council, reference=f"NM-{number}")) for number in (1, 2, 3)
    )
    gift = {"ref": "GIFTS", "quantity": "250"}
    builders.a_submission(uow, gift, return_id=ready)
    (entry,) = builders.a_submission(uow, gift, return_id=queried)
    reviews.query(uow, OPERATOR, entry_id=entry, reason="Which one was it?")
    clock.now = at(MONDAY)
    assert ticked(uow, council).lists == 2
    assert ticked(uow, council).lists == 0
    manager, lead = rows(uow, "mail.weekly")
    mail = composed(uow, manager)
    assert mail.subject == "Your week: 1 to check, 1 late, 1 waiting for the supplier's answer"
    assert [line for line in mail.text.splitlines() if SITE in line] == [
        f"  {SITE}/council/returns/{one}" for one in (ready, late, queried)
    ]
    with pytest.raises(Overtaken, match="Nothing waited"):
        composed(uow, lead)  # who manages nothing
    clock.forward(days=6)  # a Sunday
    assert ticked(uow, council).lists == 0
    clock.forward(days=2)  # no clock ran on Monday
    assert ticked(uow, council).lists == 2


def test_mail_that_waited_until_the_night_goes_out_in_the_morning(
    uow: UnitOfWork, clock: Clock, council: Reminding
) -> None:
    builders.a_return(uow, contract_id=a_contract(uow, council))
    clock.now = at(MONDAY)
    ticked(uow, council)
    for row in (rows(uow)[0], rows(uow, "mail.weekly")[0]):
        clock.now = at(MONDAY, 18, 0)
        with pytest.raises(Retryable, match="goes out again at 08:00 on 3 November 2026") as quiet:
            composed(uow, row)
        assert quiet.value.after == 14 * 3600
        clock.forward(seconds=quiet.value.after)
        assert composed(uow, row).to


def failed(uow: UnitOfWork, job: str, *good: bool) -> None:
    for number, one in enumerate(good):
        with uow.begin(OPERATOR) as work:
            said = f"The portal can't answer ({number})."
            work.add(JobRun, job=job, struck_for=work.now, good=one, said=said, milliseconds=5)


def test_the_third_failure_in_a_row_is_told_once_a_day(uow: UnitOfWork, clock: Clock, council: Reminding) -> None:
    failed(uow, "portal", True, False, False)
    assert tell_of_failures(uow, OPERATOR) == 0
    failed(uow, "portal", False)
    failed(uow, "seal", False, False, True)
    assert tell_of_failures(uow, OPERATOR) == 1
    assert tell_of_failures(uow, OPERATOR) == 0
    (row,) = rows(uow, "mail.job_failed")
    assert row.payload == {"job": "portal", "user": council.lead}, "there is no administrator"
    mail = composed(uow, row)
    assert mail.subject == "“portal” failed three times in a row"
    assert "The portal can't answer" not in mail.text, "it may be about another authority"
    assert "it was refused, or got no answer" in mail.text
    builders.a_user(uow, authority_id=council.authority_id, role="administrator")
    clock.forward(days=1)
    assert tell_of_failures(uow, OPERATOR) == 1
    assert rows(uow, "mail.job_failed")[-1].payload["user"] != council.lead
    failed(uow, "portal", True)
    with pytest.raises(Overtaken, match="ran well again"):
        composed(uow, row)
    clock.forward(days=1)
    assert tell_of_failures(uow, OPERATOR) == 0


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("The job “portal” failed: LookupError in portal.jobs, line 58.", "LookupError in portal.jobs, line 58."),
        ("The job “portal” did not finish in 1800 seconds and was ended.", "it did not finish in 1800 seconds."),
        ("The job “portal” took more than 1,024 MB and was ended.", "it took more than 1,024 MB."),
        (
            "The job “portal” ended its process (exit code -9) in the middle of its work.",
            "it ended its process (exit code -9).",
        ),
        ("The job “portal” failed: Northmoor has no such contract.", "it was refused, or got no answer."),
        ("Northmoor has no such contract.", "it was refused, or got no answer."),
    ],
)
def test_the_mail_about_a_job_names_what_failed_and_since_when_but_no_words_of_the_jobs(
    uow: UnitOfWork, clock: Clock, council: Reminding, said: str, told: str
) -> None:
    clock.now = at(MONDAY)
    for _ in range(3):
        with uow.begin(OPERATOR) as work:
            work.add(JobRun, job="portal", struck_for=work.now, good=False, said=said, milliseconds=5)
        clock.forward(minutes=15)
    tell_of_failures(uow, OPERATOR)
    text = composed(uow, rows(uow, "mail.job_failed")[0]).text
    assert f"since 09:30 on 2 November 2026, the last time at 10:00 on 2 November 2026: {told}" in text
    assert "“quarterday jobs list”" in text
    assert "Northmoor" not in text


def breaks(uow: UnitOfWork, authority_id: int) -> None:
    with pytest.raises(PluginFault), faults_counted(uow, authority_id, "portal-sync", "portal"):
        raise PluginFault("The source “portal” did not finish.")


def test_a_sync_that_is_paused_is_told_to_that_authoritys_people(
    uow: UnitOfWork, clock: Clock, council: Reminding
) -> None:
    other = builders.an_authority(uow)
    builders.a_user(uow, authority_id=other, role="administrator")
    for _ in range(MOST_FAULTS):
        assert tell_of_failures(uow, OPERATOR) == 0
        breaks(uow, council.authority_id)
    assert tell_of_failures(uow, OPERATOR) == 1
    assert tell_of_failures(uow, OPERATOR) == 0
    (row,) = rows(uow, "mail.sync_failed")
    assert (row.authority_id, row.payload) == (council.authority_id, {"sync": "portal", "user": council.lead})
    mail = composed(uow, row)
    assert mail.subject.startswith("“portal” fails for ")
    assert "The source “portal” did not finish. It is paused until" in mail.text
    assert f"{SITE}/council/status" in mail.text
    clock.forward(days=1)
    assert tell_of_failures(uow, OPERATOR) == 1
    resume(uow, OPERATOR, authority_id=council.authority_id, plugin="portal-sync")
    with pytest.raises(Overtaken, match="went well again"):
        composed(uow, row)
    clock.forward(days=1)
    assert tell_of_failures(uow, OPERATOR) == 0


def reading(
    uow: UnitOfWork,
    authority_id: int | None,
    attempts: int,
    state: State,
    error: str = "The portal can't answer now.",
) -> None:
    with uow.begin(OPERATOR) as work:
        row = work.send("source.read", f"source/{uuid4()}", {"source": "portal"}, authority_id=authority_id)
        error = "" if state is State.DONE else error
        values = {"attempts": attempts, "state": state, "error": error}
        work.connection.execute(update(OutboxRow).where(OutboxRow.c.id == row).values(**values))


def test_a_source_that_failed_three_times_in_a_row_is_told(uow: UnitOfWork, clock: Clock, council: Reminding) -> None:
    builders.a_user(uow, authority_id=builders.an_authority(uow), role="administrator")
    reading(uow, council.authority_id, 3, State.DEAD)
    reading(uow, council.authority_id, 1, State.DONE)
    reading(uow, council.authority_id, 1, State.DEAD)
    reading(uow, council.authority_id, 1, State.DUE)
    assert tell_of_failures(uow, OPERATOR) == 0
    reading(uow, council.authority_id, 1, State.DUE)
    assert tell_of_failures(uow, OPERATOR) == 1
    (row,) = rows(uow, "mail.sync_failed")
    assert row.payload["user"] == council.lead
    assert "The portal can't answer now." in composed(uow, row).text
    reading(uow, council.authority_id, 1, State.DONE)
    with pytest.raises(Overtaken, match="went well again"):
        composed(uow, row)


def test_a_source_that_waits_for_a_setting_for_long_is_told_though_it_was_never_tried(
    uow: UnitOfWork, clock: Clock, council: Reminding
) -> None:
    reading(uow, council.authority_id, 0, State.DUE, "Set “token”.")
    clock.forward(minutes=59)
    assert tell_of_failures(uow, OPERATOR) == 0
    clock.forward(minutes=1)
    assert tell_of_failures(uow, OPERATOR) == 1
    assert "Set “token”." in composed(uow, rows(uow, "mail.sync_failed")[0]).text


def test_a_source_of_the_installations_that_fails_is_told_to_every_administrator_without_its_words(
    uow: UnitOfWork, clock: Clock, council: Reminding
) -> None:
    other = builders.an_authority(uow)
    administrator = builders.a_user(uow, authority_id=other, role="administrator")
    reading(uow, None, 1, State.DONE)
    reading(uow, council.authority_id, 1, State.DONE)
    for _ in range(3):
        assert tell_of_failures(uow, OPERATOR) == 0
        reading(uow, None, 1, State.DEAD, "The source “portal” failed: KeyError in portal.source, line 7.")
    assert tell_of_failures(uow, OPERATOR) == 2
    assert tell_of_failures(uow, OPERATOR) == 0
    told = rows(uow, "mail.sync_failed")
    assert {(row.authority_id, row.payload["user"]) for row in told} == {
        (council.authority_id, council.lead),
        (other, administrator),
    }
    mail = composed(uow, told[0])
    assert mail.subject == "“portal” fails for returns.example.gov.uk"
    assert "\nKeyError in portal.source, line 7; “quarterday outbox list” says more\n" in mail.text
    reading(uow, None, 1, State.DEAD, "Northmoor has no such contract.")
    assert "Northmoor" not in composed(uow, told[1]).text
    reading(uow, None, 1, State.DONE)
    with pytest.raises(Overtaken, match="went well again"):
        composed(uow, told[0])


def test_a_job_of_once_a_week_that_fails_is_told_of_too(uow: UnitOfWork, clock: Clock, council: Reminding) -> None:
    for _ in range(4):
        failed(uow, "portal", False)
        clock.forward(days=8)
        forget(uow)
    assert tell_of_failures(uow, OPERATOR) == 1
    with uow.read(OPERATOR) as work:
        assert len(work.all(select(JobRun.c.id))) == 3


def test_only_the_operator_has_it_told(uow: UnitOfWork, council: Reminding) -> None:
    staff = Actor("user/1", user_id=council.lead, authority_id=council.authority_id, role=MemberRole.ADMINISTRATOR)
    with pytest.raises(Refused, match="Only the operator"):
        tell_of_failures(uow, staff)


def test_a_job_that_waits_for_another_has_not_failed(uow: UnitOfWork, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*asked: object) -> str:
        raise Busy("It takes long.", after=30)

    monkeypatch.setattr(Children, "do", busy)
    row = Due(1, None, "job", "job/seal/2026", {"job": "seal", "at": "2026-07-01T09:30:00+00:00"}, 1, 0)
    with pytest.raises(Busy):
        do(Children(), uow, row)
    with uow.read(OPERATOR) as work:
        assert work.all(select(JobRun.c.id)) == []


def test_what_goes_wrong_for_one_authority_keeps_nobody_elses_reminders_back(
    uow: UnitOfWork, council: Reminding, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []

    def tick(uow: UnitOfWork, actor: Actor, *, authority_id: int) -> ticking.Ticked:
        done.append(authority_id)
        if authority_id == council.authority_id:
            raise ValueError("seven")
        return ticking.Ticked()

    builders.an_authority(uow)
    failed(uow, "remind", False, False, False)
    monkeypatch.setattr(record, "open_record", lambda: uow)
    monkeypatch.setattr(ticking, "tick", tick)
    with pytest.raises(ValueError, match="seven"):
        remind(uow.clock())
    assert len(done) == 2
    assert [row.payload["job"] for row in rows(uow, "mail.job_failed")] == ["remind"]
