"""A plugin that never stops working."""

API_VERSION = 0
while True:
    pass
