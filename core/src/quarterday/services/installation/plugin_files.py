"""The files that plugins keep beside the record, like a ledger's lines: copied with what names them.

A plugin's files lie in a folder of the data folder, those of each authority in one called by its id, and are never
changed. What a plugin is about to write lies beside these folders, and isn't copied.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Collection
from pathlib import Path

from quarterday.db.copying import Told, settle
from quarterday.settings_file import data_folder


def kept(folder: Path, authority_id: int | None = None) -> list[Path]:
    """The files below a plugin's folder, all or an authority's, relative to it, in order."""
    wanted = str(authority_id) if authority_id is not None else "[0-9]*"
    return sorted(path.relative_to(folder) for path in folder.glob(f"{wanted}/**/*") if path.is_file())


def copy_kept(
    source: Path,
    target: Path,
    names: Collection[str],
    told: Told,
    *,
    authority_id: int | None = None,
    without: Collection[str] = (),
) -> int:
    """Copy the files of those folders below ``source`` to below ``target``, each whole or not at all, and on the disk;
    all but those in ``without``.

    What is there already is named by no row, like what a killed import left, and is replaced. Returns how many were
    copied.
    """
    there = [(name, path) for name in names for path in kept(source / name, authority_id)]
    wanted = [(name, path) for name, path in there if f"{name}/{path.as_posix()}" not in without]
    gone = 0
    for number, (name, path) in enumerate(wanted, 1):
        copy = target / name / path
        copy.parent.mkdir(parents=True, exist_ok=True)
        partial = copy.with_name(f"{copy.name}.partial")
        try:
            shutil.copyfile(source / name / path, partial)
        except FileNotFoundError:  # its plugin removed it meanwhile, so nobody needs it
            gone += 1
            continue
        settle(partial)
        partial.rename(copy)
        settle(copy.parent)
        told("the files of plugins", number, len(wanted))
    return len(wanted) - gone


def list_digests(folder: Path) -> str:
    """The SHA-256 of each file below a folder, as ``sha256sum`` writes and checks them: a line each."""
    there = sorted(path for path in folder.rglob("*") if path.is_file())
    return "".join(f"{_digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in there)


def changed(folder: Path, digests: str) -> tuple[str, ...]:
    """The files of such a list that are missing or aren't what they were."""
    wanted = [line.split("  ", 1) for line in digests.splitlines()]
    return tuple(name for digest, name in wanted if not (folder / name).is_file() or _digest(folder / name) != digest)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def home() -> Path:
    """Where the folders of plugins lie: the data folder."""
    return data_folder()
