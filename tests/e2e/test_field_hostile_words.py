"""The big list of naughty strings, typed into every box of the forms that take words: kept as typed, never a 500."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
from running import Visitor
from town import Town

BOX = re.compile(r'<(?:input|textarea)[^>]* name="([^"]+)"')
NOT_TYPED = {"csrf_token", "seen_version", "ref", "file", "decision", "how", "declare"}


@pytest.fixture(scope="module")
def words() -> list[str]:
    """The strings, each once."""
    lines = (Path(os.environ["QUARTERDAY_FIELD_DATA"]) / "hostile" / "blns.txt").read_text("utf-8").splitlines()
    found = list(dict.fromkeys(line for line in lines if line and not line.startswith("#")))
    assert len(found) > 400
    return found


@pytest.fixture(scope="module")
def ready(town: Town, visitor: Callable[[str], Visitor]) -> int:
    """A return with an entry that can be submitted as it is."""
    grace, page = visitor("supplier"), f"/returns/{town.blank[0]}/measures/NT28/add"
    written = {"seen_version": grace.get(page).value("seen_version"), "ref": "NT28", "quantity": "250.10"}
    assert grace.post(page, written).status == 303
    return town.blank[0]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("role", "address", "chosen"),
    [
        ("supplier", "/returns/{return_id}/entries/{draft_id}", {}),
        ("supplier", "/returns/{return_id}/entries/{draft_id}/evidence", {}),
        ("supplier", "/returns/{ready}/check", {}),
        ("contract manager", "/council/returns/{sent}/entries/{entry}", {"decision": "part"}),
        ("nobody", "/sign-in", {}),
    ],
    ids=["an entry", "evidence", "a declaration", "a decision", "signing in"],
)
def test_words_of_every_sort_are_kept_as_typed_or_refused(
    town: Town,
    ready: int,
    visitor: Callable[[str], Visitor],
    words: list[str],
    role: str,
    address: str,
    chosen: dict[str, str],
) -> None:
    who, wrong = visitor(role), []
    sent = next(scene for scene in town.own if "entry_id" in scene)
    scene = next(scene for scene in town.own if "draft_id" in scene)
    page = address.format(**scene, ready=ready, sent=sent["return_id"], entry=sent["entry_id"])
    form = who.get(page)
    boxes = sorted({*BOX.findall(form.html)} - NOT_TYPED)
    assert boxes
    for text in words:
        hidden = {name: form.value(name) for name in ("seen_version", "ref") if f'name="{name}"' in form.html}
        answer = who.post(page, {**hidden, **chosen, **dict.fromkeys(boxes, text)})
        if answer.status not in (303, 422) or (answer.status == 422 and not is_kept(answer.html, text)):
            wrong.append((text, answer.status))
        form = answer if answer.status == 422 else who.get(page)
    assert wrong == []


def is_kept(html: str, text: str) -> bool:
    """Whether what was typed stands in one of the page's boxes, or among what is saved."""
    return " ".join(text.split()) in " ".join(unescape(html).split())
