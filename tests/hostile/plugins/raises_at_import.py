"""A plugin that divides by nothing when it is imported."""

API_VERSION = 0
1 / 0  # noqa: B018
