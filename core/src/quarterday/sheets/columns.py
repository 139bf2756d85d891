"""Which column holds which field: by the header's words, or by what a person said."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from quarterday.domain.sentences import said
from quarterday.errors import Refused

Vocabulary = Mapping[str, tuple[str, ...]]
"""A field's name → the header names it goes by. The field's own name is one of them without being listed."""


@dataclass(frozen=True, slots=True)
class ColumnMatch:
    """The columns that were recognised and those that weren't."""

    index: Mapping[str, int]
    """Field → index of its column, from 0."""
    unknown: tuple[str, ...]
    """Headers that fit no field, as written; their cells are ignored."""


def match_columns(columns: Sequence[str], vocabulary: Vocabulary, given: Mapping[str, str]) -> ColumnMatch:
    """The column of each field of ``vocabulary`` among the header names ``columns``.

    Case, spacing and punctuation don't matter. ``given`` (field → header) is a person's own choice and goes first.
    Raises :class:`~quarterday.errors.Refused` when a header is there twice, two headers fit one field, one header
    fits two fields, or ``given`` names a field or a header that isn't there; the sentence says which.
    """
    names = [plain(column) for column in columns]
    _no_header_twice(columns, names)
    index = {name: _given_column(name, header, columns, names, vocabulary) for name, header in given.items()}
    for name, other in _pairs_alike(index):
        raise Refused(
            "“{name}” and “{other}” are both to be read from “{given}”; give each its own column.",
            name=name,
            other=other,
            given=given[name],
        )
    taken = set(index.values())
    for at, heading in enumerate(names):
        fields = [name for name in vocabulary if heading in _words(name, vocabulary)] if heading else []
        fields = [name for name in fields if name not in given]
        if at in taken or not fields:
            continue
        if len(fields) > 1:
            raise Refused(
                "The header “{header}” could be {fields}; say which with --column {field}=HEADER.",
                header=columns[at],
                fields=_listed(fields),
                field=fields[0],
            )
        if fields[0] in index:
            raise Refused(
                "The headers “{first}” and “{second}” both look like “{field}”; say which one it is "
                "with --column {field}=HEADER.",
                first=columns[index[fields[0]]],
                second=columns[at],
                field=fields[0],
            )
        index[fields[0]] = at
    known = set(index.values())
    return ColumnMatch(
        index=index, unknown=tuple(column for at, column in enumerate(columns) if column and at not in known)
    )


def recognised(cells: Sequence[str], vocabulary: Vocabulary, given: Mapping[str, str]) -> int:
    """How many fields a row names if it is the header row; a header that a person gave wrong is said later."""
    there = {plain(cell) for cell in cells} - {""}
    return sum(bool(there & (_words(name, vocabulary) | {plain(given.get(name, ""))})) for name in vocabulary)


def plain(header: str) -> str:
    """A header without case, spacing and punctuation: ``Unit value (£)`` → ``unitvalue``."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", header).casefold())


def letter(index: int) -> str:
    """The name Excel gives to a column, counted from 0: ``A``, ``Z``, ``AA``."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _words(name: str, vocabulary: Vocabulary) -> set[str]:
    return {plain(name), *map(plain, vocabulary[name])}


def _listed(names: Sequence[str]) -> str:
    return " or ".join(f"“{name}”" for name in names)


def _pairs_alike(index: Mapping[str, int]) -> list[tuple[str, str]]:
    first: dict[int, str] = {}
    return [(first[at], name) for name, at in index.items() if first.setdefault(at, name) != name]


def _no_header_twice(columns: Sequence[str], names: Sequence[str]) -> None:
    first: dict[str, int] = {}
    for at, name in enumerate(names):
        if name and first.setdefault(name, at) != at:
            raise Refused(
                "Columns {first} and {second} have the same header, “{header}”; rename or remove one of them.",
                first=letter(first[name]),
                second=letter(at),
                header=columns[at],
            )


def _given_column(name: str, header: str, columns: Sequence[str], names: Sequence[str], vocabulary: Vocabulary) -> int:
    if name not in vocabulary:
        near = get_close_matches(name, vocabulary, n=1)
        hint = (
            said("did you mean “{near}”?", near=near[0])
            if near
            else said("the fields are {fields}.", fields=", ".join(vocabulary))
        )
        raise Refused("“{name}” is not a field of this file; {hint}", name=name, hint=hint)
    if plain(header) in names:
        return names.index(plain(header))
    near = get_close_matches(header, columns, n=1)
    hint = (
        said("did you mean “{near}”?", near=near[0])
        if near
        else said("the headers are {headers}.", headers=", ".join(filter(None, columns)))
    )
    raise Refused("There is no column “{header}” to read “{name}” from; {hint}", header=header, name=name, hint=hint)
