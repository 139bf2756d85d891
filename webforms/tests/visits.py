"""Browsers of a few lines, which keep cookies and the tokens of forms, and pages as somebody sees them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import Any

from flask.testing import FlaskClient

from quarterday.testing.authenticator import code_at


@dataclass(frozen=True)
class Page:
    """An answer, as somebody sees it."""

    status: int
    html: str
    headers: Any

    @property
    def text(self) -> str:
        """Its words, without tags."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.html)).split())

    @property
    def title(self) -> str:
        return unescape(re.findall(r"<title>(.*?)</title>", self.html, re.DOTALL)[0])

    @property
    def names(self) -> list[str]:
        """The names of its controls."""
        return re.findall(r'<(?:input|textarea|select)[^>]* name="([^"]+)"', self.html)

    def value(self, name: str) -> str:
        """What stands in a box, or in a hidden field."""
        if area := re.search(rf'<textarea[^>]* name="{name}"[^>]*>(.*?)</textarea>', self.html, re.DOTALL):
            return unescape(area[1]).removeprefix("\n")  # a browser leaves the first line end out
        box = re.search(rf'<input[^>]* name="{name}"[^>]*', self.html)
        assert box, f"no box {name}"
        found = re.search(r' value="([^"]*)"', box[0])
        return unescape(found[1]) if found else ""

    @property
    def action(self) -> str:
        """Where its form sends to; "" for the page itself."""
        forms = re.findall(r'<form method="post"(?: action="([^"]*)")?(?: enctype="[^"]+")? novalidate>', self.html)
        return unescape(forms[-1])

    @property
    def errors(self) -> str:
        """What the error summary says."""
        found = re.search(r'<div class="govuk-error-summary".*?</ul>', self.html, re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", found[0])).split()) if found else ""


class Visitor:
    """A browser of somebody who is signed in."""

    def __init__(self, client: FlaskClient) -> None:
        self._client = client

    def open(self, address: str, *, follow: bool = False) -> Page:
        """Go to a page."""
        return self._page(self._client.get(address, follow_redirects=follow))

    def send(self, page: Page, address: str, /, *, follow: bool = True, **typed: Any) -> Page:
        """Press the button of a page's form that was filled in so; hidden fields go as they are."""
        hidden = {name: page.value(name) for name in ("csrf_token", "seen_version", "ref") if name in page.names}
        return self._page(self._client.post(page.action or address, data={**hidden, **typed}, follow_redirects=follow))

    def fill_in(self, address: str, /, **typed: Any) -> Page:
        """Go to a page and send its form."""
        return self.send(self.open(address), address, **typed)

    def pass_second_factor(self, now: datetime) -> None:
        """Set an authenticator app, and say what it shows then."""
        enrol = self.open("/account/second-factor")
        secret = re.findall(r"<code>([A-Z2-7]+)</code>", enrol.html)[0]
        self.send(enrol, "/account/second-factor", code=code_at(secret, now))

    def _page(self, answer: Any) -> Page:
        text = answer.get_data(as_text=True) if "html" in answer.content_type else ""
        answer.close()
        return Page(answer.status_code, text, answer.headers)
