"""A browser of a few lines, for the demo's check: follows links, fills in forms, keeps cookies, runs no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from secrets import token_hex
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener


@dataclass
class Form:
    """A form as it stands on a page: where it goes, and what it would send."""

    action: str
    method: str
    has_files: bool
    values: dict[str, str] = field(default_factory=dict)
    words: str = ""
    """All the text in it, its buttons' among it."""


@dataclass
class Page:
    """What was answered."""

    url: str
    text: str
    forms: list[Form]
    links: dict[str, str]
    """By their text."""

    def link(self, text: str) -> str:
        """Where the first link leads that has this in its text; raises LookupError, with what the page says."""
        for said, where in self.links.items():
            if text in said:
                return where
        raise LookupError(f"No link says “{text}” on {self.url}:\n{self.text}")

    def form(self, words: str) -> Form:
        """The first form with these words in it; raises LookupError, with what the page says."""
        for one in self.forms:
            if words in one.words:
                return one
        raise LookupError(f"No form says “{words}” on {self.url}:\n{self.text}")


class Browser:
    """One person at a time: cookies of their own."""

    def __init__(self) -> None:
        self._opener: OpenerDirector = build_opener(HTTPCookieProcessor(CookieJar()))

    def open(self, url: str) -> Page:
        """A page by its address; raises :class:`urllib.error.HTTPError` for 4xx and 5xx."""
        return self._page(Request(url))

    def send(
        self, form: Form, typed: Mapping[str, str] | None = None, files: Mapping[str, tuple[str, bytes]] | None = None
    ) -> Page:
        """A form with what was typed and the files chosen (name and content by field); the page it leads to."""
        filled = {**form.values, **(typed or {})}
        if not form.has_files:
            return self._page(Request(form.action, data=urlencode(filled).encode()))
        edge = token_hex(16)
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in filled.items()
        ]
        for name, (file, content) in (files or {}).items():
            head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join(parts) + f"--{edge}--\r\n".encode()
        return self._page(Request(form.action, body, {"Content-Type": f"multipart/form-data; boundary={edge}"}))

    def _page(self, request: Request) -> Page:
        with self._opener.open(request, timeout=60) as answer:
            reader = _Reader(answer.url)
            reader.feed(answer.read().decode())
        return Page(answer.url, " ".join(" ".join(reader.words).split()), reader.forms, reader.links)


class _Reader(HTMLParser):
    """Reads forms, links and text from a page."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.words: list[str] = []
        self._form: Form | None = None
        self._link: list[str] | None = None
        self._href = self._textarea = self._select = ""
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a form, a link or a control begins."""
        said = {name: value or "" for name, value in attrs}
        match tag:
            case "form":
                action = urljoin(self.url, said.get("action", ""))
                self._form = Form(action, said.get("method", "get"), said.get("enctype", "").startswith("multipart"))
                self.forms.append(self._form)
            case "a" if "href" in said:
                self._link, self._href = [], urljoin(self.url, said["href"])
            case "input" if self._form is not None:
                self._control(self._form, said)
            case "textarea" if self._form is not None:
                self._textarea = said["name"]
                self._form.values[self._textarea] = ""
            case "select" if self._form is not None:
                self._select = said["name"]
            case "option" if self._form is not None and self._select:
                if "selected" in said or self._select not in self._form.values:
                    self._form.values[self._select] = said.get("value", "")
            case "style" | "script":
                self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        """Note where it ends."""
        match tag:
            case "form":
                self._form = None
            case "a" if self._link is not None:
                self.links.setdefault(" ".join(" ".join(self._link).split()), self._href)
                self._link = None
            case "textarea":
                self._textarea = ""
            case "select":
                self._select = ""
            case "style" | "script":
                self._hidden -= 1

    def handle_data(self, data: str) -> None:
        """Text, to wherever it belongs."""
        if self._hidden:
            return
        self.words.append(data)
        if self._form is not None:
            self._form.words += data
            if self._textarea:
                self._form.values[self._textarea] += data
        if self._link is not None:
            self._link.append(data)

    def _control(self, form: Form, said: dict[str, str]) -> None:
        kind = said.get("type", "text")
        if kind in ("submit", "file", "button") or "name" not in said:
            return
        if kind in ("radio", "checkbox") and "checked" not in said:
            return
        form.values[said["name"]] = said.get("value", "on" if kind == "checkbox" else "")
