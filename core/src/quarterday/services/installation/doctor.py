"""What is wrong with an installation, and what to do: core's own checks, then those of plugins."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from quarterday import hookspecs
from quarterday.errors import Trouble
from quarterday.finding import installed_names
from quarterday.items import items_of
from quarterday.ports import Check, Health, Verdict
from quarterday.registry import Answer, Failure, Registry, installed
from quarterday.roster import disabled
from quarterday.services.measures.catalogues import catalogues
from quarterday.services.plugins.jobs import jobs
from quarterday.services.plugins.ledgers import ledger
from quarterday.services.plugins.pages import pages, screens
from quarterday.services.plugins.sinks import sinks
from quarterday.services.plugins.sources import sources
from quarterday.settings_file import data_folder

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """One verdict, with the check that gave it and the plugin it belongs to ("" for core)."""

    check: str
    plugin: str
    verdict: Verdict


def examine() -> Iterator[Finding]:
    """Every finding: core's checks first, then those of plugins, then what failed on the way."""
    for title, check in CHECKS.items():
        yield from (Finding(title, "", verdict) for verdict in check())
    try:
        registry = installed()
    except Trouble as trouble:
        yield Finding("Plugins", "", Verdict(Health.WRONG, str(trouble), "No plugin is loaded until then."))
        return
    yield from _of_plugins(registry)
    catalogues()
    jobs(registry)
    ledger(registry)
    pages(registry)
    screens(registry)
    sinks(registry)
    sources(registry)
    yield from _tables(registry)
    yield from _failures(registry)


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Iterator[Verdict]:
    """Whether Quarterday runs on this Python."""
    found = f"Python {'.'.join(map(str, version))}"
    if version < OLDEST_PYTHON:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        yield Verdict(Health.WRONG, f"{found} is too old.", f"Install Python {oldest} or later.")
    else:
        yield Verdict(Health.GOOD, found)


def settings() -> Iterator[Verdict]:
    """Whether the settings can be used."""
    from quarterday.settings import load

    try:
        load(installed_names())
    except Trouble as trouble:
        for sentence in str(trouble).splitlines():
            yield Verdict(Health.WRONG, sentence, "Put it right; most commands refuse to start until then.")
    else:
        yield Verdict(Health.GOOD, "every setting is known and of the right kind")


def folder() -> Iterator[Verdict]:
    """Whether files can be written to the data folder."""
    path = data_folder()
    try:
        with tempfile.TemporaryFile(dir=path):
            pass
    except OSError as error:
        yield Verdict(
            Health.WRONG,
            f"{path} can't be written to ({error.strerror}).",
            "Change its rights, or name another: --data.",
        )
    else:
        yield Verdict(Health.GOOD, f"{path} can be written to")


def clock(zone: str = "Europe/London") -> Iterator[Verdict]:
    """Whether the machine knows the time zone of the councils' calendars."""
    try:
        ZoneInfo(zone)
    except ZoneInfoNotFoundError:
        yield Verdict(Health.WRONG, f"the time zone {zone} is not known.", "Install the package tzdata.")
    else:
        yield Verdict(Health.GOOD, f"{zone} is known")


def record() -> Iterator[Verdict]:
    """Whether there is a record, and whether this Quarterday can work with it."""
    from quarterday.services.record import examine

    return examine()


def secret_key() -> Iterator[Verdict]:
    """Whether plugins' secrets can be sealed, and the key is nobody else's to read."""
    from quarterday.services.installation.safekeeping import examine_key

    return examine_key()


def evidence() -> Iterator[Verdict]:
    """Whether evidence can be kept, and what the record refers to is there; nothing while there is no record."""
    from quarterday.services.installation.evidence_upkeep import examine

    return examine() if _is_there() else iter(())


def managers() -> Iterator[Verdict]:
    """Whether somebody manages every contract; nothing while there is no record."""
    from quarterday.services.promises.unmanaged import examine

    return examine() if _is_there() else iter(())


def audit_trail() -> Iterator[Verdict]:
    """Whether the audit trail is sealed."""
    from quarterday.services.installation.safekeeping import examine_seals

    return examine_seals()


def outbox() -> Iterator[Verdict]:
    """Whether what is to be delivered is delivered."""
    from quarterday.services.background.deliveries import examine

    return examine()


def strikes() -> Iterator[Verdict]:
    """Whether some clock strikes."""
    from quarterday.services.background.watch import examine

    return examine()


def bank_holidays() -> Iterator[Verdict]:
    """Whether the bank holidays of the coming months are known."""
    from quarterday.services.organisations.bank_holidays import examine

    return examine()


def at_work() -> Iterator[Verdict]:
    """Whether a plugin rests for an authority because it broke several times in a row; nothing while there is no
    record."""
    from quarterday.services.plugins.pauses import examine

    return examine() if _is_there() else iter(())


def _is_there() -> bool:
    """Whether there is a record to look into; why there may be none, the check of the record says."""
    from quarterday.services.record import is_empty_record

    try:
        return not is_empty_record()
    except Trouble:
        return False


CHECKS: dict[str, Callable[[], Iterator[Verdict]]] = {
    "Python": python,
    "Settings": settings,
    "Data folder": folder,
    "Time zones": clock,
    "Record": record,
    "Secret key": secret_key,
    "Evidence": evidence,
    "Managers": managers,
    "Audit trail": audit_trail,
    "Clock": strikes,
    "Outbox": outbox,
    "Plugins at work": at_work,
    "Bank holidays": bank_holidays,
}
"""Core's own checks, by title."""


def _of_plugins(registry: Registry) -> Iterator[Finding]:
    """The findings of the plugins' checks, each run behind a guard."""
    for answer in registry.ask(hookspecs.checks):
        if not isinstance(answer, Answer):
            continue
        plugin, kind = answer.plugin, answer.value
        verdicts = registry.use(plugin, "checks", partial(_verdicts, kind), seconds=getattr(kind, "seconds", None))
        if not isinstance(verdicts, Failure):
            yield from (Finding(kind.title, plugin, verdict) for verdict in verdicts)


def _verdicts(kind: type[Check]) -> tuple[Verdict, ...]:
    return items_of(Check.run, kind().run)


def _tables(registry: Registry) -> Iterator[Finding]:
    """How the tables of plugins stand; without a record only what is wrong with what the plugins say of them."""
    from quarterday.services.record import record_engine
    from quarterday.services.tables import standing

    if not _is_there():
        standing.branches_of(registry)
        return
    engine = record_engine()
    try:
        yield from (Finding("Plugins' tables", "", verdict) for verdict in standing.examine(engine, registry))
    finally:
        engine.dispose()


def _failures(registry: Registry) -> Iterator[Finding]:
    """What went wrong with plugins in this process, or that nothing did."""
    for failure in registry.failures:
        to_do = f"“quarterday plugins show {failure.plugin}” says where; “quarterday plugins disable {failure.plugin}”"
        to_do = f"{to_do} goes on without it." if failure.plugin else f"Install {failure.distribution} again."
        yield Finding("Plugins", failure.plugin, Verdict(Health.WRONG, f"{failure}.", to_do))
    for name in sorted(set(disabled()) - installed_names()):
        what = f"“{name}” is disabled, but no such plugin is installed."
        yield Finding("Plugins", name, Verdict(Health.WARNING, what, f"Run “quarterday plugins enable {name}”."))
    if not registry.failures:
        loaded = sum(plugin.state == "loaded" for plugin in registry.plugins)
        yield Finding("Plugins", "", Verdict(Health.GOOD, f"{loaded} loaded, and nothing failed"))
