"""A plugin whose ledger answers as its settings say: soundly, or in one of the ways in which it must not."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from quarterday import LedgerAnswer, LedgerQuestion, NotConfigured, PluginSettings, Retryable, hookimpl

API_VERSION = 0


class Settings(PluginSettings):
    """How it answers."""

    how: str = "soundly"
    """In which way."""

    paid: int = 50_000_000_000
    """What was paid on each contract, in micropounds."""


class Books:
    id = "books"
    title = "It knows what was paid"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @classmethod
    def settings_class(cls) -> type[Settings]:
        return Settings

    def answers(self, authority_id: int, questions: Sequence[LedgerQuestion], until: date) -> Iterable[LedgerAnswer]:
        sound = [self.answer(one, until) for one in questions]
        match self._settings.how:
            case "soundly":
                return sound
            case "crashes":
                os._exit(9)
            case "raises":
                raise ValueError("the books of ann@northmoor.example are shut")
            case "later":
                raise Retryable("The books are being bound.", after=300)
            case "unset":
                raise NotConfigured("how", "Say how.")
            case "too few":
                return sound[1:]
            case "another":
                return [*sound, replace(sound[0], contract_id=9_999)]
            case "float":
                return [replace(one, paid=0.5) for one in sound]  # type: ignore[arg-type]
            case "text":
                return [replace(one, until="today") for one in sound]  # type: ignore[arg-type]
            case "words":
                return ["paid"]  # type: ignore[list-item]
        return ()

    def answer(self, asked: LedgerQuestion, until: date) -> LedgerAnswer:
        paid = self._settings.paid
        has_reached = asked.trigger is not None and paid >= asked.trigger
        return LedgerAnswer(
            contract_id=asked.contract_id,
            until=until,
            lines=len(asked.numbers) + len(asked.payees),
            paid=paid,
            placed=paid // 2,
            local=paid // 5 if asked.local else None,
            unattributed=0,
            reached_on=asked.starts if has_reached else None,
            batches=("batch/1",),
        )


@hookimpl
def ledgers() -> list[type[Books]]:
    return [Books]
