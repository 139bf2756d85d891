"""What is measured and what it is worth: editions, value sets, what contracts are pinned to."""
