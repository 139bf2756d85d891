"""Whether what a mapping file says can be carried out: what its schema can't see, each in a sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from quarterday import Direction, Owner, RecordKind, Sentence, said
from quarterday_portal_sync.mapping.codes import Crosswalk
from quarterday_portal_sync.mapping.held import Flaw
from quarterday_portal_sync.mapping.kinds import PERIOD, KindMapping

OUT_ONLY = frozenset({RecordKind.CONTRACT, RecordKind.COMMITMENT})
"""The kinds that a portal can't add to or change here: contracts and their promises are made by the authority."""
NEEDED: Mapping[RecordKind, tuple[str, ...]] = {
    RecordKind.CONTRACT: ("contract",),
    RecordKind.COMMITMENT: ("contract", "measure", "target"),
    RecordKind.ENTRY: ("contract", "measure", "first", "last", "quantity"),
    RecordKind.EVIDENCE: ("entry",),
    RecordKind.VERDICT: ("entry", "decision"),
}
"""The fields without which a record of the kind says nothing."""


def misagreed(data: Mapping[str, Any], kinds: Mapping[RecordKind, KindMapping]) -> Iterator[Flaw]:
    """What can't be carried out."""
    if not kinds:
        yield Flaw("", "entries", said("nothing is exchanged; write a table for a kind of record, like [entries]."))
    ways = {"table" if one.table else "resource" if one.resource else "" for one in kinds.values()}
    if {"table", "resource"} <= ways:
        yield Flaw("", "table", said("some kinds go by files and others over the web; use one of the two for all."))
    for one in kinds.values():
        yield from _terms(one)
        yield from _way(one)
        yield from _fields(one)
    if kinds:
        codes = next(iter(kinds.values())).codes
        yield from _measures(data, codes, any("measure" in one.fields for one in kinds.values()))
        yield from _verdicts(kinds.get(RecordKind.VERDICT), codes)


def _terms(one: KindMapping) -> Iterator[Flaw]:
    if one.kind not in OUT_ONLY:
        return
    if one.agreement.owner is Owner.THEIRS:
        yield Flaw(one.name, "owner", said("nothing takes theirs in, so their word can't count; write “ours”."))
    if one.agreement.direction is not Direction.OUT:
        yield Flaw(one.name, "direction", said("nothing takes theirs in; write “out”."))


def _way(one: KindMapping) -> Iterator[Flaw]:
    out, comes = one.agreement.goes_out, one.agreement.comes_in
    if one.table and one.resource:
        yield Flaw(one.name, "table", said("it goes by files or over the web; leave “table” or “resource” out."))
    elif one.table:
        if out and not one.table.outgoing:
            yield Flaw(
                f"{one.name}.table",
                "outgoing",
                said("it goes out; name the files for them, like claims_{{key}}.csv.", kind=one.name),
            )
        if comes and not one.table.incoming:
            yield Flaw(
                f"{one.name}.table", "incoming", said("it comes in; name the files they give, like claims_*.csv.")
            )
        if one.table.outgoing and "{key}" not in one.table.outgoing:
            yield Flaw(
                f"{one.name}.table",
                "outgoing",
                Sentence("two deliveries would have one name; write {key} in it, like claims_{key}.csv."),
            )
        if one.table.columns:
            for path in one.paths:
                if path.text not in one.table.columns:
                    yield Flaw(f"{one.name}.table", "columns", said("“{name}” is missing among them.", name=path.text))
    elif one.resource:
        if out and not one.resource.sending:
            yield Flaw(f"{one.name}.resource", "sending", said("it goes out; say where it is sent."))
        if comes and not one.resource.listing:
            yield Flaw(f"{one.name}.resource", "listing", said("it comes in; say where the list is."))
    else:
        yield Flaw(one.name, "table", said("nothing says how it is exchanged; write “table” for files, or “resource”."))
    has_list = (one.table and one.table.incoming) or (one.resource and one.resource.listing)
    if not one.id and has_list:
        yield Flaw(one.name, "id", said("it is missing; say where it stands what they call the record."))


def _fields(one: KindMapping) -> Iterator[Flaw]:
    table = f"{one.name}.fields"
    given = {*one.fields, *(("first", "last") if one.period else ())}
    for name in NEEDED[one.kind]:
        if name not in given:
            either = said(" (or “period” for both days)") if name in ("first", "last") else ""
            yield Flaw(table, name, said("it is missing{either}; say where it stands there.", either=either))
    if one.period and {"first", "last"} & set(one.fields):
        yield Flaw(table, PERIOD, said("it says both days; leave “first” and “last” out."))
    taken = [one.key[0]] if one.key else []
    taken += [field.path for field in one.fields.values() if field.path]
    taken += [one.period[0]] if one.period else []
    for text, times in Counter(path.text for path in taken).items():
        if times > 1:
            yield Flaw(table, text, said("several fields stand there; give each a place of its own."))


def _measures(data: Mapping[str, Any], codes: Crosswalk, is_used: bool) -> Iterator[Flaw]:
    if is_used and not codes.rows and not codes.same:
        why = said(
            'no measure has a code; write [measures."EDITION"] with our refs and their codes, or '
            "same_measures = true where their codes are our refs."
        )
        yield Flaw("", "measures", why)
    for row in codes.rows:
        table = f'measures."{row.edition}"'
        if bool(row.code) == bool(row.none):
            yield Flaw(table, row.ref, said("write their “code”, or in “none” why they have no such measure."))
        if not row.factor:
            yield Flaw(table, row.ref, said("a factor of 0 makes everything nothing; write how many of theirs one is."))
        elif row.factor != 1 and not (row.unit and row.their_unit):
            yield Flaw(table, row.ref, said("with a factor, say both units, as “unit” and “their_unit”."))
    for code, rows in codes.shared:
        chosen = {row.ref for row in rows if row.comes_in}
        if len(chosen) > 1:
            yield Flaw(
                f'measures."{rows[0].edition}"',
                " and ".join(sorted(chosen)),
                said("both say comes_in for “{code}”; let one say it.", code=code),
            )


def _verdicts(verdicts: KindMapping | None, codes: Crosswalk) -> Iterator[Flaw]:
    if verdicts is None or "quantity" not in verdicts.fields or not _converted(codes):
        return
    if verdicts.agreement.goes_out:
        yield Flaw(
            "verdicts",
            "direction",
            said(
                "a verdict doesn't say its measure, so its quantity can't be converted; "
                "write “in”, or leave “quantity” out."
            ),
        )
    if verdicts.measure is None:
        yield Flaw("verdicts", "measure", said("some measures are converted; say where a verdict's measure stands."))


def _converted(codes: Crosswalk) -> Iterable[str]:
    return [row.ref for row in codes.rows if row.factor != 1]
