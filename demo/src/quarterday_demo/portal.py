"""The portal beside the council: a simulated one, with which records are exchanged, and what its people did there."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from quarterday import Refused
from quarterday_demo import cast

FOLDER = "portal"
"""The folder in the demo's own in which the portal keeps its records."""
KEY = "a key for the demo"
"""Who has it may use the portal, which answers on this machine alone."""
_QUARTERDAY = [sys.executable, "-c", "from quarterday.cli.main import main; main()"]
_SIMULATOR = [sys.executable, "-c", "from quarterday_portal_sync.simulator.command import main; main()"]
_SETTLES = 3
"""How an exchange ends in which something waits for somebody."""


def beside(folder: Path, port: int) -> str:
    """The command line that serves the portal of a demo."""
    return shlex.join([*_SIMULATOR, "--data", str(folder / FOLDER), "--api-key", KEY, "--port", str(port)])


def tell_address(address: str) -> None:
    """Have the council find the portal there."""
    answers = {"transport": "web", "mapping": "simulator", "web_address": address, "web_key": KEY}
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write("".join(f"{name} = {json.dumps(text)}\n" for name, text in answers.items()))
        file.flush()
        _quarterday("plugins", "configure", "portal_sync", "--authority", cast.KEY, "--answers", file.name)


def exchange(folder: Path) -> None:
    """Send everything there, let people do something there, and take that in: a claim that both sides then have
    otherwise, a decision that is suggested here, and a claim on a contract that the council doesn't have."""
    run = ("sync", "run", "--authority", cast.KEY)
    with _served(folder) as address:
        tell_address(address)
        _quarterday(*run)
        waiting, settled = _claims()
        _act(address, "verdict", claim=waiting, result="declined", comment="The sign-in sheet is of another school.")
        _act(address, "change", claim=settled, amount="7.5", note="Corrected by phone.")
        _act(address, "claim", claim=settled, agreementNo="NM-999", note="Entered in the portal.")
        _quarterday(*run, ends=_SETTLES)


@contextmanager
def _served(folder: Path) -> Iterator[str]:
    """The portal for as long as this lasts, at a free port; gives its address."""
    words = [*shlex.split(beside(folder, 0))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            said = process.stdout.readline() if process.stdout else ""
            found = re.search(r"http://\S+", said)
            if found is None:
                raise Refused("The demo's portal doesn't start: {why}", why=said.strip() or "it says nothing")
            yield found[0].rstrip("/")
        finally:
            process.terminate()


def _claims() -> tuple[str, str]:
    """Our keys of two claims: one on which nobody has decided, and one that was accepted."""
    from quarterday.services.figures.desk import Asked, Queue, desk
    from quarterday.services.figures.for_review import for_review
    from quarterday.services.record import open_record
    from quarterday_demo.council import OPERATOR

    uow = open_record()
    ready = desk(uow, OPERATOR, queue=Queue.READY, asked=Asked()).rows
    claims = [one for row in ready for one in for_review(uow, OPERATOR, return_id=row.id).entries]
    waiting = next(one for one in claims if not one.decision)
    settled = next(one for one in claims if one.decision == "accepted")
    return f"entry/{waiting.id}", f"entry/{settled.id}"


def _act(address: str, what: str, **said: str) -> None:
    """Do what a person does in the portal."""
    request = Request(
        f"{address}/_control/act",
        json.dumps({"act": what, "seed": 1, **said}).encode(),
        {"Content-Type": "application/json"},
    )
    with urlopen(request, timeout=30) as answer:
        answer.read()


def _quarterday(*words: str, ends: int = 0) -> None:
    done = subprocess.run([*_QUARTERDAY, *words], check=False, stdout=subprocess.DEVNULL)
    if done.returncode != ends:
        raise Refused("“quarterday {words}” ended with {code}.", words=" ".join(words), code=done.returncode)
