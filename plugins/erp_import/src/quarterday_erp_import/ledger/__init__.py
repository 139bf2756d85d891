"""The ledger: batches of spend lines that are kept for good, and what is reckoned over them."""
