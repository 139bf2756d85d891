"""A plugin that waits for a lock that nobody releases."""

from threading import Lock

API_VERSION = 0
lock = Lock()
lock.acquire()
lock.acquire()
