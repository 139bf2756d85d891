"""Typing ``quarterday …`` hundreds of times: each command runs in a process of its own, forked from one that has
imported the program already, because importing it takes longer than most commands.

What is put on the PATH is a small client; it hands its words, its folder, its variables and its streams over.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

_CLIENT = """#!{python} -ISB
import json, os, socket, sys
said = socket.socket(socket.AF_UNIX)
said.connect({address!r})
order = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(said, [len(order).to_bytes(4, "big")], [0, 1, 2])
said.sendall(order)
sys.exit(int(said.makefile().read() or 1))
"""
_MODULES = (
    "alembic.command",
    "alembic.config",
    "duckdb",
    "ibis.backends.duckdb",
    "openpyxl",
    "pyarrow.parquet",
    "sqlite3",
)
"""What commands import that is none of Quarterday's own."""
_NOT_IMPORTED = ("quarterday.testing", "quarterday.db.migrations")


@contextmanager
def typed_command() -> Iterator[Path]:
    """A folder for the PATH, in which ``quarterday`` is; it works as long as this lasts."""
    with TemporaryDirectory() as folder:
        address = f"{folder}/address"
        client = Path(folder, "quarterday")
        client.write_text(_CLIENT.format(python=sys.executable, address=address))
        client.chmod(0o755)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(address)
            server.listen(8)
            command = [sys.executable, "-W", "error", __file__, str(server.fileno())]
            process = subprocess.Popen(command, pass_fds=[server.fileno()], stdin=subprocess.DEVNULL)
        try:
            yield Path(folder)
        finally:
            process.kill()
            process.wait()


def _serve(server: socket.socket) -> None:
    """Fork for each command that is typed, for ever."""
    from importlib import import_module
    from pkgutil import walk_packages

    import quarterday
    from quarterday.cli.main import main

    ours = [module.name for module in walk_packages(quarterday.__path__, "quarterday.")]
    for name in (*_MODULES, *(name for name in ours if not name.startswith(_NOT_IMPORTED))):
        import_module(name)
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that look after a command
    while True:
        said, _ = server.accept()
        if os.fork() == 0:
            server.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            length, streams, *_ = socket.recv_fds(said, 4, 3)
            with said.makefile("rb") as reader:
                order = reader.read(int.from_bytes(length, "big"))
            if (runs := os.fork()) == 0:
                words, folder, variables = json.loads(order)
                said.close()
                for number, stream in enumerate(streams):
                    os.dup2(stream, number)
                    os.close(stream)
                os.chdir(folder)
                os.environ.clear()
                os.environ.update(variables)
                sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate("rww"))
                sys.argv = ["quarterday", *words]
                _end(main)
            said.sendall(str(os.waitstatus_to_exitcode(os.waitpid(runs, 0)[1])).encode())
            os._exit(0)
        said.close()


def _end(main: Callable[[], object]) -> NoReturn:
    """Run the command and end with its exit code, without taking down what was imported piece by piece."""
    code: object = 0
    try:
        main()
    except SystemExit as end:
        code = end.code
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
