"""The counting rules (DOMAIN 4): one pure function each, with the numbers and the measures taken from the edition.

:func:`judge` applies an edition's rules to the claims of a return and gives each claim its findings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from quarterday.domain.catalogue import Catalogue
from quarterday.domain.claims import Claim
from quarterday.domain.counting import basis, once, people, place, training
from quarterday.domain.counting.findings import Circumstances, Effect, Finding, Numbers
from quarterday.domain.sentences import said

Rule = Callable[[Claim, Numbers, Circumstances], Finding | None]

_PER_CLAIM: Mapping[str, Rule] = {
    "local-only": place.local_only,
    "full-time": people.full_time,
    "job-length": people.job_length,
    "first-months": people.first_months,
    "recruitment-programme": people.recruitment_programme,
    "weeks-each": training.weeks_each,
    "completed": training.completed,
    "carbon": basis.carbon,
    "words": basis.words,
}

RULES: Mapping[str, frozenset[str]] = {
    "local-only": frozenset(),
    "full-time": frozenset({"hours", "part_time"}),
    "job-length": frozenset({"months", "short"}),
    "first-months": frozenset({"months"}),
    "recruitment-programme": frozenset(),
    "weeks-each": frozenset({"at_least", "at_most"}),
    "completed": frozenset(),
    "carbon": frozenset(),
    "words": frozenset({"disregard"}),
    "one-group": frozenset(),
    "once": frozenset({"of"}),
    "staff-time": frozenset(),
}
"""Every rule an edition may state, with the names of the numbers it takes."""


def judge(claims: Sequence[Claim], edition: Catalogue, at: Circumstances) -> list[list[Finding]]:
    """The findings of every rule of the edition on every claim, in the claims' order.

    Rules on single claims come first, in the edition's order, then the rules across claims.
    """
    findings: list[list[Finding]] = [[] for _ in claims]
    numbers_for: dict[str, list[tuple[str, Numbers]]] = defaultdict(list)
    for data in edition.rules:
        for ref in data.measures:
            numbers_for[ref].append((data.rule, data.numbers))
    for found, claim in zip(findings, claims, strict=True):
        every = [_in_period(claim, at), people.months_fit(claim, at)]
        bound = [_PER_CLAIM[rule](claim, numbers, at) for rule, numbers in numbers_for[claim.ref] if rule in _PER_CLAIM]
        found.extend(finding for finding in (*every, *bound) if finding)
    across = [once.shares(claims)]
    groups = [frozenset(data.measures) for data in edition.rules if data.rule == "one-group"]
    across += [once.one_group(claims, refs) for refs in groups]
    for data in edition.rules:
        # Two groups are a pair too, about which one-group has already spoken.
        if data.rule == "once" and not any(group.issuperset(data.measures) for group in groups):
            one, other = data.measures
            across.append(once.pair(claims, (one, other), str(data.numbers.get("of") or said("same thing"))))
    for place_to_findings in across:
        for number, more in place_to_findings.items():
            findings[number].extend(more)
    return findings


def _in_period(claim: Claim, at: Circumstances) -> Finding | None:
    """A late claim is its own entry with its own date; what starts after the period is not part of it (DOMAIN 4.18)."""
    if at.period is None:
        return None
    if claim.ended and claim.ended < at.period.first:
        sentence = said(
            "A late claim: it ended {ended}, before {period}; shown apart.", ended=claim.ended, period=at.period.name
        )
        return Finding("late", Effect.NOTE, sentence)
    if claim.started and claim.started > at.period.last:
        sentence = said(
            "Starts {started}, after {period}: report it with that period.",
            started=claim.started,
            period=at.period.name,
        )
        return Finding("late", Effect.EXCLUDED, sentence)
    return None
