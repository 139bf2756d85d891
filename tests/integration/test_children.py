"""The children: a plugin works in a process of its own, and whatever it does there becomes an answer."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hostile_site import install

from quarterday import Document, DocumentKind, NotConfigured, Receipt, Refused, Retryable
from quarterday.registry import installed
from quarterday.services.plugins import children as children_module
from quarterday.services.plugins.children import Busy, Children, Limits, Order, PluginFault

REPORT = Document(DocumentKind.REPORT, "delivery.csv", "text/csv", b"\0" * 3_000_000)
MOMENT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)


def order(sink: str, **settings: object) -> Order:
    return Order(sink, settings, REPORT, "report/7")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Packages with the hostile sinks, found by this process and by the children."""
    folder = tmp_path_factory.mktemp("site-packages")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        install(folder, patch, "sinks")
        yield folder
    installed.cache_clear()


@pytest.fixture(scope="module")
def children(site: Path) -> Iterator[Children]:
    with Children(Limits(seconds=20)) as children:
        yield children


def process_of(children: Children) -> int:
    return int(children.deliver(order("sound")).reference.rpartition("/")[2])


def test_orders_are_delivered_in_one_other_process(children: Children) -> None:
    first, second = (children.deliver(order("sound")).reference for _ in range(2))
    assert first == second
    assert first.startswith("report/7/3000000/")
    assert first != f"report/7/3000000/{os.getpid()}"


