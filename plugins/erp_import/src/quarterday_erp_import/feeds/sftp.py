"""The source of an SFTP server: spend files that a finance system, or who runs it, uploads there."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TYPE_CHECKING

from quarterday import BadRecord, Item, NotConfigured, Refused, Retryable, Trouble, said
from quarterday_erp_import.feeds.entries import PIECE, Entry, items
from quarterday_erp_import.feeds.transports import CONNECT_SECONDS, SILENT_SECONDS, transport

if TYPE_CHECKING:
    from paramiko import PKey, SFTPAttributes, SFTPClient, SSHClient

    from quarterday import PluginSettings
    from quarterday_erp_import.feeds.settings import SftpSettings

MOST_FILES = 10_000
"""How many files and folders are looked at."""


class SpendSftp:
    """Gives each file of a folder on a server, and of the folders in it, once nobody has changed it for a while.

    It speaks to a server only whose key is the one that was set. What it reads stays there as it is.
    """

    id = "spend-sftp"
    title: str = said("Spend files on an SFTP server")

    def __init__(self, settings: SftpSettings) -> None:
        self._set = settings

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """Where the server is, and who signs in."""
        from quarterday_erp_import.feeds.settings import SftpSettings

        return SftpSettings

    def items(self, since: str) -> Iterator[Item | BadRecord]:
        """The files that are there; raises :class:`NotConfigured` where there is no such folder."""
        with self._signed_in() as server:
            found = list(self._entries(server))
        yield from items(found, whole_by=time.time() - self._set.sftp_quiet)

    def content(self, item: Item) -> Iterator[bytes]:
        """A file's content; raises :class:`Refused` where it is gone, or was changed since it was listed."""
        path = str(item.payload["path"])
        with self._signed_in() as server:
            try:
                with server.open(f"{self._set.sftp_folder}/{path}", "rb") as file:
                    self._require(item, path, file.stat())
                    while piece := file.read(PIECE):
                        yield piece
                    self._require(item, path, file.stat())
            except FileNotFoundError as error:
                raise Refused("The file isn't there any more.") from error
            except PermissionError as error:
                raise Refused("“{user}” may not read the file.", user=self._set.sftp_user) from error

    def _require(self, item: Item, path: str, stat: SFTPAttributes) -> None:
        if _entry(path, stat).key != item.key:
            raise Refused("The file was changed while it was read; it is taken when it is whole.")

    def _entries(self, server: SFTPClient) -> Iterator[Entry]:
        waiting, seen = [""], 0
        while waiting:
            folder = waiting.pop()
            try:
                there = server.listdir_attr(f"{self._set.sftp_folder}/{folder}")
            except FileNotFoundError as error:
                if folder:
                    continue
                why = "There is no folder “{path}” on the server."
                raise NotConfigured("sftp_folder", why, path=self._set.sftp_folder) from error
            for one in there:
                seen += 1
                if seen > MOST_FILES:
                    why = "There are more than {most} files; name a folder with spend files alone."
                    raise NotConfigured("sftp_folder", why, most=MOST_FILES)
                path = f"{folder}/{one.filename}".lstrip("/")
                if stat.S_ISDIR(one.st_mode or 0):
                    waiting.append(path)
                elif stat.S_ISREG(one.st_mode or 0):
                    yield _entry(path, one)

    @contextmanager
    def _signed_in(self) -> Iterator[SFTPClient]:
        """The server; whatever goes wrong while it is spoken to is said in a sentence, and by who should act."""
        with transport():
            import paramiko
        client = paramiko.SSHClient()
        try:
            self._connect(client)
            with self._session(client) as server:
                yield server
        except Trouble:
            raise
        except paramiko.BadHostKeyException as error:
            why = "The server has another key than the one that was set; ask whoever runs it whether it was changed."
            raise NotConfigured("sftp_host_key", why) from error
        except paramiko.AuthenticationException as error:
            why = "The server doesn't let “{user}” in; set the password or the key again."
            raise NotConfigured("sftp_password", why, user=self._set.sftp_user) from error
        except PermissionError as error:
            why = "“{user}” may not read there; have it allowed, or name another folder."
            raise NotConfigured("sftp_folder", why, user=self._set.sftp_user) from error
        except UnicodeDecodeError as error:
            raise NotConfigured("sftp_folder", "A file there has a name that isn't UTF-8; rename it.") from error
        except TimeoutError as error:
            raise Retryable("The server {host} doesn't answer.", host=self._set.sftp_host, after=600) from error
        except (paramiko.SSHException, OSError, EOFError) as error:
            why = "The server {host} can't be reached, or broke off."
            raise Retryable(why, host=self._set.sftp_host, after=600) from error
        finally:
            client.close()

    def _session(self, client: SSHClient) -> SFTPClient:
        """The server's files, over a line on which silence has an end; paramiko's own ``open_sftp`` waits for ever."""
        import paramiko

        line = client.get_transport()
        if line is None:
            raise EOFError
        channel = line.open_session(timeout=CONNECT_SECONDS)
        channel.settimeout(SILENT_SECONDS)
        channel.invoke_subsystem("sftp")
        return paramiko.SFTPClient(channel)

    def _connect(self, client: SSHClient) -> None:
        import paramiko

        kind, _, key = self._set.sftp_host_key.partition(" ")
        try:
            known = paramiko.PKey.from_type_string(kind, _decoded(key))
        except (paramiko.SSHException, ValueError) as error:
            raise NotConfigured("sftp_host_key", "It is no key that can be read; copy it again.") from error
        port = self._set.sftp_port
        name = self._set.sftp_host if port == paramiko.config.SSH_PORT else f"[{self._set.sftp_host}]:{port}"
        client.get_host_keys().add(name, kind, known)
        client.set_missing_host_key_policy(paramiko.RejectPolicy())
        password = self._set.sftp_password
        client.connect(
            self._set.sftp_host,
            port,
            self._set.sftp_user,
            password=password.get_secret_value() if password else None,
            pkey=self._key(),
            timeout=CONNECT_SECONDS,
            banner_timeout=CONNECT_SECONDS,
            auth_timeout=CONNECT_SECONDS,
            channel_timeout=CONNECT_SECONDS,
            allow_agent=False,
            look_for_keys=False,
        )

    def _key(self) -> PKey | None:
        import paramiko

        if self._set.sftp_key is None:
            return None
        text = self._set.sftp_key.get_secret_value().strip() + "\n"
        for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
            try:
                return kind.from_private_key(StringIO(text))
            except (paramiko.SSHException, ValueError, IndexError):
                continue
        raise NotConfigured(
            "sftp_key", "It is no private key that can be read; give its whole text, without passphrase."
        )


def _decoded(key: str) -> bytes:
    from base64 import b64decode

    return b64decode(key.split(" ")[0])


def _entry(path: str, found: SFTPAttributes) -> Entry:
    return Entry(path, found.st_size or 0, float(found.st_mtime or 0), str(found.st_mtime or 0))
