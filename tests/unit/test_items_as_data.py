"""What a source gives crosses to the host as plain data, and what no database keeps doesn't cross."""

from __future__ import annotations

import pytest

from quarterday import BadRecord, Item
from quarterday.services.plugins.plain import as_data
from quarterday.services.plugins.telling import Unagreed

SOUND = Item("café 😀", "note", {"words": ["é", None, True, 7]}, "1")


def test_what_is_sound_crosses_as_it_is() -> None:
    assert as_data(SOUND) == {
        "key": "café 😀",
        "kind": "note",
        "payload": {"words": ["é", None, True, 7]},
        "cursor": "1",
    }
    assert as_data(BadRecord("a", "It is torn.")) == {"key": "a", "why": "It is torn.", "cursor": ""}


@pytest.mark.parametrize("text", ["caf\udce9", "a\0b"])
def test_what_no_database_keeps_does_not_cross(text: str) -> None:
    for one in (
        Item(text, "note", {}, "1"),
        Item("a", text, {}, "1"),
        Item("a", "note", {"words": [text]}, "1"),
        Item("a", "note", {text: 1}, "1"),
        Item("a", "note", {}, text),
        BadRecord(text, "It is torn."),
        BadRecord("a", text),
        BadRecord("a", "It is torn.", text),
    ):
        with pytest.raises(Unagreed, match="which no database keeps"):
            as_data(one)
