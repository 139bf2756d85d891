"""A plugin that ends the process when it is imported."""

import sys

API_VERSION = 0
sys.exit("this machine has no licence for me")
