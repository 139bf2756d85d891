"""Two systems with one record each: what is changed on either side goes over, is shown or asked about, never lost."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quarterday.domain.merging import GONE, Merged, Side, Step, common_ground, decidable, merge, takes_verdict
from quarterday.domain.portal_records import Agreement, Direction, Owner, RecordKind, VerdictsTaken, is_legible

agreements = st.builds(Agreement, st.sampled_from(Direction), st.sampled_from(Owner))
both_ways = st.builds(Agreement, st.just(Direction.BOTH), st.sampled_from(Owner))
digests = st.sampled_from(["", "a", "b", "c", GONE])
sides = st.sampled_from(Side)
newers = st.none() | sides
OTHER = {Side.OURS: Side.THEIRS, Side.THEIRS: Side.OURS}
MIRRORED = {Direction.IN: Direction.OUT, Direction.OUT: Direction.IN, Direction.BOTH: Direction.BOTH}
OWNER = {Owner.OURS: Owner.THEIRS, Owner.THEIRS: Owner.OURS, Owner.NEWEST: Owner.NEWEST}
STEP = {Step.SEND: Step.TAKE, Step.TAKE: Step.SEND, Step.ASK: Step.ASK, Step.NOTHING: Step.NOTHING}


@dataclass
class Two:
    """Two systems with one record, and what was written down of it between them."""

    agreement: Agreement
    can_take: bool = True
    has: dict[Side, str] = field(default_factory=lambda: {Side.OURS: "0", Side.THEIRS: ""})
    agreed: str = ""
    left: tuple[str, str] = ("", "")
    asked: tuple[str, str] | None = None
    known: set[str] = field(default_factory=lambda: {""})
    """The contents that both sides had, or that a conflict shows."""

    def write(self, side: Side, content: str) -> None:
        self.has[side] = content

    def merged(self) -> Merged:
        return merge(
            self.agreed,
            self.has[Side.OURS],
            self.has[Side.THEIRS],
            self.agreement,
            can_take=self.can_take,
            is_left=self.left == self.pair,
        )

    @property
    def pair(self) -> tuple[str, str]:
        return self.has[Side.OURS], self.has[Side.THEIRS]

    def sync(self, *, is_answered: bool = True) -> Merged:
        """One run: the step, and the common ground after it, unless the answer was lost."""
        merged = self.merged()
        if merged.proposed or merged.step is Step.ASK:
            self.known |= {*self.pair}
            self.asked = self.pair if merged.step is Step.ASK else None
        if merged.step in (Step.SEND, Step.TAKE):
            winner = Side.OURS if merged.step is Step.SEND else Side.THEIRS
            lost = self.has[OTHER[winner]]
            assert lost in self.known, "somebody wrote it, and it is gone without a trace"
            assert GONE not in (self.has[winner],), "what is gone is never passed on"
            self.known.add(self.has[winner])
            self.has[OTHER[winner]] = self.has[winner]
        if self.has[Side.OURS] == self.has[Side.THEIRS]:
            self.known.add(self.has[Side.OURS])
        if self.has[Side.OURS] == self.has[Side.THEIRS] and is_answered:
            self.agreed = self.has[Side.OURS]
        return merged

    def settle(self, decision: Side) -> None:
        """A person decides the conflict that they see, whatever has become of the record since."""
        if self.asked and decision in decidable(*self.asked, self.agreement, can_take=self.can_take):
            self.agreed = common_ground(decision, *self.asked)
            self.asked = None

    def leave(self) -> None:
        if self.asked:
            self.left, self.asked = self.asked, None


def acts(numbers: count[int]) -> st.SearchStrategy[tuple[str, object]]:
    """What happens: somebody writes on a side or deletes there, runs that end or are cut short, decisions."""
    content = st.just(GONE) | st.builds(lambda: str(next(numbers)))
    return st.one_of(
        st.tuples(st.just("write"), st.tuples(sides, content)),
        st.tuples(st.just("sync"), st.booleans()),
        st.tuples(st.just("settle"), sides),
        st.just(("leave", None)),
    )


def play(two: Two, done: list[tuple[str, object]]) -> None:
    for act, what in done:
        match act, what:
            case "write", (Side() as side, str() as content):
                two.write(side, content)
            case "sync", bool() as is_answered:
                two.sync(is_answered=is_answered)
            case "settle", Side() as decision:
                two.settle(decision)
            case "leave", None:
                two.leave()


histories = st.lists(acts(count(1)), max_size=30)


@given(agreements, st.booleans(), histories)
def test_nothing_that_somebody_wrote_is_overwritten_without_a_trace(
    agreement: Agreement, can_take: bool, done: list[tuple[str, object]]
) -> None:
    two = Two(agreement, can_take)
    play(two, done)
    two.sync()
    ours, theirs = two.pair
    if ours == theirs or two.left == two.pair:
        return
    assert two.asked == two.pair or not theirs, (
        "two contents that differ are asked about, and what never was there isn't"
    )


@given(both_ways, histories, sides)
def test_two_sides_come_to_one_content_once_each_conflict_is_settled(
    agreement: Agreement, done: list[tuple[str, object]], decision: Side
) -> None:
    two = Two(agreement)
    play(two, done)
    two.left = ("", "")
    for _ in range(3):
        if two.sync().step is Step.ASK:
            choice = decidable(*two.pair, agreement, can_take=True)
            two.settle(decision if decision in choice else choice[0])
    ours, theirs = two.pair
    assert ours == theirs or (ours == GONE and not theirs)
    assert two.sync() == Merged(Step.NOTHING)


@given(agreements, st.booleans(), histories)
def test_a_run_after_a_run_finds_nothing_to_do(
    agreement: Agreement, can_take: bool, done: list[tuple[str, object]]
) -> None:
    two = Two(agreement, can_take)
    play(two, done)
    first = two.sync()
    assert two.sync() == (first if first.step is Step.ASK else Merged(Step.NOTHING))


@given(agreements, digests, digests, digests, newers)
def test_what_is_decided_holds_until_one_of_the_two_changes(
    agreement: Agreement, agreed: str, ours: str, theirs: str, newer: Side | None
) -> None:
    if merge(agreed, ours, theirs, agreement, can_take=True, newer=newer).step is not Step.ASK:
        return
    assert merge(agreed, ours, theirs, agreement, can_take=True, newer=newer, is_left=True) == Merged(Step.NOTHING)
    for decision in decidable(ours, theirs, agreement, can_take=True):
        ground = common_ground(decision, ours, theirs)
        then = merge(ground, ours, theirs, agreement, can_take=True, newer=newer)
        assert then == Merged(Step.SEND if decision is Side.OURS else Step.TAKE), "it is done, and not asked again"


@given(agreements, digests.filter(bool), digests.filter(bool), digests, newers)
def test_neither_side_is_favoured(
    agreement: Agreement, ours: str, theirs: str, agreed: str, newer: Side | None
) -> None:
    """Of a record that both have, or had: whatever holds for one side holds for the other."""
    mirrored = Agreement(MIRRORED[agreement.direction], OWNER[agreement.owner])
    found = merge(agreed, ours, theirs, agreement, can_take=True, newer=newer)
    other = merge(agreed, theirs, ours, mirrored, can_take=True, newer=newer and OTHER[newer])
    assert other == Merged(STEP[found.step], found.proposed and OTHER[found.proposed])


@given(agreements, digests, digests, digests, newers, st.booleans(), st.booleans())
def test_a_step_goes_only_the_way_that_was_agreed(
    agreement: Agreement,
    agreed: str,
    ours: str,
    theirs: str,
    newer: Side | None,
    can_take: bool,
    is_answer: bool,
) -> None:
    found = merge(agreed, ours, theirs, agreement, can_take=can_take, newer=newer, is_answer=is_answer)
    if found.step is Step.SEND:
        assert agreement.goes_out
        assert ours not in ("", GONE)
    if found.step is Step.TAKE:
        assert agreement.comes_in
        assert can_take
        assert theirs not in ("", GONE)
    if found.step is not Step.ASK and found.proposed:
        assert agreement.owner == str(found.proposed), "the rule decides by the owner's word alone"
        assert agreed not in (ours, theirs)


BOTH, IN, OUT = Direction.BOTH, Direction.IN, Direction.OUT


@pytest.mark.parametrize(
    ("direction", "owner", "agreed", "ours", "theirs", "newer", "expected"),
    [
        (OUT, Owner.OURS, "", "a", "", None, Merged(Step.SEND)),
        (IN, Owner.THEIRS, "", "a", "", None, Merged(Step.NOTHING)),
        (IN, Owner.THEIRS, "", "", "b", None, Merged(Step.TAKE)),
        (OUT, Owner.OURS, "", "", "b", None, Merged(Step.ASK)),
        (IN, Owner.THEIRS, "b", "", "b", None, Merged(Step.NOTHING)),
        (BOTH, Owner.OURS, "a", "b", "c", None, Merged(Step.SEND, Side.OURS)),
        (BOTH, Owner.THEIRS, "a", "b", "c", None, Merged(Step.TAKE, Side.THEIRS)),
        (BOTH, Owner.NEWEST, "a", "b", "c", Side.THEIRS, Merged(Step.ASK, Side.THEIRS)),
        (BOTH, Owner.NEWEST, "a", "b", "c", None, Merged(Step.ASK)),
        (IN, Owner.OURS, "a", "b", "c", None, Merged(Step.ASK, Side.OURS)),
        (OUT, Owner.OURS, "a", "a", "c", None, Merged(Step.ASK, Side.OURS)),
        (IN, Owner.THEIRS, "a", "b", "a", None, Merged(Step.ASK, Side.THEIRS)),
        (BOTH, Owner.THEIRS, "a", "a", GONE, None, Merged(Step.ASK, Side.OURS)),
        (BOTH, Owner.OURS, "a", "b", GONE, None, Merged(Step.ASK, Side.OURS)),
        (BOTH, Owner.OURS, GONE, "a", GONE, None, Merged(Step.SEND)),
        (BOTH, Owner.OURS, "a", "", GONE, None, Merged(Step.NOTHING)),
        (OUT, Owner.OURS, "a", GONE, "a", None, Merged(Step.ASK, Side.THEIRS)),
    ],
)
def test_each_rule(
    direction: Direction, owner: Owner, agreed: str, ours: str, theirs: str, newer: Side | None, expected: Merged
) -> None:
    assert merge(agreed, ours, theirs, Agreement(direction, owner), can_take=True, newer=newer) == expected


def test_no_rule_overwrites_what_cannot_be_read() -> None:
    assert merge("a", "b", "?", Agreement(BOTH, Owner.OURS), can_take=True, is_legible=False) == Merged(
        Step.ASK, Side.OURS
    )
    said = {"measure": "NT1", "quantity": "12"}
    assert is_legible(RecordKind.ENTRY, said)
    assert not is_legible(RecordKind.ENTRY, {**said, "trouble": "“portion” is no number."})
    assert not is_legible(RecordKind.ENTRY, {**said, "quantity": ""})
    assert is_legible(RecordKind.VERDICT, {"decision": "queried", "quantity": ""})


@pytest.mark.parametrize("owner", Owner)
@pytest.mark.parametrize("direction", [Direction.IN, Direction.BOTH])
def test_who_decides_with_a_suggestion_in_sight_has_answered_it(direction: Direction, owner: Owner) -> None:
    """Theirs stood beside the entry before anybody had decided: it is taken, and what is decided then is an answer."""
    agreement = Agreement(direction, owner)

    def found(agreed: str, ours: str, theirs: str) -> Merged:
        can_take = takes_verdict(VerdictsTaken.SUGGESTION, ours)
        return merge(agreed, ours, theirs, agreement, can_take=can_take, is_answer=True)

    assert found("", "", "accepted") == Merged(Step.TAKE), "it is put beside the entry"
    answered = Step.SEND if agreement.goes_out else Step.NOTHING
    assert found("accepted", "rejected", "accepted") == Merged(answered)
    assert found("accepted", "accepted", "accepted") == Merged(Step.NOTHING)
    assert found("accepted", "rejected", "queried").step is not Step.TAKE, "a later word of theirs replaces no decision"
    assert found("", "rejected", "accepted").step is not Step.TAKE, "nor does one that nobody has seen"


def test_where_a_portal_decides_its_decisions_come_in_over_others() -> None:
    assert takes_verdict(VerdictsTaken.REVIEW, "rejected")
    assert takes_verdict(VerdictsTaken.REVIEW, "")
    assert not takes_verdict(VerdictsTaken.SUGGESTION, "rejected")


@pytest.mark.parametrize(
    ("direction", "can_take", "expected"),
    [
        (Direction.BOTH, True, (Side.OURS, Side.THEIRS)),
        (Direction.BOTH, False, (Side.OURS,)),
        (Direction.IN, True, (Side.THEIRS,)),
        (Direction.IN, False, ()),
        (Direction.OUT, True, (Side.OURS,)),
    ],
)
def test_only_what_then_happens_can_be_decided(
    direction: Direction, can_take: bool, expected: tuple[Side, ...]
) -> None:
    agreement = Agreement(direction, Owner.NEWEST)
    assert decidable("a", "b", agreement, can_take=can_take) == expected
    assert decidable("a", GONE, agreement, can_take=can_take) == tuple(one for one in expected if one is Side.OURS)
