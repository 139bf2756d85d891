"""What portals call things: which of our fields, or which mark of a record, a header may mean."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from quarterday_portal_sync.mapping.headers import BETWEEN

LIST = "names.toml"


@cache
def vocabulary() -> Mapping[str, Any]:
    """The words, as ``names.toml`` has them: ``fields`` by kind, ``marks``, ``kinds``, ``decisions``."""
    read: Mapping[str, Any] = tomllib.loads(files(__package__).joinpath(LIST).read_text(encoding="utf-8"))
    return read


def plain(text: str) -> str:
    """A name without case, spaces and signs: ``Unit (£)`` is ``unit``."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text).casefold())


def names_of(header: str) -> Iterator[tuple[str, int]]:
    """What a header may be read as, with how much it then says: the whole of it, its last part, what is in brackets."""
    parts = re.split(rf"{re.escape(BETWEEN)}|\.", re.sub(r"\[[^=\]]*=([^\]]*)\]", r".\1", header))
    if len(parts) > 1 and plain(parts[-1]) in ("value", "values", "code", "text", "answer", "ref", "reference", "id"):
        yield plain(parts[-2] + parts[-1]), 3
        if plain(parts[-1]) not in ("id", "ref", "reference"):
            yield plain(parts[-2]), 2
    yield plain("".join(parts)), 4 if len(parts) == 1 else 3
    yield plain("".join(parts[-2:])), 3
    yield plain(parts[-1]), 2
    yield plain(re.sub(r"\(.*?\)", "", parts[-1])), 2


def score(header: str, words: str) -> int:
    """How well a header names what goes by these words: 0 for not at all."""
    known = set(words.split())
    return max((points for name, points in names_of(header) if name in known), default=0)


def known_headers(cells: Sequence[str]) -> int:
    """How many of a row's cells name something that is known."""
    every = [*vocabulary()["fields"].values(), vocabulary()["marks"]]
    known = {word for fields in every for words in fields.values() for word in words.split()}
    return sum(any(name in known for name, _ in names_of(cell)) for cell in cells if cell.strip())
