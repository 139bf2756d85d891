"""A plugin whose error is outside ``Exception``."""

API_VERSION = 0


class Worst(BaseException):
    pass


raise Worst("nobody catches me")
