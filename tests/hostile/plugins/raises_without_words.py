"""A plugin whose error raises again when it is shown."""

API_VERSION = 0


class Speechless(Exception):
    def __str__(self):
        raise SystemExit(3)


raise Speechless
