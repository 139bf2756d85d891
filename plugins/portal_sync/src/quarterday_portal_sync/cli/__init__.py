"""``quarterday sync``."""
