"""An exchange folder for tests: a portal whose files are like those of no other, and where they lie."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quarterday import BadRecord, RecordKind
from quarterday_portal_sync.mapping.file import PortalMapping, read_mapping
from quarterday_portal_sync.transports.folder import Folder
from quarterday_portal_sync.transports.folder_settings import FolderPart
from quarterday_portal_sync.transports.port import Going, Told

OLD = 1_700_000_000
"""When the first file was changed; each further one a minute later."""

HEADER = "Claim no,Your ref,Agreement,Code,From,To,Amount,Share,Status,Agreed,Comment\r\n"

MAPPING = """
format = 1
title = "A portal with files"
same_measures = true

[files]
{files}

[entries]
direction = "both"
owner = "ours"
id = "Claim no"
key = "Your ref"

[entries.table]
incoming = "claims_*.{ending}"
outgoing = "quarterday_claims_{{key}}.{ending}"
holds = "{holds}"

[entries.fields]
contract = "Agreement"
measure = "Code"
first = {{ at = "From", date = "dd/MM/yyyy" }}
last = {{ at = "To", date = "dd/MM/yyyy" }}
quantity = "Amount"
share = {{ at = "Share", fractions = true }}

[verdicts]
direction = "in"
owner = "theirs"
id = "Claim no"
unless = {{ "Status" = ["", "Pending"] }}
words = "Comment"
ignored = ["Agreement", "Code", "From", "To", "Amount", "Share"]

[verdicts.table]
incoming = "claims_*.{ending}"
holds = "{holds}"

[verdicts.fields]
entry = {{ at = "Your ref", written = "entry/{{}}" }}
decision = {{ at = "Status", values = {{ accepted = "Verified", queried = "Query", rejected = "Declined" }} }}
quantity = "Agreed"
"""


def mapping_in(
    folder: Path, *, ending: str = "csv", holds: str = "all", files: str = "", above: Mapping[str, str] | None = None
) -> PortalMapping:
    """A mapping whose files end so, hold that, and are written as the lines of TOML in ``files`` say; ``above`` is what
    stands above some of the headers."""
    path = folder / f"mapping-{ending}-{holds}.toml"
    text = MAPPING.format(ending=ending, holds=holds, files=files or f'format = "{ending}"')
    for header, upper in (above or {}).items():
        text = text.replace(f'"{header}"', f'"{upper} / {header}"')
    path.write_text(text)
    return read_mapping(path)


@dataclass
class Exchange:
    """An exchange folder on this machine."""

    folder: Path

    def __post_init__(self) -> None:
        self.theirs.mkdir(parents=True)
        self.times = 0

    @property
    def theirs(self) -> Path:
        """Where the portal writes."""
        return self.folder / "theirs"

    @property
    def ours(self) -> Path:
        """Where we write."""
        return self.folder / "ours"

    def put(self, name: str, content: str | bytes, *, at: float | None = None) -> None:
        """Have the portal write a file, a minute after the one before unless it says otherwise."""
        self.times += 1
        (self.theirs / name).write_bytes(content.encode() if isinstance(content, str) else content)
        when = OLD + 60 * self.times if at is None else at
        os.utime(self.theirs / name, (when, when))

    def written(self) -> dict[str, bytes]:
        """Our files that are there for the portal."""
        if not self.ours.exists():
            return {}
        return {path.name: path.read_bytes() for path in self.ours.iterdir() if path.is_file()}

    def way(self, mapping: PortalMapping, **said: object) -> Folder:
        """The way there, made anew as it is for each reading and each delivery."""
        return Folder(FolderPart.model_validate({"exchange_folder": str(self.folder), **said}), mapping)


def row(number: int, *, ref: str = "", status: str = "Pending", amount: str = "12.5") -> str:
    """A row of a claims file."""
    agreed = "10" if status == "Verified" else ""
    return f"CL-{number},{ref},C-7,NT1,01/04/2026,30/06/2026,{amount},1/3,{status},{agreed},\r\n"


def going(number: int, mapping: PortalMapping, *, quantity: str = "12.5", words: str = "") -> Going:
    """An entry of ours on its way."""
    fields = {"contract": "C-7", "measure": "NT1", "first": "2026-04-01", "last": "2026-06-30"}
    fields |= {"quantity": quantity, "share": "1/3"}
    key = f"entry/{number}"
    row = mapping.outward(RecordKind.ENTRY, key, "", fields, words)
    return Going(RecordKind.ENTRY, key, f"entry-{number}-1", "", "", row)


def names(told: list[Told | BadRecord]) -> list[str]:
    """What was told, each in a few signs: the kind and what the portal calls it, or where a row is wrong."""
    return [one.key if isinstance(one, BadRecord) else f"{one.kind} {one.raw['Claim no']}" for one in told]
