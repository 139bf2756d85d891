"""From what a supplier typed in one row to a claim, or to sentences that say which cell to put right."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from fractions import Fraction

from quarterday.domain.catalogue import Catalogue, Measure
from quarterday.domain.cells import CellProblem, Row, Typed, blank, day, yes_or_no
from quarterday.domain.claims import Amount, CarbonBasis, Claim, Invested, PersonMonths, Plain, Sessions, WeeksEach
from quarterday.domain.counting.people import FULL_TIME_HOURS, share_of_full_time
from quarterday.domain.exact import NotANumber, share, shown, typed_number, typed_pounds
from quarterday.domain.locality import part_postcode
from quarterday.domain.sentences import Sentence, said
from quarterday.domain.units import Entered

_AMOUNT_FIELDS: Mapping[Entered, tuple[str, ...]] = {
    Entered.PEOPLE: ("people", "full_time_share", "weekly_hours", "months", "quantity"),
    Entered.SESSIONS: ("hours", "attendees", "quantity"),
    Entered.WEEKS: ("people", "weeks", "quantity"),
    Entered.NUMBER: ("quantity",),
    Entered.MONEY: ("quantity",),
    Entered.INVESTED: ("quantity", "staff_hours", "expert_hours"),
    Entered.PERCENT: ("quantity",),
    Entered.ANSWER: ("quantity",),
    Entered.TEXT: (),
}
_ALL_AMOUNT_FIELDS = frozenset(field for fields in _AMOUNT_FIELDS.values() for field in fields)
_BLANK_FIELDS = {entered: sorted(_ALL_AMOUNT_FIELDS.difference(fields)) for entered, fields in _AMOUNT_FIELDS.items()}
"""For each way of entering an amount: the fields of the others, which must be blank."""


def is_blank(typed: Typed) -> bool:
    """Whether a row says nothing beyond which measure it is for: a row of the template left as it was."""
    return not any(text.strip() for field, text in typed.items() if field != "ref")


def read_claim(line: int, typed: Typed, edition: Catalogue) -> Claim | tuple[CellProblem, ...]:
    """The claim in one row, or every cell of it that has to be put right. Nothing is guessed.

    Raises nothing. Quantities are in the measure's unit; dates as ISO (2026-07-31) or British (31/07/2026).
    """
    row = Row(typed)
    ref = row.text("ref")
    measure = edition.measure(ref)
    if measure is None:
        return (CellProblem("ref", _unknown_ref(ref, edition)),)
    amount = _amount(row, measure, _full_time_hours(measure, edition))
    started, ended = row.read("started", day), row.read("ended", day)
    if started and ended and ended < started:
        row.wrong(
            "ended",
            said("Ends {ended}, before it starts ({started}): correct one of them.", ended=ended, started=started),
        )
    part = row.read("part_postcode", _postcode)
    is_local = row.read("is_local", yes_or_no)
    attribution = row.read("contract_share", share)
    is_through_programme = row.read("is_through_programme", yes_or_no)
    is_completed = row.read("is_completed", yes_or_no)
    carbon = CarbonBasis(
        baseline=row.read("baseline", typed_number),
        baseline_year=row.text("baseline_year"),
        after=row.read("after", typed_number),
        has_net_zero_policy=row.read("has_net_zero_policy", yes_or_no),
        checked_by=row.text("checked_by"),
    )
    if row.problems or amount is None:
        return tuple(row.problems)
    return Claim(
        line=line,
        ref=measure.ref,
        amount=amount,
        activity=row.text("activity"),
        started=started,
        ended=ended,
        part_postcode=part or "",
        is_local=is_local,
        attribution=Fraction(1) if attribution is None else attribution,
        industry=row.text("industry"),
        words=row.text("words"),
        is_through_programme=is_through_programme,
        is_completed=is_completed,
        carbon=carbon,
        counted_once=row.text("counted_once"),
    )


def quantity_reader(measure: Measure) -> Callable[[str], Fraction]:
    """What reads a quantity of the measure that somebody typed: of £ with or without their sign."""
    return typed_pounds if measure.unit.entered in (Entered.MONEY, Entered.INVESTED) else typed_number


def _amount(row: Row, measure: Measure, full_time_hours: int) -> Amount | None:
    entered = measure.unit.entered
    for field in _BLANK_FIELDS[entered]:
        if row.text(field):
            row.wrong(
                field,
                said(
                    "{ref} is counted in {unit}: this cell must be blank for it.",
                    ref=measure.ref,
                    unit=measure.unit_words,
                ),
            )
    amount: Amount | None
    match entered:
        case Entered.PEOPLE:
            amount = _person_months(row, measure, full_time_hours)
        case Entered.SESSIONS:
            hours = row.needed("hours", typed_number, said("enter how many hours the session lasted"))
            attendees = row.needed("attendees", _whole, said("enter how many people attended"))
            amount = Sessions(hours, attendees) if hours is not None and attendees is not None else None
        case Entered.WEEKS if row.text("people") or row.text("weeks"):
            people = row.needed("people", _whole, said("enter how many people had these weeks"))
            weeks = row.needed("weeks", typed_number, said("enter the weeks each of them had"))
            amount = WeeksEach(people, weeks) if people is not None and weeks is not None else None
        case Entered.INVESTED:
            amount = _invested(row)
        case Entered.PERCENT:
            percent = row.needed("quantity", _percent, said("enter the percentage, like 62.5"))
            amount = None if percent is None else Plain(percent)
        case Entered.ANSWER:
            answer = row.needed("quantity", yes_or_no, said("enter yes or no"))
            amount = None if answer is None else Plain(Fraction(answer))
        case Entered.TEXT:
            if not row.text("words"):
                what = said("{ref} is answered in words; say what was done", ref=measure.ref)
                row.wrong("words", blank(what))
            amount = Plain(Fraction(bool(row.text("words"))))
        case _ if not row.text("quantity") and row.text("baseline") and row.text("after"):
            amount = _saving(row)
        case _:
            wanted = said("enter the number of {unit}, like 12 or 12.5", unit=measure.unit_words)
            quantity = row.needed("quantity", quantity_reader(measure), wanted)
            amount = None if quantity is None else Plain(quantity)
    if amount is not None and not isinstance(amount, Plain | Invested):
        _agrees(row, amount)
    return amount


def _person_months(row: Row, measure: Measure, full_time_hours: int) -> PersonMonths | None:
    """People × share × months. A bare FTE could be heads or full-time years, so it is asked for again."""
    if row.text("quantity") and not (row.text("people") or row.text("months")):
        row.wrong(
            "quantity",
            said(
                "{ref} can't be counted from one number: enter people, share of full time, months in this period.",
                ref=measure.ref,
            ),
        )
        return None
    people = row.needed("people", _whole, said("enter how many people"))
    months = row.needed("months", typed_number, said("enter the months worked in this period, like 3"))
    part: Fraction | None
    if row.text("full_time_share") and row.text("weekly_hours"):
        row.wrong("weekly_hours", said("Give the share of full time or the hours a week, not both."))
        return None
    if row.text("weekly_hours"):
        hours = row.read("weekly_hours", typed_number)
        part = None if hours is None else share_of_full_time(hours, full_time_hours)
    else:
        part = row.needed("full_time_share", share, said("enter the share of full time, like 1 or 0.5"))
    if people is None or months is None or part is None:
        return None
    return PersonMonths(people, part, months)


def _invested(row: Row) -> Invested | None:
    staff, expert = row.read("staff_hours", typed_number), row.read("expert_hours", typed_number)
    if row.text("quantity") or not (staff or expert):
        pounds = row.needed("quantity", typed_pounds, said("enter the pounds invested, like 1250.00"))
        if pounds is None:
            return None
    else:
        pounds = Fraction(0)
    return Invested(pounds, staff or Fraction(0), expert or Fraction(0))


def _saving(row: Row) -> Plain | None:
    baseline, after = row.read("baseline", typed_number), row.read("after", typed_number)
    if baseline is None or after is None:
        return None
    if after > baseline:
        row.wrong(
            "after",
            said(
                "{after} after is more than {baseline} before: nothing was saved.",
                after=shown(after, 4),
                baseline=shown(baseline, 4),
            ),
        )
        return None
    return Plain(baseline - after)


def _agrees(row: Row, amount: Amount) -> None:
    """A quantity beside its own parts must be what they make: which of the two is meant is not ours to guess."""
    stated = row.read("quantity", typed_number)
    if stated is not None and stated != amount.quantity:
        row.wrong(
            "quantity",
            said(
                "{stated} isn't what the row makes ({amount} = {quantity}): correct it, or leave it blank.",
                stated=shown(stated, 4),
                amount=amount,
                quantity=shown(amount.quantity, 4),
            ),
        )


def _full_time_hours(measure: Measure, edition: Catalogue) -> int:
    for rule in edition.rules:
        if rule.rule == "full-time" and measure.ref in rule.measures:
            return int(rule.numbers.get("hours", FULL_TIME_HOURS))
    return FULL_TIME_HOURS


def _unknown_ref(ref: str, edition: Catalogue) -> Sentence:
    if not ref:
        return blank(said("enter the measure's reference, like NT1"))
    known = [measure.ref for measure in edition.measures]
    near = get_close_matches(ref.upper(), known, n=1)
    hint = (
        said("did you mean {near}?", near=near[0])
        if near
        else said("see “quarterday catalogue show {edition}”.", edition=edition.id)
    )
    return said("“{ref}” is no measure of {edition}; {hint}", ref=ref[:40], edition=edition.key, hint=hint)


def _whole(text: str) -> Fraction:
    given = typed_number(text)
    if given.denominator != 1:
        raise NotANumber("“{text}” is not a whole number; enter how many people, like 12.", text=text)
    return given


def _percent(text: str) -> Fraction:
    given = typed_number(text.removesuffix("%"))
    if given > 100:
        raise NotANumber("“{text}” is over 100%; enter a percentage up to 100, like 62.5.", text=text)
    return given


def _postcode(text: str) -> str:
    part = part_postcode(text)
    if part is None:
        raise ValueError(said("“{text}” is not a part postcode; enter the first half, like S60.", text=text[:12]))
    return part
