"""What happens after a transaction: the outbox, its worker, and the sinks it delivers to."""
