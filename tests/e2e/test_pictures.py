"""The pictures in the README: taken of the town's pages, kept in ``seen/``, and put where QUARTERDAY_PICTURES says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from running import Server, Visitor
from town import Town

MOST_BYTES = 200_000
PICTURES = {
    "a-return.png": ("supplier", "/returns/{return_id}"),
    "a-measure.png": ("supplier", "/returns/{return_id}/entries/{draft_id}"),
    "a-check.png": ("contract manager", "/council/returns/{submitted}"),
    "a-contract.png": ("contract manager", "/council/contracts/{contract_id}"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_small_enough_to_be_kept(
    browser: Browser, server: Server, town: Town, visitor: Callable[[str], Visitor], seen: Path, name: str
) -> None:
    role, address = PICTURES[name]
    scene = next(scene for scene in town.own if "draft_id" in scene)
    context = browser.new_context(base_url=server.address, viewport={"width": 1000, "height": 1000})
    context.add_cookies(
        [{"name": key, "value": text, "url": server.address} for key, text in visitor(role).cookies.items()]
    )
    page = context.new_page()
    answer = page.goto(address.format(**scene, submitted=town.submitted_return))
    assert answer
    assert answer.ok
    page.screenshot(path=seen / name)
    context.close()
    assert (seen / name).stat().st_size < MOST_BYTES
    if wanted := os.environ.get("QUARTERDAY_PICTURES"):
        Path(wanted).mkdir(exist_ok=True)
        (Path(wanted) / name).write_bytes((seen / name).read_bytes())
