"""What plugins give, checked and made plain: nothing but JSON leaves their processes.

What isn't agreed raises :class:`Unagreed`, which says of a value only what type it has.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from types import NoneType
from typing import Any

from quarterday.errors import BadRecord
from quarterday.ports import Item, LedgerAnswer
from quarterday.services.plugins.telling import MOST_WORDS, Unagreed

_NOT_KEPT = re.compile("[\\0\\ud800-\\udfff]")


def agreed(given: object) -> LedgerAnswer:
    """A ledger's answer; raises :class:`Unagreed` for anything else, and for money that isn't whole micropounds."""
    if type(given) is not LedgerAnswer:
        raise Unagreed(f"answers() gave {type_of(given)}, not a LedgerAnswer")
    whole = (given.contract_id, given.lines, given.paid, given.placed, given.unattributed)
    days = [day for day in (given.until, given.reached_on) if day is not None]
    if any(type(one) is not int for one in whole) or type(given.local) not in (int, NoneType):
        raise Unagreed("answers() gave an answer in which a number isn't whole; money is micropounds")
    if any(type(day) is not date for day in days) or any(type(one) is not str for one in given.batches):
        raise Unagreed("answers() gave an answer in which a day is no date, or a batch no text")
    return given


def as_plain(answer: LedgerAnswer) -> dict[str, Any]:
    """An answer as JSON has it."""
    days = {name: day.isoformat() if (day := getattr(answer, name)) else None for name in ("until", "reached_on")}
    return {**asdict(answer), **days, "batches": list(answer.batches)}


def as_data(item: object, asked: str = "items()") -> dict[str, Any]:
    """An item as JSON has it; raises :class:`Unagreed` for anything else, with what is wrong and what was asked."""
    match item:
        case BadRecord(str() as key, str() as why, str() as cursor):
            return {"key": kept(key), "why": kept(why[:MOST_WORDS]), "cursor": kept(cursor)}
        case Item(str() as key, str() as kind, payload, str() as cursor) if isinstance(payload, Mapping):
            return {"key": kept(key), "kind": kept(kind), "payload": plain(payload), "cursor": kept(cursor)}
    raise Unagreed(f"{asked} gave {type_of(item)}, neither an Item nor a BadRecord of text")


def plain(value: object) -> Any:
    """A value of an item's payload as it is; raises :class:`Unagreed` for what JSON has not, and for a float."""
    match value:
        case None | bool() | int():
            return value
        case str():
            return kept(value)
        case Mapping():
            if not all(isinstance(name, str) for name in value):
                raise Unagreed("a name in the payload of an item isn't text")
            return {kept(name): plain(one) for name, one in value.items()}
        case list() | tuple():
            return [plain(one) for one in value]
    raise Unagreed(f"the payload of an item holds {type_of(value)}; give amounts and moments as text, and no floats")


def kept(text: str) -> str:
    """A text as databases keep it; raises :class:`Unagreed` for one that they don't."""
    if _NOT_KEPT.search(text):
        raise Unagreed("a text of an item holds NUL, or bytes that are no UTF-8, which no database keeps")
    return text


def type_of(value: object) -> str:
    """The type of what was given, and nothing of the value: it may be anybody's."""
    return f"a value of the type {type(value).__name__}"
