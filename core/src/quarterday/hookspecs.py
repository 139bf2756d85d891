"""The questions the host asks its plugins.

Hooks take no arguments and return types or data, never live objects. Each is asked once in each process, of one
plugin after the other in the order of ``quarterday.toml``, each behind its own guard and time limit. The module of a
plugin is imported, and its hooks are called, in a daemon thread; what they print goes to the standard error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pluggy

from quarterday.ports import Check, Command, EvidenceSource, Job, Ledger, MeasureCatalogue, Pages, ReportSink, Tables

NAMESPACE = "quarterday"
API_VERSION = 0
"""The plugin API this host speaks; a plugin module says the same number in its own ``API_VERSION``."""

hookspec = pluggy.HookspecMarker(NAMESPACE)
hookimpl = pluggy.HookimplMarker(NAMESPACE)
"""Marks a function of a plugin module as the answer to the hook of the same name."""


@hookspec
def measure_catalogues() -> Iterable[MeasureCatalogue]:  # type: ignore[empty-body]
    """The catalogues of measures this plugin offers, one item an edition.

    Asked when something first needs a catalogue. Give data only: read your files here, open nothing else.
    An overlay names the edition it is ``based_on``; that edition may come from another plugin, in any order.
    Two editions with one key: the plugin named later in the settings loses, and ``doctor`` says so.
    An edition that breaks a rule of the conformance kit is left out, with the reason; the others stay.
    An error here costs this plugin its catalogues and nobody else theirs.
    """


@hookspec
def commands() -> Iterable[Command]:  # type: ignore[empty-body]
    """The commands this plugin adds to ``quarterday``.

    Asked when the command line lists its commands, or is given a name that core doesn't have. Name the command and
    import nothing: ``Command.load`` says where it is.
    A name that core or an earlier plugin has is left out, and ``doctor`` says so.
    An error here costs this plugin its commands and nobody else theirs.
    """


@hookspec
def checks() -> Iterable[type[Check]]:  # type: ignore[empty-body]
    """The kinds of check this plugin adds to ``quarterday doctor``.

    Asked when ``doctor`` runs. The host makes one instance of each and runs it behind a guard of its own.
    An error here, or in a check, is shown as one finding of ``doctor`` and hides no other.
    """


@hookspec
def report_sinks() -> Iterable[type[ReportSink]]:  # type: ignore[empty-body]
    """The kinds of report sink this plugin offers: places that documents are delivered to.

    Asked when something first has to be delivered, and when plugins are listed. Give the classes and open nothing; the
    host makes an instance for a delivery, in a process of its own, from the settings of one authority:
    ``Sink(settings)``. A changed setting is a new instance at the next delivery.
    Two sinks with one id: the plugin named later in the settings loses, and ``doctor`` says so.
    An error here costs this plugin its sinks and nobody else theirs.
    """


@hookspec
def evidence_sources() -> Iterable[type[EvidenceSource]]:  # type: ignore[empty-body]
    """The kinds of evidence source this plugin offers: places that records are read from.

    Asked when the clock says that sources are read, and when plugins are listed. Give the classes and open nothing; the
    host makes an instance for each reading, in a process of its own, from the settings of one authority:
    ``Source(settings)``. A changed setting is a new instance at the next reading.
    One that has ``content()`` too (``Bulk``) is of whole files: each new one is fetched, and the ledger takes it in.
    Two sources with one id: the plugin named later in the settings loses, and ``doctor`` says so.
    An error here costs this plugin its sources and nobody else theirs.
    """


@hookspec
def jobs() -> Iterable[Job]:  # type: ignore[empty-body]
    """What this plugin wants done by the clock.

    Asked when the clock or a worker starts, and when jobs are listed. Name the function and import nothing:
    ``Job.load`` says where it is. A job that can't be struck for is left out, and ``doctor`` says why: a name of other
    than small letters, digits and hyphens, a span of no whole minutes or of more than a day, a daily job between 01:00
    and 02:00, an hour that some days lack and others have twice.
    Two jobs with one name: the plugin named later in the settings loses, and ``doctor`` says so.
    An error here costs this plugin its jobs and nobody else theirs.
    """


@hookspec
def pages() -> Iterable[Pages]:  # type: ignore[empty-body]
    """What this plugin adds to the web: addresses at which other systems tell it something, and pages for people.

    Asked when the pages start, and when plugins are listed. Name the application (:class:`Page`) or the function that
    makes the blueprint (:class:`Screens`) and import nothing: ``load`` says where it is, and it is imported when the
    pages start.
    A call to an application may hold 64 kB; whoever is often told that they may not (401 or 403) is told to wait. An
    error in an application or a view is one answer 500.
    Two with one path: the plugin named later in the settings loses, and ``doctor`` says so. Screens that can't be
    loaded, or not in time, are left out with the reason.
    An error here costs this plugin its pages and nobody else theirs.
    """


@hookspec
def ledgers() -> Iterable[type[Ledger]]:  # type: ignore[empty-body]
    """The ledger this plugin offers: what the council paid, on which contract, and how much of it stayed local.

    Asked when something first wants to know what was paid, and when plugins are listed. Give the class and open
    nothing; the host makes an instance each time, in a process of its own: ``Ledger(settings)``. What it answers is
    kept as rows of the record, with the day up to which it knows payments; pages read these and never ask.
    One that has ``take_in()`` too (``TakesFiles``) is given the files that sources fetch.
    An installation has one ledger: of two the plugin named later in the settings loses, and ``doctor`` says so.
    Without one everything else works, and where a figure of the ledger would stand it says that none is installed.
    An error here costs this plugin its ledger and nobody else theirs.
    """


@hookspec
def tables() -> Iterable[Tables]:  # type: ignore[empty-body]
    """The tables of its own that this plugin has in the database of the record; one item.

    Asked when the record is laid down, upgraded, exported or imported, when ``doctor`` looks, and before a process of
    the plugin begins to work. Name the tables and import nothing: :class:`Tables` says where they are.
    ``db upgrade`` brings them up to date after core's, whole or not at all; the plugin's jobs, sources and sinks wait
    until that is done. Backups and exports take them along. After an uninstall they stay, and ``doctor`` says so.
    A table whose name isn't the plugin's, one that refers to another's, a revision off the plugin's own branch and one
    that changes another's table cost this plugin its tables and nobody else theirs; ``doctor`` says why.
    """


HOOKS: tuple[Callable[[], Iterable[object]], ...] = (
    measure_catalogues,
    commands,
    checks,
    report_sinks,
    evidence_sources,
    jobs,
    pages,
    ledgers,
    tables,
)
"""Every hook there is."""
