"""What the invented suppliers report: rows of a return that come near what was promised for a period, or fall short."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from random import Random

Typed = dict[str, str]
LOCAL_PARTS = ("S60 1", "S63 7", "S66 1", "S61", "S65 1")
FAR_PARTS = ("DN1", "LS1", "S1")
WORDS: Mapping[str, str] = {
    "NT1": "They live near where they work, as our payroll shows.",
    "NT1c": "Our subcontractor's crew for this contract.",
    "NT3": "Out of work for over a year before we hired them.",
    "NT7": "A job club session with help to write applications.",
    "NT8": "Careers talks at a secondary school, preparation included.",
    "NT9": "A site safety course, supported to its end.",
    "NT10": "An apprenticeship on this contract.",
    "NT12": "Pupils of year 10 for a week each.",
    "NT13": "A paid summer placement.",
    "NT15": "Our finance team helped a lunch club with its accounts.",
    "NT16": "Tools and plants for a community garden.",
    "NT18": "Materials from a firm in the borough.",
    "NT28": "Given to a food bank.",
    "NT31": "Diesel generators replaced by a grid connection.",
}
"""What was done, by measure."""


def rows(ref: str, due: Fraction, first: date, last: date, months: int, chance: Random) -> list[Typed]:
    """The rows that report about ``due`` of a measure, in its unit, for a period of so many months."""
    started = first.isoformat()
    common = {"ref": ref, "words": WORDS[ref], "started": started}
    match ref:
        case "NT1" | "NT1c" | "NT3":
            return _jobs(ref, due, common, months, chance)
        case "NT9" | "NT10" | "NT12" | "NT13":
            weeks = {"NT9": 2, "NT10": 13, "NT12": 1, "NT13": 6}[ref]
            people = max(1, round(due / weeks))
            ended = {"ended": last.isoformat()} if ref != "NT10" else {}
            done = {"is_completed": "yes"} if ref in ("NT9", "NT10") else {}
            label = {"NT9": "Course", "NT10": "Apprentices", "NT12": "Pupils", "NT13": "Placement"}[ref]
            return [{**common, **ended, **done, "activity": label, "people": str(people), "weeks": str(weeks)}]
        case "NT7":
            sessions = max(1, round(due / 16))
            return [{**common, "activity": "Job club", "hours": "2", "attendees": str(8 * sessions)}]
        case "NT18":
            pounds = Fraction(round(due))
            return [
                {
                    **common,
                    "activity": "Merchant",
                    "quantity": f"{float(pounds * 3 / 4):.2f}",
                    "part_postcode": "S63 7",
                },
                {**common, "activity": "Hire of plant", "quantity": f"{float(pounds / 4):.2f}", "part_postcode": "DN1"},
            ]
        case "NT31":
            before = Fraction(142, 10)
            after = max(Fraction(0), before - due)
            carbon = {"baseline": f"{float(before):.1f}", "baseline_year": "2024", "after": f"{float(after):.2f}"}
            return [{**common, **carbon, "has_net_zero_policy": "yes", "checked_by": "an energy assessor"}]
        case _:
            return [{**common, "activity": f"{ref} {started[:7]}", "quantity": f"{float(due):.2f}"}]


def _jobs(ref: str, due: Fraction, common: Typed, months: int, chance: Random) -> list[Typed]:
    """FTE as people: as many full-timers as it takes, and one part-timer for the rest; now and then one from afar."""
    person_months = due * 12
    full = int(person_months / months)
    extra = {"is_through_programme": "yes"} if ref == "NT3" else {"part_postcode": chance.choice(LOCAL_PARTS)}
    if extra.get("part_postcode") == "S61":
        extra["is_local"] = "yes"
    found = []
    if full:
        found.append({**common, **extra, "people": str(full), "full_time_share": "1", "activity": f"{ref} team"})
    if not full or chance.random() < 0.5:
        found.append({**common, **extra, "people": "1", "full_time_share": "1/2", "activity": f"{ref} part-timer"})
    if ref == "NT1" and chance.random() < 0.3:
        away = {"part_postcode": chance.choice(FAR_PARTS)}
        found.append({**common, **away, "people": "1", "full_time_share": "1", "activity": "Surveyor"})
    return [{**row, "months": str(months)} for row in found]
