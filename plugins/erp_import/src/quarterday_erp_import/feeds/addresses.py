"""Where the files of a feed are on the web: a page that links to them, or the pattern of each month's address."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

_PLACES = ("{year}", "{month}", "{month_name}", "{month_short}")
_TABLES = re.compile(r"\.(csv|tsv|txt|xlsx|xls|xlsm|ods|csv\.gz)$", re.IGNORECASE)
_MOST_PAGE_LINKS = 500


@dataclass(frozen=True, slots=True)
class Address:
    """Where a feed's files are."""

    feed: str
    url: str

    @property
    def is_pattern(self) -> bool:
        """Whether it stands for an address a month."""
        return any(place in self.url for place in _PLACES)

    def of_months(self, until: date, months: int) -> list[str]:
        """The address of each month, the oldest first, to the one that a day is in."""
        last = until.year * 12 + until.month - 1
        found = []
        for number in range(last - months + 1, last + 1):
            year, month = divmod(number, 12)
            name = calendar.month_name[month + 1]
            said = {"year": f"{year}", "month": f"{month + 1:02}", "month_name": name, "month_short": name[:3]}
            url = self.url
            for place, value in said.items():
                url = url.replace(f"{{{place}}}", value)
            found.append(url)
        return list(dict.fromkeys(found))


def addresses(text: str) -> list[Address]:
    """The addresses in a setting, each ``FEED=ADDRESS``; raises :class:`ValueError` saying how to write them."""
    found = []
    for word in text.split():
        feed, is_there, url = word.partition("=")
        if not is_there or not feed or urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise ValueError("write each as FEED=ADDRESS, like “spend=https://example.gov.uk/spending”.")
        if "@" in urlsplit(url).netloc:
            raise ValueError("leave name and password out of an address: it stands in lists and in the log.")
        if unknown := re.findall(r"\{[^}]*\}", re.sub("|".join(map(re.escape, _PLACES)), "", url)):
            raise ValueError(f"{unknown[0]} stands for nothing; there are {', '.join(_PLACES)}.")
        found.append(Address(feed, url))
    if not found:
        raise ValueError("write at least one FEED=ADDRESS, like “spend=https://example.gov.uk/spending”.")
    return found


def links(page: str, base: str, pattern: str) -> list[str]:
    """The files that a page links to, each once, in its order: those that match, or without a pattern any tables."""
    reader = _Links()
    reader.feed(page)
    found = []
    for reference in reader.found[:_MOST_PAGE_LINKS]:
        url = urldefrag(urljoin(base, reference)).url
        if urlsplit(url).scheme not in ("http", "https"):
            continue
        if re.search(pattern, url) if pattern else _TABLES.search(urlsplit(url).path):
            found.append(url)
    return list(dict.fromkeys(found))


class _Links(HTMLParser):
    """What a page links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value.strip() for name, value in attrs if name == "href" and value]
