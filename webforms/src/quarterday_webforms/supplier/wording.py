"""The questions of one entry, in the field's words: label and hint by field of a return, and by how a unit is made."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from quarterday import Sentence
from quarterday_webforms.language import gettext, ngettext, told
from quarterday_webforms.language import lazy_gettext as _
from quarterday_webforms.texts import quantity

QUESTIONS: dict[str, tuple[Any, Any]] = {
    "activity": (
        _("Label (optional)"),
        _("Your own label, without a person’s name, like “Hire 3”. The same label means the same person or event."),
    ),
    "people": (_("How many people?"), ""),
    "full_time_share": (_("Share of full time that each works"), _("1 for full time, 0.5 for half.")),
    "weekly_hours": (_("Or: hours a week that each works"), _("Only if you left the share of full time blank.")),
    "months": (_("Months worked in this period"), _("Like 3 for a whole quarter, or 1.5.")),
    "weeks": (_("Weeks each of them had in this period"), ""),
    "hours": (
        _("How long was the session?"),
        _("Without the time to prepare it. The number of trainers doesn’t matter."),
    ),
    "attendees": (_("How many people attended?"), ""),
    "staff_hours": (_("Staff time inside it (optional)"), _("Preparation included.")),
    "expert_hours": (_("Expert time inside it (optional)"), _("Preparation included.")),
    "started": (_("When did it start? (optional)"), _("Like 27 3 2026.")),
    "ended": (_("When did it end? (optional)"), _("Leave it blank if it goes on.")),
    "part_postcode": (
        _("First half of the postcode"),
        _("Where the person lives or the firm is, like S60. One digit more, like S60 1, tells more exactly."),
    ),
    "is_local": (_("Is it local? (optional)"), _("Only where the first half of the postcode can’t tell.")),
    "is_through_programme": (
        _("Programme: were they hired through a deliberate recruitment programme for this group?"),
        "",
    ),
    "is_completed": (_("Completed: was the training completed, or is it supported to completion?"), ""),
    "baseline": (_("Baseline: emissions before"), ""),
    "baseline_year": (_("Year of the baseline"), _("Like 2024.")),
    "after": (_("Emissions after"), ""),
    "has_net_zero_policy": (_("Do you have a net-zero policy?"), ""),
    "checked_by": (_("Who checked the figures independently?"), _("The name of a firm or body, not of a person.")),
    "industry": (_("Industry of the firm that was paid"), ""),
    "contract_share": (
        _("Share for this contract (optional)"),
        _("If it serves several contracts: this one’s share, like 1/3 or 50%. Leave it blank for all of it."),
    ),
    "counted_once": (
        _("Counted once: is it someone or something else?"),
        _("Say it in a few words, like “a different person”."),
    ),
    "words": (_("What was done?"), _("A sentence or two, without anybody’s name.")),
}
SUFFIXES: dict[str, Any] = {
    "people": _("people"),
    "weekly_hours": _("hours a week"),
    "months": _("months"),
    "weeks": _("weeks each"),
    "hours": _("hours"),
    "attendees": _("people"),
    "staff_hours": _("hours"),
    "expert_hours": _("hours"),
    "baseline": _("tonnes of CO2e"),
    "after": _("tonnes of CO2e"),
}


def quantity_question(entered: str, unit: str, *, from_before_and_after: bool) -> tuple[str, str]:
    """Label and hint of the quantity, by the name of how its unit is entered; ``unit`` as people say it, or ""."""
    if from_before_and_after:
        return gettext("How much was saved?"), gettext("Leave it blank to have it worked out from before and after.")
    match entered:
        case "WEEKS":
            return gettext("Or: weeks in all"), gettext(
                "If they had different numbers of weeks; leave the two above blank."
            )
        case "MONEY":
            return gettext("How much?"), gettext("In pounds and pence, like 1250.00.")
        case "INVESTED":
            return gettext("How much money was invested?"), gettext(
                "In pounds and pence, like 1250.00, without staff time."
            )
        case "PERCENT":
            return gettext("What is the percentage?"), gettext("Like 62.5.")
    return gettext("How many %(unit)s?", unit=unit) if unit else gettext("How many?"), gettext("Like 12 or 12.5.")


def of_cell(why: Any) -> str:
    """What is wrong with a cell, as a page says it: a spreadsheet's “Blank:” is plain to see here."""
    is_needed = isinstance(why, Sentence) and why.pattern == "Blank: {what}."
    said = f"{told(why.parts['what'])}." if is_needed else told(why)
    return said[:1].upper() + said[1:]


def made_of(amount: Any) -> str:
    """How a claimed amount is made, like “2 people × 0.5 of full time × 3 months = 3 person-months”; "" for a number.

    ``amount`` is that of a claim: what it is made of is seen from what it has.
    """
    people = ngettext("%(num)s person", "%(num)s people", int(getattr(amount, "people", 0)))
    if hasattr(amount, "months"):
        product = amount.people * amount.share * amount.months
        return gettext(
            "%(people)s × %(share)s of full time × %(months)s = %(product)s",
            people=people,
            share=quantity(amount.share),
            months=ngettext(
                "%(months)s month", "%(months)s months", _grammatical(amount.months), months=quantity(amount.months)
            ),
            product=ngettext(
                "%(months)s person-month", "%(months)s person-months", _grammatical(product), months=quantity(product)
            ),
        )
    if hasattr(amount, "attendees"):
        hours = ngettext("%(hours)s hour", "%(hours)s hours", _grammatical(amount.hours), hours=quantity(amount.hours))
        attendees = ngettext("%(num)s person who attended", "%(num)s people who attended", int(amount.attendees))
        return f"{hours} × {attendees}"
    if hasattr(amount, "weeks"):
        return ngettext(
            "%(people)s × %(weeks)s week each",
            "%(people)s × %(weeks)s weeks each",
            _grammatical(amount.weeks),
            people=people,
            weeks=quantity(amount.weeks),
        )
    if getattr(amount, "staff_hours", 0) or getattr(amount, "expert_hours", 0):
        return gettext(
            "£%(pounds)s, %(staff)s hours of staff time and %(expert)s hours of expert time",
            pounds=quantity(amount.pounds),
            staff=quantity(amount.staff_hours),
            expert=quantity(amount.expert_hours),
        )
    return ""


def _grammatical(value: Fraction) -> int:
    """A number of that grammar: 1 is one week, and all else, a half too, so many weeks."""
    return 1 if value == 1 else 2


def asked_in_words(finding: Any, *, has_local: bool) -> str:
    """What a counting rule says of an entry that is being written; where nothing can be done here, who can."""
    if finding.rule == "local-only" and not has_local:
        return gettext(
            "The council hasn’t set yet what is local for this contract, so this can’t be counted: tell them."
        )
    return str(finding.sentence)
