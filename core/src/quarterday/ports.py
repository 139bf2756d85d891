"""The shapes of the answers: what a plugin gives when it is asked.

A shape is as small as it can be. What is optional is another Protocol, and ``isinstance`` is the capability.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

from quarterday.domain.catalogue import MeasureCatalogue


class Health(StrEnum):
    """What a check found."""

    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One finding of a check: how it stands, in a sentence, and what to do next ("" when nothing is to do)."""

    health: Health
    what: str
    to_do: str = ""


@runtime_checkable
class Check(Protocol):
    """One check of ``quarterday doctor``. The host makes an instance with no arguments, then runs it once."""

    title: str

    def run(self) -> Iterable[Verdict]:
        """The findings; an error costs this check its findings and nobody else theirs."""
        ...


@dataclass(frozen=True, slots=True)
class Command:
    """One command for the command line, described without importing it.

    ``load`` names the click command as ``"package.module:attribute"``; it is imported when somebody runs it or
    asks for its help, so that ``quarterday --help`` stays quick.
    """

    name: str
    summary: str
    load: str


__all__ = ["Check", "Command", "Health", "MeasureCatalogue", "Verdict"]
