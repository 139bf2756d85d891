"""For every check of the kit a ledger that fails exactly that one, so that no check is only decoration."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from quarterday import LedgerAnswer, LedgerQuestion, LocalArea, Payee, PluginSettings
from quarterday.testing import LedgerConformance, LedgerTrial

KIT = LedgerConformance()
CHECKS = {name: check for name, check in vars(LedgerConformance).items() if name.startswith("test_")}
BOROUGH = LocalArea(name="The borough", codes=("E08000018",), since="2026-04-01")
PAYMENTS = ((1, date(2026, 5, 4), 700, True), (1, date(2026, 6, 8), 300, False), (2, date(2026, 6, 9), 50, None))
"""Contract, day, amount, whether it is local (None where no postcode is known)."""
_turns = itertools.count()


class Settings(PluginSettings):
    """Nothing has to be set."""


class Books:
    """The sound one."""

    id = "books"
    title = "The books"

    def __init__(self, settings: Settings) -> None:
        pass

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return Settings

    def answers(self, authority_id: int, questions: Sequence[LedgerQuestion], until: date) -> Iterable[LedgerAnswer]:
        return [self.answer(one, until) for one in questions]

    def answer(self, asked: LedgerQuestion, until: date) -> LedgerAnswer:
        known = [one for one in PAYMENTS if one[1] <= until]
        mine = [one for one in known if one[0] == asked.contract_id]
        paid = sum(amount for _, _, amount, _ in mine)
        return LedgerAnswer(
            contract_id=asked.contract_id,
            until=max((day for _, day, _, _ in known), default=None),
            lines=len(mine),
            paid=paid,
            placed=sum(amount for _, _, amount, is_local in mine if is_local is not None),
            local=sum(amount for _, _, amount, is_local in mine if is_local) if asked.local else None,
            unattributed=0,
            reached_on=until if asked.trigger is not None and paid >= asked.trigger else None,
            batches=("batch/1",) if mine else (),
        )


class Changes(Books):
    """It answers as the sound one, but for what is changed."""

    changed: dict[str, Any]

    def answer(self, asked: LedgerQuestion, until: date) -> LedgerAnswer:
        return replace(super().answer(asked, until), **self.changed)


class Shouts(Books):
    id = "BOOKS"


class TakesAnything(Books):
    class Any(PluginSettings):
        """Whatever is said."""

        model_config = {"extra": "allow"}  # noqa: RUF012

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        return cls.Any


class OpensSomething(Books):
    where = Path("nowhere")

    def __init__(self, settings: Settings) -> None:
        (self.where / "ledger.lock").write_text("mine")


class Repeats(Books):
    def answers(self, authority_id: int, questions: Sequence[LedgerQuestion], until: date) -> Iterator[LedgerAnswer]:
        for one in questions:
            yield self.answer(one, until)
            yield self.answer(one, until)


class SaysText(Changes):
    changed = {"batches": (7,)}  # noqa: RUF012


class KnowsNoBatch(Changes):
    changed = {"batches": ()}  # noqa: RUF012


class PlacesTooMuch(Books):
    def answer(self, asked: LedgerQuestion, until: date) -> LedgerAnswer:
        sound = super().answer(asked, until)
        return replace(sound, placed=sound.paid + 1)


class AlwaysLocal(Books):
    def answer(self, asked: LedgerQuestion, until: date) -> LedgerAnswer:
        return replace(super().answer(asked, until), local=0)


class NeverLooksAtTheDay(Books):
    def answer(self, asked: LedgerQuestion, until: date) -> LedgerAnswer:
        return super().answer(asked, date(2026, 6, 30))


class ReachesNothing(Changes):
    changed = {"reached_on": None}  # noqa: RUF012


class Wavers(Books):
    def answer(self, asked: LedgerQuestion, until: date) -> LedgerAnswer:
        return replace(super().answer(asked, until), unattributed=next(_turns))


class AnswersNobody(Books):
    def answers(self, authority_id: int, questions: Sequence[LedgerQuestion], until: date) -> Iterable[LedgerAnswer]:
        return super().answers(authority_id, questions or [question(9)], until)


FAILING = {
    "test_it_says_what_it_is": Shouts,
    "test_a_setting_that_nobody_knows_is_refused": TakesAnything,
    "test_making_one_opens_nothing": OpensSomething,
    "test_it_answers_each_question_once": Repeats,
    "test_it_answers_in_whole_micropounds_and_days": SaysText,
    "test_it_knows_of_payments": KnowsNoBatch,
    "test_parts_are_no_larger_than_their_wholes": PlacesTooMuch,
    "test_local_is_said_where_a_definition_is_given_and_nowhere_else": AlwaysLocal,
    "test_nothing_after_the_day_counts": NeverLooksAtTheDay,
    "test_a_trigger_is_reached_by_what_was_paid": ReachesNothing,
    "test_asked_twice_it_says_the_same": Wavers,
    "test_of_no_contract_it_says_nothing": AnswersNobody,
}


def question(contract_id: int) -> LedgerQuestion:
    return LedgerQuestion(
        contract_id=contract_id,
        numbers=(f"NM-{contract_id}",),
        payees=(Payee(("Larch Building Ltd",), ()),),
        starts=date(2026, 4, 1),
        ends=date(2028, 3, 31),
        local=BOROUGH if contract_id == 1 else None,
        trigger=None,
    )


def failed(ledger: type[Books]) -> list[str]:
    """The checks that fail."""
    trial = LedgerTrial(
        ledger=ledger, settings={}, authority_id=1, questions=(question(1), question(2)), until=date(2026, 6, 30)
    )

    def fails(check: Any) -> bool:
        try:
            check(KIT, trial)
        except (AssertionError, pytest.fail.Exception):
            return True
        return False

    return [name for name, check in CHECKS.items() if fails(check)]


def test_a_sound_ledger_passes_every_check() -> None:
    assert failed(Books) == []


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_finds_what_it_is_for(check: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpensSomething, "where", tmp_path)
    assert failed(FAILING[check]) == [check]
