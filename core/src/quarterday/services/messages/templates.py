"""The templates that messages are written from, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from quarterday.domain.messages import NotATemplate, Template, read

_FOLDER = "templates"


@dataclass(frozen=True, slots=True)
class Offered:
    """The placeholders that a kind of message fills: those a template must have, and those it may have."""

    needed: frozenset[str]
    others: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        """Every one of them."""
        return self.needed | self.others


_CONTRACT = frozenset({"council", "contract", "period"})
OFFERED: Mapping[str, Offered] = {
    "sign_in": Offered(frozenset({"link"}), frozenset({"site", "until"})),
    "fresh_link": Offered(frozenset({"link"}), _CONTRACT | {"until"}),
    "receipt": Offered(frozenset({"reference", "entries"}), _CONTRACT | {"submitted", "link"}),
    "query": Offered(frozenset({"question", "link"}), _CONTRACT | {"entry"}),
    "invitation": Offered(frozenset({"link"}), _CONTRACT | {"first", "last", "due"}),
    "accepted": Offered(frozenset({"decisions"}), _CONTRACT | {"link"}),
}
"""The kinds of message, each with what its template is filled with."""


@cache
def template_for(kind: str) -> Template:
    """The template by which messages of a kind are written."""
    source = files(__package__).joinpath(_FOLDER, f"{kind}.txt").read_text("utf-8")
    try:
        return read(source, offered=OFFERED[kind].all, needed=OFFERED[kind].needed)
    except NotATemplate as problem:
        raise NotATemplate(f"{kind}.txt: {problem}") from problem
