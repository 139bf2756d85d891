"""Ways to go through pages: with script or without, with the keyboard alone, on a narrow screen. One hand for all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page

NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1100, "height": 900}
MOST_TABS = 250


@dataclass(frozen=True, slots=True)
class Way:
    """One way to go through the pages."""

    name: str
    has_script: bool = True
    has_mouse: bool = True
    width: int = 1100


WAYS = (
    Way("with script"),
    Way("without script", has_script=False),
    Way("by keyboard", has_mouse=False),
    Way("at 320 pixels", width=320),
)


class Hand:
    """Somebody at a browser, who goes through pages in one way and looks at each."""

    def __init__(self, browser: Browser, address: str, way: Way, pictures: Path) -> None:
        self._context: BrowserContext = browser.new_context(
            base_url=address, java_script_enabled=way.has_script, viewport={"width": way.width, "height": 900}
        )
        self._way, self._pictures, self._count = way, pictures, 0
        self.page: Page = self._context.new_page()
        self.page.set_default_timeout(15_000)

    def open(self, path: str) -> None:
        """Type an address."""
        self.page.goto(path)
        self._look()

    def fill(self, label: str, text: str) -> None:
        """Type into the box with that label, in place of what is there."""
        box = self.page.get_by_label(label, exact=True)
        if self._way.has_mouse:
            box.fill(text)
            return
        self._reach(box)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def choose(self, label: str) -> None:
        """Choose a radio button, or tick a box."""
        box = self.page.get_by_label(label, exact=True)
        if self._way.has_mouse:
            box.check()
        elif box.get_attribute("type") == "checkbox":
            self._reach(box)
            self.page.keyboard.press("Space")
        else:
            self._reach_radio(box)
        assert box.is_checked()

    def attach(self, label: str, name: str, content: bytes) -> None:
        """Choose a file; the window in which the system asks for it is not the page's."""
        box = self.page.get_by_label(label, exact=True)
        if not self._way.has_mouse:
            self._reach(box)
        box.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": content})

    def press(self, text: str) -> None:
        """Press the button with that text."""
        self._go(self.page.get_by_role("button", name=text, exact=True))

    def follow(self, text: str) -> None:
        """Follow the first link whose text begins so."""
        name = re.compile(rf"^\s*{re.escape(text)}".replace("/", r"\/"))
        self._go(self.page.locator("main a").filter(has_text=name).first)

    def follow_beside(self, text: str) -> None:
        """Follow the link in the row of a list that has this text."""
        row = self.page.get_by_role("main").get_by_role("listitem").filter(has_text=text)
        self._go(row.get_by_role("link").first)

    def says(self, text: str) -> None:
        """See that the page says this."""
        said = " ".join(self.page.locator("body").inner_text().split())
        assert text in said, f"“{text}” isn't said on {self.page.url}: {said}"

    def close(self) -> None:
        """Close the browser's window."""
        self._context.close()

    def _go(self, there: Locator) -> None:
        with self.page.expect_navigation():
            if self._way.has_mouse:
                there.click()
            else:
                self._reach(there)
                self.page.keyboard.press("Enter")
        self._look()

    def _reach(self, there: Locator) -> None:
        """Press the tab key until that has the focus, as it does with nothing but a keyboard."""
        there.wait_for()
        for _ in range(MOST_TABS):
            if there.evaluate("(it) => it === document.activeElement"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"The tab key never reaches {there} on {self.page.url}.")

    def _reach_radio(self, radio: Locator) -> None:
        """Tab to the group, then the arrow keys to the one that is meant."""
        name = radio.get_attribute("name")
        for _ in range(MOST_TABS):
            if self.page.evaluate("(name) => document.activeElement.name === name", name):
                break
            self.page.keyboard.press("Tab")
        self.page.keyboard.press("Space")
        for _ in range(20):
            if radio.is_checked():
                return
            self.page.keyboard.press("ArrowDown")

    def _look(self) -> None:
        """Keep a picture of the page, and see that it is no wider than the screen."""
        self._count += 1
        picture = self._pictures / f"{self._count:02}.png"
        try:
            self.page.screenshot(path=picture, full_page=True)
        except Error:  # a busy Chromium now and then hands out none; a second one that fails is a fault
            self.page.wait_for_timeout(1000)
            self.page.screenshot(path=picture, full_page=True)
        assert self.page.locator("h1").count() == 1, self.page.url
        if self._way.has_script:
            wide = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{self.page.url} is {wide} pixels too wide."
