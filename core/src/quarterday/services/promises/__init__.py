"""Contracts and what they promise: awards, variations, handovers, opening balances."""