@pytest.mark.parametrize(
    ("sink", "error", "words"),
    [
        ("raises", PluginFault, r"^The sink “raises” failed: ValueError in hostile_sinks, line \d+\.$"),
        ("exits", PluginFault, "failed: SystemExit in hostile_sinks"),
        ("silent", PluginFault, "failed: Silent in hostile_sinks"),
        ("word", PluginFault, r"deliver\(\) gave a value of the type str, not a Receipt"),
        ("number", PluginFault, "not a Receipt"),
        ("ends", PluginFault, r"ended its process \(exit code 7\)"),
        ("crashes", PluginFault, r"ended its process \(exit code -11\)"),
        ("soon", PluginFault, "failed: ValueError in quarterday"),
        ("postpones", Retryable, "The desk is closed"),
        ("unset", NotConfigured, "There is no token"),
        ("own", NotConfigured, "It is a private matter"),
        ("wordy", Refused, "^(no )+n?o?$"),
        ("nowhere", NotConfigured, "No plugin offers the sink “nowhere”"),
    ],
)
def test_what_a_sink_does_becomes_an_error_that_says_who_should_act(
    children: Children, sink: str, error: type[Exception], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(error, match=words) as raised:
        children.deliver(order(sink))
    assert type(raised.value) is error
    assert len(str(raised.value)) <= 1000
    assert "this ran in" not in capfd.readouterr().out
    assert children.deliver(order("sound")), "the next order is delivered all the same"


def test_the_pause_and_the_setting_come_across(children: Children) -> None:
    with pytest.raises(Retryable) as later:
        children.deliver(order("postpones"))
    assert later.value.after == 7
    with pytest.raises(NotConfigured) as missing:
        children.deliver(order("unset"))
    assert missing.value.field == "token"


def test_settings_of_the_plugins_other_parts_are_passed_over(children: Children) -> None:
    assert children.deliver(order("sound", colour="red")) == children.deliver(order("sound"))


def test_a_kind_of_document_that_the_sink_does_not_accept_never_gets_there(children: Children) -> None:
    message = Document(DocumentKind.MESSAGE, "note", "text/plain", b"")
    with pytest.raises(Refused, match="The sink “sound” takes no message"):
        children.deliver(Order("sound", {}, message, "note/1"))


def test_a_sink_that_hangs_is_ended_and_the_next_is_served(site: Path) -> None:
    with Children(Limits(seconds=0.5)) as children:
        hanging = process_of(children)
        begun = time.monotonic()
        with pytest.raises(PluginFault, match=r"The sink “hangs” did not finish in 0.5 seconds and was ended"):
            children.deliver(order("hangs"))
        assert time.monotonic() - begun < 5
        assert not is_running(hanging)
        assert process_of(children) != hanging


def test_a_sink_that_takes_too_much_memory_is_ended(site: Path) -> None:
    with Children(Limits(megabytes=150)) as children:
        with pytest.raises(PluginFault, match=r"The sink “greedy” took more than 150 MB and was ended"):
            children.deliver(order("greedy"))
        assert children.deliver(order("sound"))


def test_a_process_that_has_grown_does_no_more_work(site: Path) -> None:
    with Children(Limits(megabytes=250)) as children:
        grown = children.deliver(order("fat")).reference
        assert process_of(children) != int(grown)


def test_what_a_sink_has_started_ends_with_it(site: Path) -> None:
    with Children(Limits(seconds=20)) as children:
        started = int(children.deliver(order("starts")).reference)
        assert is_running(started)
    until = time.monotonic() + 5
    while is_running(started) and time.monotonic() < until:
        time.sleep(0.02)
    assert not is_running(started)


def test_a_process_without_work_ends(site: Path) -> None:
    with Children(Limits(seconds=20), idle_seconds=0.2) as children:
        process = process_of(children)
        until = time.monotonic() + 10
        while is_running(process) and time.monotonic() < until:
            time.sleep(0.02)
        assert not is_running(process)
        assert process_of(children) != process


def test_somebody_elses_hanging_sink_keeps_nobody_waiting(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the same plugin, too; only the work of the same authority behind it is sent away."""
    monkeypatch.setattr(children_module, "SLOW", 2.0)
    with Children(Limits(seconds=90)) as children, ThreadPoolExecutor(1) as people:
        process = process_of(children)
        hanging = people.submit(children.deliver, replace(order("hangs"), authority_id=1))
        others = children.deliver(replace(order("sound"), authority_id=2))
        assert others.reference != f"report/7/3000000/{process}"
        job = children.do("hostile-sinks", "hostile_sinks:job", MOMENT)
        assert job == "It struck for 2026-11-22T09:30:00+00:00."
        with pytest.raises(Busy, match="takes long"):
            children.deliver(replace(order("sound"), authority_id=1))
        assert not hanging.done()
        children.close()
        with pytest.raises(PluginFault, match="ended its process"):
            hanging.result(20)


@pytest.mark.parametrize(
    ("load", "error", "words"),
    [
        ("hostile_sinks:job_of_few_words", PluginFault, "it gave a value of the type int, not a sentence"),
        ("hostile_sinks:postponed_job", Retryable, "Not before noon"),
        ("hostile_sinks:nothing", PluginFault, "AttributeError"),
        ("hostile_sinks:hanging_job", PluginFault, r"The job “hostile_sinks:hanging_job” did not finish in 1 seconds"),
    ],
)
def test_what_a_job_does_becomes_an_error_too(site: Path, load: str, error: type[Exception], words: str) -> None:
    with Children(Limits(seconds=20, job_seconds=1)) as children, pytest.raises(error, match=words):
        children.do("hostile-sinks", load, MOMENT)


@pytest.mark.parametrize("sink", ["ends-at-3", "hangs-at-3"])
def test_of_many_orders_only_the_one_under_way_is_lost_with_its_process(site: Path, sink: str) -> None:
    note = replace(REPORT, content=b"")
    orders = [Order(sink, {}, note, str(number)) for number in range(6)]
    with Children(Limits(seconds=1)) as children:
        found = list(children.deliver_all(iter(orders)))
    assert [one for one, _ in found] == orders
    assert [type(outcome) for _, outcome in found] == [Receipt] * 3 + [PluginFault] + [Receipt] * 2
    processes = [outcome.reference for _, outcome in found if isinstance(outcome, Receipt)]
    assert len(set(processes[:3])) == len(set(processes[3:])) == 1
    assert processes[0] != processes[3]


def test_what_fails_in_between_costs_the_orders_behind_it_nothing(children: Children) -> None:
    sinks = ["sound", "raises", "sound", "unset", "exits", "sound"]
    found = [outcome for _, outcome in children.deliver_all(map(order, sinks))]
    assert [type(outcome) for outcome in found] == [Receipt, PluginFault, Receipt, NotConfigured, PluginFault, Receipt]


def test_orders_are_made_while_others_are_delivered(children: Children) -> None:
    seen: list[int] = []

    def orders() -> Iterator[Order]:
        for number in range(50):
            seen.append(number)
            yield Order("sound", {}, replace(REPORT, content=b"word"), str(number))

    for number, (asked, outcome) in enumerate(children.deliver_all(orders())):
        assert (asked.key, type(outcome)) == (str(number), Receipt)
        assert len(seen) == 50, "all of them fit into the line"


def test_who_wants_no_more_answers_gets_none_and_the_next_is_served(site: Path) -> None:
    with Children(Limits(seconds=20)) as children:
        deliveries = children.deliver_all(Order("sound", {}, REPORT, str(number)) for number in range(9))
        next(deliveries)
        deliveries.close()  # type: ignore[attr-defined]
        assert process_of(children)


def test_what_a_sink_prints_does_not_get_into_our_output(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Children() as children:
        children.deliver(order("prints"))
    said = capfd.readouterr()
    assert (said.out, "noise" in said.err) == ("", True)


def test_closing_ends_the_process_and_who_did_nothing_has_none(site: Path) -> None:
    with Children() as children:
        process = process_of(children)
        assert is_running(process)
    assert not is_running(process)
    Children().close()


def is_running(process: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(process, 0)
        return True
    return False


def test_the_process_ends_when_its_worker_is_killed(site: Path, tmp_path: Path) -> None:
    """Otherwise it might still deliver while the next worker does."""
    script = tmp_path / "asks.py"
    script.write_text(
        "import os\n"
        "from quarterday import Document, DocumentKind\n"
        "from quarterday.services.plugins.children import Children, Order\n"
        "if __name__ == '__main__':\n"
        "    children = Children()\n"
        "    document = Document(DocumentKind.REPORT, 'a', 'text/csv', b'')\n"
        "    print(children.deliver(Order('sound', {}, document, 'a')).reference, flush=True)\n"
        "    children.deliver(Order('hangs', {}, document, 'a'))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(site)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=environment) as asking:
        assert asking.stdout is not None
        process = int(asking.stdout.readline().strip().rpartition("/")[2])
        asking.kill()
    until = time.monotonic() + 10
    while is_running(process) and time.monotonic() < until:
        time.sleep(0.02)
    assert not is_running(process)
