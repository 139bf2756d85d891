"""What all parts of the conformance kit share: how what a plugin offers is tried, and what all of it keeps to."""
# ruff: noqa: S101 - a test kit asserts

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import pytest

from quarterday.errors import NotConfigured, Retryable
from quarterday.plugin_settings import taken
from quarterday.testing.watch import watched

if TYPE_CHECKING:
    from quarterday.plugin_settings import PluginSettings

Values = Mapping[str, object]


class Offer(Protocol):
    """A source or a sink."""

    id: str
    title: str

    def __init__(self, settings: PluginSettings) -> None: ...

    @classmethod
    def settings_class(cls) -> type[PluginSettings]:
        """What it must be told."""
        ...


P = TypeVar("P", bound=Offer)


@dataclass(frozen=True, slots=True)
class Trial(Generic[P]):
    """What a source or a sink is tried on: a place of its own for each test."""

    offer: type[P]
    """The class that the plugin offers."""
    settings: Values
    """Settings with which it works."""
    away: Values
    """Settings that look right, and name a place that isn't there."""
    wrong: tuple[Values, ...] = ()
    """Settings that can be seen to be wrong without trying them."""
    refusing: Values | None = None
    """Settings that name a port at which nobody listens; None for what never calls anybody."""

    def make(self, settings: Values | None = None) -> P:
        """A new instance, made as the host makes it."""
        return self.offer(taken(self.offer.settings_class(), self.settings if settings is None else settings))

    def use(self, made: P) -> object:
        """What it is for, done once."""
        raise NotImplementedError


class OfferConformance:
    """What every source and every sink keeps to."""

    @pytest.fixture
    def trial(self) -> Trial[Any]:
        """What is tried, and on what."""
        raise NotImplementedError("Override the fixture “trial”.")

    def test_it_says_what_it_is(self, trial: Trial[Any]) -> None:
        """Its id is a short plain name, and it has a title."""
        offer = trial.offer
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", offer.id), f"“{offer.id}”: write small letters, digits, hyphens"
        assert offer.title.strip(), "it has no title"

    def test_wrong_settings_are_refused_before_anything_is_opened(self, trial: Trial[Any]) -> None:
        """A wrong setting, and one that nobody knows, raise NotConfigured when it is made, and nothing was opened."""
        for wrong in (*trial.wrong, {**trial.settings, "no-such-setting": "1"}):
            error, done = watched(partial(error_of, partial(trial.make, wrong)))
            assert isinstance(error, NotConfigured), f"{wrong} {ends(error)}"
            assert not done, f"{wrong} is refused only after: {', '.join(done)}"

    def test_making_one_opens_nothing(self, trial: Trial[Any]) -> None:
        """Making an instance writes nothing, calls nobody and starts nothing."""
        _, done = watched(trial.make)
        assert not done, f"making one did: {', '.join(done)}"

    def test_a_place_that_is_away(self, trial: Trial[Any]) -> None:
        """Where the place isn't there it raises Retryable or NotConfigured, by who should act."""
        error = error_of(lambda: trial.use(trial.make(trial.away)))
        assert isinstance(error, (Retryable, NotConfigured)), f"it {ends(error)}"

    def test_a_refused_connection_is_tried_again(self, trial: Trial[Any]) -> None:
        """Where nobody listens it raises Retryable: whoever is to answer may be starting."""
        if trial.refusing is None:
            made = trial.make()
            _, done = watched(lambda: trial.use(made))
            calls = [event for event in done if event.startswith("socket.connect")]
            assert not calls, f"it calls somebody, so say in “refusing” what has it call nobody: {', '.join(calls)}"
        else:
            error = error_of(lambda: trial.use(trial.make(trial.refusing)))
            assert isinstance(error, Retryable), f"it {ends(error)}"


def error_of(work: Callable[[], object]) -> Exception | None:
    """What the work raises."""
    try:
        work()
    except Exception as error:
        return error
    return None


def ends(error: Exception | None) -> str:
    """How an attempt ended, in words."""
    return "is taken" if error is None else f"ends in {error!r}"
