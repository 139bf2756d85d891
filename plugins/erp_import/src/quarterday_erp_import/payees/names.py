"""One payee's name as a finance system writes it, read into words that can be compared.

Finance systems cut names at 30 to 40 characters, turn them round (``LIFE JOHN ENGINEERING``), and keep their notes in
them (``DO NOT USE``, ``*USE 226590*``, ``T/A``, ``FORMERLY``, the last digits of an account). What a name says of
another name of the same payee is a *reading* of it; what it says to the clerk is taken out.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache

from quarterday_erp_import.payees.words import words

LONGEST = 200
"""Characters of a name that are read; a longer text is no name."""

_SPACES = re.compile(r"\s+")
_APOSTROPHES = str.maketrans("", "", "'’‘`´ʼ")
_USE_INSTEAD = re.compile(
    r"\*?\s*\b(?:pl(?:ea)?se )?use (?:a/?c |supplier |vendor |acc?(?:ount)? |no\.? )?(\d{3,12})\b\s*\*?"
)
_NOTES = re.compile(
    r"\*+\s*\d{3,6}\b"  # the last digits of an account
    r"|\*+\s*do not \w+(?:\s*\*+)?|\(?\bdo\W*no?t\W+use\b\)?|\bnot\W+in\W+use\b|\*+\s*check [^*]*(?:\*+|$)"
    r"|\((?:in )?(?:admin(?:istration)?|liquidation|receivership|dissolved|closed|duplicate|ceased trading)\)"
    r"|\b(?:in\W+administration|in\W+liquidation|in\W+receivership|now\W+closed|ceased\W+trading)\b"
)
_NOTED = re.compile(r"\*|\buse\b|admin|liquidation|receivership|closed|dissolved|duplicate|ceased")
_CLOSED = re.compile(r"\bdo\W*no?t\W+use\b")
_ALSO = re.compile(
    r"t/as?(?=[\s:.-]|$)|\bt\.\s?a\.?(?=\s)|\bt/s\b|(?<=\W)ta(?=\W+\w)|\btrading\W+as\b|\btrdg\W+as\b|\baka\b"
    r"|\b(?:formerly|previously)(?:\W+known\W+as)?\b|\bf/?k/?a\b|\bnow\W+known\W+as\b|\(was\b|\(now\b|\(prev(?:iously)?\b"
)
_PARTED = re.compile(r"[/(.]|ta |trading|formerly|previously|aka|fka|known|care|trdg")
_SENT_TO = re.compile(r"\bc/o\b|\bc/-|\bcare\W+of\b")
_ON_BEHALF = re.compile(r"(?<=[\s(])re[:\s]|\bin respect of\b|\bon behalf of\b|\ba/c of\b")
_BRACKETS = re.compile(r"\(([^()]*)\)?")
_EITHER = re.compile(r"\s+-\s+|/")
_AND = re.compile(r"[&+@]")
_DOTTED = re.compile(r"(?<=\b\w)\.(?=\w\b|\s|$)")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Name:
    """A payee's name, read.

    ``words``: all its words, written out, without legal form, articles and the clerk's notes. ``readings``: the words
    of each part that names the payee by itself (before and after ``T/A``, in brackets …), longest first, without
    ``words``. ``legal_form``: of the first part, "" where it says none. ``use_instead``: the supplier number the clerk
    wrote into it. ``closed``: the clerk wrote that it is not to be used. ``behind``: the words after ``RE``.
    """

    text: str
    words: tuple[str, ...]
    readings: tuple[tuple[str, ...], ...] = ()
    legal_form: str = ""
    use_instead: str | None = None
    closed: bool = False
    behind: tuple[str, ...] = field(default=())

    @property
    def key(self) -> str:
        """The name without spaces: ``HOLLY BANK`` is ``HOLLYBANK``."""
        return "".join(self.words)

    @property
    def plain(self) -> str:
        """The words with a space between."""
        return " ".join(self.words)


def tidy(text: str) -> str:
    """The text as it is shown: one space between words, no control characters, at most :data:`LONGEST` characters."""
    shown = text[: 4 * LONGEST]
    if not shown.isprintable():
        shown = "".join(" " if unicodedata.category(sign)[0] == "C" else sign for sign in shown)
    return _SPACES.sub(" ", shown).strip()[:LONGEST].rstrip()


def normal(text: str) -> str:
    """The name's words written out, small, one space between: a name that differs only in its writing gives the same.

    Empty only for a text without letter or digit; reading what it returns returns it again.
    """
    once = read(text).plain
    while (again := read(once).plain) != once:
        once = again
    return once


def read(text: str) -> Name:
    """The name that ``text`` writes."""
    shown = tidy(text)
    small = _small(shown).replace("_", " ")
    instead = _USE_INSTEAD.search(small) if "use" in small else None
    noted = _NOTES.sub(" ", _USE_INSTEAD.sub(" ", small) if instead else small) if _NOTED.search(small) else small
    said = noted if _WORD.search(noted) else small
    parts, halves = _parts(said), _halves(said)
    whole, legal_form = _words(" ".join(parts))
    found: set[tuple[str, ...]] = set()
    if len(parts) > 1 or halves:
        legal_form = _words(parts[0])[1] or legal_form
        found = {words for part in (*parts, *halves) if _says_enough(words := _words(part)[0])} - {whole}
    behind = _ON_BEHALF.split(said, maxsplit=1) if halves else []
    return Name(
        text=shown,
        words=whole,
        readings=tuple(sorted(found, key=lambda one: (-len(one), one))),
        legal_form=legal_form,
        use_instead=instead[1] if instead else None,
        closed=bool(instead) or bool(_CLOSED.search(small)),
        behind=_words(behind[1])[0] if len(behind) == 2 else (),
    )


def _small(shown: str) -> str:
    """Small letters without accents and apostrophes; letters of other alphabets stay."""
    if shown.isascii():
        return shown.lower().translate(_APOSTROPHES)
    apart = unicodedata.normalize("NFKD", shown.translate(_APOSTROPHES)).casefold()
    return unicodedata.normalize("NFKC", "".join(sign for sign in apart if not unicodedata.combining(sign)))


def _parts(said: str) -> list[str]:
    """The name and its other names, in the order written; at least one, which may be empty of words."""
    if not _PARTED.search(said):
        return [said]
    parts = [part for one in _ALSO.split(said) for part in _SENT_TO.split(one)]
    return [part for part in parts if _WORD.search(part)] or [said]


def _halves(said: str) -> list[str]:
    """What stands before and in brackets, and on both sides of a stroke or dash."""
    halves = []
    if "(" in said:
        halves += [_BRACKETS.sub(" ", said), *(found[1] for found in _BRACKETS.finditer(said))]
    if "/" in said or " - " in said:
        halves += _EITHER.split(_ALSO.sub(" - ", _SENT_TO.sub(" - ", said)))
    if " re" in said or "(re" in said or "behalf" in said:
        halves += _ON_BEHALF.split(said)
    return halves


def _says_enough(reading: tuple[str, ...]) -> bool:
    """Whether a part of a name can stand for the payee: ``(UK)`` and ``(EXETER)`` can't."""
    return len(reading) > 1 and sum(map(len, reading)) > 6


