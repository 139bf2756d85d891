"""The data folder and its ``quarterday.toml``, read with ``tomllib`` alone: quickly, and when nothing else works.

Whoever changes the file goes through :func:`rewrite`.
"""

from __future__ import annotations

import fcntl
import os
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quarterday.errors import NotConfigured, Refused

PREFIX = "QUARTERDAY_"
"""How the environment variables that Quarterday reads begin."""

IMPORT_SECONDS = 30.0
"""How long a plugin may take to import, or to answer a hook, where the settings don't say."""

NOT_SETTINGS = {"QUARTERDAY_DEBUG", "QUARTERDAY_FIELD_DATA"}
"""Variables that are no settings of an installation: show tracebacks; the real data that field tests read."""


def data_folder() -> Path:
    """The data folder of this process: ``QUARTERDAY_DATA_DIR`` (which ``--data`` sets), else the current folder."""
    return Path(os.environ.get("QUARTERDAY_DATA_DIR") or ".").absolute()


def settings_file() -> Path:
    """Where ``quarterday.toml`` stands, or would stand."""
    return data_folder() / "quarterday.toml"


def variables() -> dict[str, str]:
    """The environment variables that set something, or mean to: all that begin with ``QUARTERDAY_`` in any case."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.upper().startswith(PREFIX) and name not in NOT_SETTINGS and value
    }


def anything_said() -> bool:
    """Whether there is any setting that could be wrong, the data folder apart."""
    return settings_file().exists() or bool(variables().keys() - {"QUARTERDAY_DATA_DIR"})


def read_settings_file() -> dict[str, Any]:
    """Everything ``quarterday.toml`` says, as it stands there; nothing when there is no such file.

    Raises :class:`NotConfigured` when it can't be read or is no TOML, naming the line.
    """
    return parsed(read_text())


def read_text() -> str:
    """The text of ``quarterday.toml``, its line ends as they are; "" when there is no such file."""
    path = settings_file()
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise NotConfigured(path.name, f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    except OSError as error:
        raise NotConfigured(path.name, f"{path} can't be read ({error.strerror}); put that right.") from error


def parsed(text: str) -> dict[str, Any]:
    """What that text of ``quarterday.toml`` says; raises :class:`NotConfigured`, naming the line."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        path = settings_file()
        raise NotConfigured(path.name, f"{path} is not valid TOML: {error}. Mend it there.") from error


def rewrite(change: Callable[[str], str]) -> bool:
    """Put what ``change`` makes of the text in its place; returns whether anything had to change.

    The new file takes the place of the old one in one step, and a second command waits for the first. Raises
    :class:`Refused` when the file can't be written, and what ``change`` raises.
    """
    path = settings_file().resolve()
    try:
        with _alone_in(path.parent) as folder:
            old = read_text()
            new = change(old)
            if new == old:
                return False
            _replace(path, new)
            os.fsync(folder)
    except OSError as error:
        raise Refused(f"{path} can't be written ({error.strerror}); put that right and try again.") from error
    return True


def _replace(path: Path, text: str) -> None:
    """Write the file beside its place and move it there, with the rights the old one had."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with new.open("wb") as file:
            if path.exists():
                os.fchmod(file.fileno(), path.stat().st_mode)
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


@contextmanager
def _alone_in(folder: Path) -> Iterator[int]:
    """Hold the folder against other commands that write the file; gives its descriptor."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)
