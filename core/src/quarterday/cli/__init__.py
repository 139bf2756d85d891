"""The command line: ``quarterday …``."""
