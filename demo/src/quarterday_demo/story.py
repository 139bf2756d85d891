"""Four past quarters of the demo's council: who reported what and when, and what the council said, in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from io import BytesIO
from itertools import count
from random import Random

from quarterday.services.organisations import periods
from quarterday.services.promises import Promise, awards, handovers
from quarterday.services.record import Actor, UnitOfWork
from quarterday.services.returns import drafts, evidencing, reviews, standing, submissions
from quarterday.testing.clock import Clock
from quarterday_demo.claims import Typed, rows
from quarterday_demo.council import OPERATOR, Contract, add_months, this_quarter

REASONS = {
    "queried": "Which school was it, and do you have the sign-in sheet?",
    "rejected": "This was your company's general giving, not something this contract caused.",
    "varied": "The kitchen closes in the holidays, so half of the job clubs can’t be held.",
    "part": "The evidence shows fewer than you claimed.",
}
VARIED, HANDED_OVER = 6, 10
"""Which contracts are varied and handed over, by their place in the cast."""
DECLARED_AS = "finance manager"


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that happens at a moment."""

    at: datetime
    number: int
    """Of two at once the one that was planned first comes first."""
    happens: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Ending:
    """How one return stands when the story has been told."""

    writes: bool = True
    submits: bool = True
    nothing: bool = False
    decides: tuple[str, ...] = ("accepted",)
    """What is decided on its entries, in turn; "" leaves one undecided, and no words at all leave all."""


SETTLED = Ending()
LATEST = (
    Ending(writes=False),
    Ending(submits=False),
    Ending(decides=()),
    Ending(decides=()),
    Ending(decides=("accepted", "queried")),
    Ending(nothing=True),
    Ending(decides=("accepted", "")),
    SETTLED,
    Ending(decides=("accepted", "part", "rejected")),
    Ending(decides=("accepted",)),
)
"""How the returns of the newest quarter end, contract by contract: every state there is."""
EARLIER = {3: Ending(decides=("accepted", "rejected")), 7: Ending(decides=("queried",)), 11: Ending(writes=False)}
"""How some contracts' returns of the quarter before it end; the others are settled."""


