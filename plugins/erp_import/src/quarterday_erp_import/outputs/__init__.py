"""What a council publishes of its payments: made from the ledger as it stands, delivered through a sink."""
