"""Every hook, asked through the registry, of a plugin of this repository that answers it."""

from __future__ import annotations

from importlib.metadata import EntryPoint

from quarterday import Catalogue, Command, Health, Overlay, Verdict, hookspecs
from quarterday.finding import GROUP
from quarterday.registry import Answer, Registry
from quarterday.roster import Roster


def registry_of(plugin: str) -> Registry:
    registry = Registry.discover(Roster(), [EntryPoint(plugin, f"quarterday_{plugin}.plugin", GROUP)])
    assert registry.failures == []
    return registry


def test_hook_measure_catalogues() -> None:
    answers = list(registry_of("toms_national").ask(hookspecs.measure_catalogues))
    assert all(isinstance(answer, Answer) for answer in answers)
    assert "toms-national/2022-compiled" in [answer.value.key for answer in answers]
    assert all(isinstance(answer.value, Catalogue) for answer in answers)
    (overlay,) = registry_of("toms_rotherham").ask(hookspecs.measure_catalogues)
    assert isinstance(overlay.value, Overlay)


def test_hook_commands() -> None:
    (answer,) = registry_of("toms_rotherham").ask(hookspecs.commands)
    assert isinstance(answer.value, Command)
    assert answer.value.name == "rotherham-policy"


def test_hook_checks() -> None:
    (answer,) = registry_of("toms_national").ask(hookspecs.checks)
    findings = list(answer.value().run())
    assert findings
    assert all(isinstance(finding, Verdict) and finding.health is not Health.WRONG for finding in findings)


def test_hook_report_sinks() -> None:
    registry = Registry.discover(Roster(), [EntryPoint("folder", "quarterday.reports.plugin", GROUP)])
    (answer,) = registry.ask(hookspecs.report_sinks)
    assert isinstance(answer, Answer)
    assert (answer.value.id, answer.value.settings_class().__name__) == ("folder", "FolderSettings")
    assert registry.failures == []


def test_hook_pages() -> None:
    (answer,) = registry_of("govuk_notify").ask(hookspecs.pages)
    assert isinstance(answer, Answer)
    assert (answer.value.path, answer.value.load) == ("govuk-notify", "quarterday_govuk_notify.receipts:receipts")
    (screens,) = registry_of("erp_import").ask(hookspecs.pages)
    assert isinstance(screens, Answer)
    assert (screens.value.path, screens.value.load) == ("ledger", "quarterday_erp_import.screens:ledger")


def test_hook_jobs() -> None:
    answers = list(registry_of("scheduler").ask(hookspecs.jobs))
    assert all(isinstance(answer, Answer) for answer in answers)
    assert {"seal", "open-returns", "ask-ledger", "sweep", "forget"} <= {answer.value.name for answer in answers}


def test_hook_evidence_sources() -> None:
    (answer,) = registry_of("scheduler").ask(hookspecs.evidence_sources)
    assert isinstance(answer, Answer)
    assert (answer.value.id, answer.value.settings_class().__name__) == ("returned-mail", "ReturnedMailSettings")


def test_hook_tables() -> None:
    (answer,) = registry_of("erp_import").ask(hookspecs.tables)
    assert isinstance(answer, Answer)
    assert (answer.value.metadata, answer.value.files) == ("quarterday_erp_import.ledger.tables:METADATA", "ledger")


def test_hook_ledgers() -> None:
    (answer,) = registry_of("erp_import").ask(hookspecs.ledgers)
    assert isinstance(answer, Answer)
    assert (answer.value.id, answer.value.title) == ("spend-files", "The council's spend files")
