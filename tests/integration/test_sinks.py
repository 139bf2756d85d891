"""The sinks that plugins offer: by id, the first of two, and what can't be used is left out and said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from quarterday import NotConfigured
from quarterday.registry import installed
from quarterday.services.plugins.sinks import sink_of, sinks

SINKS = (Path(__file__).parents[1] / "hostile" / "sinks.py").read_text()
LEFT_OUT = (
    "its sink “LOUD” is left out: an id is small letters, digits and hyphens",
    "its sink “list” is left out: “accepts” must be a frozenset of DocumentKind",
    "its sink “sound” is left out: the plugin “hostile-sinks” has one of that id",
)


def test_sinks_are_found_and_the_unusable_left_out(distribute, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(distribute("hostile-sinks", SINKS))
    found = sinks(installed())
    assert {"folder", "sound", "hangs"} <= set(found)
    assert {"LOUD", "list"}.isdisjoint(found)
    assert (found["sound"].plugin, found["sound"].kind.title) == ("hostile-sinks", "It does as it should")
    assert [failure.what for failure in installed().failures if failure.hook == "report_sinks"] == list(LEFT_OUT)
    with pytest.raises(NotConfigured, match="No plugin offers the sink “nowhere”"):
        sink_of(installed(), "nowhere")


@pytest.mark.parametrize("command", [("doctor", "--json"), ("plugins", "list", "--json")])
def test_what_was_left_out_is_shown(distribute, quarterday, command: tuple[str, ...]) -> None:
    distribute("hostile-sinks", SINKS)
    said = json.dumps(json.loads(quarterday(*command).stdout), ensure_ascii=False)
    assert all(what in said for what in LEFT_OUT)


def test_a_plugin_whose_sinks_fail_costs_nobody_else_a_sink(
    distribute, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = SINKS.partition("@hookimpl")[0] + "@hookimpl\ndef report_sinks():\n    raise ValueError('no sinks')\n"
    monkeypatch.syspath_prepend(distribute("broken-sinks", broken))
    assert set(sinks(installed())) == {"folder", "govuk-notify", "mailbox", "portal", "smtp"}
    assert [failure.what for failure in installed().failures] == ["no sinks"]
