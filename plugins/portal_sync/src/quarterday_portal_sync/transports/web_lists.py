"""Long lists of a portal's interface, part by part, and where in one a reading goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urldefrag, urljoin

from quarterday import NotConfigured, Retryable
from quarterday_portal_sync.mapping.layouts import Listing, Style
from quarterday_portal_sync.transports.web_answers import Answer, Unreadable, at, list_at, text_at
from quarterday_portal_sync.transports.web_line import Line

_MOST_SEEN = 1000


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a list."""

    start: str
    """Where it begins: a page's number, a cursor, or an address; "" for the beginning."""
    items: list[Any]
    next: str
    """Where the next one begins, or will once there is one; "" where the list doesn't say."""
    is_last: bool


def parts(line: Line, listing: Listing, start: str = "", more: Mapping[str, str] | None = None) -> Iterator[Part]:
    """The parts of a list, from one on; ``more`` are further query parameters.

    Raises :class:`Retryable` where an answer isn't what the mapping says, or leads back to a part that was had, and
    :class:`NotConfigured` where it is the same whatever page is asked for: such a list has no end.
    """
    had: list[str] = []
    before: list[Any] = []
    while True:
        part = _part(line, listing, start, {**listing.query, **(more or {})})
        if listing.paging.style is Style.PAGE and part.items and part.items == before:
            why = "The list at {path} gives the same page again, whichever is asked for; look at how it is paged."
            raise NotConfigured("mapping", why, path=listing.path)
        yield part
        before = part.items
        if part.is_last:
            return
        had = [*had[-_MOST_SEEN:], start]
        if part.next in had:
            why = "The list at {path} leads back to a part of it that was read already."
            raise Retryable(why, path=listing.path, after=600)
        start = part.next


def _part(line: Line, listing: Listing, start: str, more: Mapping[str, str]) -> Part:
    paging = listing.paging
    path, parameters = listing.path, dict(more)
    if paging.limit:
        parameters[paging.limit] = str(paging.size)
    match paging.style:
        case Style.PAGE:
            parameters[paging.parameter] = start or str(paging.first)
        case Style.CURSOR if start:
            parameters[paging.parameter] = start
        case Style.LINK if start:
            path, parameters = start, {}
    return line.data(path, parameters, lambda answer: _read(line, listing, start, answer))


def _read(line: Line, listing: Listing, start: str, answer: Answer) -> Part:
    paging, data = listing.paging, answer.data()
    items = list_at(data, listing.items)
    said = at(data, paging.more) if paging.more else None
    if paging.more and not isinstance(said, bool):
        raise Unreadable(f"doesn't say at “{paging.more}” whether there is more")
    match paging.style:
        case Style.NONE:
            return Part(start, items, "", is_last=True)
        case Style.PAGE:
            number = start or str(paging.first)
            is_last = not items or (not said if said is not None else bool(paging.limit) and len(items) < paging.size)
            return Part(number, items, "" if is_last else str(int(number) + 1), is_last=is_last)
        case Style.CURSOR:
            following = text_at(data, paging.next)
        case Style.LINK:
            following = _linked(line, listing, start, answer, data)
    if said and not following:
        raise Unreadable(f"says that there is more, and at “{paging.next}” not where")
    return Part(
        start, items, following, is_last=not following or (said is False) or (said is None and following == start)
    )


def _linked(line: Line, listing: Listing, start: str, answer: Answer, data: object) -> str:
    """The address of the next part, below the portal's own: it holds nothing that we show."""
    import requests.utils

    links = requests.utils.parse_header_links(answer.headers.get("Link", "").strip())
    to = next((one["url"] for one in links if "next" in one.get("rel", "").split()), "")
    to = to or (text_at(data, listing.paging.next) if listing.paging.next else "")
    if not to:
        return ""
    base = line.settings.web_address
    whole = urldefrag(urljoin(line.url(start or listing.path), to)).url
    line.url(whole)  # it may lead nowhere else
    return whole.removeprefix(base) if whole.startswith(f"{base}/") else whole


@dataclass(frozen=True, slots=True)
class Position:
    """Where a reading goes on in a list: at a part, after so many records of it that had just these keys."""

    start: str = ""
    had: int = 0
    keys: str = ""
    """A digest of the keys of those: where others stand there now, none is passed over."""
    kind: str = ""
    """In which list, where each kind has one of its own; "" at the first."""
    since: Mapping[str, str] | None = None
    """By kind, since when changes are asked for."""
    newest: str = ""
    """The newest change that this reading of the list has met."""

    def __str__(self) -> str:
        held = {
            "at": self.start, "had": self.had, "keys": self.keys, "kind": self.kind, "since": self.since or {},
            "newest": self.newest,
        }  # fmt: skip
        return json.dumps({name: value for name, value in held.items() if value} or {"at": ""}, sort_keys=True)

    @classmethod
    def of(cls, cursor: str) -> Position:
        """The position that a cursor is; the beginning for "", and for one of another make."""
        try:
            held = json.loads(cursor or "{}")
            return cls(
                str(held.get("at", "")), int(held.get("had", 0)), str(held.get("keys", "")), str(held.get("kind", "")),
                {str(name): str(value) for name, value in held.get("since", {}).items()}, str(held.get("newest", "")),
            )  # fmt: skip
        except (ValueError, AttributeError, TypeError):
            return cls()
