"""The plugin's entry point. It offers nothing yet: its README says what it is for and when that comes."""

API_VERSION = 0
