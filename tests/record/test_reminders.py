"""Reminders: each rung once, one mail a day for each person, none any more once a return is in or was given time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path

import pytest
from reminding import Reminding, a_contract, a_council, at, composed, live_through, rows, said, ticked

from quarterday import Refused
from quarterday.db.outbox import State
from quarterday.db.work import Actor, UnitOfWork
from quarterday.errors import Overtaken
from quarterday.services.access import links
from quarterday.services.background import deliveries
from quarterday.services.background.kinds import KINDS
from quarterday.services.messages.invitations import invite
from quarterday.services.organisations import people, periods
from quarterday.services.reminders.ladders import ladder, set_ladder
from quarterday.services.reminders.simulating import simulate
from quarterday.services.reminders.ticking import Ticked
from quarterday.services.returns import submissions
from quarterday.services.returns.extensions import extend
from quarterday.services.returns.standing import whole_return
from quarterday.testing import builders
from quarterday.testing.builders import OPERATOR
from quarterday.testing.clock import Clock

SITE = "https://returns.example.gov.uk"
DUE = date(2026, 10, 30)  # a Friday, 30 days after July to September
OPENED, ON_THE_DAY = "supplier: when it opens", "supplier: on the day"


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"DATA_DIR": str(tmp_path), "SECRET_KEY": "k" * 32, "PUBLIC_URL": SITE}.items():
        monkeypatch.setenv(f"QUARTERDAY_{name}", value)


@pytest.fixture
def council(uow: UnitOfWork) -> Reminding:
    return a_council(uow)


@pytest.fixture
def return_id(uow: UnitOfWork, council: Reminding) -> int:
    """Larch's return for July to September."""
    return builders.a_return(uow, contract_id=a_contract(uow, council, reference="NM-1"))


def nothing(uow: UnitOfWork, council: Reminding, return_id: int) -> None:
    """Larch says that there is nothing to report."""
    reporter = Actor("user", user_id=council.people[0], supplier_id=council.larch)
    how = {"seen_version": 0, "declared_as": "finance manager", "nothing_to_report": True}
    submissions.submit(uow, reporter, return_id=return_id, **how)


