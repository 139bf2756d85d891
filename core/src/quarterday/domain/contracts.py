"""What contracts, the parts suppliers have in them and the people around them are called."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from quarterday.domain.nearest import did_you_mean
from quarterday.domain.sentences import NotUsable

Word = TypeVar("Word", bound=StrEnum)


class ContractKind(StrEnum):
    """What sort of agreement carries the commitments (DOMAIN 2)."""

    CONTRACT = "contract"
    CALL_OFF = "call-off"
    GRANT = "grant"
    PLANNING = "planning agreement"
    LOCAL_LABOUR = "local labour agreement"


class PartyRole(StrEnum):
    """A supplier's part in a contract."""

    LEAD = "lead"
    PARTNER = "partner"
    SUBCONTRACTOR = "subcontractor"


class MemberRole(StrEnum):
    """What somebody may do, for a supplier or for an authority."""

    SUPPLIER = "supplier"
    MANAGER = "contract manager"
    LEAD = "lead"
    ADMINISTRATOR = "administrator"


class Nation(StrEnum):
    """Whose bank holidays count."""

    ENGLAND_AND_WALES = "england-and-wales"
    SCOTLAND = "scotland"
    NORTHERN_IRELAND = "northern-ireland"


class NotAWord(NotUsable):
    """The text is none of the words there are; the message names them, or the nearest."""


def word(words: type[Word], text: str, what: str) -> Word:
    """The one of ``words`` that is typed, whatever the case; raises :class:`NotAWord`. ``what`` names the field."""
    typed = " ".join(text.casefold().split())
    known = [one.value for one in words]
    if typed not in known:
        raise NotAWord("“{text}” is no {what}; {hint}", text=text[:40], what=what, hint=did_you_mean(typed, known))
    return words(typed)
