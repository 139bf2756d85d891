"""The pages and screens that plugins offer: by path, the first of two, and what can't be used is left out and said."""

from __future__ import annotations

import json
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from quarterday.finding import GROUP
from quarterday.registry import Failure, Registry, installed
from quarterday.roster import Roster
from quarterday.services.plugins import screens as screens_of_plugins
from quarterday.services.plugins.pages import applications, pages, screens

PLUGIN = '''
"""A plugin of which one page does as it should."""
from quarterday import Page, hookimpl

API_VERSION = 0
NOTHING = 7


def sound(environ, start_response):
    start_response("200 OK", [])
    return [b"sound"]


@hookimpl
def pages():
    here = __name__
    return [
        Page("sound", "It does as it should", f"{here}:sound"),
        Page("sound", "Once more", f"{here}:sound"),
        Page("LOUD", "Its path", f"{here}:sound"),
        Page("../up", "Its path", f"{here}:sound"),
        Page("blank", "", f"{here}:sound"),
        Page("place", "Its place", "sound"),
        Page("gone", "Not there", f"{here}:gone"),
        Page("nowhere", "Not there", "no_such_module:gone"),
        Page("nothing", "No application", f"{here}:NOTHING"),
    ]
'''
LEFT_OUT = (
    "its page “sound” is left out: the plugin “has-pages” has one of that path",
    "its page “LOUD” is left out: a path is small letters, digits and hyphens",
    "its page “../up” is left out: a path is small letters, digits and hyphens",
    "its page “blank” is left out: its summary is no line of text",
    "its page “place” is left out: its place “sound” is malformed: write module:attribute",
)


def test_pages_are_found_and_the_unusable_left_out(distribute, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(distribute("has-pages", PLUGIN))
    found = pages(installed())
    assert {"govuk-notify", "sound", "gone"} <= set(found)
    assert found["sound"].plugin == "has-pages"
    said = [failure.what for failure in installed().failures if failure.hook == "pages"]
    assert said == list(LEFT_OUT)


def test_an_application_that_cannot_be_had_costs_no_other(
    distribute, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(distribute("has-pages", PLUGIN))
    assert {"govuk-notify", "portal", "sound"} == set(applications())
    errors = [failure.error for failure in installed().failures if failure.hook == "pages"]
    assert errors[len(LEFT_OUT) :] == ["AttributeError", "ModuleNotFoundError", "TypeError"]


@pytest.mark.parametrize("command", [("doctor", "--json"), ("plugins", "list", "--json")])
def test_what_was_left_out_is_shown(distribute, quarterday, command: tuple[str, ...]) -> None:
    distribute("has-pages", PLUGIN)
    said = json.dumps(json.loads(quarterday(*command).stdout), ensure_ascii=False)
    assert all(what in said for what in LEFT_OUT)


def test_a_plugin_whose_pages_fail_costs_nobody_else_a_page(
    distribute, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = PLUGIN.partition("@hookimpl")[0] + "@hookimpl\ndef pages():\n    raise ValueError('no pages')\n"
    monkeypatch.syspath_prepend(distribute("broken-pages", broken))
    assert set(pages(installed())) == {"govuk-notify", "portal"}
    assert [failure.what for failure in installed().failures if failure.hook == "pages"] == ["no pages"]


SCREENS = '''
"""A plugin with screens, of which one set does as it should."""
from flask import Blueprint

from quarterday import Permission, Screens, hookimpl, said

API_VERSION = 0
NOTHING = 7


def larch(desk):
    pages = Blueprint("larch", __name__)
    pages.add_url_rule("", "first", lambda: "larch")
    return pages


def raises(desk):
    raise ValueError("seven")


def early(desk):
    return desk.uow


def reaches(desk):
    pages = larch(desk)
    pages.name = "reaches"
    pages.before_app_request(lambda: None)
    return pages


def of(path, load, title=said("Larch"), needs=Permission.SEE_FIGURES):
    return Screens(path, title, needs, load if ":" in load else f"{__name__}:{load}")


@hookimpl
def pages():
    return [
        of("larch", "larch"),
        of("larch", "larch"),
        of("LARCH", "larch"),
        of("untitled", "larch", title=""),
        of("long", "larch", title="L" * 31),
        of("anybody", "larch", needs="see figures"),
        of("suppliers", "larch", needs=Permission.REPORT),
        of("place", "larch:"),
        of("gone", "gone"),
        of("nowhere", "no_such_module:gone"),
        of("nothing", "NOTHING"),
        of("raises", "raises"),
        of("early", "early"),
        of("council", "larch"),
        of("reaches", "reaches"),
    ]
'''
SCREENS_LEFT_OUT = (
    "its screen “larch” is left out: the plugin “has-screens” has one of that path",
    "its screen “LARCH” is left out: a path is small letters, digits and hyphens",
    "its screen “untitled” is left out: its title is no line of at most 30 characters",
    "its screen “long” is left out: its title is no line of at most 30 characters",
    "its screen “anybody” is left out: “needs” is a Permission of the council's staff",
    "its screen “suppliers” is left out: “needs” is a Permission of the council's staff",
    "its screen “place” is left out: its place “larch:” is malformed: write module:attribute",
)
NOT_MADE = (
    "module 'has_screens' has no attribute 'gone'",
    "No module named 'no_such_module'",
    "has_screens:NOTHING is int, not a function",
    "seven",
    "Working outside of application context.",
    "its screens “council” are left out: the address “/council” is taken; choose another path",
    "its screens “reaches” are left out: it changes what isn't its own: before_request_funcs",
)


def test_screens_that_cannot_be_had_cost_no_other_and_doctor_says_so(distribute, quarterday) -> None:
    distribute("has-screens", SCREENS)
    said = json.loads(quarterday("doctor", "--json").stdout)
    text = json.dumps(said, ensure_ascii=False)
    assert [what for what in (*SCREENS_LEFT_OUT, *NOT_MADE) if what not in text] == []
    shown = [one["what"] for one in said["findings"] if one["check"] == "Screens of plugins"]
    assert "“has-screens” shows its own at /larch" in shown
    assert "“erp_import” shows its own at /ledger" in shown
    assert not [one for one in said["findings"] if one["plugin"] == "webforms" and one["health"] == "wrong"]


SLOW = '''
"""A plugin whose first screens never come."""
from threading import Event

from quarterday import Permission, Screens, hookimpl, said

API_VERSION = 0


def never(desk):
    Event().wait()


def at_once(desk):
    return "at once"


@hookimpl
def pages():
    needs, here = Permission.SEE_FIGURES, __name__
    return [Screens("never", said("N"), needs, f"{here}:never"), Screens("soon", said("S"), needs, f"{here}:at_once")]
'''


def test_screens_that_never_come_are_given_up_and_the_next_are_made(
    distribute, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(distribute("slow-screens", SLOW))
    registry = Registry.discover(Roster(), [EntryPoint("slow-screens", "slow_screens", GROUP)])
    assert list(screens(registry)) == ["never", "soon"]
    registry.seconds = 0.3  # from here on, so that only what never comes takes longer
    monkeypatch.setattr(screens_of_plugins, "installed", lambda: registry)
    never, soon = screens_of_plugins.made(lambda screens: None, lambda screens, made: None)
    assert isinstance(never, Failure)
    assert (never.plugin, never.error) == ("slow-screens", "TimeoutError")
    assert soon.plugin == "slow-screens"
