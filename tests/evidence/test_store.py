"""The evidence store: each file there once, whole, as it came; in a folder, in memory and on an S3 server."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest

from quarterday.errors import NotConfigured, Refused, Trouble
from quarterday.evidence import Store

CONTENT = b"Two apprentices began in April.\n"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
KEY, SECRET = "quarterday-tests", "a-secret-of-usual-length-0123456789"
MEGABYTE = 2**20
A_DAY, AT_ONCE = timedelta(days=1), timedelta(days=-1)


def put(store: Store, content: bytes = CONTENT, most_bytes: int = MEGABYTE) -> str:
    with store.receive(BytesIO(content), "it", most_bytes) as received:
        store.keep(received)
        return received.digest


def got(store: Store, digest: str = DIGEST) -> bytes:
    with store.open(digest) as file:
        return file.read()


def lies_at(folder: Path, digest: str = DIGEST) -> Path:
    return folder / digest[:2] / digest[2:4] / digest


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, object]]:
    """A real S3 server of this run with one bucket; what fsspec needs to reach it."""
    buckets = tmp_path_factory.mktemp("s3")
    (buckets / "council").mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [Path(sys.executable).parent / "rclone", "serve", "s3", "--addr", f"127.0.0.1:{port}"]
    command += ["--auth-key", f"{KEY},{SECRET}", "--config", buckets / "none", buckets]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield {"key": KEY, "secret": SECRET, "client_kwargs": {"endpoint_url": f"http://127.0.0.1:{port}"}}
    finally:
        server.terminate()
        server.wait(10)


def wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert time.monotonic() < until, "the S3 server doesn't answer"
            time.sleep(0.05)
        else:
            return


@pytest.fixture(params=["folder", "memory", "s3"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store, in each kind of storage."""
    match request.param:
        case "folder":
            return Store(str(tmp_path / "evidence"))
        case "memory":
            return Store(f"memory://{tmp_path}")
        case _:
            return Store(f"s3://council/{tmp_path.name}", request.getfixturevalue("s3"))


class TestAnywhere:
    def test_what_is_kept_comes_back(self, anywhere: Store) -> None:
        assert put(anywhere) == DIGEST
        assert got(anywhere) == CONTENT
        assert list(anywhere.digests()) == [DIGEST]

    def test_the_same_content_is_there_once(self, anywhere: Store) -> None:
        other = put(anywhere, b"other")
        put(anywhere)
        put(anywhere)
        assert sorted(anywhere.digests()) == sorted([DIGEST, other])
        assert got(anywhere) == CONTENT

    def test_what_is_not_kept_leaves_nothing(self, anywhere: Store) -> None:
        with anywhere.receive(BytesIO(CONTENT), "it", MEGABYTE) as received:
            assert (received.digest, received.size) == (DIGEST, len(CONTENT))
        assert list(anywhere.digests()) == []
        assert not received.path.exists()

    def test_a_missing_file_is_said_to_be_missing(self, anywhere: Store) -> None:
        with pytest.raises(Trouble, match="is missing in the evidence store"):
            anywhere.open(DIGEST)
        assert anywhere.age(DIGEST) is None

    def test_only_what_was_kept_long_ago_is_removed(self, anywhere: Store) -> None:
        put(anywhere)
        age = anywhere.age(DIGEST)
        assert age is not None
        assert abs(age) < timedelta(minutes=1)
        assert not anywhere.remove(DIGEST, older_than=timedelta(minutes=1))
        assert got(anywhere) == CONTENT
        assert anywhere.remove(DIGEST, older_than=AT_ONCE)
        assert list(anywhere.digests()) == []
        assert not anywhere.remove(DIGEST, older_than=AT_ONCE)

    def test_an_empty_store_is_tidy(self, anywhere: Store) -> None:
        anywhere.tidy(older_than=AT_ONCE)
        assert list(anywhere.digests()) == []


def test_a_file_lies_under_its_digest(store: Store, folder: Path) -> None:
    put(store)
    assert files_in(folder) == [f"{DIGEST[:2]}/{DIGEST[2:4]}/{DIGEST}"]


def test_what_else_lies_in_the_folder_is_no_evidence(store: Store, folder: Path) -> None:
    put(store)
    (folder / "README").write_text("kept by Quarterday")
    (folder / ("0" * 64)).write_text("not at its place")
    assert list(store.digests()) == [DIGEST]


