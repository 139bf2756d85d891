"""The mapping file: what turns our records into theirs and back, as data."""