class Story:
    """What happens, planned first, then told in order of time with the clock moved along."""

    def __init__(self, uow: UnitOfWork, clock: Clock, keeper: evidencing.Keeper, until: datetime) -> None:
        self._uow, self._clock, self._keeper, self._until = uow, clock, keeper, until
        self._numbers = count()
        self._chance = Random(2026)

    def tell(self, contracts: list[Contract], authority_id: int, since: date) -> Iterator[date]:
        """Let everything happen; gives each of the quarters, by its first day, as it begins."""
        for number in range(5):
            begins = add_months(since, 3 * number)
            events: list[Event] = []
            opens = self._moment(begins, 9)
            self._set(opens)
            periods.open_returns(self._uow, OPERATOR, authority_id=authority_id, on=begins)
            yield begins
            if number:
                for place, contract in enumerate(contracts):
                    events += self._quarter(place, contract, begins, is_latest=number == 4)
            if number == 2:
                events += self._changes(contracts, begins)
            for event in sorted(events):
                self._set(event.at)
                event.happens()
        self._set(self._until)
        periods.open_returns(self._uow, OPERATOR, authority_id=authority_id, on=self._until.date())

    def _set(self, at: datetime) -> None:
        """Move the clock, forward only and never past now."""
        self._clock.now = max(self._clock.now, min(at, self._until))

    def _moment(self, day: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(day, time(hour, minute), UTC)

    def _changes(self, contracts: list[Contract], begins: date) -> Iterator[Event]:
        """A contract that promises less from now on, and one that somebody else manages."""
        at = self._moment(begins + timedelta(days=14), 11)
        varied, handed_over = contracts[VARIED], contracts[HANDED_OVER]
        fewer = {"NT7": Promise(f"{varied.deal.promises['NT7'] * varied.deal.size / 2:g}")}
        yield Event(
            at,
            next(self._numbers),
            lambda: self._vary(varied, fewer),
        )
        to = next(one.manager for one in contracts if one.manager != handed_over.manager)
        yield Event(
            at,
            next(self._numbers),
            lambda: handovers.change_owner(
                self._uow, handed_over.manager, contract_id=handed_over.id, user_id=to.user_id or 0
            ),
        )

    def _quarter(self, place: int, contract: Contract, begins: date, *, is_latest: bool) -> Iterator[Event]:
        """What becomes of a contract's returns whose periods ended in the quarter before ``begins``."""
        ends = begins - timedelta(days=1)
        was = add_months(begins, -3)
        listed = standing.returns(self._uow, OPERATOR, contract_id=contract.id)
        for one in (one for one in listed if was <= one.last <= ends):
            ending = LATEST[place % len(LATEST)] if is_latest else SETTLED
            if not is_latest and one.last.month == ends.month and begins == self._latest_but_one():
                ending = EARLIER.get(place, SETTLED)
            yield from self._return(place, contract, one, ending, begins)

    def _latest_but_one(self) -> date:
        return add_months(this_quarter(self._until.date()), -3)

    def _return(
        self, place: int, contract: Contract, listed: standing.Listed, ending: Ending, begins: date
    ) -> Iterator[Event]:
        writing = self._moment(begins + timedelta(days=3 + place % 20), 9 + place % 8, place)
        checking = self._moment(begins + timedelta(days=26 + place % 14), 10, place)
        if ending.nothing and ending.submits:
            yield Event(writing, next(self._numbers), lambda: self._submit(contract, listed.id, nothing=True))
            return
        if not ending.writes:
            return
        yield Event(writing, next(self._numbers), lambda: self._write(contract, listed))
        if ending.submits:
            yield Event(writing, next(self._numbers), lambda: self._submit(contract, listed.id))
            if ending.decides:
                yield Event(checking, next(self._numbers), lambda: self._decide(contract, listed.id, ending.decides))

    def _vary(self, contract: Contract, promises: dict[str, Promise]) -> None:
        why = REASONS["varied"]
        awards.vary(self._uow, contract.manager, contract_id=contract.id, promises=promises, reason=why)

    def _write(self, contract: Contract, listed: standing.Listed) -> None:
        """Report what was due in the period, more or less, with a piece of evidence for each measure."""
        strength = Fraction(self._chance.choice((50, 70, 85, 95, 100, 110)), 100)
        months = (listed.last.year - listed.first.year) * 12 + listed.last.month - listed.first.month + 1
        version = standing.whole_return(self._uow, contract.reporter, return_id=listed.id).version
        for one in awards.commitments(self._uow, OPERATOR, contract_id=contract.id):
            due = one.targets.get((listed.first, listed.last), Fraction(0))
            if not due:
                continue
            written = rows(one.ref, due * strength, listed.first, listed.last, months, self._chance)
            for number, typed in enumerate(written):
                # A label means one activity of the supplier, wherever it is claimed: each contract has its own.
                label = {"activity": f"{typed['activity']}, {listed.contract}"} if "activity" in typed else {}
                saved = self._save(contract.reporter, listed.id, version, {**typed, **label})
                version = saved.version
                if not number:
                    version = self._back(contract.reporter, listed.id, saved.draft_id, one.ref)

    def _save(self, actor: Actor, return_id: int, version: int, typed: Typed) -> drafts.Saved:
        saved = drafts.save_entry(self._uow, actor, return_id=return_id, seen_version=version, typed=typed)
        if saved.problems:
            raise AssertionError(f"The demo's own row has problems: {typed}: {saved.problems}")
        return saved

    def _back(self, actor: Actor, return_id: int, draft_id: int, ref: str) -> int:
        """Attach evidence: a file, a link or a statement, as the measure has it; returns the return's new version."""
        at = {"return_id": return_id, "draft_id": draft_id}
        uow, keeper = self._uow, self._keeper
        if ref in ("NT1", "NT1c", "NT10"):
            stream = BytesIO(f"label,full time share,months\nTeam,1,3\nReturn,{return_id},3\n".encode())
            name = "payroll-counts.csv"
            return evidencing.attach_file(uow, actor, keeper, name=name, stream=stream, **at).version
        if ref in ("NT28", "NT16"):
            address = f"https://foodbank.example/thanks/{return_id}"
            return evidencing.attach_link(uow, actor, keeper, address=address, **at).version
        text = f"Our contract lead has the sign-in sheets for {ref} and can show them."
        return evidencing.attach_statement(uow, actor, keeper, text=text, **at).version

    def _submit(self, contract: Contract, return_id: int, *, nothing: bool = False) -> None:
        whole = standing.whole_return(self._uow, contract.reporter, return_id=return_id)
        submissions.submit(
            self._uow,
            contract.reporter,
            return_id=return_id,
            seen_version=whole.version,
            declared_as=DECLARED_AS,
            nothing_to_report=nothing or not whole.drafts,
        )

    def _decide(self, contract: Contract, return_id: int, decides: tuple[str, ...]) -> None:
        entries = standing.whole_return(self._uow, contract.manager, return_id=return_id).entries
        for number, entry in enumerate(entries):
            match decides[min(number, len(decides) - 1)]:
                case "accepted" if entry.standing == "undecided":
                    reason = "Which of these live in the borough?"
                    reviews.query(self._uow, contract.manager, entry_id=entry.id, reason=reason)
                case "accepted":
                    reviews.accept(self._uow, contract.manager, entry_id=entry.id)
                case "part":
                    part = f"{float(entry.quantity / 2):.4f}"
                    why = REASONS["part"]
                    reviews.accept(self._uow, contract.manager, entry_id=entry.id, quantity=part, reason=why)
                case "queried":
                    reviews.query(self._uow, contract.manager, entry_id=entry.id, reason=REASONS["queried"])
                case "rejected":
                    reviews.reject(self._uow, contract.manager, entry_id=entry.id, reason=REASONS["rejected"])