@cache
def _spelt_out() -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(sorted(words().spelt_out, key=len, reverse=True)) + r")\b")


def _words(part: str) -> tuple[tuple[str, ...], str]:
    """The words of a part of a name, and the legal form it says."""
    known = words()
    plain = _AND.sub(" ", part)
    if "." in plain:
        plain = _DOTTED.sub(" ", plain)
    if "co" in plain or "liability" in plain or "incorporated" in plain:
        plain = _spelt_out().sub(lambda found: known.spelt_out[found[0]], plain)
    return _fixed(tuple(_WORD.findall(plain)))


def _fixed(found: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Words written out, legal forms taken out and initials joined, until nothing changes: ``U O E LTD`` is ``UOE``."""
    legal, form = words().legal, ""
    for _ in range(LONGEST):
        written = _written_out(found)
        if not legal.keys().isdisjoint(written):
            form = form or next(legal[word] for word in written if word in legal)
            written = tuple(word for word in written if word not in legal) or written
        if len(written) > 2 and written[-1] == "company":  # "& Co" is as much of a legal form as Ltd
            written = written[:-1]
        written = _joined(written)
        if written == found:
            break
        found = written
    return found, form


def _written_out(found: tuple[str, ...]) -> tuple[str, ...]:
    known = words()
    if known.changed.isdisjoint(found):
        return found
    kept = [word for word in found if word not in known.left_out] or found
    written: list[str] = []
    for word in kept:
        written += known.written_out.get(word, (word,))
    return tuple(written)


def _joined(found: tuple[str, ...]) -> tuple[str, ...]:
    """Neighbouring single letters made one word."""
    if found and min(map(len, found)) > 1:
        return found
    joined: list[str] = []
    run = ""
    for word in found:
        if len(word) == 1 and word.isalpha():
            run += word
            continue
        joined += [run] if run else []
        joined.append(word)
        run = ""
    return tuple([*joined, run] if run else joined)
