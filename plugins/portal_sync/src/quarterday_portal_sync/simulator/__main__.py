"""``python -m quarterday_portal_sync.simulator``."""

from quarterday_portal_sync.simulator.command import main

main()
