"""Figures over the ledger: reckoned by the engine in the background, kept as rows, read without it."""
