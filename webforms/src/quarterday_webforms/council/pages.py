"""The blueprint of the council's pages, and what their lists are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request, url_for

from quarterday.services.access.permissions import Permission
from quarterday.services.figures.desk import PAGE, Asked
from quarterday_webforms.visiting import here, staff_actor

council = Blueprint("council", __name__, url_prefix="/council")

ID = "int(max=9223372036854775807)"
"""How an id stands in an address: what no database could hold is no page."""
_MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What the address of a list asks for."""

    is_mine: bool
    words: str
    page: int
    """From 1 on."""

    @property
    def asked(self) -> Asked:
        """The same, as the use cases take it."""
        manager_id = here().user_id if self.is_mine else None
        return Asked(manager_id=manager_id, words=self.words, skip=(self.page - 1) * PAGE)

    def turns(self, has_more: bool, **kept: Any) -> dict[str, str]:
        """Where the pages before and after this one are, where there are any."""
        pages = {"previous": self.page - 1, "next": self.page + 1 if has_more else 0}
        return {name: self.at(page=page, **kept) for name, page in pages.items() if page}

    def at(self, *, page: int = 1, **kept: Any) -> str:
        """The same list at another page."""
        whose = "mine" if self.is_mine else "all"
        found = {**kept, "whose": whose, "words": self.words or None, "page": page if page > 1 else None}
        return url_for(request.endpoint or "council.desk", **found)


def wish() -> Wish:
    """What the address asks for. Who manages contracts begins with their own, others with all."""
    whose = request.args.get("whose", "")
    page = request.args.get("page", "")
    number = int(page) if page.isascii() and page.isdecimal() and len(page) < 8 else 1
    return Wish(
        is_mine=whose == "mine" or (whose != "all" and _is_manager()),
        words=" ".join(request.args.get("words", "").replace("\0", "").split())[:100],
        page=min(max(1, number), _MOST_PAGES),
    )


def _is_manager() -> bool:
    acting_for = staff_actor(Permission.SEE_FIGURES).authority_id
    return any(place.authority_id == acting_for and place.role == "contract manager" for place in here().places)
