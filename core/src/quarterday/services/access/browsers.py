"""A browser in a few words, by which somebody knows a session of theirs again; the rest of what it says isn't kept."""

from __future__ import annotations

_FAMILIES = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
"""What a browser says of itself, and what people call it; the first that fits, because most name others too."""


def label(user_agent: str) -> str:
    """“Firefox on Windows”, from what a browser says of itself; “a browser” where neither is known."""
    family = next((name for sign, name in _FAMILIES if sign in user_agent), "a browser")
    system = next((name for sign, name in _SYSTEMS if sign in user_agent), "")
    return f"{family} on {system}" if system else family
