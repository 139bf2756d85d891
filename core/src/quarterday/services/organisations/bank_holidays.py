"""Bank holidays of a nation, as the library for GOV.UK's list has them on file; no network is asked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

from quarterday.db.work import day_of
from quarterday.domain.contracts import Nation
from quarterday.domain.sentences import said
from quarterday.errors import Trouble
from quarterday.ports import Health, Verdict
from quarterday.services.record import open_record

ENOUGH_DAYS = 180
"""So far ahead the days should be known: a reminder may count back from a due day months away."""


@cache
def bank_holidays(nation: str) -> frozenset[date]:
    """The bank holidays of a nation, of all years that are known; beyond :func:`known_until` none are."""
    from govuk_bank_holidays.bank_holidays import BankHolidays

    return frozenset(one["date"] for one in BankHolidays(use_cached_holidays=True).get_holidays(division=nation))


def known_until(nation: str) -> date:
    """The last day of the last year of which a nation's bank holidays are known."""
    return date(max(bank_holidays(nation)).year, 12, 31)


def examine() -> Iterator[Verdict]:
    """What ``quarterday doctor`` says of bank holidays; nothing while there is no record."""
    try:
        today = day_of(open_record().clock())
    except Trouble:  # the check of the record says so
        return
    yield verdict(today)


def verdict(today: date) -> Verdict:
    """Whether the bank holidays of the coming months are known on a day."""
    until = min(known_until(nation) for nation in Nation)
    if (until - today).days >= ENOUGH_DAYS:
        return Verdict(Health.GOOD, f"known until {until}")
    what = f"known until {until} only; later ones count as working days."
    return Verdict(Health.WARNING, what, said("Bring the package govuk-bank-holidays up to date."))
