"""Looking for viruses: what a scanner is, and ClamAV's daemon as one."""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Protocol

from quarterday.errors import NotConfigured

_AT_ONCE = 2**16
_ADDRESS = re.compile(r"\[?(?P<host>[^/\s]+?)\]?:(?P<port>\d{1,5})")


class Outcome(StrEnum):
    """What came of a scan; it is kept with the file."""

    CLEAN = "clean"
    FOUND = "found"
    NOT_SCANNED = "not scanned"


@dataclass(frozen=True, slots=True)
class Scan:
    """The outcome, and what was found or why the file wasn't scanned ("" when clean)."""

    outcome: Outcome
    what: str = ""


class Scanner(Protocol):
    """Something that looks for viruses in a file."""

    def scan(self, file: BinaryIO) -> Scan:
        """The outcome for a file, read from its beginning; never raises for a scanner that doesn't answer."""
        ...


class ClamAV:
    """ClamAV's daemon, by the command INSTREAM of its own protocol (clamd's manual, “Commands”)."""

    def __init__(self, address: str, *, seconds: float = 60) -> None:
        """``address`` is ``HOST:PORT`` or the path of a socket; ``seconds`` is how long one answer may take.

        Raises :class:`NotConfigured` for anything else; nothing is connected yet.
        """
        if address.startswith("/"):
            self._at: str | tuple[str, int] = address
        elif (found := _ADDRESS.fullmatch(address)) and int(found["port"]) < 2**16:
            self._at = found["host"], int(found["port"])
        else:
            raise NotConfigured(
                "clamav", "“clamav” must be HOST:PORT, or the path of a socket like /run/clamav/clamd.ctl."
            )
        self._seconds = seconds

    def scan(self, file: BinaryIO) -> Scan:
        """The outcome for a file; “not scanned” where the daemon doesn't answer, or takes no file of that size."""
        file.seek(0)
        try:
            with self._connected() as daemon:
                answer = self._exchange(daemon, file)
        except (OSError, UnicodeError) as why:  # the second for a host that can't be a name
            return Scan(Outcome.NOT_SCANNED, f"ClamAV doesn't answer ({getattr(why, 'strerror', None) or why})")
        if answer == "stream: OK":
            return Scan(Outcome.CLEAN)
        if found := re.fullmatch(r"stream: (.+) FOUND", answer):
            return Scan(Outcome.FOUND, found[1])
        return Scan(Outcome.NOT_SCANNED, f"ClamAV answers “{answer}”")

    def _connected(self) -> socket.socket:
        if isinstance(self._at, tuple):
            return socket.create_connection(self._at, self._seconds)
        daemon = socket.socket(socket.AF_UNIX)
        daemon.settimeout(self._seconds)
        try:
            daemon.connect(self._at)
        except OSError:
            daemon.close()
            raise
        return daemon

    @staticmethod
    def _exchange(daemon: socket.socket, file: BinaryIO) -> str:
        try:
            daemon.sendall(b"zINSTREAM\0")
            while part := file.read(_AT_ONCE):
                daemon.sendall(struct.pack("!I", len(part)) + part)
            daemon.sendall(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it hung up half-way: its answer says why (most often that the file is too large for it)
        answer = b""
        while not answer.endswith(b"\0") and (part := daemon.recv(4096)):
            answer += part
        return answer.rstrip(b"\0").decode(errors="replace")
