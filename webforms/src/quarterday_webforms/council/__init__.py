"""What the council sees: its desk, one return to check and decide on, its contracts, and how a figure came about."""

import quarterday_webforms.council.checking as checking
import quarterday_webforms.council.contract as contract
import quarterday_webforms.council.deciding as deciding
import quarterday_webforms.council.explaining as explaining
import quarterday_webforms.council.lists as lists
import quarterday_webforms.council.messages as messages
import quarterday_webforms.council.more_time as more_time
import quarterday_webforms.council.people as people
import quarterday_webforms.council.reminders as reminders
import quarterday_webforms.council.spend_trigger as spend_trigger
import quarterday_webforms.council.status as status
from quarterday_webforms.council.pages import council

__all__ = [
    "checking",
    "contract",
    "council",
    "deciding",
    "explaining",
    "lists",
    "messages",
    "more_time",
    "people",
    "reminders",
    "spend_trigger",
    "status",
]
