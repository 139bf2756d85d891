"""What a ladder is made of, for whoever shows one or asks for one."""

from quarterday.domain.reminders import (
    MOST_RUNGS,
    WEEKDAYS,
    Ladder,
    NotALadder,
    Rung,
    To,
    When,
    as_data,
    in_order,
    ladder,
    rung,
    time_of_day,
    when,
)

__all__ = [
    "MOST_RUNGS",
    "WEEKDAYS",
    "Ladder",
    "NotALadder",
    "Rung",
    "To",
    "When",
    "as_data",
    "in_order",
    "ladder",
    "rung",
    "time_of_day",
    "when",
]
