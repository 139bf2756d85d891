"""A portal for the tests of a plugin or a mapping: a process of its own, which can be killed and started again.

``from quarterday_portal_sync.simulator.testing import simulated_portal`` in a ``conftest.py`` gives the tests there
the fixture.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

KEY = "the key of a portal under test"
TIMEOUT = 60
"""Seconds to wait for an answer."""

Told = dict[str, Any]
"""What an answer's JSON tells."""


class SimulatedPortal:
    """A simulated portal as a process. Once killed it can be started again: at its address, with its records."""

    def __init__(self, folder: Path, options: Sequence[str] = ()) -> None:
        self.folder, self.options = folder, tuple(options)
        self.url = ""
        """Where it is, without a slash at the end."""
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self._session = requests.Session()
        self._session.trust_env = False

    def start(self) -> None:
        """Start it, and return once it answers."""
        command = [sys.executable, "-m", "quarterday_portal_sync.simulator", "--port", str(self._port)]
        command += ["--data", str(self.folder), "--api-key", KEY, *self.options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 (what stands above)
        said = self._process.stdout.readline() if self._process.stdout else ""
        if not said:
            raise RuntimeError(f"The simulated portal ended with {self._process.wait()} before it was there.")
        self.url = said.split()[-1].rstrip("/")
        self._port = int(self.url.rpartition(":")[2])

    def kill(self) -> None:
        """Kill it, as a machine does that loses its power."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Have it end."""
        self._end(signal.SIGINT)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.communicate(timeout=TIMEOUT)
            self._process = None

    def close(self) -> None:
        """End it for good."""
        self.stop()
        self._session.close()

    def call(self, method: str, path: str, **how: Any) -> requests.Response:
        """Call its interface with the key; ``how`` is what :func:`requests.request` takes."""
        return self._session.request(
            method, self.url + path, headers={"X-Api-Key": KEY, **how.pop("headers", {})}, timeout=TIMEOUT, **how
        )

    def send(self, resource: str, *records: Told) -> list[Told]:
        """Send records in one batch; returns what became of each."""
        answer = self.call("POST", f"/v1/{resource}/batch", json={"records": records})
        answer.raise_for_status()
        results: list[Told] = answer.json()["results"]
        return results

    def faults(self, seed: int = 0, **faults: Told) -> None:
        """Show these faults from now on, and no others: ``faults(7, busy={"every": 5})``."""
        self._control("POST", "faults", {"seed": seed, "faults": faults})

    def counts(self) -> dict[str, int]:
        """How many faults of each kind took effect since it was started."""
        counts: dict[str, int] = self._control("GET", "counts")
        return counts

    def act(self, act: str, seed: int = 0, **said: str) -> Told:
        """Do what a person does there: verdict, claim, change, delete, evidence; returns the record."""
        record: Told = self._control("POST", "act", {"act": act, "seed": seed, **said})["record"]
        return record

    def dump(self) -> dict[str, list[Told]]:
        """All that it holds, by kind of record, in a stable order."""
        dump: dict[str, list[Told]] = self._control("GET", "dump")
        return dump

    def _control(self, method: str, what: str, told: Told | None = None) -> Any:
        answer = self._session.request(method, f"{self.url}/_control/{what}", json=told, timeout=TIMEOUT)
        if not answer.ok:
            raise RuntimeError(f"{what}: {answer.text.strip()}")
        return answer.json()


@pytest.fixture
def simulated_portal(tmp_path: Path) -> Iterator[SimulatedPortal]:
    """A portal that isn't real, with a folder of its own at a free port."""
    portal = SimulatedPortal(tmp_path / "portal")
    portal.start()
    yield portal
    portal.close()
