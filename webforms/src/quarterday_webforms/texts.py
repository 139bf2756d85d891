"""How figures, days and files are written on a page; exact inside, short where people read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from flask import Flask

from quarterday_webforms.language import day, gettext, told

_LONDON = ZoneInfo("Europe/London")
_PLACES = 3


def teach(app: Flask) -> None:
    """Give an app's templates these words."""
    app.jinja_env.filters.update(
        quantity=quantity, pounds=pounds, day=day, moment=moment, span=span, kilobytes=kilobytes, listed=listed
    )


def quantity(value: Fraction | int | None) -> str:
    """A quantity as people write it: at most three places (0.125 is common), no zeros behind; a dash for none."""
    if value is None:
        return "–"
    found = Fraction(value)
    rounded = _decimal(found).quantize(Decimal(1).scaleb(-_PLACES), ROUND_HALF_EVEN)
    text = f"{rounded:,.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def pounds(micropounds: int) -> str:
    """An amount of millionths of a pound in pounds and pence, like £1,234.50."""
    pence = (Decimal(micropounds) / 1_000_000).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return f"−£{-pence:,.2f}" if pence < 0 else f"£{pence:,.2f}"


def span(first: date, last: date) -> str:
    """From one day to another."""
    return gettext("%(first)s to %(last)s", first=day(first), last=day(last))


def moment(value: datetime) -> str:
    """A moment by the clock on the wall in London, like 31 July 2026 at 4:05pm."""
    local = value.astimezone(_LONDON)
    hour = local.strftime("%I:%M%p").lstrip("0").lower()
    return gettext("%(day)s at %(time)s", day=day(local.date()), time=hour)


def kilobytes(size: int) -> str:
    """The size of a file."""
    if size < 1_000_000:
        return gettext("%(number)s KB", number=f"{max(1, round(size / 1000)):,}")
    return gettext("%(number)s MB", number=f"{size / 1_000_000:,.1f}")


def listed(words: Iterable[str]) -> str:
    """Words as a list in a sentence: one, two and three."""
    found = [told(word) for word in words]
    if len(found) < 2:
        return "".join(found)
    return gettext("%(most)s and %(last)s", most=", ".join(found[:-1]), last=found[-1])


def _decimal(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)
