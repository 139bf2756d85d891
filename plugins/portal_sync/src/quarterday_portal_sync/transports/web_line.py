"""A line to a portal: requests one after the other over kept connections, each with its whole answer.

It tries again what may be tried again, waits where it is told to, and never follows where an answer leads.
"""

from __future__ import annotations

import random
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from quarterday import NotConfigured, Refused, Retryable, Trouble
from quarterday_portal_sync.transports.auth import key_header, secrets_set, tokens_of
from quarterday_portal_sync.transports.web_answers import Answer, Unreadable, plain

if TYPE_CHECKING:
    from collections.abc import Callable

    import requests

    from quarterday_portal_sync.portal_settings import PortalSettings

T = TypeVar("T")

LATER = (408, 425, 429, 500, 502, 503, 504)
"""What is answered where the same request may be answered well a moment later."""

_NOTHING_DONE = (425, 429)
"""Of those, what is answered where nothing was done."""

_MOST_TRIES = 6
_MOST_READINGS = 3
_FIRST_PAUSE = 0.2
_PUT_OFF = 60.0
_PIECE = 1 << 16
_KEPT_LINES = 4


class Line:
    """A line to one portal. Making one opens nothing."""

    def __init__(self, settings: PortalSettings) -> None:
        self.settings = settings
        self.host = urlsplit(settings.web_address).netloc
        self._session: requests.Session | None = None
        self._next = 0.0
        self._turn = Lock()

    def __repr__(self) -> str:
        return f"Line({self.host})"

    def __enter__(self) -> Line:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections; the next request opens new ones."""
        with self._turn:
            session, self._session = self._session, None
        if session is not None:
            session.close()

    @property
    def secrets(self) -> list[str]:
        """What must be shown nowhere."""
        return [*secrets_set(self.settings), *tokens_of(self.settings).had]

    def data(self, path: str, parameters: Mapping[str, str], read: Callable[[Answer], T]) -> T:
        """What ``read`` makes of the good answer to a GET of a path below the portal's address, or of a whole address.

        Raises as :meth:`authorised` and :meth:`understood`, and :class:`NotConfigured` where that isn't given out.
        """
        url = self.url(path)

        def ask() -> Answer:
            answer = self.authorised("GET", url, parameters=parameters, is_safe=True)
            self.require_good(answer, url)
            return answer

        return self.understood(ask, read, is_safe=True)

    def understood(self, ask: Callable[[], Answer], read: Callable[[Answer], T], *, is_safe: bool) -> T:
        """What ``read`` makes of an answer; where it can't be read (it raises :class:`Unreadable`), and where that
        ``is_safe``, it is asked for again. Raises :class:`Retryable` where that doesn't help."""
        until = time.monotonic() + self.settings.web_patience
        tries = 0
        while True:
            answer = ask()
            try:
                return read(answer)
            except Unreadable as why:
                tries += 1
                wait = _jittered(tries)
                if not is_safe or tries >= _MOST_READINGS or time.monotonic() + wait > until:
                    what = "The answer of {host} {why}; if it stays so, see whether its interface was changed."
                    raise Retryable(what, host=self.host, why=why, after=600) from None
                time.sleep(wait)

    def url(self, path: str) -> str:
        """A path below the portal's address, or a whole address there, as a whole one; raises :class:`NotConfigured`
        for one that leads elsewhere, where nobody may see what we show the portal."""
        parts = urlsplit(path)
        if not parts.scheme and not parts.netloc:
            return self.settings.web_address + path
        ours = urlsplit(self.settings.web_address)
        if (parts.scheme, parts.netloc.lower()) != (ours.scheme, ours.netloc.lower()):
            why = "{host} sends on to {other}, where nothing was asked; set that address if it is right."
            raise NotConfigured("web_address", why, host=self.host, other=_host(path))
        return path

    def authorised(
        self,
        method: str,
        url: str,
        *,
        parameters: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        is_safe: bool,
    ) -> Answer:
        """The answer to a request that says who we are; a token that is no good any more is had anew, once.

        Raises as :meth:`call`, and :class:`NotConfigured` where we aren't let in.
        """
        settings = self.settings
        tokens = tokens_of(settings) if settings.web_client_id else None
        for is_last in (tokens is None, True):
            shown = key_header(settings)
            token = tokens.token(self) if tokens else ""
            if token:
                shown["Authorization"] = f"Bearer {token}"
            given = {"Accept": "application/json", **(headers or {}), **shown}
            answer = self.call(method, url, parameters=parameters, content=content, headers=given, is_safe=is_safe)
            if answer.status != 401:
                break
            if tokens:
                tokens.forget(token)
            if is_last:
                break
        if answer.status in (401, 403):
            field = "web_client_secret" if tokens else "web_key"
            why = "{host} doesn't let us in (status {status}{says}); look at what was set for it."
            says = answer.says(self.secrets)
            raise NotConfigured(field, why, host=self.host, status=answer.status, says=says)
        return answer

    def call(
        self,
        method: str,
        url: str,
        *,
        parameters: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str],
        is_safe: bool,
    ) -> Answer:
        """The answer to a request, whole; ``is_safe`` is whether it may be repeated when nobody knows what became of
        it.

        What may be better in a moment is tried again with growing pauses, as long as the settings have patience; then
        it raises :class:`Retryable`. Raises :class:`NotConfigured` for a certificate that isn't valid, for a proxy
        that doesn't let us through, and for an answer that sends us on.
        """
        until = time.monotonic() + self.settings.web_patience
        tries = 0
        while True:
            tries += 1
            trouble: Trouble | None = None
            may_repeat, pause = is_safe, None
            try:
                answer = self._once(method, url, parameters, content, headers)
            except _Broken as broken:
                trouble = broken.trouble
                may_repeat = is_safe or broken.is_unsent
            else:
                if 300 <= answer.status < 400:
                    raise _sent_on(answer, url, self.secrets)
                if answer.status not in LATER:
                    return answer
                may_repeat = is_safe or answer.status in _NOTHING_DONE
                pause = answer.pause()
            wait = _jittered(tries) if pause is None else pause
            if not may_repeat or tries >= _MOST_TRIES or time.monotonic() + wait > until:
                if trouble is not None:
                    raise trouble
                why = "{host} can't answer now (status {status})."
                after = max(pause or 0.0, _PUT_OFF if pause is None else 1.0)
                raise Retryable(why, host=_host(url), status=answer.status, after=after)
            time.sleep(wait)

    def require_good(self, answer: Answer, url: str) -> None:
        """Raise :class:`NotConfigured` for an answer that gives out nothing."""
        if answer.status == 200:
            return
        path, status = urlsplit(url).path, answer.status
        if status in (404, 410):
            why = "{host} has nothing at {path} (status {status}); look at the address, and at the mapping."
            raise NotConfigured("web_address", why, host=self.host, path=path, status=status)
        why = "{host} gives nothing out at {path} (status {status}{says}); look at the mapping."
        says = answer.says(self.secrets)
        raise NotConfigured("mapping", why, host=self.host, path=path, status=status, says=says)

    def _once(
        self,
        method: str,
        url: str,
        parameters: Mapping[str, str] | None,
        content: bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:
        import requests
        from urllib3.exceptions import HTTPError

        settings = self.settings
        session = self._opened()
        self._keep_pace()
        until = time.monotonic() + settings.web_seconds
        try:
            with session.request(
                method,
                url,
                params=parameters,
                data=content,
                headers=dict(headers),
                timeout=(settings.web_connect_seconds, settings.web_seconds),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(response.status_code, response.headers, self._body(response, until))
        except (requests.RequestException, HTTPError, OSError) as error:
            raise _broken(error, _host(url)) from None

    def _body(self, response: requests.Response, until: float) -> bytes:
        most = self.settings.web_megabytes << 20
        body = bytearray()
        while piece := response.raw.read1(_PIECE, decode_content=True):
            body += piece
            if len(body) > most:
                why = "{host} answers with more than {n} MB; ask it for fewer records at a time (in the mapping)."
                raise Refused(why, host=self.host, n=self.settings.web_megabytes)
            if time.monotonic() > until:
                raise TimeoutError("the answer takes too long")
        return bytes(body)

    def _keep_pace(self) -> None:
        """Wait until it is time for another request."""
        rate = self.settings.web_rate
        if not rate:
            return
        with self._turn:
            now = time.monotonic()
            mine = max(now, self._next)
            self._next = mine + 1 / rate
        time.sleep(mine - now)

    def _opened(self) -> requests.Session:
        with self._turn:
            if self._session is None:
                self._session = _session(self.settings)
            return self._session


def kept_line(settings: PortalSettings) -> Line:
    """The line of this process to a portal: what is sent goes over the same connections, delivery after delivery."""
    with _keeping:
        line = _lines.pop(settings, None) or Line(settings)
        _lines[settings] = line
        given_up = _lines.popitem(last=False)[1] if len(_lines) > _KEPT_LINES else None
    if given_up is not None:
        given_up.close()
    return line


_lines: OrderedDict[PortalSettings, Line] = OrderedDict()
_keeping = Lock()


class _Broken(Exception):
    """A request without a whole answer, which may go better later; ``is_unsent`` is whether it can't have arrived."""

    def __init__(self, trouble: Trouble, *, is_unsent: bool) -> None:
        super().__init__()
        self.trouble, self.is_unsent = trouble, is_unsent


def _broken(error: BaseException, host: str) -> Exception:
    """Who should act on a request without a whole answer; none of the error's words, which may hold anything."""
    import requests
    from urllib3.exceptions import NameResolutionError, NewConnectionError

    from quarterday_portal_sync.transports.web_tls import untrusted

    if trouble := untrusted(error, host):
        return trouble
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidHeader):
        return NotConfigured("web_address", "There is no such address, or what was set fits no header.")
    if isinstance(error, requests.exceptions.ProxyError):
        if "407" in str(error):
            return NotConfigured("web_proxy", "The proxy wants a name and a password, or others.")
        why = "The proxy can't be reached, or doesn't reach {host}."
        return _Broken(Retryable(why, host=host, after=_PUT_OFF), is_unsent=True)
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    what = type(reason or error).__name__
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError | NameResolutionError):
        why = "{host} can't be reached ({what})."
        return _Broken(Retryable(why, host=host, what=what, after=_PUT_OFF), is_unsent=True)
    return _Broken(Retryable("{host} broke off ({what}).", host=host, what=what, after=_PUT_OFF), is_unsent=False)


