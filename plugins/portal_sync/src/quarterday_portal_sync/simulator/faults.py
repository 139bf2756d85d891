"""Which faults the simulated portal shows, how often, and how many of them took effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from random import Random
from threading import Lock

KINDS: Mapping[str, str] = {
    "slow": "an answer comes after some seconds",
    "failed": "a call is answered with 500 and not carried out",
    "unavailable": "a call is answered with 503 and not carried out",
    "busy": "a call is answered with 429 and Retry-After, and not carried out",
    "lost": "what was sent is carried out, and the connection closed without an answer",
    "truncated": "an answer stops half-way through its JSON",
    "html": "an answer is a page of HTML, with status 200",
    "reordered": "changes come in another order than they were made in",
    "duplicated": "a change comes twice",
    "renamed": "for some answers a field has another name",
    "retyped": "for some answers a field is a number or an object, and no text",
    "expired": "a token has expired before its time",
    "skewed": "every time in an answer is a day off",
}
"""What can go wrong."""

WITH_FIELD = ("renamed", "retyped")


class NoFault(Exception):
    """A fault was asked for that there isn't; the sentence says what there is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How often one kind of fault is to be shown: at every n-th chance, or at a share of all."""

    every: int = 0
    share: float = 0.0
    seconds: float = 0.1
    """Of a slow answer: how long it takes. Of a busy portal: what Retry-After says, in whole seconds."""
    field: str = "amount"
    """Of a changed schema: the field."""
    to: str = "quantityClaimed"
    """Of a field that is renamed: its other name."""
    answers: int = 3
    """Of a changed schema: for how many answers."""
    hours: int = 24
    """Of a clock that is off: by how much; less than 0 for one that is slow."""

    @classmethod
    def read(cls, kind: str, told: object) -> Fault:
        """A fault as it was told, like ``{"every": 7}``. Raises ``NoFault``."""
        if kind not in KINDS:
            raise NoFault(f"There is no fault “{kind}”; there are {', '.join(KINDS)}.")
        if not isinstance(told, dict):
            raise NoFault(f"Say how often {kind} is to be: every or share.")
        known = {one.name: type(one.default) for one in fields(cls)}
        for name, value in told.items():
            wanted = known.get(name)
            is_right = isinstance(value, (int, float) if wanted is float else wanted or ()) and value is not True
            if not is_right:
                raise NoFault(f"{kind} can't be told {name} = {value!r}; it takes {', '.join(known)}.")
        fault = cls(**told)
        if (fault.every > 0) == (fault.share > 0) or fault.share > 1:
            raise NoFault(f"Say how often {kind} is to be: every, from 1, or share, up to 1.")
        return fault


@dataclass(slots=True)
class _Drawn:
    """How far the draws of one kind have come."""

    chances: int = 0
    left: int = 0


@dataclass
class Faults:
    """The faults that are switched on; each kind's draws come from its own seed, whatever other kinds do."""

    seed: int = 0
    on: dict[str, Fault] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Nothing was drawn yet."""
        self._lock = Lock()
        self._drawn: dict[str, _Drawn] = {}
        self._counts: Counter[str] = Counter()

    def switch(self, on: Mapping[str, Fault], seed: int) -> None:
        """Show these faults from now on, and no others; what took effect so far stays counted."""
        with self._lock:
            self.seed, self.on, self._drawn = seed, dict(on), {}

    def draw(self, kind: str) -> Fault | None:
        """The fault of that kind, where now is a moment for it. Asked once for each chance."""
        with self._lock:
            fault = self.on.get(kind)
            if fault is None:
                return None
            drawn = self._drawn.setdefault(kind, _Drawn())
            if drawn.left:
                drawn.left -= 1
                return fault
            drawn.chances += 1
            is_now = drawn.chances % fault.every == 0 if fault.every else self.chance(kind, drawn.chances) < fault.share
            if is_now and kind in WITH_FIELD:
                drawn.left = fault.answers - 1
            return fault if is_now else None

    def chance(self, kind: str, number: int) -> float:
        """What is drawn for one chance: from 0, below 1, the same for the same seed."""
        return self.random(kind, number).random()

    def random(self, kind: str, number: int) -> Random:
        """What draws for a kind of fault, the same for the same seed and number."""
        return Random(f"{self.seed}/{kind}/{number}")  # noqa: S311 (no secret depends on it)

    def took_effect(self, kind: str) -> int:
        """Count a fault; returns how many of that kind there were."""
        with self._lock:
            self._counts[kind] += 1
            return self._counts[kind]

    def counts(self) -> dict[str, int]:
        """How many faults of each kind took effect."""
        with self._lock:
            return {kind: self._counts[kind] for kind in KINDS}
