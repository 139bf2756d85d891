"""What plugins keep goes along: into a backup and back, and with the authority whose it is, the files too."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, delete, insert, select
from tables_made_up import SOUND, registry

from quarterday.db.engine import open_engine
from quarterday.db.models import PluginFolder
from quarterday.db.schema import upgrade
from quarterday.db.work import UnitOfWork
from quarterday.errors import Refused, Trouble
from quarterday.evidence import Store
from quarterday.registry import Registry
from quarterday.services.exchange import export_authority, import_authority
from quarterday.services.installation.backups import back_up, restore
from quarterday.services.tables import standing
from quarterday.testing.builders import OPERATOR, an_authority

ASKING = (
    "quarterday.services.exchange.exporting",
    "quarterday.services.exchange.importing",
    "quarterday.services.installation.backups",
)


def untold(what: str, done: int, of: int) -> None:
    """Nobody watches."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder."""
    (tmp_path / "home").mkdir()
    monkeypatch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "evidence"))


@pytest.fixture
def plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A library is the only plugin that is installed."""
    found = registry(tmp_path, monkeypatch, SOUND)
    use(found, monkeypatch)
    return found


def use(found: Registry, patch: pytest.MonkeyPatch) -> None:
    for place in ASKING:
        patch.setattr(f"{place}.installed", lambda: found)


@pytest.fixture
def authorities(uow: UnitOfWork, plugins: Registry, home: Path) -> tuple[int, int]:
    """Two councils, each with a book of two pages, and the file of it."""
    standing.bring_up_to_date(uow.engine, plugins)
    book, page = tables(plugins)
    made = an_authority(uow), an_authority(uow)
    with uow.engine.begin() as connection:
        for number, authority in enumerate(made, 1):
            more = {"shelf": number, "who": None}
            connection.execute(
                insert(book),
                {
                    "id": number * 10,
                    "authority_id": authority,
                    "title": f"Ærø {number}",
                    "read_on": date(2026, 7, number),
                }
                | {"is_lent": number == 1, "more": more},
            )
            connection.execute(insert(page), [{"book_id": number * 10, "number": one} for one in (1, 2)])
            (home / "books" / str(authority)).mkdir(parents=True)
            (home / "books" / str(authority) / "one.txt").write_text(f"the book of {number}")
    (home / "books" / "coming-1").write_text("not written to its end")
    return made


def tables(plugins: Registry) -> list[Table]:
    return list(standing.branches_of(plugins)["library"].metadata.sorted_tables)


def rows(uow: UnitOfWork, table: Table) -> list[dict[str, Any]]:
    with uow.read(OPERATOR) as work:
        return [dict(row._mapping) for row in work.all(select(table).order_by(table.c.id))]


def files(home: Path) -> dict[str, str]:
    there = sorted(path for path in home.rglob("*") if path.is_file() and path.suffix == ".txt")
    return {path.relative_to(home).as_posix(): path.read_text() for path in there}


@pytest.fixture
def elsewhere(tmp_path: Path, plugins: Registry, uow: UnitOfWork) -> UnitOfWork:
    """An empty installation with the plugin's tables; its data folder is another one."""
    engine = open_engine(f"sqlite:///{tmp_path / 'elsewhere.db'}")
    upgrade(engine)
    standing.bring_up_to_date(engine, plugins)
    return UnitOfWork(engine, uow.clock)


def move(tmp_path: Path, patch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "there").mkdir()
    patch.setenv("QUARTERDAY_DATA_DIR", str(tmp_path / "there"))
    return tmp_path / "there"


def leave_behind(home: Path, authority: int) -> None:
    """What an import that was killed leaves under the name of a file."""
    (home / "books" / str(authority)).mkdir(parents=True)
    (home / "books" / str(authority) / "one.txt").write_text("another reading, of a row that never came")


def exported(uow: UnitOfWork, authority: int, store: Store, tmp_path: Path) -> Path:
    export_authority(uow, OPERATOR, store, authority_id=authority, folder=tmp_path / "export", told=untold)
    return tmp_path / "export"


