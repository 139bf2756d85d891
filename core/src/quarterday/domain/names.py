"""Names and references as people type them: on one line, of a length that fits, without signs that can't be seen."""

from __future__ import annotations

import re
import unicodedata

from quarterday.domain.sentences import NotUsable, said

MOST = 200
_KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
_EMAIL = re.compile(r"[^\s@,;<>\"]+@[a-z0-9-]+(\.[a-z0-9-]+)+")
_COMMON = frozenset(
    ["the", "of", "and", "city", "county", "borough", "district", "metropolitan", "royal", "london", "council"]
)
_IN_REFERENCES = frozenset(" -–_./\\()&#:+,'")


class NotAName(NotUsable):
    """The text can't be used as it is; the message says what to write."""


def name(text: str, what: str) -> str:
    """A name or title with single spaces; ``what`` says whose, like “the supplier's name”.

    Raises :class:`NotAName` where it is blank, longer than 200 characters, or holds signs that can't be seen.
    """
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if not any(sign.isalnum() for sign in tidy):
        raise NotAName("Enter {what} in letters or digits.", what=what)
    if len(tidy) > MOST:
        raise NotAName(
            "Enter {what} in at most {most} characters; this has {length}.", what=what, most=MOST, length=len(tidy)
        )
    if not tidy.isprintable():
        raise NotAName("Enter {what} again; it holds a sign that can't be seen.", what=what)
    return tidy


def reference(text: str) -> str:
    """A contract's own reference: letters, digits, spaces and ``- _ . / ( ) & # : + , '``, at most 60 characters.

    Raises :class:`NotAName` for anything else: a reference goes into file names, mails and other systems.
    """
    tidy = name(text, said("the contract's reference"))
    if odd := next((sign for sign in tidy if not sign.isalnum() and sign not in _IN_REFERENCES), ""):
        raise NotAName("“{odd}” can't stand in a reference; use letters, digits and - _ . / ( ) & # : +.", odd=odd)
    if len(tidy) > 60:
        raise NotAName("A reference has at most 60 characters; this has {length}.", length=len(tidy))
    return tidy


def key(text: str) -> str:
    """The short name of an authority in commands, like ``exampleshire``; raises :class:`NotAName`."""
    if not _KEY.fullmatch(text) or len(text) > 40:
        raise NotAName("“{text}” can't be a key; write small letters, digits and “-”, like north-moor.", text=text[:40])
    return text


def key_like(name: str) -> str:
    """A key that a name suggests, without what councils are all called; "" where it suggests none."""
    words = re.findall(r"[a-z0-9]+", unicodedata.normalize("NFKD", name).casefold())
    own = [word for word in words if word not in _COMMON]
    return "-".join(own)[:40].strip("-") if own and own[0][0].isalpha() else ""


def email(text: str) -> str:
    """An e-mail address in small letters; raises :class:`NotAName`."""
    tidy = text.strip().casefold()
    if not _EMAIL.fullmatch(tidy) or not tidy.isprintable() or len(tidy) > MOST:
        raise NotAName("That is not an e-mail address; write one like name@example.org.")
    return tidy
