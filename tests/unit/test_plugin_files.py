"""Files of plugins are copied whole, and one that its plugin removes meanwhile stops no backup."""

from __future__ import annotations

from pathlib import Path

from quarterday.services.installation.plugin_files import copy_kept


def test_what_is_removed_meanwhile_is_left_out(tmp_path: Path) -> None:
    source = tmp_path / "data" / "ledger" / "7"
    source.mkdir(parents=True)
    for name in ("a", "b", "c"):
        (source / name).write_text(name)

    def remove_the_next(what: str, done: int, of: int) -> None:
        (source / "b").unlink(missing_ok=True)

    copied = copy_kept(tmp_path / "data", tmp_path / "copy", ["ledger"], remove_the_next)
    assert copied == 2
    there = {path.name: path.read_text() for path in (tmp_path / "copy" / "ledger" / "7").iterdir()}
    assert there == {"a": "a", "c": "c"}