@pytest.mark.parametrize("change", [b"Ten", b""])
def test_a_changed_file_is_never_handed_out(store: Store, folder: Path, change: bytes) -> None:
    put(store)
    lies_at(folder).write_bytes(CONTENT.replace(b"Two", change))
    with pytest.raises(Trouble, match="damaged or changed"):
        store.open(DIGEST)


def test_a_damaged_file_is_mended_when_it_comes_again(store: Store, folder: Path) -> None:
    put(store)
    lies_at(folder).write_bytes(b"damaged")
    put(store)
    assert got(store) == CONTENT


@pytest.mark.parametrize(
    ("content", "most_bytes", "said"),
    [(b"", 10, "is empty"), (b"12345678901", 10, "is larger than"), (b"1" * 2**20, 2**19, "larger than 0.5 MB")],
)
def test_what_is_too_large_or_empty_is_refused(
    store: Store, folder: Path, content: bytes, most_bytes: int, said: str
) -> None:
    with pytest.raises(Refused, match=said):
        put(store, content, most_bytes)
    assert files_in(folder) == []


def test_just_as_large_as_allowed_is_taken(store: Store) -> None:
    assert got(store, put(store, b"1234567890", most_bytes=10)) == b"1234567890"


def test_what_is_kept_is_on_the_disk(store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def fsync(number: int) -> None:
        synced.append(os.readlink(f"/proc/self/fd/{number}"))
        real(number)

    monkeypatch.setattr(os, "fsync", fsync)
    put(store)
    at = lies_at(folder)
    assert synced[0].startswith(str(folder / "incoming"))  # the content, before it gets its name
    assert synced[1:] == [str(at.parent), str(at.parent.parent), str(folder)]


class Endless:
    """A stream that goes on for so many bytes, and notes the most that was asked of it at once."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.most = 0

    def read(self, size: int = -1) -> bytes:
        assert size > 0
        self.most = max(self.most, size)
        part = bytes(min(size, self.left))
        self.left -= len(part)
        return part


def test_a_large_file_is_never_whole_in_memory(store: Store) -> None:
    stream = Endless(64 * MEGABYTE)
    with store.receive(stream, "it", 100 * MEGABYTE) as received:  # type: ignore[arg-type]
        assert received.size == 64 * MEGABYTE
    assert stream.most <= MEGABYTE


def run(code: str, folder: Path, **more: object) -> subprocess.Popen[str]:
    beginning = (
        "from io import BytesIO\nfrom quarterday.errors import Trouble\nfrom quarterday.evidence import Store\n"
        f"store = Store({str(folder)!r})\n"
    )
    return subprocess.Popen([sys.executable, "-c", beginning + code], stdout=subprocess.PIPE, text=True, **more)  # type: ignore[call-overload, no-any-return]


def test_a_disk_that_takes_no_more_is_said_to(folder: Path) -> None:
    code = (
        "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try:\n    with store.receive(BytesIO(bytes(1_000_000)), 'it', 2_000_000):\n        print('taken')\n"
        "except Trouble as why:\n    print(why)\n"
    )
    with run(code, folder) as full:
        said = full.stdout.read() if full.stdout else ""
    assert said.startswith("The evidence store can't be read or written (File too large); put that right")
    assert files_in(folder) == []


def test_a_store_that_can_not_be_written_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "evidence").write_text("a file where the folder should be")
    with pytest.raises(Trouble, match="can't be read or written"):
        put(Store(str(tmp_path / "evidence")))


def test_an_interrupted_file_is_never_seen_and_cleared_away(store: Store, folder: Path) -> None:
    code = (
        "class Slow:\n    def read(self, size):\n        print('waits', flush=True)\n        return bytes(size)\n"
        "with store.receive(Slow(), 'it', 10**12):\n    pass\n"
    )
    with run(code, folder) as killed:
        assert killed.stdout
        for _ in range(5):
            killed.stdout.readline()
        killed.send_signal(signal.SIGKILL)
        killed.stdout.read()
    assert list(store.digests()) == []
    assert len(files_in(folder)) == 1
    store.tidy(older_than=A_DAY)
    assert len(files_in(folder)) == 1
    store.tidy(older_than=AT_ONCE)
    assert files_in(folder) == []


def test_what_comes_again_while_it_is_removed_stays(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store)
    long_ago = time.time() - 10 * 86_400
    os.utime(lies_at(folder), (long_ago, long_ago))
    before(monkeypatch, "rename", lambda: put(store))
    assert not store.remove(DIGEST, older_than=A_DAY)
    assert got(store) == CONTENT


def test_what_comes_again_just_after_it_was_taken_aside_stays(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store)
    long_ago = time.time() - 10 * 86_400
    os.utime(lies_at(folder), (long_ago, long_ago))
    before(monkeypatch, "unlink", lambda: put(store))
    assert store.remove(DIGEST, older_than=A_DAY)
    assert got(store) == CONTENT


@pytest.mark.parametrize("call", ["rename", "unlink"])
def test_of_two_that_remove_the_same_one_does(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    put(store)
    removed: list[bool] = []
    rest = {
        "rename": lambda: removed.append(store.remove(DIGEST, older_than=AT_ONCE)),
        "unlink": lambda: store.tidy(older_than=A_DAY),
    }
    before(monkeypatch, call, rest[call])
    assert not store.remove(DIGEST, older_than=AT_ONCE)
    assert len(list(store.digests())) + sum(removed) == 1


def test_what_comes_in_whole_while_it_is_tidied_is_let_be(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with store.receive(BytesIO(CONTENT), "it", MEGABYTE) as received:
        before(monkeypatch, "unlink", lambda: store.keep(received))
        store.tidy(older_than=AT_ONCE)
    assert got(store) == CONTENT


def test_an_interrupted_removal_is_undone(store: Store, folder: Path) -> None:
    put(store)
    os.rename(lies_at(folder), folder / "incoming" / f"{DIGEST}.aside")
    store.tidy(older_than=AT_ONCE)
    assert got(store) == CONTENT


def before(monkeypatch: pytest.MonkeyPatch, name: str, happens: Callable[[], object]) -> None:
    """Let something happen just before the next call of ``os.name``, once."""
    real = getattr(os, name)

    def hooked(*args: object, **options: object) -> object:
        monkeypatch.setattr(os, name, real)
        happens()
        return real(*args, **options)

    monkeypatch.setattr(os, name, hooked)


@pytest.mark.parametrize(
    ("url", "options", "said"),
    [
        ("nowhere://x", {}, "nowhere"),
        ("hf://datasets/x", {}, "Install huggingface_hub"),
        ("dir://x", {}, "can't be used"),
    ],
)
def test_a_storage_that_can_not_be_used_is_named(url: str, options: dict[str, str], said: str) -> None:
    with pytest.raises(NotConfigured, match=said) as why:
        Store(url, options)
    assert why.value.field == "evidence_url"


def test_a_storage_that_does_not_answer_is_a_sentence(s3: dict[str, object]) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        once = {"retries": {"max_attempts": 0}}
        gone = Store("s3://council/x", {**s3, "client_kwargs": {"endpoint_url": url}, "config_kwargs": once})
        with pytest.raises(Trouble, match="can't be read or written"):
            gone.open(DIGEST)


def test_a_bucket_that_is_not_there_is_a_sentence(s3: dict[str, object]) -> None:
    with pytest.raises(Trouble, match="can't be read or written"):
        put(Store("s3://nowhere/x", s3))


def test_what_another_machine_keeps_is_seen(s3: dict[str, object], tmp_path: Path) -> None:
    one, other = (Store(f"s3://council/{tmp_path.name}", {**s3, "skip_instance_cache": True}) for _ in range(2))
    first = put(one)
    assert list(one.digests()) == [first]
    second = put(other, b"other")
    assert sorted(one.digests()) == sorted([first, second])


def test_a_wrong_secret_is_a_sentence(s3: dict[str, object]) -> None:
    with pytest.raises(Trouble, match="can't be read or written"):
        put(Store("s3://council/x", {**s3, "secret": "another-secret-of-usual-length-012345"}))


def test_a_reader_is_not_disturbed_by_a_writer(store: Store) -> None:
    put(store)
    file: IO[bytes]
    with store.open(DIGEST) as file:
        put(store)
        assert file.read() == CONTENT
