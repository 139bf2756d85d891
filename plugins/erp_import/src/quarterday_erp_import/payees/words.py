"""The words that names of payees are read with: data in ``words.toml`` and ``kinds.toml``, read once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any


@dataclass(frozen=True, slots=True)
class Words:
    """What the words of a name mean.

    ``legal``: a word and the legal form it says. ``left_out``: words that tell no two payees apart. ``written_out``: a
    word and the words it stands for. ``changed``: the words of these two. ``spelt_out``: runs of words and the one word
    for their legal form.
    """

    legal: Mapping[str, str]
    left_out: frozenset[str]
    written_out: Mapping[str, tuple[str, ...]]
    spelt_out: Mapping[str, str]
    changed: frozenset[str]


def table(name: str) -> dict[str, Any]:
    """One of the TOML files beside this module."""
    return tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))


@cache
def words() -> Words:
    """The words of ``words.toml``."""
    read = table("words.toml")
    written_out = {
        word: tuple(meant.split()) for word, meant in {**read["abbreviations"], **read["several_words"]}.items()
    }
    left_out = frozenset(read["left_out"]["words"])
    return Words(
        legal=read["legal_forms"],
        left_out=left_out,
        written_out=written_out,
        changed=left_out | written_out.keys(),
        spelt_out=read["spelt_out"],
    )
