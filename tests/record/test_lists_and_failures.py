"""What staff are sent: the list of the week, and that a job keeps failing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from reminding import Reminding, a_contract, a_council, at, composed, rows, ticked
from sqlalchemy import select

from quarterday import Refused
from quarterday.db.models import JobRun
from quarterday.db.outbox import Due
from quarterday.db.work import Actor, UnitOfWork
from quarterday.domain.contracts import MemberRole
from quarterday.errors import Overtaken, Retryable
from quarterday.services import record
from quarterday.services.background.clock import forget
from quarterday.services.background.jobs import do
from quarterday.services.plugins.children import Busy, Children
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
    assert "The portal can't answer (0)." in mail.text
    builders.a_user(uow, authority_id=council.authority_id, role="administrator")
    clock.forward(days=1)
    assert tell_of_failures(uow, OPERATOR) == 1
    assert rows(uow, "mail.job_failed")[-1].payload["user"] != council.lead
    failed(uow, "portal", True)
    with pytest.raises(Overtaken, match="ran well again"):
        composed(uow, row)
    clock.forward(days=1)
    assert tell_of_failures(uow, OPERATOR) == 0


def test_a_job_of_once_a_week_that_fails_is_told_of_too(uow: UnitOfWork, clock: Clock, council: Reminding) -> None:
    for _ in range(4):
        failed(uow, "portal", False)
        clock.forward(days=8)
        forget(uow)
    assert tell_of_failures(uow, OPERATOR) == 1
    with uow.read(OPERATOR) as work:
        assert len(work.all(select(JobRun.id))) == 3


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
        assert work.all(select(JobRun.id)) == []


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
