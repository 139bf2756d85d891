"""What an authority gives to a portal: its records as they are today, each with a version that any change changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from quarterday.db.work import Work
from quarterday.domain.portal_records import PortalTerms, RecordKind, digest_of


@dataclass(frozen=True, slots=True)
class Ours:
    """One record of ours, as it goes out."""

    kind: RecordKind
    id: int
    version: str
    """It changes with each fact that the record rests on."""
    fields: Mapping[str, str]
    words: Mapping[str, str] = field(default_factory=dict)
    """What somebody wrote, and links; fetched when it goes out, and kept nowhere else."""

    @property
    def key(self) -> str:
        """What we call it: ``entry/56``."""
        return f"{self.kind}/{self.id}"

    @property
    def digest(self) -> str:
        """What tells this content of it from another."""
        return digest_of(self.kind, self.fields)


def ours_of(work: Work, authority_id: int, kind: RecordKind, ids: Iterable[int], terms: PortalTerms) -> dict[int, Ours]:
    """The records of those ids that go out by the terms, by id; one that doesn't go out is missing."""
    raise NotImplementedError


def everything(work: Work, authority_id: int, kind: RecordKind, terms: PortalTerms) -> Iterator[Ours]:
    """All the records of a kind that go out by the terms, by id."""
    raise NotImplementedError
