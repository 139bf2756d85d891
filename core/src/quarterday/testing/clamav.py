"""A ClamAV daemon for tests: a process of its own, which knows one harmless test file as a virus."""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from quarterday.evidence import ClamAV, Outcome

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""What every scanner takes for a virus by agreement; in two pieces, so that none takes this file for one."""
MOST_SCANNED = 2**20
"""The largest file that the daemon takes, in bytes."""


@dataclass(frozen=True, slots=True)
class Daemon:
    """A daemon that runs, by its two addresses."""

    socket: str
    port: str


def program() -> str | None:
    """Where ClamAV's daemon is installed, as Debian's clamav-daemon does it; None where it isn't."""
    return shutil.which("clamd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def running_clamav() -> Iterator[Daemon]:
    """A daemon that answers until the end of the block; raises :class:`RuntimeError` where none is installed."""
    if (clamd := program()) is None:
        raise RuntimeError("ClamAV's daemon isn't installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="clamd") as name:
        place = Path(name)
        known = hashlib.md5(EICAR, usedforsecurity=False).hexdigest()  # how a signature of a whole file is written
        (place / "test.hdb").write_text(f"{known}:{len(EICAR)}:Eicar-Test-Signature\n")
        (place / "clamd.conf").write_text(
            f"Foreground yes\nDatabaseDirectory {place}\nTemporaryDirectory {place}\nLocalSocket {place}/clamd.ctl\n"
            f"TCPAddr 127.0.0.1\nTCPSocket {port}\nStreamMaxLength {MOST_SCANNED}\n"
        )
        command = [clamd, "--config-file", str(place / "clamd.conf")]
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 (our own)
        try:
            daemon = Daemon(f"{place}/clamd.ctl", f"127.0.0.1:{port}")
            _wait_for(daemon, running)
            yield daemon
        finally:
            running.terminate()
            running.wait(20)


def _wait_for(daemon: Daemon, running: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while any(ClamAV(at).scan(BytesIO(b"")).outcome is not Outcome.CLEAN for at in (daemon.socket, daemon.port)):
        if running.poll() is not None or time.monotonic() > until:
            raise RuntimeError("clamd doesn't answer")
        time.sleep(0.1)
