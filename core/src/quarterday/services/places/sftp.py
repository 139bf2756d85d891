"""A folder on an SFTP server. It is spoken to only where its key is the one that was set."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import StringIO
from secrets import token_hex
from typing import TYPE_CHECKING

from quarterday.errors import NotConfigured, Refused, Retryable, Trouble
from quarterday.services.places.place import PIECE, Entry, Place, is_gone, of_another_version, within
from quarterday.services.places.servers import CONNECT_SECONDS, SILENT_SECONDS, installed

if TYPE_CHECKING:
    from paramiko import PKey, SFTPAttributes, SFTPClient, SSHClient

MOST_FILES = 10_000
"""How many files and folders are looked at."""


@dataclass(frozen=True, slots=True)
class SftpServer:
    """A folder on a server, and who signs in."""

    host: str
    port: int
    host_key: str
    """Its public key, as in a file known_hosts: ``ssh-ed25519 AAAA…``."""
    user: str
    password: str | None
    key: str | None
    """The whole text of a private key, without a passphrase."""
    folder: str
    settings: Mapping[str, str]
    """What the settings with the ``folder``, ``host_key``, ``password`` and ``key`` are called."""


@contextmanager
def sftp_place(server: SftpServer) -> Iterator[Place]:
    """The folder, over one connection; whatever goes wrong on it is said in a sentence, and by who should act."""
    with installed("paramiko", setting=server.settings["folder"]):
        import paramiko
    called = server.settings
    client = paramiko.SSHClient()
    try:
        _connect(client, server)
        with _session(client) as files:
            yield _Sftp(files, server)
    except Trouble:
        raise
    except paramiko.BadHostKeyException as error:
        why = "The server has another key than the one that was set; ask whoever runs it whether it was changed."
        raise NotConfigured(called["host_key"], why) from error
    except paramiko.AuthenticationException as error:
        why = "The server doesn't let “{user}” in; set the password or the key again."
        raise NotConfigured(called["password"], why, user=server.user) from error
    except PermissionError as error:
        why = "“{user}” may not do that there; have it allowed, or name another folder."
        raise NotConfigured(called["folder"], why, user=server.user) from error
    except FileNotFoundError as error:
        raise _no_folder(server) from error
    except UnicodeDecodeError as error:
        raise NotConfigured(called["folder"], "A file there has a name that isn't UTF-8; rename it.") from error
    except TimeoutError as error:
        raise Retryable("The server {host} doesn't answer.", host=server.host, after=600) from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise Retryable("The server {host} can't be reached, or broke off.", host=server.host, after=600) from error
    finally:
        client.close()


class _Sftp:
    is_whole_at_once = False

    def __init__(self, files: SFTPClient, server: SftpServer) -> None:
        self._files = files
        self._server = server

    def entries(self, *, deep: bool) -> Iterator[Entry]:
        waiting, seen = [""], 0
        while waiting:
            folder = waiting.pop()
            try:
                there = self._files.listdir_attr(self._at(folder))
            except FileNotFoundError as error:
                if folder:
                    continue
                raise _no_folder(self._server) from error
            for one in there:
                seen += 1
                if seen > MOST_FILES:
                    why = "There are more than {most} files; name a folder with fewer."
                    raise NotConfigured(self._server.settings["folder"], why, most=MOST_FILES)
                path = f"{folder}/{one.filename}".lstrip("/")
                if stat.S_ISDIR(one.st_mode or 0):
                    waiting += [path] if deep else []
                elif stat.S_ISREG(one.st_mode or 0):
                    yield _entry(path, one)

    def content(self, path: str, key: str) -> Iterator[bytes]:
        try:
            with self._files.open(self._at(path), "rb") as file:
                _require(key, path, file.stat())
                while piece := file.read(PIECE):
                    yield piece
                _require(key, path, file.stat())
        except FileNotFoundError as error:
            raise is_gone() from error
        except PermissionError as error:
            raise Refused("“{user}” may not read the file.", user=self._server.user) from error

    def small(self, path: str) -> bytes | None:
        try:
            with self._files.open(self._at(within(path)), "rb") as file:
                return bytes(file.read(PIECE))
        except FileNotFoundError:
            return None

    def write(self, path: str, content: bytes) -> None:
        folder, _, _ = within(path).rpartition("/")
        self._make(folder)
        coming = self._at(f"{folder}/.{token_hex(8)}.part".lstrip("/"))
        try:
            with self._files.open(coming, "wb") as file:
                file.set_pipelined(True)  # one round trip in all, not one a piece
                file.write(content)
            if self._files.stat(coming).st_size != len(content):
                raise EOFError
            self._rename(coming, self._at(path))
        except BaseException:
            with suppress(OSError, EOFError):
                self._files.remove(coming)
            raise

    def move(self, path: str, to: str) -> bool:
        self._make(within(to).rpartition("/")[0])
        try:
            self._files.stat(self._at(within(path)))
        except FileNotFoundError:
            return False
        self._rename(self._at(path), self._at(to))
        return True

    def _rename(self, source: str, target: str) -> None:
        """In one step where the server can, as OpenSSH can; where it can't, what is at the target goes first."""
        try:
            self._files.posix_rename(source, target)
        except OSError as error:
            if "unsupported" not in str(error).lower():
                raise
            with suppress(FileNotFoundError):
                self._files.remove(target)
            self._files.rename(source, target)

    def _make(self, folder: str) -> None:
        """Make a folder in the place; the place itself is made by whoever runs it."""
        if not folder:
            return
        self._make(folder.rpartition("/")[0])
        try:
            self._files.stat(self._at(folder))
        except FileNotFoundError:
            self._files.mkdir(self._at(folder))

    def _at(self, path: str) -> str:
        return f"{self._server.folder}/{path}"


