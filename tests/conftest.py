"""Which tests are collected, and what a run in CI must not do."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from quarterday.testing.clamav import Daemon, program, running_clamav

# How long one example takes says more of what else the machine does than of what is tried.
settings.register_profile("quarterday", settings(), deadline=None)
settings.load_profile("quarterday")

FIELD_DATA = os.environ.get("QUARTERDAY_FIELD_DATA")

collect_ignore_glob = [] if FIELD_DATA else ["field/*"]


@pytest.fixture(scope="session")
def field_data() -> Path:
    """The folder of real files that tests in ``field/`` read; without it they aren't collected."""
    assert FIELD_DATA, "Set QUARTERDAY_FIELD_DATA to the folder of real files."
    return Path(FIELD_DATA)


@pytest.fixture(scope="session")
def clamd() -> Iterator[Daemon]:
    """The one ClamAV daemon of this run. Tests that ask for it aren't collected where none is installed."""
    with running_clamav() as daemon:
        yield daemon


def pytest_report_header() -> str:
    return "ClamAV: here" if program() else "ClamAV: not installed, and tests that need it aren't collected"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """One process has all tests in a browser, so that the pages' server and their town are set up once."""
    return _Scheduling(config, log)


class _Scheduling(LoadFileScheduling):
    def _split_scope(self, nodeid: str) -> str:
        folder = "tests/e2e/"
        return folder if nodeid.startswith(folder) else str(super()._split_scope(nodeid))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not program():
        needing = [item for item in items if "clamd" in getattr(item, "fixturenames", ())]
        items[:] = [item for item in items if item not in needing]
        config.hook.pytest_deselected(items=needing)


def pytest_collection_finish() -> None:
    """What was imported and collected is there for good: nobody looks through it for garbage again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    gc.unfreeze()  # libraries in C complain of what is still there at the end


def left_out(reporter: pytest.TerminalReporter) -> int:
    """How many tests the run skipped or expected to fail."""
    return sum(len(reporter.stats.get(outcome, [])) for outcome in ("skipped", "xfailed", "xpassed"))


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A CI run that leaves a test out has failed: a machine that can't run a test says nothing about it."""
    if "CI" in os.environ and left_out(session.config.pluginmanager.getplugin("terminalreporter")):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if "CI" in os.environ and (number := left_out(terminalreporter)):
        terminalreporter.write_line(f"In CI every test must run, and {number} did not.", red=True)
