"""What a plugin describes without importing it: commands, jobs of the clock, pages, tables."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from quarterday.domain.permissions import Permission


@dataclass(frozen=True, slots=True)
class Command:
    """One command for the command line, described without importing it.

    ``load`` names the click command as ``"package.module:attribute"``; it is imported when somebody runs it or
    asks for its help, so that ``quarterday --help`` stays quick.
    """

    name: str
    summary: str
    load: str


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again, at whole multiples of a span: every 5 minutes is at :00, :05, :10."""

    minutes: int


@dataclass(frozen=True, slots=True)
class Daily:
    """Once a day, by the clock on the wall in the United Kingdom; never between 01:00 and 02:00, which some days lack
    and others have twice."""

    at: time
    weekdays: frozenset[int] = frozenset(range(7))
    """The days of the week, Monday is 0."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do when the clock strikes, described without importing it.

    ``load`` names a function as ``"package.module:attribute"``. It is called in a process of the plugin's own, with the
    moment it struck for, and returns what it did in one sentence; it may be called again for the same moment after a
    crash, so its effects have keys.
    """

    name: str
    """Small letters, digits and hyphens: ``remind``."""
    summary: str
    when: Every | Daily
    load: str


@dataclass(frozen=True, slots=True)
class Page:
    """An address at which another system tells this plugin something, described without importing it.

    ``load`` names a WSGI application as ``"package.module:attribute"``, which answers all below ``/hooks/<path>``. It
    gets no cookies and sets none, so nobody's session can be used through it: whoever calls has to show it a secret.
    ``environ["quarterday.record"]`` is the record, for use cases.
    """

    path: str
    """Small letters, digits and hyphens: ``govuk-notify``."""
    summary: str
    load: str


@dataclass(frozen=True, slots=True)
class Screens:
    """Pages for the council's staff, described without importing them.

    ``load`` names a function as ``"package.module:attribute"``. It is called once when the pages start, with a
    :class:`quarterday.services.plugins.screens.Desk`, and returns a ``flask.Blueprint``, whose addresses the host puts
    below ``/<path>``. Its name is the path, with ``_`` for ``-``; ``/<path>`` itself is a page, to which the menu
    leads; its templates lie in a folder of that name within its ``template_folder``.
    Nobody reaches a page of it who isn't signed in and may not do what ``needs`` says; the host sees to that, to
    tokens in forms and to the headers of every answer. What it adds is its own: a blueprint that changes anything of
    the whole site (``before_app_request``, ``app_errorhandler`` and the like) is left out.
    """

    path: str
    """Small letters, digits and hyphens: ``ledger``."""
    title: str
    """What the menu calls them, by ``said("Ledger")``."""
    needs: Permission
    """What somebody must be allowed to do to see any of them; a view may ask for more."""
    load: str


Pages = Page | Screens
"""What a plugin adds to the web: for other systems, or for people."""


@dataclass(frozen=True, slots=True)
class Tables:
    """A plugin's own tables in the database of the record, described without importing them.

    The name of each begins with the plugin's name and “_” (``erp_import_batch``), and none refers to another's table:
    an id of core's is a plain number there. Rows go along in an authority's export where their table has a column
    ``authority_id``, or refers to one of the plugin's tables whose rows do; what hangs on no authority stays.
    """

    metadata: str
    """The ``MetaData`` of SQLAlchemy with the tables, as ``"package.module:attribute"``."""
    migrations: str
    """The folder with the Alembic revisions, as a package: ``"package.migrations"``. They are one chain, whose first
    has the plugin's name as its branch label; core brings the ``env.py``."""
    revision: str
    """The newest of them; their names rise: ``0001``, ``0002``."""
    files: str = ""
    """The folder in the data folder with files that the rows name, an authority's below its id: ``ledger`` for
    ``ledger/7/…``. A file there is never changed. Backups and exports take them along."""
