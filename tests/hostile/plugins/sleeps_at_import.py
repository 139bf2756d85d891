"""A plugin that waits for something that never comes."""

import time

API_VERSION = 0
time.sleep(3600)
