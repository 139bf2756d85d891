"""What a portal says of entries, for the reviewer to see beside them."""
