"""The courier: a sink of a plugin works in a process of its own, and whatever it does there becomes an answer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from quarterday import Document, DocumentKind, NotConfigured, Refused, Retryable
from quarterday.registry import installed
from quarterday.services.plugins.courier import Courier, Order, SinkFault

SINKS = Path(__file__).parents[1] / "hostile" / "sinks.py"
REPORT = Document(DocumentKind.REPORT, "delivery.csv", "text/csv", b"\0" * 3_000_000)


def order(sink: str, **settings: object) -> Order:
    return Order(sink, settings, REPORT, "report/7")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Packages with the hostile sinks, found by this process and by the courier's."""
    folder = tmp_path_factory.mktemp("site-packages")
    info = folder / "hostile_sinks-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hostile-sinks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[quarterday.plugins]\nhostile-sinks = hostile_sinks\n")
    shutil.copy(SINKS, folder / "hostile_sinks.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        patch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path_factory.mktemp("data")))
        installed.cache_clear()
        yield folder
    installed.cache_clear()


@pytest.fixture(scope="module")
def courier(site: Path) -> Iterator[Courier]:
    with Courier(seconds=20) as courier:
        yield courier


def process_of(courier: Courier) -> int:
    return int(courier.deliver(order("sound")).reference.rpartition("/")[2])


def test_orders_are_delivered_in_one_other_process(courier: Courier) -> None:
    first, second = (courier.deliver(order("sound")).reference for _ in range(2))
    assert first == second
    assert first.startswith("report/7/3000000/")
    assert first != f"report/7/3000000/{os.getpid()}"


@pytest.mark.parametrize(
    ("sink", "error", "words"),
    [
        ("raises", SinkFault, r"The sink “raises” failed: ValueError: seven$"),
        ("exits", SinkFault, "SystemExit: goodbye"),
        ("silent", SinkFault, "no words: its __str__ raises RuntimeError"),
        ("word", SinkFault, "not a Receipt"),
        ("number", SinkFault, "not a Receipt"),
        ("ends", SinkFault, r"ended its process \(exit code 7\)"),
        ("crashes", SinkFault, r"ended its process \(exit code -11\)"),
        ("soon", SinkFault, r"ended its process \(exit code 1\)"),
        ("postpones", Retryable, "The desk is closed"),
        ("unset", NotConfigured, "There is no token"),
        ("own", NotConfigured, "It is a private matter"),
        ("wordy", Refused, "^(no )+n?o?$"),
        ("nowhere", NotConfigured, "No plugin offers the sink “nowhere”"),
    ],
)
def test_what_a_sink_does_becomes_an_error_that_says_who_should_act(
    courier: Courier, sink: str, error: type[Exception], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(error, match=words) as raised:
        courier.deliver(order(sink))
    assert type(raised.value) is error
    assert len(str(raised.value)) <= 1000
    assert "this ran in" not in capfd.readouterr().out
    assert courier.deliver(order("sound")), "the next order is delivered all the same"


def test_the_pause_and_the_setting_come_across(courier: Courier) -> None:
    with pytest.raises(Retryable) as later:
        courier.deliver(order("postpones"))
    assert later.value.after == 7
    with pytest.raises(NotConfigured) as missing:
        courier.deliver(order("unset"))
    assert missing.value.field == "token"


def test_settings_of_the_plugins_other_parts_are_passed_over(courier: Courier) -> None:
    assert courier.deliver(order("sound", colour="red")) == courier.deliver(order("sound"))


def test_a_kind_of_document_that_the_sink_does_not_accept_never_gets_there(courier: Courier) -> None:
    message = Document(DocumentKind.MESSAGE, "note", "text/plain", b"")
    with pytest.raises(Refused, match="The sink “sound” takes no message"):
        courier.deliver(Order("sound", {}, message, "note/1"))


def test_a_sink_that_hangs_is_ended_and_the_next_is_served(site: Path) -> None:
    with Courier(seconds=20) as courier:
        hanging = process_of(courier)
        courier._seconds = 0.5
        begun = time.monotonic()
        with pytest.raises(SinkFault, match=r"The sink “hangs” did not finish in 0.5 seconds and was ended"):
            courier.deliver(order("hangs"))
        assert time.monotonic() - begun < 5
        assert not is_running(hanging)
        courier._seconds = 20
        assert process_of(courier) != hanging


def test_what_a_sink_prints_does_not_get_into_our_output(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Courier() as courier:
        courier.deliver(order("prints"))
    said = capfd.readouterr()
    assert (said.out, "noise" in said.err) == ("", True)


def test_closing_ends_the_process_and_a_courier_that_did_nothing_has_none(site: Path) -> None:
    with Courier() as courier:
        process = process_of(courier)
        assert is_running(process)
    assert not is_running(process)
    Courier().close()


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
        "from quarterday.services.plugins.courier import Courier, Order\n"
        "if __name__ == '__main__':\n"
        "    courier = Courier()\n"
        "    document = Document(DocumentKind.REPORT, 'a', 'text/csv', b'')\n"
        "    print(courier.deliver(Order('sound', {}, document, 'a')).reference, flush=True)\n"
        "    courier.deliver(Order('hangs', {}, document, 'a'))\n"
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
