"""A folder, an SFTP server and a bucket do the same: list files, give them out, take them whole or not at all."""

from __future__ import annotations

import os
import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from functools import partial
from itertools import count
from pathlib import Path

import paramiko
import pytest

from quarterday import NotConfigured, Refused, Retryable
from quarterday.services.places.bucket import Bucket, bucket_place
from quarterday.services.places.folder import folder_place
from quarterday.services.places.place import Place
from quarterday.services.places.sftp import SftpServer, sftp_place
from quarterday.testing.places import KEY, SECRET, s3_server, sftp_server

Opened = Callable[[], AbstractContextManager[Place]]
At = Callable[[str], Opened]
NUMBERS = count(1)
OLD = 1_700_000_000


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What servers serve."""
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def places(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, At]]:
    """Each kind of place, by the name of a folder below the root."""
    key_file = tmp_path_factory.mktemp("key") / "key"
    with sftp_server(root, key_file) as (port, host_key, _), s3_server(root) as address:
        called = {part: f"exchange_{part}" for part in ("folder", "host_key", "password", "key", "bucket", "address")}

        def sftp(name: str) -> Opened:
            server = SftpServer("127.0.0.1", port, host_key, KEY, SECRET, None, f"/{name}", called)
            return partial(sftp_place, server)

        def bucket(name: str) -> Opened:
            return partial(bucket_place, Bucket(name, "in/", address, "eu-west-2", KEY, SECRET, called))

        yield {
            "folder": lambda name: partial(folder_place, root / name, setting="exchange_folder"),
            "sftp": sftp,
            "bucket": bucket,
        }


@pytest.fixture(params=["folder", "sftp", "bucket"])
def place(request: pytest.FixtureRequest, places: dict[str, At], root: Path) -> tuple[Opened, Path]:
    """A place of each kind with nothing in it, and the folder on this machine behind it."""
    name = f"place{next(NUMBERS)}"
    folder = root / name / ("in" if request.param == "bucket" else "")
    folder.mkdir(parents=True)
    return places[request.param](name), folder


def test_what_is_written_is_there_whole(place: tuple[Opened, Path]) -> None:
    opened, folder = place
    large = bytes(range(256)) * 1024
    with opened() as open_place:
        assert open_place.small("ours/claims.csv") is None
        open_place.write("ours/claims.csv", b"first")
        open_place.write("ours/claims.csv", large)
        (entry,) = open_place.entries(deep=True)
        assert (entry.path, entry.size) == ("ours/claims.csv", len(large))
        assert list(open_place.entries(deep=False)) == []
        assert b"".join(open_place.content(entry.path, entry.key)) == large
        assert open_place.small("ours/claims.csv") == large
        with pytest.raises(Refused, match="isn't there any more"):
            list(open_place.content("ours/gone.csv", entry.key))
        with pytest.raises(Refused, match="was changed"):
            list(open_place.content(entry.path, "another"))
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == ["ours/claims.csv"]


def test_a_file_is_moved_over_another(place: tuple[Opened, Path]) -> None:
    opened, folder = place
    with opened() as open_place:
        open_place.write(".quarterday/claims.csv", b"new")
        open_place.write("claims.csv", b"old")
        assert open_place.move(".quarterday/claims.csv", "claims.csv")
        assert not open_place.move(".quarterday/claims.csv", "claims.csv")
    assert (folder / "claims.csv").read_bytes() == b"new"
    assert not (folder / ".quarterday" / "claims.csv").exists()


def test_a_server_that_renames_over_nothing(places: dict[str, At], root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not every server has OpenSSH's way to rename; another failure removes nothing."""
    (root / "plain").mkdir()
    with places["sftp"]("plain")() as open_place:
        open_place.write("claims.csv", b"old")
    for why, left in (("Failure", b"old"), ("Operation unsupported", b"new")):

        def refuse(*said: object, why: str = why) -> None:
            raise OSError(why)

        monkeypatch.setattr(paramiko.SFTPClient, "posix_rename", refuse)
        with suppress(Retryable), places["sftp"]("plain")() as open_place:
            open_place.write("claims.csv", b"new")
        assert {path.name: path.read_bytes() for path in (root / "plain").iterdir()} == {"claims.csv": left}


@pytest.mark.parametrize("path", ["../claims.csv", "/claims.csv", "a//b", "", "a/..", "two\nlines"])
def test_no_path_leads_out_of_the_place(place: tuple[Opened, Path], path: str) -> None:
    opened, _ = place
    with pytest.raises(Refused, match="no name of a file"), opened() as open_place:
        open_place.write(path, b"x")
    with pytest.raises(Refused, match="no name of a file"), opened() as open_place:
        open_place.move("claims.csv", path)


def test_a_place_that_is_not_there(places: dict[str, At]) -> None:
    """Its folder isn't made by us: it may be one that isn't mounted."""
    for kind in ("folder", "sftp"):
        for use in (lambda it: list(it.entries(deep=False)), lambda it: it.write("a/b.csv", b"x")):
            with pytest.raises(NotConfigured) as error, places[kind]("nowhere")() as open_place:
                use(open_place)
            assert error.value.field == "exchange_folder", kind
    with pytest.raises(NotConfigured, match="The storage refuses"), places["bucket"]("nowhere")() as open_place:
        open_place.write("b.csv", b"x")


def test_nobody_there_is_tried_again(root: Path) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5ptm5hTAa2dgWCVjmFIAVWzYwXfOFwBc1SgvMxyLPB"
        server = SftpServer("127.0.0.1", port, key, KEY, SECRET, None, "/", {"folder": "f", "host_key": "h"})
        bucket = Bucket("b", "", f"http://127.0.0.1:{port}", "eu-west-2", KEY, SECRET, {"bucket": "b", "address": "a"})
        for opened in (partial(sftp_place, server), partial(bucket_place, bucket)):
            with pytest.raises(Retryable, match="can't be reached"), opened() as open_place:
                open_place.write("b.csv", b"x")


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    """As much as a process may write stands for a disk that is full."""
    (tmp_path / "claims.csv").write_bytes(b"before")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(Retryable, match="can't be used now"), folder_place(tmp_path, setting="f") as open_place:
            open_place.write("claims.csv", b"x" * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"claims.csv": b"before"}


def test_a_file_in_a_folder_is_for_the_portal_to_read(tmp_path: Path) -> None:
    with folder_place(tmp_path, setting="f") as open_place:
        open_place.write("claims.csv", b"x")
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "claims.csv").stat().st_mode & 0o777 == 0o666 & ~mask
