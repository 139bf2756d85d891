"""The mapping file, read: what the ways of exchange and the portal ask it.

It is TOML, held to ``mapping.schema.json``; ``docs/reference/mapping-file.md`` says what may stand in it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Any

from quarterday import (
    EntriesSent,
    EvidenceSent,
    NotConfigured,
    PortalTerms,
    RecordKind,
    Refused,
    VerdictsTaken,
    said,
)
from quarterday_portal_sync.mapping.agreed import misagreed
from quarterday_portal_sync.mapping.held import Flaw, flaws
from quarterday_portal_sync.mapping.kinds import KindMapping
from quarterday_portal_sync.mapping.layouts import Listing, Resource, TableLayout
from quarterday_portal_sync.mapping.mapped import Inward, Shaped
from quarterday_portal_sync.mapping.reading import read

SETTING = "mapping"
"""The setting that names the file."""


@dataclass(frozen=True, slots=True)
class PortalMapping:
    """One portal's language. Made by :func:`read_mapping`; it holds no connection and no secret, and never changes."""

    title: str
    """What the portal is called here."""
    terms: PortalTerms
    """What was agreed on each kind of record; ``terms.mapping`` is the digest of the whole file."""
    changes: Listing | None
    """The one list with the changes of all kinds, of an interface that has one."""
    of: Mapping[RecordKind, KindMapping]
    """Each kind's own part."""

    @property
    def kinds(self) -> tuple[RecordKind, ...]:
        """The kinds that are exchanged, each after those it refers to: contracts first, verdicts last."""
        return tuple(self.of)

    def outward(self, kind: RecordKind, key: str, external_id: str, fields: Mapping[str, str], words: str) -> Shaped:
        """A record of ours in their shape: of a table its cells by header, of an interface its JSON.

        ``key`` is ours (``entry/12``), ``external_id`` what they call it, "" where they have not said. Raises
        :class:`~quarterday_portal_sync.mapping.mapped.Unmapped` for what has no counterpart; then nothing of it goes.
        """
        return self.of[kind].outward(key, external_id, fields, words)

    def inward(self, kind: RecordKind, raw: Shaped) -> Inward:
        """A record of theirs in our shape. It never raises for what is in a record: ``trouble`` says what is wrong.

        ``fields`` has those that are exchanged; one that isn't named in the mapping is missing there.
        """
        return self.of[kind].inward(raw)

    def is_of(self, kind: RecordKind, raw: Shaped) -> bool:
        """Whether a row or an item holds a record of that kind, where several kinds stand in one file or list."""
        return self.of[kind].is_of(raw)

    def external_id_of(self, kind: RecordKind, raw: Shaped) -> str:
        """What they call the record; "" where it doesn't say."""
        return self.of[kind].external_id_of(raw)

    def key_of(self, kind: RecordKind, raw: Shaped) -> str:
        """Our key of the record, as they were told it (``entry/12``); "" for one that was made there."""
        return self.of[kind].key_of(raw)

    def version_of(self, kind: RecordKind, raw: Shaped) -> str:
        """Their version of the record: what tells its content from an earlier one; "" where they keep none."""
        return self.of[kind].version_of(raw)

    def table(self, kind: RecordKind) -> TableLayout | None:
        """How the kind stands in files; None where it isn't exchanged by files."""
        return self.of[kind].table

    def resource(self, kind: RecordKind) -> Resource | None:
        """How the kind is had over their interface; None where it isn't exchanged over one."""
        return self.of[kind].resource


@dataclass(frozen=True, slots=True)
class MappingFile:
    """A mapping file that was looked at: what it says, as far as it can be used, and what can't be."""

    path: Path
    flaws: tuple[Flaw, ...]
    mapping: PortalMapping | None
    """None where there are flaws."""
    data: Mapping[str, Any]
    """Its content, as TOML has it."""


def read_mapping(path: Path) -> PortalMapping:
    """The mapping in a file, or under the name of one that ships (``simulator``).

    Raises :class:`~quarterday.NotConfigured` for the setting ``mapping``, with a sentence for each thing that is wrong:
    where it stands, and what to write instead.
    """
    try:
        looked_at = look_at(path)
    except Refused as why:
        raise NotConfigured(SETTING, str(why)) from why
    if looked_at.mapping is None:
        says = "\n".join(flaw.says for flaw in looked_at.flaws)
        raise NotConfigured(SETTING, said("The mapping {file} can't be used. {says}", file=path.name, says=says))
    return looked_at.mapping


def look_at(path: Path) -> MappingFile:
    """The same, with the flaws beside it; raises :class:`~quarterday.Refused` for what is no TOML at all."""
    place = shipped(str(path)) or path
    try:
        content = place.read_bytes()
        data = tomllib.loads(content.decode())
    except FileNotFoundError as why:
        raise Refused("There is no mapping {file}; draft one with “quarterday sync learn”.", file=path) from why
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as why:
        raise Refused("The mapping {file} is not proper TOML: {why}.", file=path.name, why=why) from why
    found = flaws(data)
    if found:
        return MappingFile(place, tuple(found), None, data)
    parts = read(data)
    found = [*parts.flaws, *misagreed(data, parts.kinds)]
    if found:
        return MappingFile(place, tuple(found), None, data)
    terms = _terms(data, parts.kinds, sha256(content).hexdigest())
    return MappingFile(place, (), PortalMapping(data["title"], terms, parts.changes, parts.kinds), data)


def shipped(name: str) -> Path | None:
    """Where the mapping of that name is that ships with this plugin; None for another name."""
    place = Path(str(files("quarterday_portal_sync").joinpath("mappings", f"{name}.toml")))
    return place if name.replace("-", "").isalnum() and place.is_file() else None


def _terms(data: Mapping[str, Any], kinds: Mapping[RecordKind, KindMapping], digest: str) -> PortalTerms:
    agreed = data.get("exchange", {})
    return PortalTerms(
        {kind: one.agreement for kind, one in kinds.items()},
        mapping=digest,
        entries=EntriesSent(agreed.get("entries", EntriesSent.CLAIMED)),
        verdicts=VerdictsTaken(agreed.get("verdicts", VerdictsTaken.SUGGESTION)),
        evidence=EvidenceSent(agreed.get("evidence", EvidenceSent.LINK)),
        batch=agreed.get("batch", 200),
        untold={kind: one.untold for kind, one in kinds.items() if one.untold},
    )
