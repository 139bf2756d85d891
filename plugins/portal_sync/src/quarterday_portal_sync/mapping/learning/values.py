"""How values are written, told from the values themselves: days, numbers, periods, words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from quarterday_portal_sync.mapping.days import Day, Moment, Periods
from quarterday_portal_sync.mapping.forms import Number
from quarterday_portal_sync.mapping.learning.examples import Column
from quarterday_portal_sync.mapping.learning.names import plain, vocabulary

DAY_FIRST = (
    "yyyy-MM-dd", "dd/MM/yyyy", "d/M/yyyy", "dd.MM.yyyy", "d.M.yyyy", "dd-MM-yyyy", "dd MMM yyyy", "d MMM yyyy",
    "dd MMM yy", "d MMM yy", "dd-MMM-yyyy", "d-MMM-yyyy", "dd-MMM-yy", "d-MMM-yy", "dd MMMM yyyy", "d MMMM yyyy",
    "dd/MM/yy", "d/M/yy", "yyyy/MM/dd", "yyyyMMdd", "dd.MM.yy",
    "yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-ddTHH:mm:ss",
)  # fmt: skip
MONTH_FIRST = ("MM/dd/yyyy", "M/d/yyyy", "MM/dd/yy")
NUMBERS = (
    "1234.5", "1,234.5", "1,234.50", "1234,5", "1.234,5", "1.234,50", "1 234,5", "1 234.5", "£1,234.50", "£1234.50",
    "£1,234.5", "£1.234,50", "1234.5%", "1234,5%",
)  # fmt: skip
PERIODS = (
    "{year}/{nn} Q{quarter}", "{year}-{nn} Q{quarter}", "{year}/{nn}-Q{quarter}", "Q{quarter} {year}/{nn}",
    "Q{quarter} {year}-{nn}", "Q{quarter} {yy}/{nn}", "Q{quarter} {yy}-{nn}", "{yy}/{nn} Q{quarter}",
    "FY{yy}/{nn} Q{quarter}", "FY{nn} Q{quarter}", "{year}/{nn} H{half}", "{year}/{nn}", "{MMM} {calendar}",
    "{calendar}-{month}", "{year} Q{quarter}", "{year}-Q{quarter}", "Q{quarter} {year}",
)  # fmt: skip
DOUBTFUL_PERIODS = frozenset({"{year} Q{quarter}", "{year}-Q{quarter}", "Q{quarter} {year}", "FY{nn} Q{quarter}"})
"""Of these the year may be the one in which the financial year starts, in which it ends, or the calendar's."""


@dataclass(frozen=True, slots=True)
class Writing:
    """How a column's values are written: what the mapping says of it, and why that is sure, or isn't."""

    says: Mapping[str, object] = field(default_factory=dict)
    """Beside “at”, what the field has: ``{"date": "d MMM yy"}``."""
    because: str = ""
    doubt: str = ""
    """Why somebody has to confirm it; "" where it is sure."""
    fits: bool = True
    is_of_values: bool = False
    """It is the values that say so, not the name."""


NONE = Writing(fits=False)


def day(column: Column) -> Writing:
    """How its days are written."""
    found = [pattern for pattern in DAY_FIRST if _all(column, _writes(Day(pattern)))]
    other = [pattern for pattern in MONTH_FIRST if _all(column, _writes(Day(pattern)))]
    if not found:
        pattern = other[0] if other else ""
        return Writing({"date": pattern}, "the month stands before the day in all of them") if pattern else NONE
    says = {} if found[0] == "yyyy-MM-dd" else {"date": found[0]}
    if other:
        return Writing(says, doubt="no day is over 12, so it may be the month that stands first")
    return _sure(says, column, f"a day like {found[0]}")


def moment(column: Column) -> Writing:
    """How its moments are written; a day alone is one, too."""
    patterns = ["iso", *(f"{pattern} {time}" for pattern in DAY_FIRST for time in ("HH:mm", "HH:mm:ss")), *DAY_FIRST]
    for pattern in patterns:
        if _all(column, Moment(pattern).inward):
            return _sure({} if pattern == "iso" else {"date": pattern}, column, "a moment")
    return NONE


def number(column: Column) -> Writing:
    """How its numbers are written."""
    if (
        column.values
        and all(isinstance(value, int | float) or type(value).__name__ == "Decimal" for value in column.values)
        and not any(isinstance(one, bool) for one in column.values)
    ):
        return _sure({"number": 1234.5}, column, "a number of JSON")
    forms = [Number(like) for like in NUMBERS]
    fitting = [form for form in forms if _all(column, form.read)]
    if not fitting:
        return NONE
    readings = {tuple(form.read(value) for value in column.values) for form in fitting}
    alike = max(fitting, key=lambda form: sum(form.written(form.read(one)) == one for one in column.texts))
    says: dict[str, object] = {} if alike.like == "1234.5" else {"number": alike.like}
    if alike.like.endswith("%"):
        says["factor"] = "100"
    if len(readings) > 1:
        return Writing(says, doubt="a sign in it may stand for thousands or for decimals")
    return _sure(says, column, "a number")


def period(column: Column) -> Writing:
    """How its periods are written."""
    for template in PERIODS:
        if _all(column, Periods((template,)).inward):
            says = {"written": template}
            if template in DOUBTFUL_PERIODS:
                return Writing(says, doubt="say whether the year is the one in which the financial year starts")
            return Writing(
                says, f"all {len(column.values)} are periods like {Periods((template,)).inward(column.texts[0])}"
            )
    return NONE


def decisions(column: Column) -> tuple[dict[str, list[str]], list[str], list[str]]:
    """Its words for each decision of ours, those for none yet, and those that nobody knows."""
    told: dict[str, list[str]] = {}
    undecided, unknown = [], []
    words = {word: ours for ours, names in vocabulary()["decisions"].items() for word in names.split()}
    for text in dict.fromkeys(column.texts):
        ours = words.get(plain(text), "")
        if ours == "undecided":
            undecided.append(text)
        elif ours:
            told.setdefault(ours, []).append(text)
        else:
            unknown.append(text)
    return told, undecided, unknown


def text(column: Column) -> Writing:
    """Any text is one."""
    return Writing(because="its name says so") if column.values else Writing(doubt="all of them are blank")


def _sure(says: Mapping[str, object], column: Column, what: str) -> Writing:
    many = len(column.values)
    return Writing(says, f"each of the {many} is {what}" if many > 1 else f"it is {what}", is_of_values=True)


def _writes(form: Day) -> Callable[[str], str]:
    def read(value: object) -> str:
        ours = form.inward(value)
        if str(form.outward(ours)).casefold() != str(value).casefold():
            raise ValueError("it is written otherwise")
        return ours

    return read


def _all(column: Column, reader: Callable[[str], object]) -> bool:
    try:
        for value in column.texts:
            reader(value)
    except ValueError:
        return False
    return bool(column.values)
