"""The units social value is measured in: how each is entered, how it runs over time, how it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from quarterday.domain.nearest import did_you_mean
from quarterday.domain.sentences import NotUsable


class Runs(StrEnum):
    """How a measure runs over time (DOMAIN 4.16)."""

    FLOW = "flow"
    """Periods add: weeks, hours, £, tCO2e, person-months."""
    STOCK = "stock"
    """The latest figure counts: employees with access."""
    RATE = "rate"
    """Never added: a percentage."""
    ONCE = "once"
    """Done or not done, counted one time: a covenant signed."""


class Entered(StrEnum):
    """What a supplier types for one activity in one period."""

    PEOPLE = "people × share of full time × months"
    SESSIONS = "session hours × attendees"
    WEEKS = "weeks, or people × weeks each"
    NUMBER = "a number"
    MONEY = "pounds"
    INVESTED = "pounds, staff hours, expert hours"
    PERCENT = "a percentage"
    ANSWER = "yes or no, with a document"
    TEXT = "words"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit of the vocabulary. ``id`` is how catalogues and files name it."""

    id: str
    one: str
    many: str
    entered: Entered
    runs: Runs

    @property
    def is_counted(self) -> bool:
        """Whether the unit is a number at all (yes/no and text are not)."""
        return self.entered not in (Entered.ANSWER, Entered.TEXT)

    @property
    def may_run(self) -> frozenset[Runs]:
        """How a measure in this unit may run over time: a percentage is never added, an answer is given once."""
        if self.runs in (Runs.RATE, Runs.ONCE):
            return frozenset({self.runs})
        return frozenset({Runs.FLOW, Runs.STOCK, Runs.ONCE})


class UnknownUnit(NotUsable):
    """A catalogue names a unit that isn't in the vocabulary; the message names the nearest."""


UNITS: dict[str, Unit] = {
    unit.id: unit
    for unit in (
        Unit("FTE", "full-time equivalent", "full-time equivalents", Entered.PEOPLE, Runs.FLOW),
        Unit("weeks", "week", "weeks", Entered.WEEKS, Runs.FLOW),
        Unit("session hours × attendees", "attended hour", "attended hours", Entered.SESSIONS, Runs.FLOW),
        Unit("staff hours", "staff hour", "staff hours", Entered.NUMBER, Runs.FLOW),
        Unit("volunteering hours", "volunteering hour", "volunteering hours", Entered.NUMBER, Runs.FLOW),
        Unit("expert hours", "expert hour", "expert hours", Entered.NUMBER, Runs.FLOW),
        Unit("number", "", "", Entered.NUMBER, Runs.FLOW),
        Unit("£", "£", "£", Entered.MONEY, Runs.FLOW),
        Unit("£ invested", "£ invested incl. staff time", "£ invested incl. staff time", Entered.INVESTED, Runs.FLOW),
        Unit("tCO2e", "tonne of CO2e", "tonnes of CO2e", Entered.NUMBER, Runs.FLOW),
        Unit("tonnes", "tonne", "tonnes", Entered.NUMBER, Runs.FLOW),
        Unit("employees with access", "employee with access", "employees with access", Entered.NUMBER, Runs.STOCK),
        Unit("miles", "mile", "miles", Entered.NUMBER, Runs.FLOW),
        Unit("%", "%", "%", Entered.PERCENT, Runs.RATE),
        Unit("yes/no", "yes or no, with a document", "yes or no, with a document", Entered.ANSWER, Runs.ONCE),
        Unit("text", "words", "words", Entered.TEXT, Runs.ONCE),
    )
}


def unit(name: str) -> Unit:
    """The unit of that id; raises :class:`UnknownUnit`, naming the nearest one."""
    try:
        return UNITS[name]
    except KeyError:
        raise UnknownUnit("“{name}” is not a unit; {hint}", name=name, hint=did_you_mean(name, UNITS)) from None