def test_an_authoritys_rows_and_files_go_along_and_nobody_elses(
    uow: UnitOfWork,
    authorities: tuple[int, int],
    elsewhere: UnitOfWork,
    plugins: Registry,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book, page = tables(plugins)
    folder = exported(uow, authorities[0], store, tmp_path)
    there = move(tmp_path, monkeypatch)
    leave_behind(there, authorities[0])
    found = import_authority(elsewhere, OPERATOR, store, folder=folder, told=untold)
    assert found.plugins == {"library": "0002"}
    assert (found.tables["library_book"].rows, found.tables["library_page"].rows) == (1, 2)
    assert rows(elsewhere, book) == rows(uow, book)[:1]
    assert rows(elsewhere, page) == rows(uow, page)[:2]
    assert files(there) == {f"books/{authorities[0]}/one.txt": "the book of 1"}
    elsewhere.engine.dispose()


def test_ids_go_on_after_those_that_came(
    uow: UnitOfWork, authorities: tuple[int, int], plugins: Registry, store: Store, tmp_path: Path, home: Path
) -> None:
    folder = exported(uow, authorities[1], store, tmp_path)
    book, page = tables(plugins)
    with uow.engine.begin() as connection:  # as empty as a new one
        for table in reversed([*uow_tables(), book, page]):
            connection.execute(table.delete())
    import_authority(uow, OPERATOR, store, folder=folder, told=untold)
    new = {"authority_id": authorities[1], "title": "The next", "is_lent": False}
    with uow.engine.begin() as connection:
        assert connection.execute(insert(book), new).inserted_primary_key == (21,)


def uow_tables() -> list[Table]:
    from quarterday.db.models import METADATA

    return list(METADATA.sorted_tables)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # nothing is asked of the other
def test_what_was_changed_on_the_way_or_finds_no_plugin_is_refused(
    uow: UnitOfWork,
    authorities: tuple[int, int],
    elsewhere: UnitOfWork,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = exported(uow, authorities[0], store, tmp_path)
    shutil.copytree(folder, tmp_path / "changed")
    (tmp_path / "changed" / "plugins" / "books" / str(authorities[0]) / "one.txt").write_text("another book")
    move(tmp_path, monkeypatch)
    with pytest.raises(Trouble, match="aren't what they were when the export was made"):
        import_authority(elsewhere, OPERATOR, store, folder=tmp_path / "changed", told=untold)
    use(registry(tmp_path, monkeypatch), monkeypatch)
    with pytest.raises(Refused, match="“library”, which aren't in this record: install it"):
        import_authority(elsewhere, OPERATOR, store, folder=folder, told=untold)
    later = SOUND.changed("second", '"0002"', '"0003"')
    newer = registry(tmp_path, monkeypatch, type(SOUND)(**{**vars(later), "revision": "0003"}))
    with elsewhere.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE library_schema SET version_num = '0003'")
    use(newer, monkeypatch)
    with pytest.raises(Refused, match=r"of revision 0002, and this one's are of 0003"):
        import_authority(elsewhere, OPERATOR, store, folder=folder, told=untold)
    elsewhere.engine.dispose()


def test_an_export_says_whose_tables_stay_behind(
    uow: UnitOfWork, authorities: tuple[int, int], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(registry(tmp_path, monkeypatch), monkeypatch)
    told: dict[str, Any] = {"authority_id": authorities[0], "folder": tmp_path / "export", "told": untold}
    manifest = export_authority(uow, OPERATOR, store, **told).manifest
    assert [sentence.split(":")[0] for sentence in manifest.lost] == [
        "The tables of the plugin “library” (2) aren't in it"
    ]
    assert (manifest.plugins, manifest.files, manifest.evidence) == ({}, {}, 0)


def test_a_backup_takes_tables_and_files_along(
    uow: UnitOfWork,
    authorities: tuple[int, int],
    database: str,
    plugins: Registry,
    store: Store,
    tmp_path: Path,
    home: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = files(home)
    assert len(before) == 2
    use(registry(tmp_path, monkeypatch), monkeypatch)  # it isn't installed any more, and its tables are still there
    copied = back_up(uow, store, tmp_path / "backup", untold)
    assert (copied.backup.plugin_files, copied.lost) == (2, ())
    there = move(tmp_path, monkeypatch)
    leave_behind(there, authorities[0])
    url = f"sqlite:///{tmp_path / 'restored.db'}"
    if database == "postgresql":
        url = request.getfixturevalue("cluster").create("plugins_restored")
    engine = open_engine(url)
    restore(engine, store, tmp_path / "backup", untold)
    restored = UnitOfWork(engine, uow.clock)
    for table in tables(plugins):
        assert rows(restored, table) == rows(uow, table)
    assert files(there) == before
    standing.require_current(engine, "library", plugins)
    engine.dispose()
    if database == "postgresql":
        request.getfixturevalue("cluster").drop("plugins_restored")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # nothing is asked of the other
def test_what_is_lost_of_a_plugins_files_is_named(
    uow: UnitOfWork, authorities: tuple[int, int], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    back_up(uow, store, tmp_path / "backup", untold)
    one, two = (tmp_path / "backup" / "plugins" / "books" / str(authority) / "one.txt" for authority in authorities)
    one.unlink()
    two.write_text("another book")
    engine = open_engine(f"sqlite:///{tmp_path / 'restored.db'}")
    there = move(tmp_path, monkeypatch)
    lost = restore(engine, store, tmp_path / "backup", untold).lost
    assert files(there) == {}
    assert [sentence.split(" of a plugin")[0] for sentence in lost] == [
        f"The file books/{authority}/one.txt" for authority in authorities
    ]
    (tmp_path / "backup" / "plugins.sha256").write_text("")
    with pytest.raises(Trouble, match=r"plugins\.sha256 isn't what it was"):
        restore(open_engine(f"sqlite:///{tmp_path / 'again.db'}"), store, tmp_path / "backup", untold)
    engine.dispose()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_of_a_plugin_that_never_said_where_its_files_are_a_backup_says_so(
    uow: UnitOfWork, authorities: tuple[int, int], store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with uow.engine.begin() as connection:
        connection.execute(delete(PluginFolder))  # brought up to date before that was remembered
    use(registry(tmp_path, monkeypatch), monkeypatch)
    copied = back_up(uow, store, tmp_path / "backup", untold)
    assert copied.backup.plugin_files == 0
    (lost,) = copied.lost
    assert lost.startswith("Whether the plugin “library” keeps files beside its tables isn't known")
