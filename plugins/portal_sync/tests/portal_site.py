"""A council's installation on this machine with a contract that was reported on, and commands run in it as processes.

A process that has imported what commands need waits for them and forks for each, so that none of them takes its time to
start; whatever a plugin does is in a process of its own, as always.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

SECRET_KEY = "a key of these tests, of as many characters as one needs"
COUNCIL = "northmoor"
CODES = {"JOBS": "JOB-LOC", "WEEKS": "APP-WKS", "GIFTS": "GIV-VCS"}
"""The measures of the tests that the simulated portal has, and what it calls them; it has no WASTE."""
REPORTED = (
    {"ref": "WEEKS", "quantity": "12", "activity": "Apprentice 1"},
    {"ref": "GIFTS", "quantity": "250.10"},
    {"ref": "WASTE", "quantity": "62.5"},
)


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What it printed, as JSON."""
        return json.loads(self.out)


class Commands:
    """The process that forks for each command."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from portal_site import serve; serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        )

    def run(self, folder: Path, words: list[str], env: Mapping[str, str], *, stdin: str = "") -> Done:
        """Run a command and wait for its end."""
        assert self._process.stdin
        assert self._process.stdout
        out, err = folder / "command-out", folder / "command-err"
        asked = {"words": words, "env": dict(env), "out": str(out), "err": str(err)}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        done = Done(code, out.read_text(), err.read_text())
        out.unlink()
        err.unlink()
        return done

    def close(self) -> None:
        """End it."""
        self._process.communicate(timeout=60)


def serve() -> None:
    """Be the process that forks, until nothing more is asked."""
    import quarterday.cli.main
    import quarterday.services.background.syncing
    import quarterday.services.portals.overview
    import quarterday.services.portals.reconciling  # noqa: F401 (so that those which fork need not)

    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _command(asked)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _command(asked: Mapping[str, Any]) -> None:
    from quarterday.cli.main import main

    os.environ.update(asked["env"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(asked[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    code = 1
    try:
        main(asked["words"], prog_name="quarterday")
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Site:
    """An installation with one council."""

    def __init__(self, folder: Path, commands: Commands) -> None:
        self.folder, self._commands = folder, commands
        self.data = folder / "data"
        self.env = {"QUARTERDAY_DATA_DIR": str(self.data), "QUARTERDAY_SECRET_KEY": SECRET_KEY}
        self.done: list[Done] = []
        """Every command that was run."""

    def run(self, *words: str, **env: str) -> Done:
        """Run ``quarterday`` with these words."""
        done = self._commands.run(self.folder, list(words), {**self.env, **env})
        self.done.append(done)
        return done

    def sync(self, command: str, *words: str, **env: str) -> Done:
        """Run ``quarterday sync`` for the council."""
        return self.run("sync", command, "--authority", COUNCIL, *words, **env)

    def set(self, **settings: object) -> Done:
        """Set the portal by ``quarterday plugins configure``."""
        answers = self.folder / "answers.toml"
        answers.write_text("".join(f"{name} = {json.dumps(value)}\n" for name, value in settings.items()))
        done = self.run("plugins", "configure", "portal_sync", "--authority", COUNCIL, "--answers", str(answers))
        answers.unlink()
        assert done.code == 0, done
        return done


def lay_down(folder: Path) -> None:
    """An installation's data folder with a council, a contract with commitments, and a quarter that was reported."""
    from quarterday.services.record import open_record, upgrade_record
    from quarterday.testing import builders

    upgrade_record()
    uow = open_record()
    authority = builders.an_authority(uow, key=COUNCIL)
    contract = builders.an_award(uow, contract_id=builders.a_contract(uow, authority_id=authority, reference="NM-1"))
    returned = builders.a_return(uow, contract_id=contract, on=date(2026, 8, 1))
    builders.a_submission(uow, *REPORTED, return_id=returned)
    uow.engine.dispose()


def mapping_in(folder: Path, *, without: str = "") -> str:
    """The simulated portal's own mapping for the measures of these tests, but for one of them; where it is."""
    import re

    import quarterday_portal_sync

    shipped = Path(quarterday_portal_sync.__file__).parent / "mappings" / "simulator.toml"
    units = {"JOBS": "FTE", "WEEKS": "weeks", "GIFTS": "£"}
    lines = [f'{ref} = {{ code = "{code}", unit = "{units[ref]}" }}' for ref, code in CODES.items() if ref != without]
    theirs = re.compile(r'\[measures\."toms-rotherham.*?\n\n', re.S)
    text, replaced = theirs.subn('[measures."made-up/1"]\n' + "\n".join(lines) + "\n\n", shipped.read_text())
    assert replaced == 1
    path = folder / "mapping.toml"
    path.write_text(text)
    return str(path)


@contextmanager
def laid_down(folder: Path) -> Iterator[Path]:
    """A data folder to copy."""
    import pytest

    data = folder / "data"
    data.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDAY_DATA_DIR", str(data))
        patch.setenv("QUARTERDAY_SECRET_KEY", SECRET_KEY)
        lay_down(data)
    yield data


def copied(template: Path, folder: Path, commands: Commands) -> Site:
    """An installation of a test's own."""
    shutil.copytree(template, folder / "data")
    return Site(folder, commands)
