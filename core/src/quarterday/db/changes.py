"""Which tables a statement changes, read off its words.

It keeps a plugin's revision from changing somebody else's table by mistake. It is no wall: what a statement puts
together while it runs can't be read here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_ASIDE = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", re.DOTALL)
_NAMES = r"(?P<{}>'?\w+'?(?: ?, ?'?\w+'?)*)"
_IF = "(?:IF (?:NOT )?EXISTS )?(?:ONLY )?"
_NO_EVENT = "".join(f"(?<!{word} )" for word in ("ON", "DO", "FOR", "OR", "OF", "KEY", "BEFORE", "AFTER"))
_CHANGES = re.compile(
    r"\b(?:"  # noqa: S608 (it reads statements)
    r"(?:INSERT(?: OR \w+)?|REPLACE|MERGE) INTO (?:ONLY )?"
    rf"|{_NO_EVENT}UPDATE (?:OR \w+ )?(?:ONLY )?(?!ON |OF |OR |SET )"
    r"|DELETE FROM (?:ONLY )?"
    r"|TRUNCATE (?:TABLE )?(?:ONLY )?"
    rf"|(?:CREATE(?: OR REPLACE)?|ALTER|DROP) (?:TABLE|VIEW) {_IF}"
    rf"|CREATE (?:UNIQUE )?INDEX (?:CONCURRENTLY )?{_IF}(?:(?!ON )\w+ )?ON (?:ONLY )?"
    r"|(?:CREATE(?: OR REPLACE)?(?: CONSTRAINT)?|ALTER|DROP) TRIGGER [^;]*? ON "
    rf"){_NAMES.format('tables')}"
    rf"|\b(?:ALTER|DROP) (?:INDEX|TRIGGER) (?:CONCURRENTLY )?{_IF}{_NAMES.format('parts')}",
    re.IGNORECASE,
)


class Changed(NamedTuple):
    """Something that a statement changes."""

    name: str
    is_table: bool
    """False for an index or a trigger, whose statement doesn't say of which table it is."""


def changed(statement: str) -> Iterator[Changed]:
    """What the statements in a text change, wherever in it they stand; names are without their schema."""
    for found in _CHANGES.finditer(_plain(statement)):
        names = found["tables"] or found["parts"]
        yield from (Changed(name.strip(" '"), bool(found["tables"])) for name in names.split(","))


def _plain(statement: str) -> str:
    """The statement without comments, quotes, schemas, and texts of more than a word, which name no table."""
    bare = _ASIDE.sub(lambda found: found[0] if re.fullmatch(r"'\w+'", found[0]) else " ", statement)
    bare = re.sub(r"\s+", " ", re.sub(r'["`\[\]]', "", bare))
    return re.sub(r"\b\w+ ?\. ?(?=\w)", "", bare)
