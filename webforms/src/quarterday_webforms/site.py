"""What every page needs, made once when the process starts: the record, the evidence store, the keys, the look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest
from pathlib import Path
from threading import Lock
from time import monotonic
from urllib.parse import urlsplit

from flask import current_app

from quarterday import NotConfigured
from quarterday.services.plugins.pages import Application, applications
from quarterday.services.record import UnitOfWork, installation_settings, open_record
from quarterday.services.returns.evidencing import Keeper, open_keeper
from quarterday_webforms.theme import Theme, theme_of_installation

_COOKIES = b"quarterday: signing cookies"
"""What the installation's key is used for here, so that nothing made of it serves another purpose."""


_MINUTE = 60.0
_MOST = 20
"""So many calls from one network are told within a minute that they may not; then it has to wait."""


class TurnedAway:
    """How often networks were told that they may not, in this minute and by this process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._begun = monotonic()
        self._times = Counter[str]()

    def too_often(self, network: str) -> bool:
        """Whether it has to wait."""
        with self._lock:
            if monotonic() - self._begun >= _MINUTE:
                self._begun, self._times = monotonic(), Counter()
            return self._times[network] >= _MOST

    def once_more(self, network: str) -> None:
        """It was told so again."""
        with self._lock:
            self._times[network] += 1


@dataclass(frozen=True, slots=True)
class Site:
    """One installation, as its pages see it."""

    uow: UnitOfWork
    keeper: Keeper
    cookie_key: str
    theme: Theme
    megabytes: int
    """How large one file of evidence may be, in MB."""
    is_secure: bool
    """Whether people reach it by https, so that cookies go over nothing else."""
    data_dir: Path
    keeps_mails: bool
    """Whether mails stay in the mailbox of a demo, which anybody reads then on a page."""
    hooks: Mapping[str, Application] = field(default_factory=dict)
    """What plugins answer other systems with, by path below ``/hooks``."""
    turned_away: TurnedAway = field(default_factory=TurnedAway)


def open_site() -> Site:
    """The site of this installation; raises :class:`~quarterday.NotConfigured` with what to set."""
    settings = installation_settings()
    if settings.secret_key is None:
        why = "Pages need a key to sign cookies and links: name a file with one in “secret_key_file”, as “init” does."
        raise NotConfigured("secret_key", why)
    return Site(
        uow=open_record(),
        keeper=open_keeper(),
        cookie_key=digest(settings.secret_key.get_secret_value().encode(), _COOKIES, sha256).hex(),
        theme=theme_of_installation(),
        megabytes=settings.evidence_megabytes,
        is_secure=(settings.public_url or "").startswith("https://"),
        data_dir=settings.data_dir,
        keeps_mails=settings.mail_sink == "mailbox" and _is_here(settings.public_url or ""),
        hooks=applications(),
    )


def _is_here(url: str) -> bool:
    """Whether an address is this machine's own: elsewhere a page of everybody's links to sign in would let all in."""
    return urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")


def site() -> Site:
    """The site of the app that answers this request."""
    found: Site = current_app.extensions["quarterday"]
    return found
