"""The label of an export: what is in it, under which digests, and what had to stay behind."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from quarterday.errors import Refused

LABEL = "manifest.json"
FORM = 1
"""Goes up when a reader of an earlier form would misread this one."""

EXPLANATION = """\
This folder is the whole of one authority in Quarterday, as open files.

manifest.json   what is here: each file with its number of rows and its SHA-256
tables/         one file a table, one row a line, as JSON; moments are UTC, days are as in the United Kingdom
evidence/       the suppliers' files, each under the SHA-256 of its content
plugins/        files that plugins keep beside their tables, like a ledger's lines; there only where there are any

Quantities are exact: numerator and denominator. Money is whole micropounds (10^-6 of a pound).
Values that may not be passed on are not here, nor what would give them away; their licence, source and
digest are. Secrets of plugins and links to sign in are not here.
This folder holds personal data: names and addresses of people who work with the record, and what they wrote.

To bring it into an empty installation: quarterday authority import FOLDER
"""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of rows."""

    rows: int
    digest: str
    """SHA-256 of the file."""


@dataclass(frozen=True, slots=True)
class WithoutValues:
    """A value set of which only the head is here, until the same file is loaded again."""

    name: str
    edition: str
    digest: str
    licence: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What an export is and holds."""

    form: int
    authority: str
    """The authority's key."""
    made_at: str
    """ISO, UTC."""
    made_by: str
    """The version of Quarterday."""
    revision: str
    """The shape of the tables."""
    tables: Mapping[str, Part]
    evidence: int
    """How many files of evidence are here."""
    lost: tuple[str, ...]
    """A sentence for each file of evidence that was missing or damaged, and each plugin whose tables stayed behind."""
    without_values: tuple[WithoutValues, ...]
    plugins: Mapping[str, str] = field(default_factory=dict)
    """The plugins of whose tables there are rows here, and the revisions of these."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The files of plugins, by their paths, each with its SHA-256."""

    @property
    def rows(self) -> int:
        """How many rows there are in all."""
        return sum(part.rows for part in self.tables.values())

    def write(self, folder: Path) -> str:
        """Write it into a folder; returns its SHA-256, by which the whole export is known."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"
        (folder / LABEL).write_text(text, "utf-8")
        return sha256(text.encode()).hexdigest()


def read(folder: Path) -> tuple[Manifest, str]:
    """The label of an export and its SHA-256; raises :class:`Refused` where the folder is no whole export."""
    try:
        content = (folder / LABEL).read_bytes()
        said: dict[str, Any] = json.loads(content)
        found = Manifest(
            **{
                **said,
                "tables": {name: Part(**part) for name, part in said["tables"].items()},
                "lost": tuple(said["lost"]),
                "without_values": tuple(WithoutValues(**one) for one in said["without_values"]),
            }
        )
        datetime.fromisoformat(found.made_at)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as problem:
        raise Refused(f"{folder} is no export of Quarterday: it has no {LABEL} that can be read.") from problem
    if found.form != FORM:
        raise Refused(f"{folder} is an export of form {found.form}, and this version reads form {FORM}.")
    return found, sha256(content).hexdigest()
