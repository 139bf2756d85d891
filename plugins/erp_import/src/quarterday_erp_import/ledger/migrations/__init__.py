"""The revisions of the ledger's tables, one chain; core runs them."""
