"""A portal that isn't real: a small program with records, an interface and faults of its own.

For the demo, for tests, and for whoever writes a mapping or a plugin. It knows nothing of Quarterday's shapes: its
records have names and codes of its own, as any portal's have.
"""
