"""What the council paid, beside what suppliers claim: the ledger is asked in the background, pages read rows."""
