"""Spend files of finance systems, and the ledger built from them."""
