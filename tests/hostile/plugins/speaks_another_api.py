"""A plugin that was written for another host."""

API_VERSION = 7
