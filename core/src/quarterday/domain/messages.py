"""Templates of messages: one plain text with ((placeholders)), of which both the text and the HTML of a mail are made.

The first line is ``Subject: …``; then follow paragraphs, with blank lines between them. A paragraph whose lines begin
with ``* `` is a list, and a placeholder that is alone on such a line gives an item for each line of its fact. A
list ``* ((things)): ((links))`` has an item for each line of both facts, words and link. A paragraph
``> Words: ((link))`` is a link that looks like a button. Everything else is words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from html import escape

from quarterday.domain.sentences import NotUsable

PLACEHOLDER = re.compile(r"\(\(([^()]*)\)\)")
_BUTTON = re.compile(r"> (?P<words>[^:\n]+): \(\((?P<link>[^()]*)\)\)")
_LINKED = re.compile(r"\* \(\((?P<things>[^()]*)\)\): \(\((?P<links>[^()]*)\)\)")

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="font-family: Arial, sans-serif; font-size: 16px; line-height: 1.5; color: #0b0c0c; max-width: 600px">
{body}
</body></html>
"""
_BUTTON_STYLE = (
    "display: inline-block; padding: 8px 16px; background: #00592f; color: #ffffff; "
    "font-weight: bold; text-decoration: none"
)


class NotATemplate(NotUsable):
    """The text can't be used as a template; the message says what to put right."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read, and holds only placeholders that its kind of message fills."""

    subject: str
    blocks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """A message's words."""

    subject: str
    text: str
    html: str


def read(source: str, *, offered: Collection[str], needed: Collection[str] = ()) -> Template:
    """The template in a text, which may use the placeholders that are offered and must have those that are needed.

    Raises :class:`NotATemplate` for any other placeholder, for one that is open, and where there is no subject.
    """
    first, _, body = source.strip().replace("\r\n", "\n").partition("\n")
    subject = first.removeprefix("Subject:").strip()
    blocks = tuple(block.strip() for block in re.split(r"\n\s*\n", body) if block.strip())
    if not first.startswith("Subject:") or not subject or not blocks:
        raise NotATemplate("Begin with a line “Subject: …”, then a blank line, then the words.")
    used = set(PLACEHOLDER.findall(source))
    if unknown := sorted(used - set(offered)):
        raise NotATemplate(
            "“(({unknown}))” is no placeholder here; use {placeholders}.",
            unknown=unknown[0],
            placeholders=_named(offered),
        )
    if missing := sorted(set(needed) - used):
        raise NotATemplate("“(({missing}))” is missing; without it this message is of no use.", missing=missing[0])
    if (rest := PLACEHOLDER.sub("", source)).count("((") or rest.count("))"):
        raise NotATemplate("A placeholder is not closed; write ((two brackets)) on both sides of its name.")
    return Template(subject, blocks)


def write(template: Template, facts: Mapping[str, str]) -> Written:
    """The words of a template filled with facts: nothing in a fact becomes a link, a list, HTML or a line of a header.

    Raises :class:`KeyError` for a placeholder without a fact.
    """
    subject = " ".join(_filled(template.subject, facts, str).split())
    texts = [_as_text(block, facts) for block in template.blocks]
    body = "\n".join(_as_html(block, facts) for block in template.blocks)
    return Written(subject, "\n\n".join(texts) + "\n", _PAGE.format(title=escape(subject), body=body))


def _as_text(block: str, facts: Mapping[str, str]) -> str:
    if button := _BUTTON.fullmatch(block):
        return f"{button['words']}:\n{facts[button['link']]}"
    if linked := _LINKED.fullmatch(block):
        return "\n".join(f"* {thing}:\n  {link}" for thing, link in _pairs(linked, facts))
    if block.startswith("* "):
        return "\n".join(f"* {item}" for item in _items(block, facts))
    return _filled(block, facts, _lines)


def _as_html(block: str, facts: Mapping[str, str]) -> str:
    if button := _BUTTON.fullmatch(block):
        link = escape(facts[button["link"]])
        return f'<p><a href="{link}" style="{_BUTTON_STYLE}">{escape(button["words"])}</a></p>\n<p>{link}</p>'
    if linked := _LINKED.fullmatch(block):
        pairs = ((escape(thing), escape(link)) for thing, link in _pairs(linked, facts))
        return "<ul>" + "".join(f'<li><a href="{link}">{thing}</a></li>' for thing, link in pairs) + "</ul>"
    if block.startswith("* "):
        items = "".join(f"<li>{escape(item)}</li>" for item in _items(block, facts))
        return f"<ul>{items}</ul>"
    return f"<p>{_filled(escape(block), facts, escape)}</p>".replace("\n", "<br>\n")


def _pairs(linked: re.Match[str], facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """The items of a list of links: words and link of each."""
    return list(zip(facts[linked["things"]].splitlines(), facts[linked["links"]].splitlines(), strict=True))


def _items(block: str, facts: Mapping[str, str]) -> list[str]:
    """The items of a list, each on one line."""
    found: list[str] = []
    for line in block.splitlines():
        item = line.removeprefix("* ").strip()
        alone = PLACEHOLDER.fullmatch(item)
        found += facts[alone[1]].splitlines() if alone else [" ".join(_filled(item, facts, str).split())]
    return found


def _filled(text: str, facts: Mapping[str, str], shown: Callable[[str], str]) -> str:
    return PLACEHOLDER.sub(lambda found: shown(facts[found[1]]), text)


def _lines(fact: str) -> str:
    """A fact as it stands in the text: its own line ends, and no other control signs."""
    return "\n".join(fact.splitlines())


def _named(names: Collection[str]) -> str:
    return ", ".join(f"(({name}))" for name in sorted(names))
