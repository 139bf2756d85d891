"""The source of web pages: spend files that a council publishes, found by links or by the address of each month."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from quarterday import BadRecord, Item, NotConfigured, Refused, Retryable, Trouble, said
from quarterday.services.places.place import PIECE, Entry
from quarterday.services.places.servers import CONNECT_SECONDS, SILENT_SECONDS, installed
from quarterday_erp_import.feeds.addresses import Address, links
from quarterday_erp_import.feeds.entries import KIND

if TYPE_CHECKING:
    from requests import Response, Session

    from quarterday import PluginSettings
    from quarterday_erp_import.feeds.settings import WebSettings

MOST_LINKS = 60
"""How many files of one page are looked at: as many of the first as of the last, for some list the newest first."""

MOST_PAGE = 5 * 2**20
"""How large a page may be, in bytes."""

_PAGES = ("text/html", "application/xhtml+xml")
_NOT_THERE, _NO_HEAD, _LATER = (404, 410), (403, 405, 501), (408, 425, 429)


class SpendWeb:
    """Gives each file that a page links to, or that is at the address of a month, once, and again when it changes."""

    id = "spend-web"
    title: str = said("Spend files on the web")

    def __init__(self, settings: WebSettings) -> None:
        self._set = settings

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """Where the pages are."""
        from quarterday_erp_import.feeds.settings import WebSettings

        return WebSettings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        """The files that are there. Where one of the addresses doesn't answer, those of the others come first."""
        troubles: list[Trouble] = []
        with _session() as session:
            for address in self._set.feeds():
                try:
                    yield from self._files(session, address)
                except Trouble as trouble:
                    troubles.append(trouble)
        if troubles:
            raise troubles[0]

    def content(self, item: Item) -> Iterator[bytes]:
        """A file's content; raises :class:`Refused` where it is gone."""
        url = str(item.payload["path"])
        with _session() as session, _answer(session, url) as response:
            if response.status_code in _NOT_THERE:
                raise Refused("The file isn't there any more.")
            try:
                _require_good(response, url)
            except NotConfigured as why:
                raise Refused(str(why)) from why
            expected = response.headers.get("Content-Length", "")
            came = 0
            while piece := response.raw.read(PIECE, decode_content=False):
                came += len(piece)
                yield piece
            if expected.isdecimal() and came != int(expected):
                raise Retryable("{url} broke off before the file was whole.", url=url, after=600)

    def _files(self, session: Session, address: Address) -> list[Item | BadRecord]:
        """The files at an address, the oldest first, as far as that can be told."""
        found: list[Item | BadRecord] = []
        for url in self._urls(session, address):
            try:
                if entry := _looked_at(session, url):
                    found.append(_item(address.feed, entry))
            except NotConfigured as why:  # the others follow
                found.append(BadRecord(url[:500], str(why)))
        return found

    def _urls(self, session: Session, address: Address) -> list[str]:
        if address.is_pattern:
            return address.of_months(datetime.now(UTC).date(), self._set.web_months)
        page = _page(session, address.url)
        if page is None:
            return [address.url]
        there = links(page, address.url, self._set.web_links)
        if not there:
            why = "The page {url} links to no file; look whether it has moved."
            raise NotConfigured("web_addresses", why, url=address.url)
        del there[MOST_LINKS // 2 : max(len(there) - MOST_LINKS // 2, MOST_LINKS // 2)]
        return there[::-1]


def _item(feed: str, entry: Entry) -> Item:
    name = unquote(urlsplit(entry.path).path.rpartition("/")[2]) or "file"
    return Item(entry.key, KIND, {"name": name, "feed": feed, "path": entry.path}, "")


def _page(session: Session, url: str) -> str | None:
    """The text of a page; None for what isn't one, but a file."""
    with _answer(session, url) as response:
        if response.status_code in _NOT_THERE:
            why = "There is no page {url} any more; look where it has moved."
            raise NotConfigured("web_addresses", why, url=url)
        _require_good(response, url)
        kind = response.headers.get("Content-Type", "text/html").partition(";")[0].strip().lower()
        if kind not in _PAGES:
            return None
        text = b""
        for piece in response.iter_content(2**16):
            text += piece
            if len(text) > MOST_PAGE:
                raise NotConfigured("web_addresses", "The page {url} is larger than any page of links.", url=url)
        return text.decode(response.encoding or "utf-8", "replace")


def _looked_at(session: Session, url: str) -> Entry | None:
    """A file as the server describes it; None where there is none."""
    with _answer(session, url, method="HEAD") as response:
        status, headers = response.status_code, response.headers
    if status in _NO_HEAD:
        with _answer(session, url) as response:
            status, headers = response.status_code, response.headers
    if status in _NOT_THERE:
        return None
    _require_good(response, url)
    length, changed = headers.get("Content-Length", ""), headers.get("Last-Modified", "")
    return Entry(url, int(length) if length.isdecimal() else 0, _moment(changed), headers.get("ETag", "") or changed)


def _moment(changed: str) -> float:
    try:
        return parsedate_to_datetime(changed).timestamp()
    except ValueError:
        return 0.0


def _require_good(response: Response, url: str) -> None:
    status = response.status_code
    if status in _LATER or status >= 500:
        pause = response.headers.get("Retry-After", "")
        after = min(int(pause), 86_400) if pause.isdecimal() else 600
        raise Retryable("{url} can't answer now (status {status}).", url=url, status=status, after=after)
    if status != 200:
        why = "{url} isn't given out (status {status}); look at the address."
        raise NotConfigured("web_addresses", why, url=url, status=status)


@contextmanager
def _session() -> Iterator[Session]:
    with installed("requests", by="quarterday-erp-import[feeds]", setting="feeds"):
        import requests
    with requests.Session() as session:
        session.headers.update({"User-Agent": "Quarterday", "Accept-Encoding": "identity"})
        session.max_redirects = 5
        yield session


@contextmanager
def _answer(session: Session, url: str, *, method: str = "GET") -> Iterator[Response]:
    """What a server answers, not yet read; raises :class:`Retryable` where it doesn't, or breaks off."""
    import requests
    from urllib3.exceptions import HTTPError

    try:
        timeout = (CONNECT_SECONDS, SILENT_SECONDS)
        with session.request(method, url, stream=True, timeout=timeout, allow_redirects=True) as response:
            yield response
    except (requests.TooManyRedirects, requests.exceptions.InvalidURL) as error:
        raise NotConfigured("web_addresses", "{url} leads nowhere; look at the address.", url=url) from error
    except (requests.RequestException, HTTPError, OSError) as error:
        what = type(error).__name__
        raise Retryable("{url} doesn't answer ({what}).", url=url, what=what, after=600) from error
