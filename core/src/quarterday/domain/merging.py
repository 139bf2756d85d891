"""Two systems with one record each: what is to happen with it, by what both last had alike and whose word counts.

What somebody wrote over there is never overwritten without a trace: where the rule of the kind decides between two
changes, that is a conflict too, which is shown with both contents, settled already.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from quarterday.domain.portal_records import Agreement, Owner


class Side(StrEnum):
    """One of the two."""

    OURS = "ours"
    THEIRS = "theirs"


class Step(StrEnum):
    """What is to happen with a record."""

    NOTHING = "nothing"
    SEND = "send"
    """Ours goes there."""
    TAKE = "take"
    """Theirs comes in by the door."""
    ASK = "ask"
    """A person settles it."""


GONE = "gone"
"""In place of their digest: they had it, and don't have it any more."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The step, and for a conflict whose word counts or is proposed; None where there is no conflict."""

    step: Step
    proposed: Side | None = None


def merge(
    agreed: str,
    ours: str,
    theirs: str,
    agreement: Agreement,
    *,
    can_take: bool,
    newer: Side | None = None,
    is_left: bool = False,
) -> Merged:
    """What is to happen, by the digests of both contents and of the one that both last had alike; "" for none.

    ``can_take`` says that there is a door for theirs, ``newer`` who changed it last where that is known, and
    ``is_left`` that a person has left these two contents as they are. A conflict is a :attr:`Step.ASK`, or a step that
    has ``proposed``: the rule did that without asking.
    """
    if ours == theirs or is_left:
        return Merged(Step.NOTHING)
    may_send, may_take = agreement.goes_out, agreement.comes_in and can_take and theirs != GONE
    if not theirs:
        return Merged(Step.SEND if may_send else Step.NOTHING)
    if not ours:
        return Merged(Step.TAKE if may_take else Step.NOTHING if theirs == GONE else Step.ASK)
    proposed = _proposed(agreement.owner, newer)
    if theirs == GONE:
        return Merged(Step.ASK, Side.OURS)
    if theirs == agreed:
        return Merged(Step.SEND) if may_send else Merged(Step.ASK, proposed)
    if ours == agreed:
        return Merged(Step.TAKE) if may_take else Merged(Step.ASK, proposed)
    if agreement.owner is Owner.OURS and may_send:
        return Merged(Step.SEND, Side.OURS)
    if agreement.owner is Owner.THEIRS and may_take:
        return Merged(Step.TAKE, Side.THEIRS)
    return Merged(Step.ASK, proposed)


def _proposed(owner: Owner, newer: Side | None) -> Side | None:
    return {Owner.OURS: Side.OURS, Owner.THEIRS: Side.THEIRS}.get(owner, newer)
