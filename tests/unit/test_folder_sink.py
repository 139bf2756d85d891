"""The folder sink: it keeps to the kit, survives a crash at any step, and says who should act when the disk doesn't."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from quarterday import Document, DocumentKind, NotConfigured, Receipt, Refused, Retryable
from quarterday.reports.folder_settings import FolderSettings
from quarterday.reports.folder_sink import HIDDEN, FolderSink
from quarterday.testing import SinkConformance, SinkTrial

REPORT = Document(DocumentKind.REPORT, "delivery 2026 Q1.csv", "text/csv", b"ref,accepted\nX1,12.5\n")
PLACE = "delivery-2026-Q1.ddfe1edca80d08ba.csv"


def files(folder: Path) -> dict[str, bytes]:
    """What lies in the folder for others to see."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


class TestFolderSink(SinkConformance):
    @pytest.fixture
    def trial(self, tmp_path: Path) -> SinkTrial:
        folder = tmp_path / "reports"
        folder.mkdir()
        return SinkTrial(
            FolderSink,
            {"folder": str(folder)},
            received=lambda: files(folder).values(),
            away={"folder": str(tmp_path / "gone")},
            wrong=({}, {"folder": "reports"}, {"folder": 7}),
            folders=(folder,),
        )


@pytest.fixture
def sink(tmp_path: Path) -> FolderSink:
    return FolderSink(FolderSettings(folder=tmp_path))


def test_the_file_is_named_after_the_document_and_the_key(sink: FolderSink, tmp_path: Path) -> None:
    assert sink.deliver(REPORT, "report/7") == Receipt(PLACE)
    assert files(tmp_path) == {PLACE: REPORT.content}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd.ddfe1edca80d08ba"),
        ("", "report.ddfe1edca80d08ba"),
        ("..", "report.ddfe1edca80d08ba"),
        (".bashrc", "bashrc.ddfe1edca80d08ba"),
        ("Bericht über £.csv", "Bericht-über.ddfe1edca80d08ba.csv"),
        ("a.b.html", "a.b.ddfe1edca80d08ba.html"),
        ("é" * 100 + ".csv", "é" * 75 + ".ddfe1edca80d08ba.csv"),
        ("ending." + "e" * 11, "ending.eeeeeeeeeee.ddfe1edca80d08ba"),
    ],
)
def test_a_name_becomes_harmless_and_stays_readable(sink: FolderSink, tmp_path: Path, name: str, shown: str) -> None:
    sink.deliver(Document(DocumentKind.REPORT, name, "text/csv", b"1"), "report/7")
    assert list(files(tmp_path)) == [shown]


def test_a_document_that_was_taken_away_is_not_written_again(sink: FolderSink, tmp_path: Path) -> None:
    """Another system may collect a file before the worker has settled its delivery."""
    sink.deliver(REPORT, "report/7")
    (tmp_path / PLACE).unlink()
    assert sink.deliver(REPORT, "report/7") == Receipt(PLACE)
    assert files(tmp_path) == {}


def test_another_content_says_what_was_delivered(sink: FolderSink) -> None:
    sink.deliver(REPORT, "report/7")
    with pytest.raises(Refused, match=f"{PLACE} was delivered under this key with another content"):
        sink.deliver(Document(DocumentKind.REPORT, "other.csv", "text/csv", b"2"), "report/7")


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    """It may be a share that isn't mounted; a folder in its place would swallow the reports."""
    with pytest.raises(NotConfigured, match="No such file or directory") as refused:
        FolderSink(FolderSettings(folder=tmp_path / "share")).deliver(REPORT, "report/7")
    assert refused.value.field == "folder"
    assert not (tmp_path / "share").exists()


def test_a_full_disk_is_tried_again_later_and_nothing_is_half_written(sink: FolderSink, tmp_path: Path) -> None:
    (tmp_path / HIDDEN).mkdir()
    (tmp_path / HIDDEN / f"{sha256(b'report/7').hexdigest()}.new").symlink_to("/dev/full")
    with pytest.raises(Retryable, match="No space left"):
        sink.deliver(REPORT, "report/7")
    assert list(tmp_path.rglob("*")) == [tmp_path / HIDDEN]
    sink.deliver(REPORT, "report/7")
    assert files(tmp_path) == {PLACE: REPORT.content}


def test_a_folder_that_may_not_be_written_to() -> None:
    with pytest.raises(NotConfigured, match=r"The folder can't be used .*: /sys"):
        FolderSink(FolderSettings(folder=Path("/sys"))).deliver(REPORT, "report/7")


CRASHING = """
import itertools, os, sys
from pathlib import Path
from quarterday import Document, DocumentKind
from quarterday.reports.folder_settings import FolderSettings
from quarterday.reports.folder_sink import FolderSink

report = Document(DocumentKind.REPORT, "delivery 2026 Q1.csv", "text/csv", b"ref,accepted\\nX1,12.5\\n")
for steps in itertools.count():
    folder = Path(sys.argv[1], str(steps))
    folder.mkdir()
    if child := os.fork():
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0:
            break
        continue

    def crash(event, arguments):
        global steps
        if event in ("open", "os.rename", "os.mkdir", "os.remove") and str(folder) in str(arguments[0]):
            steps -= 1
            if steps < 0:
                os._exit(9)

    sys.addaudithook(crash)
    FolderSink(FolderSettings(folder=folder)).deliver(report, "report/7")
    os._exit(0)
"""


def test_a_crash_before_any_step_neither_loses_nor_doubles(tmp_path: Path) -> None:
    """A process is ended before its first, second, … step on a file, and each delivery is tried again."""
    subprocess.run([sys.executable, "-c", CRASHING, tmp_path], check=True)
    crashed = list(tmp_path.iterdir())
    for folder in crashed:
        before = files(folder)
        assert before in ({}, {PLACE: REPORT.content})
        for name in before:  # somebody collects what has arrived
            (folder / name).unlink()
        assert FolderSink(FolderSettings(folder=folder)).deliver(REPORT, "report/7") == Receipt(PLACE)
        assert files(folder) | before == {PLACE: REPORT.content}
        assert not (files(folder) and before), "it arrived twice"
        assert [path.suffix for path in (folder / HIDDEN).iterdir()] == [".json"]
    assert len(crashed) > 8
