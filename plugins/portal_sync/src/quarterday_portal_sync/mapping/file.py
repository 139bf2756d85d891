"""The mapping file, read: what the ways of exchange and the portal ask it.

It is TOML, held to ``mapping.schema.json``; ``docs/reference/mapping-file.md`` says what may stand in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from quarterday import PortalTerms, RecordKind
from quarterday_portal_sync.mapping.layouts import Listing, Resource, TableLayout
from quarterday_portal_sync.mapping.mapped import Inward, Shaped


class PortalMapping:
    """One portal's language. Made by :func:`read_mapping`; it holds no connection and no secret, and never changes."""

    title: str
    """What the portal is called here."""
    terms: PortalTerms
    """What was agreed on each kind of record; ``terms.mapping`` is the digest of the whole file."""
    changes: Listing | None
    """The one list with the changes of all kinds, of an interface that has one."""

    @property
    def kinds(self) -> tuple[RecordKind, ...]:
        """The kinds that are exchanged, each after those it refers to: contracts first, verdicts last."""
        raise NotImplementedError

    def outward(self, kind: RecordKind, key: str, external_id: str, fields: Mapping[str, str], words: str) -> Shaped:
        """A record of ours in their shape: of a table its cells by header, of an interface its JSON.

        ``key`` is ours (``entry/12``), ``external_id`` what they call it, "" where they have not said. Raises
        :class:`~quarterday_portal_sync.mapping.mapped.Unmapped` for what has no counterpart; then nothing of it goes.
        """
        raise NotImplementedError

    def inward(self, kind: RecordKind, raw: Shaped) -> Inward:
        """A record of theirs in our shape. It never raises for what is in a record: ``trouble`` says what is wrong."""
        raise NotImplementedError

    def is_of(self, kind: RecordKind, raw: Shaped) -> bool:
        """Whether a row or an item holds a record of that kind, where several kinds stand in one file or list."""
        raise NotImplementedError

    def external_id_of(self, kind: RecordKind, raw: Shaped) -> str:
        """What they call the record; "" where it doesn't say."""
        raise NotImplementedError

    def key_of(self, kind: RecordKind, raw: Shaped) -> str:
        """Our key of the record, as they were told it (``entry/12``); "" for one that was made there."""
        raise NotImplementedError

    def version_of(self, kind: RecordKind, raw: Shaped) -> str:
        """Their version of the record: what tells its content from an earlier one; "" where they keep none."""
        raise NotImplementedError

    def table(self, kind: RecordKind) -> TableLayout | None:
        """How the kind stands in files; None where it isn't exchanged by files."""
        raise NotImplementedError

    def resource(self, kind: RecordKind) -> Resource | None:
        """How the kind is had over their interface; None where it isn't exchanged over one."""
        raise NotImplementedError


def read_mapping(path: Path) -> PortalMapping:
    """The mapping in a file, or under the name of one that ships (``simulator``).

    Raises :class:`~quarterday.NotConfigured` for the setting ``mapping``, with a sentence for each thing that is wrong:
    where it stands, and what to write instead.
    """
    raise NotImplementedError
