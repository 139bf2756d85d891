"""A plugin that doesn't say which host it was written for."""
