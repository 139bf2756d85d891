"""What the council sees: its desk, one return to check and decide on, its contracts, and how a figure came about."""

import quarterday_webforms.council.lists as lists
from quarterday_webforms.council.pages import council

__all__ = ["council", "lists"]
