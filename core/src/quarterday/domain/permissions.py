"""Which role may do what: the one table that pages and commands ask."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from quarterday.domain.contracts import MemberRole


class Permission(StrEnum):
    """One sort of thing that somebody may do, always within their scope."""

    REPORT = "report"
    """Write and submit returns of the supplier's contracts, and see what became of them."""
    REVIEW = "review"
    """Accept, query and reject what was reported."""
    SEE_FIGURES = "see figures"
    """See the council's contracts, their delivery and how a figure came about."""
    KEEP_CONTRACTS = "keep contracts"
    """Enter contracts, suppliers and commitments, change them as agreed, and invite those who report."""
    SET_VALUES = "set values"
    """Load and pin what a unit is worth, and define what is local."""
    WORD_MESSAGES = "word messages"
    """Change the words of the council's messages to suppliers."""
    SEE_STATUS = "see status"
    """See how what happens by itself fares: plugins at work, jobs, what was given up."""
    ADMINISTER = "administer"
    """Give roles, end them, set plugins, reset a second factor, take everything along, erase what must go."""


_MANAGES = frozenset({Permission.REVIEW, Permission.SEE_FIGURES, Permission.KEEP_CONTRACTS})
PERMISSIONS: Mapping[MemberRole, frozenset[Permission]] = {
    MemberRole.SUPPLIER: frozenset({Permission.REPORT}),
    MemberRole.MANAGER: _MANAGES,
    MemberRole.LEAD: _MANAGES | {Permission.SET_VALUES, Permission.WORD_MESSAGES, Permission.SEE_STATUS},
    # One person has one role with an authority, and in a small council one person does everything.
    MemberRole.ADMINISTRATOR: frozenset(set(Permission) - {Permission.REPORT}),
}

NEEDS_SECOND_FACTOR = frozenset({MemberRole.ADMINISTRATOR})
"""The roles that only somebody with a second factor can act in."""


def may(role: MemberRole, permission: Permission) -> bool:
    """Whether somebody in that role may do that."""
    return permission in PERMISSIONS[role]
