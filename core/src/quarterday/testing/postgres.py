"""A PostgreSQL server for tests: Debian's own binaries, run as an unprivileged user in a folder that goes with it."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ADMINISTRATOR = "quarterday"
STARTING_SECONDS = 30.0


def binaries() -> Path | None:
    """The folder of the newest PostgreSQL server installed as Debian installs it; None when there is none."""
    servers = Path("/usr/lib/postgresql").glob("*/bin/postgres")
    return max((server.parent for server in servers), key=lambda folder: float(folder.parent.name), default=None)


class Cluster:
    """One server, reached only through a socket in its own folder, so that no port is taken."""

    def __init__(self, folder: Path, programs: Path, *, durable: bool) -> None:
        self.folder = folder
        self._programs = programs
        self._durable = durable
        self._server: subprocess.Popen[bytes] | None = None

    def url(self, database: str = "postgres") -> str:
        """The URL of one of its databases."""
        return f"postgresql://{ADMINISTRATOR}@/{database}?host={self.folder}"

    def create(self, database: str, *, template: str = "template1") -> str:
        """Make a database, as a copy of another to which nobody is connected; returns its URL.

        Copied file by file: copied through the log, a sequence runs again through numbers it gave out if the server
        is killed soon after.
        """
        self._administer(f'CREATE DATABASE "{database}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._administer(f'DROP DATABASE "{database}" WITH (FORCE)')

    def start(self) -> None:
        """Start the server and wait until it answers."""
        options = {"listen_addresses": "", "unix_socket_directories": str(self.folder), "max_connections": "200"}
        options["fsync"] = "on" if self._durable else "off"
        chosen = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            command: list[str | Path] = [self._programs / "postgres", "-D", self.folder / "data", *chosen]
            user, group = _unprivileged()
            self._server = subprocess.Popen(command, stdout=log, stderr=log, user=user, group=group)  # noqa: S603
        until = time.monotonic() + STARTING_SECONDS
        while not self._answers():
            if self._server.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.02)

    def stop(self, *, at_once: bool = False) -> None:
        """Stop the server: orderly, or ``at_once`` as if the machine had gone."""
        if self._server is not None:
            self._server.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            self._server.wait(STARTING_SECONDS)
            self._server = None

    def initialise(self) -> None:
        """Make the server's files, with a linguistic order of text, as a council's server has it."""
        command: list[str | Path] = [
            self._programs / "initdb",
            "--no-sync",
            "--auth=trust",
            f"--username={ADMINISTRATOR}",
        ]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-GB"]
        user, group = _unprivileged()
        command.append(self.folder / "data")
        subprocess.run(command, check=True, capture_output=True, user=user, group=group)  # noqa: S603

    def _administer(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url()).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running_cluster(*, durable: bool = False) -> Iterator[Cluster]:
    """A fresh server, stopped and removed at the end.

    Unless ``durable``, a commit isn't forced to the disk: quicker, and still safe against a killed server, though not
    against a machine that loses power. Raises :class:`FileNotFoundError` where no PostgreSQL is installed.
    """
    programs = binaries()
    if programs is None:
        raise FileNotFoundError("No PostgreSQL server is installed; install the package postgresql.")
    folder = Path(tempfile.mkdtemp(prefix="quarterday-postgresql-"))
    cluster = Cluster(folder, programs, durable=durable)
    try:
        os.chown(folder, *(-1 if one is None else one for one in _unprivileged()))
        cluster.initialise()
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder)


def _unprivileged() -> tuple[int | None, int | None]:
    """The user and group PostgreSQL runs as where it would refuse ours: for root, Debian's ``postgres``."""
    if os.geteuid() != 0:
        return None, None
    account = pwd.getpwnam("postgres")
    return account.pw_uid, account.pw_gid
