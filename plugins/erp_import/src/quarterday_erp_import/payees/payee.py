"""A payee of a ledger, a supplier who is known, and what was decided about who the one is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from quarterday_erp_import.payees.kinds import Kind
from quarterday_erp_import.payees.names import tidy

CANDIDATES = 5
"""How many suppliers a person is offered at most."""


@dataclass(frozen=True, slots=True)
class Payee:
    """Who was paid, as the spend file says it: the name, the finance system's number, and what identifiers it holds."""

    name: str
    number: str | None = None
    company_number: str | None = None
    charity_number: str | None = None
    vat_number: str | None = None


@dataclass(frozen=True, slots=True)
class Supplier:
    """Who may have been paid: an id of the caller's, its names, its numbers in this ledger, and its identifiers.

    ``one_with``: the id of the one that several are, "" for one by itself; nobody is asked which of them is meant.
    """

    id: str
    names: tuple[str, ...]
    numbers: tuple[str, ...] = ()
    company_number: str | None = None
    charity_number: str | None = None
    vat_number: str | None = None
    one_with: str = ""


class Outcome(StrEnum):
    """What became of a payee."""

    MATCHED = "matched"
    ASKED = "asked"
    NEW = "new"
    NO_SUPPLIER = "no supplier"


class By(StrEnum):
    """What a match rests on; its words stand where the match is shown."""

    PERSON = "a person decided"
    COMPANY_NUMBER = "the same company number"
    CHARITY_NUMBER = "the same charity number"
    NUMBER = "the same supplier number in this ledger"
    VAT_NUMBER = "the same VAT number"
    SAME_NAME = "the same name"
    LIKE_NAME = "a name that is very likely the same"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A supplier who may be the payee: its id, its nearest name, how likely it is (0 to 1), and what speaks for it."""

    supplier: str
    name: str
    likelihood: float
    by: By


@dataclass(frozen=True, slots=True)
class Decision:
    """Who a payee is.

    ``supplier`` stands where ``outcome`` is matched; ``by`` says why. ``candidates``: at most five, the likeliest
    first, where a person is asked. ``kind`` is what the payee looks like, whatever the outcome.
    """

    payee: Payee
    outcome: Outcome
    kind: Kind
    supplier: str | None = None
    by: By | None = None
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said about a payee: which supplier it is, or (None) that it is none of those known.

    Answers are only added; of several about one payee the newest counts.
    """

    payee: Payee
    supplier: str | None
    who: str
    when: datetime
    kind: Kind | None = None


def key_of(payee: Payee) -> tuple[str, str]:
    """What makes two lines' payees one: the finance system's number and the name, whatever its capitals and spaces."""
    return (payee.number or "", tidy(payee.name).casefold())


def newest(answers: Iterable[Answer]) -> Mapping[tuple[str, str], Answer]:
    """The newest answer about each payee; of two at the same instant the one that comes later in ``answers``."""
    counted: dict[tuple[str, str], Answer] = {}
    for answer in answers:
        before = counted.get(key_of(answer.payee))
        if before is None or answer.when >= before.when:
            counted[key_of(answer.payee)] = answer
    return counted
