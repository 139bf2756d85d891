"""A plugin that behaves as if a person had pressed Ctrl-C."""

API_VERSION = 0
raise KeyboardInterrupt
