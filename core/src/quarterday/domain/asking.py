"""What a form asks about one claim: what its measure's unit is made of, and only what its counting rules need."""

from __future__ import annotations

from collections.abc import Mapping

from quarterday.domain.catalogue import Catalogue, Measure
from quarterday.domain.units import Entered
from quarterday.domain.values import ValueSet

_AMOUNT: Mapping[Entered, tuple[str, ...]] = {
    Entered.PEOPLE: ("people", "full_time_share", "weekly_hours", "months"),
    Entered.SESSIONS: ("hours", "attendees"),
    Entered.WEEKS: ("people", "weeks", "quantity"),
    Entered.NUMBER: ("quantity",),
    Entered.MONEY: ("quantity",),
    Entered.INVESTED: ("quantity", "staff_hours", "expert_hours"),
    Entered.PERCENT: ("quantity",),
    Entered.ANSWER: ("quantity",),
    Entered.TEXT: (),
}
_LASTS = frozenset({Entered.PEOPLE, Entered.WEEKS, Entered.SESSIONS})
"""What has days of its own: a job, an apprenticeship, a session."""
_NO_ACTIVITY = frozenset({Entered.PERCENT, Entered.ANSWER, Entered.TEXT})
"""What is said of the supplier as a whole: it has no label, and no part of it is another contract's."""
_FOR_RULE: Mapping[str, tuple[str, ...]] = {
    "local-only": ("part_postcode", "is_local"),
    "recruitment-programme": ("is_through_programme",),
    "completed": ("is_completed",),
    "job-length": ("started", "ended"),
    "first-months": ("started",),
    "carbon": ("baseline", "baseline_year", "after", "has_net_zero_policy", "checked_by"),
}
_ORDER = (
    "activity", "people", "full_time_share", "weekly_hours", "months", "weeks", "hours", "attendees", "quantity",
    "staff_hours", "expert_hours", "started", "ended", "part_postcode", "is_local", "is_through_programme",
    "is_completed", "baseline", "baseline_year", "after", "has_net_zero_policy", "checked_by", "industry",
    "contract_share", "counted_once", "words",
)  # fmt: skip
_ANSWERED_IN: Mapping[str, str] = {
    "local-only": "part_postcode",
    "full-time": "full_time_share",
    "months": "months",
    "late": "started",
    "job-length": "ended",
    "first-months": "started",
    "recruitment-programme": "is_through_programme",
    "weeks-each": "weeks",
    "completed": "is_completed",
    "carbon": "baseline",
    "words": "words",
    "once": "counted_once",
    "one-group": "counted_once",
    "shares": "contract_share",
}


def asked(
    measure: Measure, edition: Catalogue, values: ValueSet | None, typed: Mapping[str, str], rules: frozenset[str]
) -> tuple[str, ...]:
    """The fields of a return that a form asks for one claim, in the order in which it asks them.

    ``typed`` is what the claim holds already: a field with something in it is always shown, so that what came from a
    spreadsheet can be seen and put right. ``rules`` are those that have asked about the claim; what counts once is
    asked about only then (DOMAIN 4.9).
    """
    entered = measure.unit.entered
    bound = {rule.rule for rule in edition.rules_of(measure.ref)}
    wanted = {"words", *_AMOUNT[entered]}
    if "weeks-each" in bound:
        wanted.discard("quantity")
    if entered not in _NO_ACTIVITY:
        wanted |= {"activity", "contract_share"}
    if entered in _LASTS:
        wanted |= {"started", "ended"}
    for rule in bound:
        wanted.update(_FOR_RULE.get(rule, ()))
    if rules & {"once", "one-group"}:
        wanted.add("counted_once")
    if values and any(value.industry and value.ref in _refs(measure) for value in values.values):
        wanted.add("industry")
    wanted |= {field for field, text in typed.items() if text.strip()}
    return tuple(field for field in _ORDER if field in wanted)


def answered_in(rule: str) -> str:
    """The field in which a claim answers what a counting rule asks."""
    return _ANSWERED_IN.get(rule, "words")


def _refs(measure: Measure) -> set[str]:
    return {measure.ref, *(ref for _, ref in measure.stands_on)}
