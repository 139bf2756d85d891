"""Reading sources of whole files: each file is fetched and taken in once, and one that is bad stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from hostile_site import install
from sqlalchemy import select

from quarterday import NotConfigured, Retryable
from quarterday.db.models import PluginSetting, SourceItem, SourceReject
from quarterday.db.work import UnitOfWork
from quarterday.registry import installed
from quarterday.services.background import fetched
from quarterday.services.background.reading import Read, read
from quarterday.services.plugins import children as children_module
from quarterday.services.plugins.children import Children, Limits
from quarterday.services.plugins.process import PluginFault
from quarterday.testing.builders import OPERATOR, an_authority
from quarterday.testing.clock import Clock


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def children(data: Path) -> Iterator[Children]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QUARTERDAY_DATA_DIR", str(data))
        (data / "quarterday.toml").write_text('[plugins]\norder = ["hostile-files"]\n')  # the first ledger counts
        patch.setattr(children_module, "PATIENCE", 0.1)
        install(data / "site-packages", patch, "files")
        with Children(Limits(seconds=20, job_seconds=20)) as children:
            yield children
    installed.cache_clear()


class Place:
    """A folder that is read for an authority, and what the ledger kept of it."""

    def __init__(self, uow: UnitOfWork, children: Children, folder: Path, data: Path) -> None:
        self.uow, self.children, self.data = uow, children, data
        self.folder, self.kept = folder / "there", folder / "kept"
        self.folder.mkdir()
        self.kept.mkdir()
        self.authority = an_authority(uow)
        values = {"folder": str(self.folder), "kept": str(self.kept)}
        with uow.begin(OPERATOR) as work:
            work.add(PluginSetting, authority_id=self.authority, plugin="hostile-files", values=values, sealed="")

    def put(self, **contents: str) -> None:
        for name, content in contents.items():
            (self.folder / name).write_text(content)

    def read(self) -> Read:
        return read(self.uow, self.children, source="files-source", authority_id=self.authority)

    def taken(self) -> dict[str, str]:
        """What the ledger kept, by the file's name."""
        return {path.name.rpartition("-")[2]: path.read_text() for path in self.kept.iterdir()}

    def rejected(self) -> list[str]:
        with self.uow.read(OPERATOR) as work:
            mine = SourceReject.c.authority_id == self.authority
            return [row.why for row in work.all(select(SourceReject.c.why).where(mine).order_by(SourceReject.c.id))]


@pytest.fixture
def place(uow: UnitOfWork, children: Children, tmp_path: Path, data: Path) -> Place:
    return Place(uow, children, tmp_path, data)


def test_each_file_is_taken_in_once_and_a_changed_one_again(place: Place) -> None:
    place.put(june="june's", july="july's")
    assert str(place.read()) == "Taken: 2, known already: 0, rejected: 0."
    assert place.taken() == {"june": "june's", "july": "july's"}
    place.put(july="july's, with more")
    assert place.read() == Read(taken=1)
    assert place.taken() == {"june": "june's", "july": "july'sjuly's, with more"}
    assert place.read() == Read()
    assert list((place.data / fetched.FOLDER).iterdir()) == []


BAD = {
    "is refused": "It is under a password.",
    "has no end": "It is larger than 0 MB, and isn't fetched.",
    "the ledger refuses": "It is a picture.",
}


def test_the_rest_goes_on_after_bad_files(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetched, "MOST_BYTES", 100_000)
    place.put(a="one", **{f"b{number}": content for number, content in enumerate(BAD)}, c="two")
    (place.folder / "b9.bad").touch()
    assert place.read() == Read(taken=2, rejected=4)
    assert (sorted(place.taken()), place.rejected()) == (["a", "c"], [*BAD.values(), "It has no name."])
    assert place.read() == Read()
    cast(Clock, place.uow.clock).forward(days=1, minutes=1)
    place.put(b0="it came after all")
    assert place.read() == Read(taken=1, rejected=3), "a day later they are tried again"
    assert place.read() == Read()


def test_after_a_file_that_breaks_its_source_the_next_reading_goes_on(place: Place) -> None:
    place.put(a="one", b="crashes", c="the ledger crashes", d="two")
    with pytest.raises(PluginFault, match="exit code 7"):
        place.read()
    assert sorted(place.taken()) == ["a"]
    assert place.read() == Read(taken=1, rejected=1)
    assert sorted(place.taken()) == ["a", "d"]
    assert place.rejected()[1] == "The ledger ended its process (exit code 9) in the middle of its work."


def test_a_server_that_is_away_is_waited_for(place: Place) -> None:
    place.put(a="one", b="comes later", c="two")
    for _ in range(2):
        with pytest.raises(Retryable, match="away"):
            place.read()
    assert (sorted(place.taken()), place.rejected()) == (["a"], [])


def test_a_file_that_was_kept_when_everything_stopped_is_kept_once_more_under_its_key(place: Place) -> None:
    place.put(june="june's")
    place.read()
    with place.uow.begin(OPERATOR) as work:
        work.connection.execute(SourceItem.delete().where(SourceItem.c.authority_id == place.authority))
    assert place.read() == Read(taken=1), "the ledger is told of it again, and tells by the key that it has it"


def test_a_full_disk_stops_the_reading_and_nothing_is_lost(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put(june="june's")
    (place.data / "full").write_text("a file where a folder should be")
    monkeypatch.setattr(fetched, "FOLDER", "full")
    with pytest.raises(Retryable, match="make room on the disk"):
        place.read()
    monkeypatch.undo()
    assert (place.rejected(), place.taken()) == ([], {})


def test_the_files_of_the_installation_would_be_nobodys(uow: UnitOfWork, children: Children) -> None:
    with pytest.raises(NotConfigured, match="Set this source for the authority"):
        read(uow, children, source="files-source", authority_id=None)
