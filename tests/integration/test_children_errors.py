"""What is told of a plugin's errors, what hides none of them, and who waits for nobody's work."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hostile_site import install

from quarterday import Document, DocumentKind, NotConfigured, Refused, Retryable
from quarterday.registry import installed
from quarterday.services.plugins import children as children_module
from quarterday.services.plugins.children import MOST, Busy, Children, Limits, Order, PluginFault, Reading

REPORT = Document(DocumentKind.REPORT, "delivery.csv", "text/csv", b"\0" * 3_000_000)
MOMENT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
TOKEN = "the token of Exampleshire"
PRIVATE = (TOKEN, "ada@example.org", "example.org")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Packages with the hostile sinks and sources, found by this process and by the children."""
    folder = tmp_path_factory.mktemp("site-packages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        install(folder, patch, "sinks", "sources")
        yield folder
    installed.cache_clear()


@pytest.fixture
def children(site: Path) -> Iterator[Children]:
    with Children(Limits(seconds=20)) as children:
        yield children


def tells(how: str) -> Order:
    return Order("tells", {"token": TOKEN, "how": how}, REPORT, "report/7")


@pytest.mark.parametrize(
    ("how", "error", "words"),
    [
        ("fault", PluginFault, r"^The sink “tells” failed: KeyError in hostile_sinks, line \d+\.$"),
        ("word", PluginFault, r"deliver\(\) gave a value of the type str, not a Receipt"),
        ("refused", Refused, r"^The desk says: \*\*\* was shown for …$"),
        ("later", Retryable, r"^The desk says: \*\*\* was shown for …$"),
        ("unset", NotConfigured, r"^The desk says: \*\*\* was shown for …$"),
    ],
)
def test_no_address_and_no_secret_leaves_with_an_error(
    children: Children, how: str, error: type[Exception], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(error, match=words):
        children.deliver(tells(how))
    logged = capfd.readouterr().err
    assert not any(one in logged for one in PRIVATE)
    if how == "fault":
        assert "in deliver" in logged
        assert "ValueError\n" in logged, "what it came of is logged too"


def test_an_operator_who_asks_for_a_faults_words_finds_them_in_the_log_alone(
    site: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUARTERDAY_DEBUG", "1")
    with Children(Limits(seconds=20)) as children, pytest.raises(PluginFault) as fault:
        children.deliver(tells("fault"))
    assert not any(one in str(fault.value) for one in PRIVATE)
    written = capfd.readouterr().err
    assert "KeyError: '*** was shown for <ada@example.org>'" in written
    assert TOKEN not in written, "a secret is no word that anybody asks for"


def test_an_item_that_is_none_is_not_shown(children: Children) -> None:
    with (
        pytest.raises(PluginFault, match=r"items\(\) gave a value of the type str, neither"),
        children.opened(Reading("gives-an-address", {}, "")) as source,
    ):
        list(source.batches())


def test_what_a_job_says_is_kept_without_addresses(children: Children) -> None:
    assert children.do("hostile-sinks", "hostile_sinks:telling_job", MOMENT) == "It wrote to …"


def test_a_source_that_can_not_be_closed_hides_no_error(children: Children, caplog: pytest.LogCaptureFixture) -> None:
    def take_the_first() -> None:
        with children.opened(Reading("closes-badly", {}, "")) as source:
            next(source.batches())
            raise LookupError("ours")

    with pytest.raises(LookupError, match="ours"):
        take_the_first()
    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith("The source “closes-badly” could not be closed: ")
    assert "ValueError in hostile_sources" in said


def test_a_large_order_waits_for_its_process_to_start(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It doesn't fit into the line of a process that doesn't read yet, and the start counts for nobody's work."""
    monkeypatch.setenv("HOSTILE_START", "3")
    with Children(Limits(seconds=0.5)) as children:
        assert children.deliver(Order("sound", {}, REPORT, "report/7")).reference.startswith("report/7/3000000/")


def test_jobs_leave_a_process_for_what_somebody_waits_for(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children_module, "SLOW", 3.0)
    jobs = [f"hostile_sinks:{name}hanging_job" for name in ("", "second_", "third_", "fourth_")]
    assert len(jobs) == MOST
    with ThreadPoolExecutor(len(jobs)) as threads, Children(Limits(seconds=90)) as children:
        hanging = [threads.submit(children.do, "hostile-sinks", job, MOMENT) for job in jobs]
        until = time.monotonic() + 30
        while not any(one.done() for one in hanging) and time.monotonic() < until:
            time.sleep(0.05)
        assert [type(one.exception()) for one in hanging if one.done()] == [Busy], "one of them is to come again"
        begun = time.monotonic()
        assert children.deliver(replace(Order("sound", {}, REPORT, "link/1"), authority_id=None))
        assert time.monotonic() - begun < 15, "it waits for a process to start, and for no job"
        children.close()
