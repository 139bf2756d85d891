"""Rules for jobs: full-time equivalents, the months of a period, how long a job lasts."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from quarterday.domain.claims import Claim, PersonMonths
from quarterday.domain.counting.findings import Circumstances, Effect, Finding, Numbers
from quarterday.domain.exact import shown
from quarterday.domain.periods import add_months, months_between
from quarterday.domain.sentences import said

FULL_TIME_HOURS = 35
"""Hours a week from which a job is full time, where an edition says nothing else (DOMAIN 4.5)."""


def share_of_full_time(weekly_hours: Fraction, full_time_hours: int = FULL_TIME_HOURS) -> Fraction:
    """The share of full time of a job with so many hours a week; at most 1, overtime adds nothing (DOMAIN 4.5)."""
    return min(weekly_hours / full_time_hours, Fraction(1))


def full_time(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """The part-time rule of the authority: as stated, or every part-timer as half (“Torbay: part-timers count 0.5”)."""
    if not isinstance(claim.amount, PersonMonths) or numbers.get("part_time", "as stated") != "half":
        return None
    stated = claim.amount.share
    if stated in (0, 1, Fraction(1, 2)):
        return None
    if stated < Fraction(1, 2):
        sentence = said(
            "States {stated} of full time; counted as stated, since half would be more.", stated=shown(stated, 4)
        )
        return Finding("full-time", Effect.ASK, sentence)
    sentence = said("Part-timers count as half here: {stated} of full time counts as 0.5.", stated=shown(stated, 4))
    return Finding("full-time", Effect.PART, sentence, Fraction(1, 2) / stated)


def months_fit(claim: Claim, at: Circumstances) -> Finding | None:
    """Months claimed must fit in the period and in the job's own dates, so that 10 typed four times can't become 40.

    DOMAIN 4.16: ten full-timers for a quarter are 30 person-months, 2.5 FTE; 10 only after a year.
    """
    if not isinstance(claim.amount, PersonMonths):
        return None
    months, started, ended = claim.amount.months, claim.started, claim.ended
    room = Fraction(at.period.months) if at.period else None
    where = at.period.name if at.period else ""
    if at.period and ((started and started > at.period.first) or (ended and ended < at.period.last)):
        first = max(started or at.period.first, at.period.first)
        last = min(ended or at.period.last, at.period.last)
        if first <= last:
            room, where = months_between(first, last), said("{period} between the dates given", period=where)
    elif not at.period and started and ended:
        room, where = months_between(started, ended), said("the dates given")
    if room is None or months <= -(-room // 1):
        return None
    return Finding(
        "months",
        Effect.UNDECIDED,
        said(
            "Says {months} months, but {where} has {room}: enter the months worked in this period only.",
            months=shown(months),
            where=where,
            room=shown(room),
        ),
    )


def job_length(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """The least length of a job: ``months`` or the contract's length, whichever is shorter; no cap (DOMAIN 4.8).

    A job that ended sooner counts its months and is shown as short, or counts nothing where the authority says so.
    """
    if claim.started is None or claim.ended is None:
        return None
    least = min(int(numbers.get("months", 12)), at.contract_months or 12)
    lasted = months_between(claim.started, claim.ended)
    if lasted >= least:
        return None
    short = said("The job lasted {months} months; the least is {least}", months=shown(lasted, 1), least=least)
    if numbers.get("short") == "counts nothing":
        return Finding(
            "job-length",
            Effect.EXCLUDED,
            said("{short}, and this council counts nothing for a shorter one.", short=short),
        )
    return Finding("job-length", Effect.ASK, said("{short}: its months count, and it is shown as short.", short=short))


def first_months(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """Hires from disadvantaged groups count in their first ``months`` only (DOMAIN 4.8)."""
    if not isinstance(claim.amount, PersonMonths) or not claim.amount.months:
        return None
    limit, claimed = int(numbers.get("months", 12)), claim.amount.months
    room = Fraction(limit)
    if at.period and claim.started is None:
        sentence = said("Only the first {limit} months of such a hire count: enter when the job started.", limit=limit)
        return Finding("first-months", Effect.ASK, sentence)
    if at.period and claim.started:
        last_day = add_months(claim.started, limit) - timedelta(days=1)
        if last_day >= at.period.last:
            return None
        first_day = max(claim.started, at.period.first)
        room = months_between(first_day, last_day) if first_day <= last_day else Fraction(0)
    if claimed <= room:
        return None
    sentence = said(
        "Only the first {limit} months of such a hire count: {counted} of the {claimed} months claimed count.",
        limit=limit,
        counted=shown(room, 1),
        claimed=shown(claimed),
    )
    return Finding("first-months", Effect.PART if room else Effect.EXCLUDED, sentence, room / claimed)


def recruitment_programme(claim: Claim, numbers: Numbers, at: Circumstances) -> Finding | None:
    """A hire counts for a disadvantaged group only through a deliberate recruitment programme (DOMAIN 4.8)."""
    if claim.is_through_programme:
        return None
    if claim.is_through_programme is None:
        sentence = said("Was this hire made through a deliberate recruitment programme? Say yes or no in “programme”.")
        return Finding("recruitment-programme", Effect.ASK, sentence)
    sentence = said("Not hired through a recruitment programme, so it doesn't count for this group.")
    return Finding("recruitment-programme", Effect.EXCLUDED, sentence)
