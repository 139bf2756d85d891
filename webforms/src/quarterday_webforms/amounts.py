"""How pages write what is measured: a quantity with its unit, and what an entry says, cell by cell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from flask import Flask

from quarterday import Measure, Sentence
from quarterday_webforms.language import day, gettext, told
from quarterday_webforms.language import lazy_gettext as _
from quarterday_webforms.texts import pounds, quantity


def teach(app: Flask) -> None:
    """Give an app's templates these words."""
    app.jinja_env.filters.update(in_unit=in_unit, figure=figure, unit_beside=unit_beside)
    app.jinja_env.globals.update(cells_shown=cells_shown)


def in_unit(value: Fraction | None, measure: Measure) -> str:
    """A quantity with its unit, as people write it: £250.10, 62.5%, 1 week, 12 weeks, visits: 1; a dash for none."""
    unit = unit_beside(measure)
    if not unit or value is None:
        return figure(value, measure)
    if value == 1 and measure.things:  # only what many of them are called is known
        return f"{unit}: 1"
    return f"{quantity(value)} {told(Sentence(measure.unit.one)) if value == 1 else unit}"


def figure(value: Fraction | None, measure: Measure) -> str:
    """A quantity for a column whose unit is said once beside it; £, % and yes or no stay with it; a dash for none."""
    if value is None:
        return "–"
    match measure.unit.entered.name:
        case "MONEY" | "INVESTED":
            return pounds(round(value * 1_000_000))
        case "PERCENT":
            return f"{quantity(value)}%"
        case "ANSWER":
            return gettext("yes") if value else gettext("no")
        case "TEXT":
            return gettext("answered") if value else gettext("not answered")
    return quantity(value)


def unit_beside(measure: Measure) -> str:
    """The unit that stands once beside a column of figures: “weeks”; "" where each figure carries its own sign."""
    if measure.unit.entered.name in ("MONEY", "INVESTED", "PERCENT", "ANSWER", "TEXT"):
        return ""
    return str(told(measure.unit_words))


def cells_shown(typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """What an entry says, as short label and text, in the order of its form; without what is blank."""
    return [(str(SHORT[field]), _shown(field, typed[field])) for field in SHORT if typed.get(field, "").strip()]


def _shown(field: str, text: str) -> str:
    """What was typed; a day from the three boxes, or as files have it, as days are written on pages."""
    if field not in ("started", "ended"):
        return text
    parts = text.split("/")
    try:
        return day(date(int(parts[2]), int(parts[1]), int(parts[0])) if len(parts) == 3 else date.fromisoformat(text))
    except ValueError:
        return text


SHORT: dict[str, Any] = {
    "activity": _("Label"),
    "people": _("People"),
    "full_time_share": _("Share of full time"),
    "weekly_hours": _("Hours a week"),
    "months": _("Months in this period"),
    "weeks": _("Weeks each"),
    "hours": _("Session hours"),
    "attendees": _("People who attended"),
    "quantity": _("Quantity"),
    "staff_hours": _("Staff hours"),
    "expert_hours": _("Expert hours"),
    "started": _("Started"),
    "ended": _("Ended"),
    "part_postcode": _("First half of postcode"),
    "is_local": _("Local"),
    "is_through_programme": _("Recruitment programme"),
    "is_completed": _("Completed"),
    "baseline": _("Baseline"),
    "baseline_year": _("Year of the baseline"),
    "after": _("Emissions after"),
    "has_net_zero_policy": _("Net-zero policy"),
    "checked_by": _("Checked by"),
    "industry": _("Industry"),
    "contract_share": _("Share for this contract"),
    "counted_once": _("Counted once"),
    "words": _("What was done"),
}
