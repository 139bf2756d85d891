"""What a mapping makes of a record: of ours, one in the shape that the other side has it; of theirs, one in ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from quarterday import RecordKind, Refused

Shaped = Mapping[str, object]
"""A record in the other side's shape: of a table its cells by header, of an interface its JSON, however deep."""


class Unmapped(Refused):
    """A record that has no counterpart, like a measure without a code over there: it is stopped, and no other."""


@dataclass(frozen=True, slots=True)
class Inward:
    """A record of theirs in our shape. The payload of an item of the kind ``portal-record`` has just these fields."""

    record: RecordKind
    external_id: str
    key: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    unknown: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    changed_at: str = ""
    trouble: str = ""
