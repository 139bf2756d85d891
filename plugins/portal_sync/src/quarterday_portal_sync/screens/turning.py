"""Turning the pages of a list: from which row on it is shown, and where it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from flask import request, url_for

_MOST = 2**63 - 1


class _Row(Protocol):
    @property
    def id(self) -> int: ...


def after_which() -> int:
    """The id after which the list goes on; what is no id is the beginning."""
    return min(max(request.args.get("after", 0, type=int), 0), _MOST)


def further(view: str, found: Sequence[_Row], page: int, **shown: Any) -> dict[str, str]:
    """Where a list goes on of which a page and one row more was found; nothing where that is all."""
    return {"next": url_for(view, after=found[page - 1].id, **shown)} if len(found) > page else {}
