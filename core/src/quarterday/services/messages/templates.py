"""The templates that messages are written from, by kind: the standard ones, and an authority's own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from sqlalchemy import bindparam, select

from quarterday.db.models import MessageTemplate, Words
from quarterday.db.newest import newest
from quarterday.db.work import Work
from quarterday.domain.messages import NotATemplate, Template, read

_FOLDER = "templates"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Offered:
    """The placeholders that a kind of message fills: those a template must have, and those it may have."""

    title: str
    """What the message is, as a council calls it."""
    needed: frozenset[str]
    others: frozenset[str]
    is_the_installations: bool = False
    """Whether it has the standard words always: nobody's authority is known yet when it is written."""

    @property
    def all(self) -> frozenset[str]:
        """Every one of them."""
        return self.needed | self.others


_CONTRACT = frozenset({"council", "contract", "period"})
_SUMMED = frozenset({"council", "summary"})
OFFERED: Mapping[str, Offered] = {
    "sign_in": Offered("Link to sign in", frozenset({"link"}), frozenset({"site", "until"}), is_the_installations=True),
    "fresh_link": Offered(
        "Fresh link to a return", frozenset({"link"}), _CONTRACT | {"until"}, is_the_installations=True
    ),
    "invitation": Offered("A return is open", frozenset({"link"}), _CONTRACT | {"first", "last", "due"}),
    "receipt": Offered("Receipt for a return", frozenset({"reference", "entries"}), _CONTRACT | {"submitted", "link"}),
    "query": Offered("Questions about a return", frozenset({"questions", "link"}), _CONTRACT | {"summary"}),
    "accepted": Offered("What was accepted", frozenset({"decisions"}), _CONTRACT | {"link"}),
    "reminder": Offered("Reminder of returns", frozenset({"returns", "links"}), _SUMMED),
    "more_time": Offered("More time for a return", frozenset({"due"}), _CONTRACT | {"link"}),
    "escalation": Offered("Returns that haven't come, to staff", frozenset({"returns", "links"}), _SUMMED),
    "welcome": Offered("Welcome to somebody new", frozenset({"link"}), frozenset({"site", "place", "by", "what"})),
    "weekly": Offered("Weekly list, to staff", frozenset({"returns", "links"}), _SUMMED),
    "job_failed": Offered(
        "A job fails again and again",
        frozenset({"job", "error"}),
        frozenset({"since", "when", "site"}),
        is_the_installations=True,
    ),
    "sync_failed": Offered(
        "A source or sink fails again and again",
        frozenset({"sync", "error"}),
        frozenset({"council", "since", "link"}),
        is_the_installations=True,
    ),
}
"""The kinds of message, each with what its template is filled with."""

EXAMPLES: Mapping[str, str] = {
    "by": "An administrator of Northmoor Council",
    "contract": "NM-104 Grounds maintenance",
    "council": "Northmoor Council",
    "decisions": (
        "Apprenticeship weeks, Apprentice 1: 13 weeks, accepted.\n"
        "Gifts to charities: £1,250.50, accepted in part: £1,000. “One receipt is from another year.”"
    ),
    "due": "30 October 2026",
    "entries": "Apprenticeship weeks, Apprentice 1: 13 weeks\nGifts to charities: £1,250.50",
    "first": "1 July 2026",
    "last": "30 September 2026",
    "error": "The portal can't answer now.",
    "job": "portal",
    "link": "https://returns.example.gov.uk/an-example",
    "links": "https://returns.example.gov.uk/an-example\nhttps://returns.example.gov.uk/another",
    "period": "July to September 2026",
    "place": "Northmoor Council",
    "questions": (
        "Gifts to charities: £1,250.50: “Which food bank was it? Please add its letter.”\n"
        "Apprenticeship weeks, Apprentice 1: 13 weeks: “Who trained them?”"
    ),
    "reference": "QD-000001-1",
    "returns": (
        "NM-104 Grounds maintenance, July to September 2026: late, it was due by 30 October 2026\n"
        "NM-117 School meals, October 2026: due by 30 November 2026"
    ),
    "since": "18:00 on 11 October 2026",
    "site": "returns.example.gov.uk",
    "submitted": "12 October 2026",
    "summary": "2 returns: 1 late, 1 due by 30 November 2026",
    "sync": "portal",
    "until": "10:45 on 12 October 2026",
    "what": (
        "There Northmoor Council collects what its suppliers report of the social value they promised, and checks it. "
        "You are a contract manager there."
    ),
    "when": "06:00 on 12 October 2026",
}
"""An invented fact for every placeholder, for a preview and for a test."""

_OWN = (
    select(Words.c.text)
    .join(MessageTemplate, MessageTemplate.c.words_id == Words.c.id)
    .where(
        MessageTemplate.c.authority_id == bindparam("authority_id"),
        MessageTemplate.c.kind == bindparam("kind"),
        newest(MessageTemplate, MessageTemplate.c.authority_id, MessageTemplate.c.kind),
    )
)


def template_for(work: Work, authority_id: int | None, kind: str) -> Template:
    """The template by which an authority's messages of a kind are written: its own, or the standard one.

    The standard one is also for a message of nobody's authority, and where its own can't be used any more, as when a
    newer Quarterday fills other placeholders: a message in other words is better than none.
    """
    own = own_source(work, authority_id, kind) if authority_id is not None else ""
    try:
        return template_in(kind, own) if own else standard(kind)
    except NotATemplate as problem:
        _log.warning("Authority %s: its words for “%s” can't be used: %s", authority_id, kind, problem)
        return standard(kind)


def own_source(work: Work, authority_id: int, kind: str) -> str:
    """What an authority wrote for a kind of message; "" where the standard words hold."""
    row = work.one(_OWN, authority_id=authority_id, kind=kind)
    return (row.text or "") if row else ""


@cache
def standard(kind: str) -> Template:
    """The standard template for a kind."""
    try:
        return template_in(kind, standard_source(kind))
    except NotATemplate as problem:
        raise NotATemplate(f"{kind}.txt: {problem}") from problem


def standard_source(kind: str) -> str:
    """The standard template for a kind, as it is written."""
    return files(__package__).joinpath(_FOLDER, f"{kind}.txt").read_text("utf-8")


def template_in(kind: str, source: str) -> Template:
    """The template in a text for a kind; raises :class:`NotATemplate` with what to put right."""
    return read(source, offered=OFFERED[kind].all, needed=OFFERED[kind].needed)
