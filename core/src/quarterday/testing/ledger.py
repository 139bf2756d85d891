"""The conformance kit for ledgers: subclass it in your plugin's tests, say what to try it on, run pytest."""
# ruff: noqa: S101 - a test kit asserts

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest

from quarterday.errors import NotConfigured
from quarterday.plugin_settings import taken
from quarterday.ports import Ledger, LedgerAnswer, LedgerQuestion
from quarterday.services.plugins.plain import agreed
from quarterday.services.plugins.telling import Unagreed
from quarterday.testing.watch import watched

Values = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTrial:
    """What a ledger is tried on: payments of its own for each test, some of them on the contracts asked for."""

    ledger: type[Ledger]
    settings: Values
    """Settings with which it works."""
    authority_id: int
    questions: tuple[LedgerQuestion, ...]
    """Two or more; on one at least something was paid, and one at least has a definition of “local”."""
    until: date
    """A day by which there are payments, and on which or shortly before which there is the newest one."""

    def make(self, settings: Values | None = None) -> Ledger:
        """A new instance, made as the host makes it."""
        return self.ledger(taken(self.ledger.settings_class(), self.settings if settings is None else settings))

    def ask(self, *questions: LedgerQuestion, until: date | None = None) -> dict[int, LedgerAnswer]:
        """What a new instance answers, by contract; all questions where none is given."""
        given = self.make().answers(self.authority_id, questions or self.questions, until or self.until)
        return {one.contract_id: one for one in given}


class LedgerConformance:
    """What every ledger keeps to.

    ::

        class TestCheques(LedgerConformance):
            @pytest.fixture
            def trial(self, cheques):
                return LedgerTrial(ledger=Cheques, settings={}, authority_id=7, questions=…, until=date(2026, 6, 30))

    Each check is a test of its own, so that a failure names the one sentence that is broken.
    """

    @pytest.fixture
    def trial(self) -> LedgerTrial:
        """The ledger, and what it is tried on."""
        raise NotImplementedError("Override the fixture “trial”: return a LedgerTrial with your ledger.")

    def test_it_says_what_it_is(self, trial: LedgerTrial) -> None:
        """Its id is a short plain name, and it has a title."""
        ledger = trial.ledger
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", ledger.id), f"“{ledger.id}”: small letters, digits, hyphens"
        assert ledger.title.strip(), "it has no title"

    def test_a_setting_that_nobody_knows_is_refused(self, trial: LedgerTrial) -> None:
        """A setting that it doesn't have raises NotConfigured when it is made."""
        with pytest.raises(NotConfigured):
            trial.make({**trial.settings, "no-such-setting": "1"})

    def test_making_one_opens_nothing(self, trial: LedgerTrial) -> None:
        """Making an instance writes nothing, calls nobody and starts nothing."""
        _, done = watched(trial.make)
        assert not done, f"making one did: {', '.join(done)}"

    def test_it_answers_each_question_once(self, trial: LedgerTrial) -> None:
        """There is one answer for each contract that is asked for, and none for another."""
        given = list(trial.make().answers(trial.authority_id, trial.questions, trial.until))
        answered, asked = sorted(one.contract_id for one in given), sorted(one.contract_id for one in trial.questions)
        assert answered == asked, f"asked for the contracts {asked} it answers for {answered}"

    def test_it_answers_in_whole_micropounds_and_days(self, trial: LedgerTrial) -> None:
        """Money is whole micropounds, days are dates, and batches are text."""
        for one in trial.make().answers(trial.authority_id, trial.questions, trial.until):
            try:
                agreed(one)
            except Unagreed as why:
                pytest.fail(str(why))

    def test_it_knows_of_payments(self, trial: LedgerTrial) -> None:
        """Tried on payments, it finds some: lines, money, the day of the newest, and the batches they came in."""
        paid = [one for one in trial.ask().values() if one.lines and one.paid]
        assert paid, "it finds nothing paid on any of the contracts; try it where something was"
        bare = [one.contract_id for one in paid if one.until is None or not one.batches]
        assert not bare, f"paid, and no day or no batch is said: {bare}"

    def test_parts_are_no_larger_than_their_wholes(self, trial: LedgerTrial) -> None:
        """Of what was paid a part is to payees whose postcode is known, and of that a part is local."""
        for one in trial.ask().values():
            if one.paid >= 0:
                assert 0 <= one.placed <= one.paid, f"contract {one.contract_id}: paid {one.paid}, placed {one.placed}"
                assert 0 <= (one.local or 0) <= one.placed, f"contract {one.contract_id}: more is local than placed"

    def test_local_is_said_where_a_definition_is_given_and_nowhere_else(self, trial: LedgerTrial) -> None:
        """Without a definition of “local” nothing is; with one the answer is a number, be it 0."""
        assert any(one.local for one in trial.questions), "give one question at least a definition of “local”"
        bare = [replace(one, local=None) for one in trial.questions]
        said = [one.contract_id for one in trial.ask(*bare).values() if one.local is not None]
        assert not said, f"asked without a definition it says what is local: {said}"
        answers = trial.ask()
        silent = [one.contract_id for one in trial.questions if one.local and answers[one.contract_id].local is None]
        assert not silent, f"asked with a definition it doesn't say what is local: {silent}"

    def test_nothing_after_the_day_counts(self, trial: LedgerTrial) -> None:
        """Asked up to an earlier day, it knows of no later payment."""
        newest = max((one.until for one in trial.ask().values() if one.until), default=trial.until)
        assert newest <= trial.until, f"asked up to {trial.until} it knows payments of {newest}"
        before = newest - timedelta(days=1)
        later = [one.until for one in trial.ask(until=before).values() if one.until and one.until > before]
        assert not later, f"asked up to {before} it knows payments of {later[0]}"

    def test_a_trigger_is_reached_by_what_was_paid(self, trial: LedgerTrial) -> None:
        """A trigger of one micropound is reached where anything was paid, one beyond all payments isn't."""
        paid = [one for one in trial.questions if trial.ask()[one.contract_id].paid > 0]
        for trigger, is_reached in ((1, True), (2**62, False), (None, False)):
            answers = trial.ask(*(replace(one, trigger=trigger) for one in trial.questions))
            wrong = [
                one.contract_id for one in paid if (answers[one.contract_id].reached_on is not None) is not is_reached
            ]
            assert not wrong, f"with a trigger of {trigger} reached_on is wrong of the contracts {wrong}"

    def test_asked_twice_it_says_the_same(self, trial: LedgerTrial) -> None:
        """A new instance, asked the same, gives the same answers."""
        first, again = trial.ask(), trial.ask()
        assert first == again, "asked again it gives other answers"

    def test_of_no_contract_it_says_nothing(self, trial: LedgerTrial) -> None:
        """Asked of no contract it gives no answer, and doesn't break."""
        assert list(trial.make().answers(trial.authority_id, (), trial.until)) == [], "it answers what nobody asked"