def _session(client: SSHClient) -> SFTPClient:
    """The server's files, over a line on which silence has an end; paramiko's own ``open_sftp`` waits for ever."""
    import paramiko

    line = client.get_transport()
    if line is None:
        raise EOFError
    channel = line.open_session(timeout=CONNECT_SECONDS)
    channel.settimeout(SILENT_SECONDS)
    channel.invoke_subsystem("sftp")
    return paramiko.SFTPClient(channel)


def _connect(client: SSHClient, server: SftpServer) -> None:
    import paramiko

    kind, _, key = server.host_key.partition(" ")
    try:
        known = paramiko.PKey.from_type_string(kind, _decoded(key))
    except (paramiko.SSHException, ValueError) as error:
        why = "It is no key that can be read; copy it again."
        raise NotConfigured(server.settings["host_key"], why) from error
    name = server.host if server.port == paramiko.config.SSH_PORT else f"[{server.host}]:{server.port}"
    client.get_host_keys().add(name, kind, known)
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    client.connect(
        server.host,
        server.port,
        server.user,
        password=server.password,
        pkey=_key(server),
        timeout=CONNECT_SECONDS,
        banner_timeout=CONNECT_SECONDS,
        auth_timeout=CONNECT_SECONDS,
        channel_timeout=CONNECT_SECONDS,
        allow_agent=False,
        look_for_keys=False,
    )


def _key(server: SftpServer) -> PKey | None:
    import paramiko

    if server.key is None:
        return None
    text = server.key.strip() + "\n"
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        try:
            return kind.from_private_key(StringIO(text))
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    why = "It is no private key that can be read; give its whole text, without passphrase."
    raise NotConfigured(server.settings["key"], why)


def _no_folder(server: SftpServer) -> NotConfigured:
    why = "There is no folder “{path}” on the server."
    return NotConfigured(server.settings["folder"], why, path=server.folder)


def _decoded(key: str) -> bytes:
    from base64 import b64decode

    return b64decode(key.split(" ")[0])


def _require(key: str, path: str, found: SFTPAttributes) -> None:
    if _entry(path, found).key != key:
        raise of_another_version()


def _entry(path: str, found: SFTPAttributes) -> Entry:
    return Entry(path, found.st_size or 0, float(found.st_mtime or 0), str(found.st_mtime or 0))