def test_a_return_goes_up_the_ladder_by_itself(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    first, second, _ = council.people
    live_through(uow, clock, council, date(2026, 7, 1), date(2026, 7, 1))
    assert said(uow) == [(date(2026, 7, 1), one, return_id, OPENED) for one in (first, second)]
    live_through(uow, clock, council, date(2026, 10, 14), date(2026, 11, 30))
    theirs = [(day, rung) for day, user, of, rung in said(uow) if user == first and of == return_id]
    assert theirs == [
        (date(2026, 7, 1), OPENED),
        (date(2026, 10, 16), "supplier: 14 days before"),
        (date(2026, 10, 27), "supplier: 3 working days before"),
        (DUE, ON_THE_DAY),
        (date(2026, 11, 4), "supplier: 3 working days after"),
        (date(2026, 11, 13), "supplier: 10 working days after"),
    ]
    staff = [(day, user, rung) for day, user, of, rung in said(uow) if of == return_id and user not in council.people]
    assert staff == [
        (date(2026, 11, 6), council.manager, "contract manager: 5 working days after"),
        (date(2026, 11, 20), council.lead, "lead: 15 working days after"),
    ]


def test_after_an_outage_each_hears_of_it_once(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    clock.now = at(date(2026, 11, 25))
    assert ticked(uow, council).mails == 4  # two people of the supplier, manager, lead
    clock.forward(days=1)
    assert ticked(uow, council) == Ticked()


def test_a_second_clock_adds_nothing(uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int) -> None:
    clock.now = at(DUE)
    with ThreadPoolExecutor(4) as threads:
        mails = sum(one.mails for one in threads.map(lambda _: ticked(uow, council), range(4)))
    assert mails == len(rows(uow)) == 2
    assert len(rows(uow, "mail.weekly")) == 2


def test_it_is_quiet_at_night_at_the_weekend_and_on_bank_holidays(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    for moment in (at(DUE, 7, 59), at(DUE, 18), at(date(2026, 10, 31)), at(date(2026, 12, 28))):
        clock.now = moment
        assert ticked(uow, council) == Ticked()


def test_several_returns_are_one_mail_with_a_link_for_each(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    monthly = builders.a_return(
        uow, contract_id=a_contract(uow, council, reference="NM-2", rhythm="month"), on=date(2026, 7, 1)
    )
    clock.now = at(date(2026, 9, 15))  # July's is late, and the quarter's is open
    assert ticked(uow, council).mails == 3  # the manager hears of the late one
    row = next(row for row in rows(uow) if row.payload["user"] == council.people[0])
    mail = composed(uow, row)
    assert mail.subject.endswith("waits for 2 returns: 1 late, 1 due by 30 October 2026")
    late, ahead = mail.text.index("NM-2"), mail.text.index("NM-1")
    assert late < ahead
    assert "July 2026: late, it was due by 30 August 2026:\n  " in mail.text
    assert "July to September 2026: due by 30 October 2026:\n  " in mail.text
    found = [line.strip() for line in mail.text.splitlines() if links.PATH in line]
    looked = [links.look(uow, one.removeprefix(SITE + links.PATH), None) for one in found]
    assert [(one.state, one.return_id) for one in looked] == [("good", monthly), ("good", return_id)]
    assert all(f'<a href="{one}">' in mail.html for one in found)
    assert composed(uow, row) == mail


def test_staff_hear_what_hasnt_come_with_its_page(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    clock.now = at(date(2026, 11, 6))
    ticked(uow, council)
    row = next(row for row in rows(uow) if row.payload["user"] == council.manager)
    mail = composed(uow, row)
    assert mail.subject == "Not submitted: 1 return: late"
    assert f"{SITE}/council/returns/{return_id}" in mail.text
    assert links.PATH not in mail.text


def test_a_return_that_came_meanwhile_is_left_out_and_a_mail_without_any_isnt_sent(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    other = builders.a_return(uow, contract_id=a_contract(uow, council, reference="NM-2"))
    clock.now = at(DUE)
    ticked(uow, council)
    row = rows(uow)[0]
    nothing(uow, council, return_id)
    assert "NM-1" not in composed(uow, row).text
    assert "NM-2" in composed(uow, row).text
    nothing(uow, council, other)
    with pytest.raises(Overtaken, match="Nothing was left to remind of"):
        composed(uow, row)
    clock.forward(days=14)
    assert ticked(uow, council).mails == 0


def test_more_time_takes_back_what_is_on_its_way_and_moves_the_rungs(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    for day in (date(2026, 7, 1), DUE):
        clock.now = at(day)
        ticked(uow, council)
    extend(uow, OPERATOR, return_id=return_id, due=date(2026, 11, 20), reason="Their system was down.")
    with pytest.raises(Overtaken):
        composed(uow, rows(uow)[-1])
    told = rows(uow, "mail.more_time")
    assert [row.payload["user"] for row in told] == list(council.people[:2])
    assert "please submit this return by 20 November 2026" in composed(uow, told[0]).text
    live_through(uow, clock, council, date(2026, 11, 2), date(2026, 11, 26))
    theirs = [(day, rung) for day, user, of, rung in said(uow) if user == council.people[0] and of == return_id]
    assert theirs == [
        (date(2026, 7, 1), OPENED),
        (DUE, ON_THE_DAY),
        (date(2026, 11, 6), "supplier: 14 days before"),
        (date(2026, 11, 17), "supplier: 3 working days before"),
        (date(2026, 11, 25), "supplier: 3 working days after"),
    ]  # the day itself isn't said twice


def test_a_return_is_late_by_its_own_day(uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int) -> None:
    extend(uow, OPERATOR, return_id=return_id, due=date(2026, 11, 20), reason="Their system was down.")
    for day, is_late in ((date(2026, 11, 20), False), (date(2026, 11, 21), True)):
        clock.now = at(day)
        listed = whole_return(uow, OPERATOR, return_id=return_id).listed
        assert (listed.due, listed.is_overdue) == (date(2026, 11, 20), is_late)


def test_more_time_that_cant_be_given_is_refused(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    clock.now = at(date(2026, 11, 3))
    for due, reason, why in (
        (DUE, "why", "due on 2026-10-30 already"),
        (date(2026, 10, 29), "why", "choose a day after it"),
        (date(2026, 12, 30), "why", "closes on 2026-12-29"),
        (date(2026, 11, 2), "why", "2026-11-02 is over"),
        (date(2026, 11, 20), " ", "Say why"),
    ):
        with pytest.raises(Refused, match=why):
            extend(uow, OPERATOR, return_id=return_id, due=due, reason=reason)
    reporter = Actor("user", user_id=council.people[0], supplier_id=council.larch)
    with pytest.raises(Refused, match="Only the council"):
        extend(uow, reporter, return_id=return_id, due=date(2026, 11, 20), reason="We'd like it.")
    nothing(uow, council, return_id)
    with pytest.raises(Refused, match="submitted already"):
        extend(uow, OPERATOR, return_id=return_id, due=date(2026, 11, 20), reason="Just so.")


def test_too_many_at_once_are_stopped_and_reported_until_somebody_says_send(
    uow: UnitOfWork, clock: Clock, council: Reminding
) -> None:
    set_ladder(uow, OPERATOR, authority_id=council.authority_id, data={"most": 3})
    contracts = [a_contract(uow, council) for _ in range(3)]
    contracts.append(a_contract(uow, council, supplier_id=council.alder))
    periods.open_returns(uow, OPERATOR, authority_id=council.authority_id, on=date(2026, 7, 1))
    (foreseen,) = (
        {
            one.user_id: one.is_stopped
            for one in simulate(
                uow, OPERATOR, authority_id=council.authority_id, first=date(2026, 7, 1), last=date(2026, 7, 1)
            )
        },
    )
    assert foreseen == dict(zip(council.people, (True, True, False), strict=True))
    assert ticked(uow, council) == Ticked(mails=1, returns=1, stopped=2, lists=2)
    stopped = [row for row in rows(uow) if row.state == State.DEAD]
    assert [row.payload["user"] for row in stopped] == list(council.people[:2])
    assert all(row.error.startswith("Stopped: one person would be reminded of 3 returns at once") for row in stopped)
    assert [one.id for one in deliveries.deliveries(uow, OPERATOR, state=State.DEAD)] == [row.id for row in stopped]
    clock.forward(days=1)
    assert ticked(uow, council) == Ticked()
    deliveries.retry(uow, OPERATOR, ids=[stopped[0].id])
    assert composed(uow, stopped[0]).subject.endswith("waits for 3 returns: 3 due by 30 October 2026")


def test_who_reports_for_two_suppliers_gets_one_mail(uow: UnitOfWork, clock: Clock, council: Reminding) -> None:
    for supplier in (council.larch, council.alder):
        a_contract(uow, council, supplier_id=supplier)
    address = {one.user_id: one.email for one in people.members(uow, OPERATOR)}[council.people[0]]
    people.add_user(uow, OPERATOR, email=address, name="Both", role="supplier", supplier_id=council.alder)
    periods.open_returns(uow, OPERATOR, authority_id=council.authority_id, on=date(2026, 7, 1))
    ticked(uow, council)
    assert sorted(len(row.payload["returns"]) for row in rows(uow) if row.payload["user"] == council.people[0]) == [2]


def test_who_leaves_hears_nothing_more_and_who_comes_hears_of_what_is_open(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    clock.now = at(DUE)
    ticked(uow, council)
    leaving = council.people[0]
    row = next(row for row in rows(uow) if row.payload["user"] == leaving)
    people.end_role(uow, OPERATOR, user_id=leaving, supplier_id=council.larch)
    with pytest.raises(Overtaken):
        composed(uow, row)
    coming = builders.a_user(uow, supplier_id=council.larch)
    assert ticked(uow, council).mails == 1
    clock.now = at(date(2026, 11, 4))
    ticked(uow, council)
    assert [user for day, user, _, _ in said(uow) if day == date(2026, 11, 4)] == [council.people[1], coming]


def test_who_was_invited_by_hand_isnt_invited_again(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    invite(uow, OPERATOR, return_id=return_id, user_id=council.people[0])
    ticked(uow, council)
    assert [row.payload["user"] for row in rows(uow)] == [council.people[1]]


def test_without_a_lead_the_administrator_hears(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    people.end_role(uow, OPERATOR, user_id=council.lead, authority_id=council.authority_id)
    administrator = builders.a_user(uow, authority_id=council.authority_id, role="administrator")
    clock.now = at(date(2026, 11, 25))
    ticked(uow, council)
    assert administrator in [user for _, user, _, rung in said(uow) if rung.startswith("lead: ")]


def test_another_ladder_holds_from_when_it_is_laid_down(
    uow: UnitOfWork, clock: Clock, council: Reminding, return_id: int
) -> None:
    data = {"rung": [{"to": "lead", "when": "1 day before"}], "weekdays": ["Thursday"], "hours": ["20:00", "21:00"]}
    set_ladder(uow, OPERATOR, authority_id=council.authority_id, data=data)
    assert str(ladder(uow, OPERATOR, authority_id=council.authority_id).rungs[0]) == "lead: 1 day before"
    live_through(uow, clock, council, DUE - timedelta(days=4), DUE, hour=20)
    assert said(uow) == [(DUE - timedelta(days=1), council.lead, return_id, "lead: 1 day before")]
    with pytest.raises(Refused, match="no time for a reminder"):
        set_ladder(
            uow, OPERATOR, authority_id=council.authority_id, data={"rung": [{"to": "lead", "when": "whenever"}]}
        )


def test_reminders_and_lists_are_not_repeated_where_nobody_knows_if_they_arrived() -> None:
    kept = {
        kind: KINDS[kind].repeat_perhaps_sent
        for kind in ("mail.digest", "mail.weekly", "mail.job_failed", "mail.sync_failed")
    }
    assert not any(kept.values())
    assert KINDS["mail.more_time"].repeat_perhaps_sent
