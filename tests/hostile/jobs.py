"""Jobs as a careless plugin offers them: one of them can be used."""

from datetime import UTC, time

from quarterday import Daily, Every, Job, hookimpl

API_VERSION = 0

WHERE = "hostile_jobs:do"


class Moody(str):
    """A name that changes its mind."""

    __slots__ = ()

    def __eq__(self, other):
        raise RuntimeError("not today")

    __hash__ = str.__hash__


def do(at):
    return "Done."


@hookimpl
def jobs():
    return [
        Job("sound", "It does as it should.", Every(5), WHERE),
        Job("LOUD", "Its name isn't one.", Every(5), WHERE),
        Job(Moody("moody"), "Its name is no text.", Every(5), WHERE),
        Job("silent", " ", Every(5), WHERE),
        Job("lost", "It is nowhere.", Every(5), "somewhere"),
        Job("never", "It has no minutes.", Every(0), WHERE),
        Job("seldom", "It has too many.", Every(1441), WHERE),
        Job("half", "It has half of one.", Every(0.5), WHERE),
        Job("truly", "It has a truth.", Every(True), WHERE),
        Job("gap", "At one o'clock.", Daily(time(1)), WHERE),
        Job("gap-ends", "Just before two.", Daily(time(1, 59)), WHERE),
        Job("zoned", "It has a time zone.", Daily(time(6, tzinfo=UTC)), WHERE),
        Job("worded", "It says its time in words.", Daily("06:00"), WHERE),
        Job("no-day", "It has no day.", Daily(time(6), frozenset()), WHERE),
        Job("eighth-day", "It has a day of its own.", Daily(time(6), frozenset({7})), WHERE),
        Job("listed", "It lists its days.", Daily(time(6), [0]), WHERE),
        Job("whenever", "It doesn't say when.", "often", WHERE),
        Job("sound", "It comes twice.", Every(5), WHERE),
        Job("two", "At two o'clock.", Daily(time(2)), WHERE),
        Job("before-one", "Just before one.", Daily(time(0, 59)), WHERE),
    ]
