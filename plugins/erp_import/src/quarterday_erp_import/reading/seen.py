"""What all of a table's records have a say in: how many they are, and what is written where dates may stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from quarterday_erp_import.reading import arrays
from quarterday_erp_import.reading.blocks import Block
from quarterday_erp_import.reading.contents import is_nothing
from quarterday_erp_import.reading.typed import coded

WHEN = ("paid_on", "invoice_date", "period", "effective_date")
"""What can say when something was paid, the best first."""


@dataclass
class Seen:
    """What was seen of a table's records: how many there are, and what may be dates."""

    dated: Mapping[str, int]
    """The columns that may hold dates, under the best of :data:`WHEN` that each could be."""
    rows: int = 0
    _texts: dict[str, Counter[str]] = field(default_factory=lambda: {one: Counter() for one in WHEN})

    @property
    def texts(self) -> dict[str, Counter[str]]:
        """How often each text stands in them that says something."""
        return {
            name: Counter({text: times for text, times in counted.items() if not is_nothing(text)})
            for name, counted in self._texts.items()
        }

    def add(self, block: Block) -> None:
        """Look at some more of the records."""
        self.rows += len(block)
        for name, at in self.dated.items():
            texts = coded(block.columns[at])
            times = np.bincount(arrays.numbers(texts.indices), minlength=len(texts.dictionary)).tolist()
            self._texts[name].update(dict(zip(texts.dictionary.to_pylist(), times, strict=True)))
