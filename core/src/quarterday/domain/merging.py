"""Two systems with one record each: what is to happen with it, by what both last had alike and whose word counts.

What somebody wrote over there is never overwritten without a trace: where the rule of the kind decides between two
changes, that is a conflict too, which is shown with both contents, settled already.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from quarterday.domain.portal_records import Agreement, Owner, VerdictsTaken


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
"""In place of a digest: that side had it, and doesn't have it any more."""


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
    is_answer: bool = False,
    is_legible: bool = True,
) -> Merged:
    """What is to happen, by the digests of both contents and of the one that both last had alike; "" for none.

    ``can_take`` says that there is a door for theirs: of a decision there is none where it would only be suggested and
    a person has decided already. ``newer`` says who changed it last where that is known, ``is_left`` that a person has
    left these two contents as they are, and ``is_answer`` that who made ours had theirs before them, as who decides
    where a decision of theirs stands already. Where theirs isn't ``is_legible`` no rule overwrites it: a conflict would
    show what they don't have. A conflict is a :attr:`Step.ASK`, or a step that has ``proposed``: the
    rule did that without asking. Nothing that is gone on one side is given back or given up without asking.
    """
    if ours == theirs or is_left:
        return Merged(Step.NOTHING)
    may_send = agreement.goes_out and ours != GONE
    may_take = agreement.comes_in and can_take and theirs != GONE
    if not theirs:
        return Merged(Step.SEND if may_send else Step.NOTHING)
    if not ours and theirs in (GONE, agreed):  # it was taken before: it waits as a draft, or beside what it is about
        return Merged(Step.NOTHING)
    if not ours:
        return Merged(Step.TAKE if may_take else Step.ASK)
    if theirs == agreed and may_send:
        return Merged(Step.SEND)
    if theirs == agreed and is_answer:
        return Merged(Step.NOTHING)
    if ours == agreed and may_take:
        return Merged(Step.TAKE)
    if GONE in (ours, theirs):
        return Merged(Step.ASK, Side.OURS if theirs == GONE else Side.THEIRS)
    both_changed = agreed not in (ours, theirs)
    if both_changed and agreement.owner is Owner.OURS and may_send and is_legible:
        return Merged(Step.SEND, Side.OURS)
    if both_changed and agreement.owner is Owner.THEIRS and may_take:
        return Merged(Step.TAKE, Side.THEIRS)
    return Merged(Step.ASK, {Owner.OURS: Side.OURS, Owner.THEIRS: Side.THEIRS}.get(agreement.owner, newer))


def common_ground(decision: Side, ours: str, theirs: str) -> str:
    """The digest that both sides last had alike, once a person has decided between two contents.

    It is the other side's: so the one that was decided for is the only one that has changed, and goes over.
    """
    return theirs if decision is Side.OURS else ours


def takes_verdict(taken: VerdictsTaken, ours: str) -> bool:
    """Whether there is a door for a decision of theirs, beside ours ("" for none).

    Where theirs is only suggested, a suggestion beside an entry that nobody has decided on is how it comes in. Beside a
    decision it would go unseen: who made that with the suggestion in sight has answered it, and of a later one a person
    is asked.
    """
    return taken is VerdictsTaken.REVIEW or not ours


def decidable(ours: str, theirs: str, agreement: Agreement, *, can_take: bool) -> tuple[Side, ...]:
    """For whose content a person can decide, so that it goes over to the other side."""
    does = {Side.OURS: Step.SEND, Side.THEIRS: Step.TAKE}
    return tuple(
        side
        for side, step in does.items()
        if merge(common_ground(side, ours, theirs), ours, theirs, agreement, can_take=can_take) == Merged(step)
    )
