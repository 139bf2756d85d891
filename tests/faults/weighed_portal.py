"""Weighs an exchange with a portal: how much memory its processes take at the most, with few records and with many.

Run as ``python tests/faults/weighed_portal.py [--few N] [--many N]``. For each size a record is filled and exchanged
with a simulated portal: all entries go out, all come back as changes, and both sides are compared whole. Printed is the
peak of each of these in the process of the host and in the plugin's, in MB. It fails where many records take more than
``ROOM`` beyond what few take: what grows with the items would take far more.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing import active_children
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "bench"))

from portal_bench import PORTAL, Bench, mapping
from sqlalchemy import text

from quarterday.services.background.syncing import sync
from quarterday.services.plugins.children import Children
from quarterday.services.portals.reconciling import reconcile
from quarterday_portal_sync.simulator.shapes import KPIS

ROOM = 16.0
"""How much more many records may take, in MB: 90,000 more of them in a list would take several times that."""


def main() -> int:
    """Weigh both sizes; returns 1 where one process takes more the more records there are."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--few", type=int, default=10_000)
    asked.add_argument("--many", type=int, default=100_000)
    asked.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    said = asked.parse_args()
    if said.alone:
        sys.stdout.write(json.dumps(weighed(said.alone)))
        return 0
    peaks = {items: _in_a_process(items) for items in (said.few, said.many)}
    wrong = 0
    for what, few in peaks[said.few].items():
        many = peaks[said.many][what]
        wrong += many > few + ROOM
        sys.stdout.write(f"{what}: {few:.0f} MB with {said.few:,} records, {many:.0f} MB with {said.many:,}\n")
    load = os.getloadavg()[0]
    sys.stdout.write(f"At most {ROOM:g} MB more: {'missed' if wrong else 'held'}. Load when it ended: {load:.1f}\n")
    return int(wrong > 0)


def _in_a_process(items: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--alone", str(items)]
    return dict(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))


def weighed(items: int) -> dict[str, float]:
    """The peaks of one exchange of so many entries, by what was done and who did it, in MB."""
    from generator import Size, records

    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name, Children() as children:
        os.environ["QUARTERDAY_DATA_DIR"] = name
        size = Size(items // 20, 5)
        assert size.entries == items, size.entries
        _, engine = next(made := records(size))
        bench = Bench(engine, children, Path(name))
        with engine.begin() as connection:
            connection.execute(text(f"UPDATE entry SET ref = 'M' || (id % {len(KPIS)})"))
        with bench.portal() as portal:
            bench.sending(bench.settings(portal, mapping(bench.folder, "entries")))
            whose = {"portal": PORTAL, "authority_id": 1, "actor_name": "soak"}
            acts: dict[str, tuple[Callable[[], object], int]] = {
                "sent": (lambda: sync(bench.uow, children, **whose).counts["taken"], items),
                "read": (lambda: sync(bench.uow, children, **whose).counts["read"], items),
                "compared": (lambda: reconcile(bench.uow, children, **whose).listed, items),
            }
            for what, (act, wanted) in acts.items():
                _forget("self")
                before = time.monotonic()
                done = act()
                assert done == wanted, (what, done)
                sys.stderr.write(f"{items:,} {what} in {time.monotonic() - before:.0f} s\n")
                found[f"{what}, host"] = _peak("self")
                found[f"{what}, plugin"] = max(_peak(str(child.pid)) for child in active_children())
        made.close()
    return found


def _forget(process: str) -> None:
    """Have the system forget the most memory that a process has taken."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def _peak(process: str) -> float:
    """The most memory that a process has taken, in MB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


if __name__ == "__main__":
    sys.exit(main())
