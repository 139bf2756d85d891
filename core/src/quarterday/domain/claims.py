"""A claim: what a supplier says one activity did for one measure, as it was typed and as exact numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from quarterday.domain.exact import shown
from quarterday.domain.sentences import Sentence, said


@dataclass(frozen=True, slots=True)
class PersonMonths:
    """People at a share of full time (0 to 1), for some months of the period. Kept as typed, never divided."""

    people: Fraction
    share: Fraction
    months: Fraction

    @property
    def quantity(self) -> Fraction:
        """Full-time equivalents: people × share × months ÷ 12 (DOMAIN 4.5)."""
        return self.people * self.share * self.months / 12

    def __str__(self) -> str:
        return said(
            "{people} people × {share} of full time × {months} months ÷ 12",
            people=shown(self.people),
            share=shown(self.share, 4),
            months=shown(self.months),
        )


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions of some length in hours, and how many attended; the number of trainers doesn't matter."""

    hours: Fraction
    attendees: Fraction

    @property
    def quantity(self) -> Fraction:
        """Attended hours: session length × attendees (DOMAIN 4.6)."""
        return self.hours * self.attendees

    def __str__(self) -> str:
        return said("{hours} hours × {attendees} attendees", hours=shown(self.hours), attendees=shown(self.attendees))


@dataclass(frozen=True, slots=True)
class WeeksEach:
    """People, and the weeks each of them had."""

    people: Fraction
    weeks: Fraction

    @property
    def quantity(self) -> Fraction:
        """Weeks in all."""
        return self.people * self.weeks

    def __str__(self) -> str:
        return said("{people} people × {weeks} weeks each", people=shown(self.people), weeks=shown(self.weeks))


@dataclass(frozen=True, slots=True)
class Invested:
    """Pounds spent, with hours of staff and expert time that the edition's hourly rates turn into £ (DOMAIN 4.7)."""

    pounds: Fraction
    staff_hours: Fraction = Fraction(0)
    expert_hours: Fraction = Fraction(0)

    @property
    def quantity(self) -> Fraction:
        """The £ alone; hours are added where hourly rates are known."""
        return self.pounds

    def __str__(self) -> str:
        hours = []
        if self.staff_hours:
            hours.append(said("{hours} staff hours", hours=shown(self.staff_hours)))
        if self.expert_hours:
            hours.append(said("{hours} expert hours", hours=shown(self.expert_hours)))
        found = Sentence(f"£{shown(self.pounds)}")
        for more in hours:
            found = said("{so_far} + {more}", so_far=found, more=more)
        return found


@dataclass(frozen=True, slots=True)
class Plain:
    """A number in the measure's own unit."""

    quantity: Fraction

    def __str__(self) -> str:
        return shown(self.quantity, 4)


Amount = PersonMonths | Sessions | WeeksEach | Invested | Plain


@dataclass(frozen=True, slots=True, kw_only=True)
class CarbonBasis:
    """What stands behind a claimed saving of carbon (DOMAIN 4.12); tonnes of CO2e, blank where not given."""

    baseline: Fraction | None = None
    baseline_year: str = ""
    after: Fraction | None = None
    has_net_zero_policy: bool | None = None
    checked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One row of a return: one activity, one measure. ``None`` and ``""`` mean: not said."""

    line: int
    ref: str
    amount: Amount
    activity: str = ""
    """The supplier's label, without a name: “Hire 3”."""
    started: date | None = None
    ended: date | None = None
    part_postcode: str = ""
    is_local: bool | None = None
    """Whether the supplier states that it lies in the local area."""
    attribution: Fraction = Fraction(1)
    """The share of the activity that this contract may claim, 0 to 1."""
    industry: str = ""
    words: str = ""
    is_through_programme: bool | None = None
    is_completed: bool | None = None
    carbon: CarbonBasis = CarbonBasis()
    counted_once: str = ""
    """The supplier's answer where the same person, pound or hour might be counted twice."""
