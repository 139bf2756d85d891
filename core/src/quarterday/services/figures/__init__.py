"""What the record adds up to, as at any instant, explained to its leaves."""
