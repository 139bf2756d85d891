"""Exchange with portals: what is ours to give, the door by which theirs comes in, and where both differ."""
