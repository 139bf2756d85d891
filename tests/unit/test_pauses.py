"""Pauses grow, end growing, and are never shorter than what the other side asks for."""

import math

import pytest

from quarterday.domain.pauses import pause


@pytest.mark.parametrize(("attempts", "seconds"), [(1, 30), (2, 60), (3, 120), (7, 1920), (8, 3600), (5000, 3600)])
def test_pauses_double_up_to_an_hour(attempts: int, seconds: float) -> None:
    assert pause(attempts, chance=0).total_seconds() == seconds


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(10, 30), (31, 31), (7200, 7200), (10**9, 86400), (math.inf, 86400), (math.nan, 30), (-5, 30)],
)
def test_what_is_asked_for_counts_within_a_day(asked: float, seconds: float) -> None:
    assert pause(1, asked=asked, chance=0).total_seconds() == seconds


def test_chance_adds_up_to_a_quarter_and_takes_nothing_away() -> None:
    assert pause(1, asked=40, chance=1).total_seconds() == 50
    assert pause(1, asked=40, chance=0.5).total_seconds() == 45
    assert pause(1, asked=50_000, chance=1).total_seconds() == 50_900
