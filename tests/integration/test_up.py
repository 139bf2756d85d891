"""``quarterday up`` as a real group of processes: what crashes comes back, and nothing outlives the supervisor."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from socket import socket

import pytest

from quarterday.cli.worker import worker
from quarterday_scheduler.clock import clock
from quarterday_scheduler.up import parts
from quarterday_webforms.serve import serve

QUARTERDAY = [sys.executable, "-c", "from quarterday.cli.main import main; main()"]
WAITING = "import os, sys, time; open(sys.argv[1], 'a').write(f'{os.getpid()}\\n'); time.sleep(600)"
"""A process that writes down its id, and stays."""
SUPERVISOR = """
import sys
from pathlib import Path
from quarterday_scheduler.up import supervise
folder = Path(sys.argv[1])
part = sys.argv[2]
supervise(
    {name: [sys.executable, "-c", part, str(folder / name)] for name in ("web", "worker")},
    lambda said: print(said, flush=True),
)
"""


@pytest.fixture
def group(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-c", SUPERVISOR, str(tmp_path), WAITING]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    yield process
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def eventually(found: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not found():
        assert time.monotonic() < ends, "It didn't happen within a minute."
        time.sleep(0.05)


def pids(folder: Path, part: str) -> list[int]:
    file = folder / part
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_part_that_crashes_is_started_again_and_the_other_stays(group: subprocess.Popen[str], tmp_path: Path) -> None:
    eventually(lambda: bool(pids(tmp_path, "web") and pids(tmp_path, "worker")))
    os.kill(pids(tmp_path, "web")[0], signal.SIGKILL)
    eventually(lambda: len(pids(tmp_path, "web")) == 2)
    assert lives(pids(tmp_path, "web")[1])
    assert len(pids(tmp_path, "worker")) == 1
    assert lives(pids(tmp_path, "worker")[0])
    assert group.stdout is not None
    assert group.stdout.readline() == "web ended (-9); it starts again in 0.5 s.\n"


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_ends_all(group: subprocess.Popen[str], tmp_path: Path, told: signal.Signals) -> None:
    eventually(lambda: bool(pids(tmp_path, "web") and pids(tmp_path, "worker")))
    group.send_signal(told)
    assert group.wait(60) == 0
    assert not any(lives(pid) for part in ("web", "worker") for pid in pids(tmp_path, part))


def test_no_part_outlives_a_supervisor_that_is_killed(group: subprocess.Popen[str], tmp_path: Path) -> None:
    eventually(lambda: bool(pids(tmp_path, "web") and pids(tmp_path, "worker")))
    group.kill()
    eventually(lambda: not any(lives(pid) for part in ("web", "worker") for pid in pids(tmp_path, part)))


def test_the_pages_are_told_what_stands_before_them() -> None:
    words = parts("127.0.0.1", 8080, 2)["web"]
    told = serve.make_context("serve", words[words.index("serve") + 1 :]).params
    assert {name: told[name] for name in ("host", "port", "proxies")} == {
        "host": "127.0.0.1", "port": 8080, "proxies": 2,
    }  # fmt: skip


def test_the_three_parts_are_commands_that_there_are() -> None:
    lines = parts("127.0.0.1", 8080, 0)
    assert list(lines) == ["web", "clock", "worker"]
    for name, command in (("clock", clock), ("worker", worker)):
        words = lines[name]
        assert command.make_context(name, words[words.index(name) + 1 :]).params["as_json"] is True


def test_other_commands_run_beside_and_end_with_the_group(tmp_path: Path) -> None:
    quarterday = [*QUARTERDAY, "--data", str(tmp_path)]
    subprocess.run([*quarterday, "db", "upgrade"], check=True, capture_output=True)
    beside = [shlex.join([sys.executable, "-c", WAITING, str(tmp_path / name)]) for name in ("a portal", "another")]
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    words = [*quarterday, "up", "--port", port, "--beside", beside[0], "--beside", beside[1]]
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: bool(pids(tmp_path, "a portal") and pids(tmp_path, "another")))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    assert not any(lives(pid) for name in ("a portal", "another") for pid in pids(tmp_path, name))
