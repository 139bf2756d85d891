"""Contracts and what they promise: awards, variations, handovers, opening balances."""

from quarterday.domain.promises import Promise

__all__ = ["Promise"]
