"""What judges a page: axe-core in the browser for accessibility, the Nu validator for its HTML."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_MODULES = Path(__file__).parent / "assets" / "node_modules"
AXE = (_MODULES / "axe-core" / "axe.min.js").read_text()
NU = _MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"


def violations(page: Page) -> list[str]:
    """What axe-core finds on a page as it stands in the browser: the rule, and the first element that breaks it."""
    page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate("async () => (await axe.run()).violations")
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]} ({one['help']})" for one in found]


def invalid(java: str, pages: Mapping[str, str], folder: Path) -> list[str]:
    """What the Nu validator finds in pages, by their address: each error with the HTML around it."""
    names = {}
    for number, (address, html) in enumerate(pages.items()):
        file = folder / f"{number}.html"
        file.write_text(html)
        names[file.as_uri().replace("file:///", "file:/")] = address
    command = [java, "-Xss2m", "-jar", str(NU), "--errors-only", "--format", "json", "--stdout", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("{"), done.stderr
    return [
        f"{names.get(one['url'], one['url'])}: {one['message']} {one.get('extract', '')!r}"
        for one in json.loads(done.stdout)["messages"]
    ]
