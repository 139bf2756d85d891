"""For how much of the money something is known: every figure says so, so that none hides what isn't known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from quarterday import Sentence, said
from quarterday_erp_import.analysis.amounts import percent, pounds


@dataclass(frozen=True, slots=True)
class Coverage:
    """For how much of the money one thing is known."""

    what: str
    """“postcode”, “size”, “contract”, …"""
    known: int
    """In micropounds, credits included, as the whole."""
    whole: int

    @property
    def words(self) -> Sentence:
        """The same in a sentence; of nothing, or of less, the amount stands for the share."""
        share = percent(self.known, self.whole) if self.whole > 0 else pounds(self.known)
        whole, left = pounds(self.whole), self.whole - self.known
        match self.what:
            case "ward":
                return said("The payee's ward is known for {share} of {whole}.", share=share, whole=whole)
            case "category":
                return said("The category is known for {share} of {whole}.", share=share, whole=whole)
            case "supplier":
                return said("The supplier is named for {share} of {whole}.", share=share, whole=whole)
            case "size":
                return said("The payee's size is known for {share} of {whole}.", share=share, whole=whole)
            case "sector":
                return said("The payee's sector is known for {share} of {whole}.", share=share, whole=whole)
            case "ownership":
                return said("Who owns the payee is known for {share} of {whole}.", share=share, whole=whole)
            case "contract":
                rest = percent(left, self.whole) if self.whole > 0 else pounds(left)
                return said("Not attributed to a contract: {rest} of {whole}.", rest=rest, whole=whole)
        return said("The payee's postcode is known for {share} of {whole}.", share=share, whole=whole)


def coverage(rows: Iterable[Mapping[str, Any]], year: int | None) -> list[Coverage]:
    """What is known in one financial year (None: over the months looked back on), as kept figures have it."""
    return [Coverage(row["what"], row["known"], row["whole"]) for row in rows if row["year"] == year]
