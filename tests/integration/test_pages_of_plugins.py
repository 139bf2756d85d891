"""The pages that plugins offer: by path, the first of two, and what can't be used is left out and said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quarterday.registry import installed
from quarterday.services.plugins.pages import applications, pages

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
    assert {"govuk-notify", "sound"} == set(applications())
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
    assert set(pages(installed())) == {"govuk-notify"}
    assert [failure.what for failure in installed().failures if failure.hook == "pages"] == ["no pages"]
