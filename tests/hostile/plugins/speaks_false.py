"""A plugin whose version equals 0 without being a whole number."""

API_VERSION = False