def _session(settings: PortalSettings) -> requests.Session:
    import requests

    from quarterday_portal_sync.transports.web_tls import Trusting, context_of

    session = requests.Session()
    session.trust_env = False  # no proxy, password or authority that happens to stand in the environment
    session.headers.update({"User-Agent": "Quarterday"})
    if settings.web_proxy is not None:
        session.proxies = dict.fromkeys(("http", "https"), settings.web_proxy.get_secret_value())
    session.mount("https://", Trusting(context_of(settings)))
    return session


def _sent_on(answer: Answer, url: str, secrets: Sequence[str]) -> NotConfigured:
    """What to say of an answer that sends us on, which is never followed: our key would go along."""
    to = plain(answer.headers.get("Location", ""), secrets)
    why = "{host} sends on to {other}, where nothing was asked; set that address if it is right."
    return NotConfigured("web_address", why, host=_host(url), other=_host(to) or urlsplit(to).path[:100])


def _host(url: str) -> str:
    """The host of an address, for a sentence; "" where it has none."""
    try:
        return (urlsplit(url).hostname or "")[:100]
    except ValueError:
        return ""


def _jittered(tries: int) -> float:
    """How long to wait after so many tries, in seconds: longer each time, and never together with everybody else."""
    longest = _FIRST_PAUSE * 2**tries
    return random.uniform(longest / 2, longest)  # noqa: S311 (nobody has to guess it)
