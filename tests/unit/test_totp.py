"""Authenticator codes against the vectors of RFC 6238 (appendix B, SHA-1) and RFC 4226 (appendix D)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from quarterday.domain import totp

SECRET = b"12345678901234567890"
NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_the_vectors_of_rfc_6238(seconds: int, expected: str) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert totp.code(SECRET, totp.step_at(moment), digits=8) == expected


def test_the_vectors_of_rfc_4226() -> None:
    expected = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]
    assert [totp.code(SECRET, step) for step in range(10)] == expected


@pytest.mark.parametrize(("off", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(off: int, counts: bool) -> None:
    step = totp.step_at(NOW) + off
    found = totp.matching_step(SECRET, totp.code(SECRET, step), NOW, after=0)
    assert found == (step if counts else None)


def test_no_step_up_to_the_last_one_counts_again() -> None:
    step = totp.step_at(NOW)
    typed = totp.code(SECRET, step)
    assert totp.matching_step(SECRET, typed, NOW, after=step - 1) == step
    assert totp.matching_step(SECRET, typed, NOW, after=step) is None
    later = NOW + timedelta(seconds=30)
    assert totp.matching_step(SECRET, typed, later, after=step) is None


@pytest.mark.parametrize("typed", ["", "0", "12345", "1234567", "１２３４５６", "\0", "é"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert totp.matching_step(SECRET, typed, NOW, after=0) is None
