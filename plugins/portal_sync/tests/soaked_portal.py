"""Exchanges with a portal that answers badly, by a worker that is killed, and looks at what each side has afterwards.

Run as ``python soaked_portal.py [--runs N] [--steps N] [--seed SEED] [--postgresql]``: as many exchanges are gone
through, each from its own seed. In each, people work on both sides, the portal shows a mixture of faults, clocks are a
day off, and the worker or the portal is killed with ``kill -9``. Then the faults end, a person settles every conflict
that is shown and files what waits in the inbox, and the two sides are held against each other. What was lost, doubled
or written over in silence is told, with the words that repeat the run. ``SIGTERM`` ends it after the run under way.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

from soaked_exchange import STEPS, Exchange, Place, lay_down
from soaked_processes import warm

from quarterday.registry import installed
from quarterday.testing.postgres import running_cluster


def main() -> int:
    """Go through as many exchanges as are asked for; returns 1 where one went wrong."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--runs", type=int, default=1)
    asked.add_argument("--steps", type=int, default=STEPS)
    asked.add_argument("--seed", type=int, default=Random().randrange(10**9))
    asked.add_argument("--postgresql", action="store_true", help="keep the record on a server")
    asked.add_argument("--careless", action="store_true", help=argparse.SUPPRESS)
    said = asked.parse_args()
    numbers: Counter[str] = Counter()
    runs, wrong, began = 0, 0, time.monotonic()
    is_to_end: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: is_to_end.append(number))
    with ExitStack() as stack:
        place = stack.enter_context(_place(is_on_server=said.postgresql))
        for seed in range(said.seed, said.seed + said.runs):
            if is_to_end:
                break
            found = _gone_through(place, seed, said.steps, numbers, is_careless=said.careless)
            runs += 1
            wrong += bool(found)
            for sentence in found:
                tell(f"seed {seed}: {sentence}")
            if found:
                words = "--postgresql " * said.postgresql
                tell(f"repeat it: python {sys.argv[0]} {words}--steps {said.steps} --seed {seed}")
            elif runs % 10 == 0:
                tell(f"seed {seed}: {runs} exchanges in {time.monotonic() - began:.0f} s, {wrong} wrong")
    times = os.times()
    seconds = times.user + times.system + times.children_user + times.children_system
    took = f"{time.monotonic() - began:.0f} s, {seconds:.0f} s of a processor"
    tell("\n".join(f"{what} {number}" for what, number in sorted(numbers.items())))
    tell(f"{runs} exchanges in {took}, {wrong} wrong")
    return int(wrong > 0)


@contextmanager
def _place(*, is_on_server: bool) -> Iterator[Place]:
    """Where exchanges are: with a record laid down, of which each gets a copy, and processes ready to be forked."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(running_cluster()) if is_on_server else None
        place = Place(folder, cluster)
        os.environ["QUARTERDAY_DATA_DIR"] = str(place.data)
        os.environ["QUARTERDAY_SECRET_KEY"] = "a key of the soak, of as many characters as one needs"
        warm()
        lay_down(place)
        place.anew()
        Exchange(place, 0).be_warm()
        place.anew()
        yield place


def _gone_through(place: Place, seed: int, steps: int, numbers: Counter[str], *, is_careless: bool) -> list[str]:
    """What is wrong after one exchange, or what broke it."""
    place.anew()
    try:
        return Exchange(place, seed).gone_through(steps, numbers, careless=is_careless)
    except Exception:
        return [traceback.format_exc()]


def tell(sentence: str) -> None:
    """Say it now: a soak takes long."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    del sys.modules[
        "__main__"
    ].__file__  # else each process of a plugin would import all this, which a worker's doesn't
    installed()
    sys.exit(main())
