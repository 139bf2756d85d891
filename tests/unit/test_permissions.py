"""Who may do what: every role is in the table, and the table says what people expect of it."""

from __future__ import annotations

import pytest

from quarterday.domain.contracts import MemberRole
from quarterday.domain.permissions import NEEDS_SECOND_FACTOR, PERMISSIONS, Permission, may
from quarterday.services.access.browsers import label
from quarterday.services.access.limits import network_of


def test_every_role_may_do_something_and_everything_may_be_done_by_somebody() -> None:
    assert set(PERMISSIONS) == set(MemberRole)
    assert all(PERMISSIONS.values())
    assert set().union(*PERMISSIONS.values()) == set(Permission)


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        (Permission.REPORT, {"supplier"}),
        (Permission.REVIEW, {"contract manager", "lead", "administrator"}),
        (Permission.SEE_FIGURES, {"contract manager", "lead", "administrator"}),
        (Permission.KEEP_CONTRACTS, {"contract manager", "lead", "administrator"}),
        (Permission.SET_VALUES, {"lead", "administrator"}),
        (Permission.WORD_MESSAGES, {"lead", "administrator"}),
        (Permission.SEE_STATUS, {"lead", "administrator"}),
        (Permission.ADMINISTER, {"administrator"}),
    ],
)
def test_who_may(permission: Permission, roles: set[str]) -> None:
    assert {role.value for role in MemberRole if may(role, permission)} == roles


def test_whoever_administers_needs_a_second_factor() -> None:
    assert {role for role in MemberRole if may(role, Permission.ADMINISTER)} == NEEDS_SECOND_FACTOR


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 "
            "Safari/537.36 Edg/138.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Mobile "
            "Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
            "Safari/605.1.15",
            "Safari on Mac",
        ),
        ("curl/8.5.0", "a browser"),
        ("", "a browser"),
    ],
)
def test_a_browser_in_a_few_words(agent: str, expected: str) -> None:
    assert label(agent) == expected


@pytest.mark.parametrize(
    ("client", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("::ffff:192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:0:ff::1", "2001:db8::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("a socket", "unknown"),
        ("", "unknown"),
    ],
)
def test_the_network_of_a_client(client: str, network: str) -> None:
    assert network_of(client) == network
