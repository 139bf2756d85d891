"""A mapping explained in plain English: what goes out and comes in, whose word counts, and what is lost or missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from quarterday import (
    Catalogue,
    Direction,
    EntriesSent,
    EvidenceSent,
    Owner,
    RecordKind,
    Refused,
    Sentence,
    VerdictsTaken,
    numbered,
    said,
)
from quarterday_portal_sync.mapping.days import Day
from quarterday_portal_sync.mapping.file import PortalMapping, look_at
from quarterday_portal_sync.mapping.forms import Form, Number, Plain, Words, YesNo
from quarterday_portal_sync.mapping.kinds import KindMapping
from quarterday_portal_sync.mapping.losses import Loss, losses
from quarterday_portal_sync.mapping.mapped import Unmapped

SHOWN = 3
"""So many records of an example are shown for each kind."""
TO_CONFIRM = re.compile(r"#.*please (confirm|see to)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a field of ours stands there, and how it is written."""

    field: str
    theirs: str
    how: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A record of an example, as it would come in, and how it would look if it went out again."""

    external_id: str
    key: str
    fields: Mapping[str, str]
    unknown: tuple[str, ...]
    """The names of what they say besides."""
    trouble: str
    outward: Mapping[str, object]
    """Ours, in their shape; nothing where it can't go out."""
    stopped: str
    """Why it couldn't."""


@dataclass(frozen=True, slots=True)
class ExplainedKind:
    """One kind of record."""

    name: str
    says: tuple[Sentence, ...]
    fields: tuple[Placed, ...]
    example: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """A measure of ours without a counterpart there."""

    edition: str
    ref: str
    title: str
    promised: int
    """How many promises of the authority's contracts are for it; 0 where no authority was looked at."""
    why: str
    """Why, where that is settled; "" where nobody has said anything of it."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What a mapping file comes to."""

    file: str
    title: str
    problems: tuple[Sentence, ...]
    """What is wrong with it: with any of these it can't be used."""
    says: tuple[Sentence, ...] = ()
    kinds: tuple[ExplainedKind, ...] = ()
    losses: tuple[Loss, ...] = ()
    missing: tuple[Missing, ...] = ()
    to_confirm: tuple[tuple[int, str], ...] = ()
    """The lines that still say that somebody has to see to them, by number."""


def check(
    path: Path,
    editions: Iterable[Catalogue] = (),
    *,
    promised: Mapping[tuple[str, str], int] | None = None,
    example: Path | None = None,
) -> Explained:
    """A mapping file explained; nothing is changed and nobody is asked.

    ``editions`` are those whose measures should have a counterpart; ``promised`` counts the authority's promises by
    measure and unit. With an ``example`` of what they give, its first records are shown as they would come in. Raises
    :class:`Refused` for a file that isn't there or isn't TOML, and for an example that can't be read.
    """
    looked_at = look_at(path)
    to_confirm = tuple(_to_confirm(looked_at.path))
    mapping = looked_at.mapping
    if mapping is None:
        problems = tuple(flaw.says for flaw in looked_at.flaws)
        title = looked_at.data.get("title", "")
        return Explained(path.name, title if isinstance(title, str) else "", problems, to_confirm=to_confirm)
    shown = _shown(mapping, example) if example else {}
    kinds = tuple(
        ExplainedKind(one.name, tuple(_says(one)), tuple(_placed(one)), tuple(shown.get(one.kind, ())))
        for one in mapping.of.values()
    )
    missing = tuple(sorted(_missing(mapping, editions, promised or {}), key=lambda one: -one.promised))
    says = tuple(_of_terms(mapping))
    return Explained(path.name, mapping.title, (), says, kinds, tuple(losses(mapping)), missing, to_confirm)


def _of_terms(mapping: PortalMapping) -> Iterator[Sentence]:
    terms = mapping.terms
    if RecordKind.ENTRY in terms.agreements and terms.agreements[RecordKind.ENTRY].goes_out:
        if terms.entries is EntriesSent.ACCEPTED:
            yield said("Entries go out once the council has accepted them.")
        else:
            yield said("Entries go out once they are submitted, whatever is decided on them.")
    if RecordKind.VERDICT in terms.agreements and terms.agreements[RecordKind.VERDICT].comes_in:
        if terms.verdicts is VerdictsTaken.REVIEW:
            yield said("Their verdicts are reviews here, and count.")
        else:
            yield said("Their verdicts stand beside the entry, and a person decides.")
    if RecordKind.EVIDENCE in terms.agreements and terms.agreements[RecordKind.EVIDENCE].goes_out:
        if terms.evidence is EvidenceSent.FILE:
            yield said("Evidence goes out with its files.")
        else:
            yield said("Evidence goes out as links; files stay here.")


_DIRECTIONS = {
    Direction.OUT: said("go out, and nothing of them comes in"),
    Direction.IN: said("come in, and none go out"),
    Direction.BOTH: said("go both ways"),
}
_OWNERS = {
    Owner.OURS: said("where both sides changed one, ours counts"),
    Owner.THEIRS: said("where both sides changed one, theirs counts"),
    Owner.NEWEST: said("where both sides changed one, a person confirms the newest"),
}


def _says(one: KindMapping) -> Iterator[Sentence]:
    name = said("pieces of evidence") if one.kind is RecordKind.EVIDENCE else one.name
    yield said(
        "{kind} {go}; {counts}.",
        kind=name.capitalize(),
        go=_DIRECTIONS[one.agreement.direction],
        counts=_OWNERS[one.agreement.owner],
    )
    if one.table and one.table.incoming:
        yield said("Theirs are in the files {files}.", files=one.table.incoming)
    if one.table and one.table.outgoing and one.agreement.goes_out:
        yield said("Ours are put into files like {files}.", files=one.table.outgoing)
    if one.resource and one.resource.listing:
        yield said("Theirs are listed at {path}.", path=one.resource.listing.path)
    if one.resource and one.resource.sending and one.agreement.goes_out:
        yield said("Ours are sent to {path}.", path=one.resource.sending.path)
    for path, words in one.where.items():
        yield said("Such a record has {words} at “{path}”.", words=_either(words), path=path.text)
    for path, words in one.unless.items():
        yield said("What has {words} at “{path}” holds none.", words=_either(words), path=path.text)
    if one.key:
        yield said(
            "Our key stands at “{path}”, and their id at “{id}”.",
            path=one.key[0].text,
            id=" + ".join(path.text for path in one.id),
        )
    for path, text in one.constants.items():
        yield said("“{path}” is always “{text}” in ours.", path=path.text, text=text)


def _either(words: Sequence[str]) -> str:
    return " or ".join(f"“{word}”" if word else "nothing" for word in words)


def _placed(one: KindMapping) -> Iterator[Placed]:
    for name, field in one.fields.items():
        if field.path is None:
            yield Placed(name, "", f"always “{field.constant}”; one of ours that isn't is stopped")
        elif name == "measure":
            yield Placed(name, field.path.text, "by the codes under “measures”")
        else:
            yield Placed(name, field.path.text, _how(field.form))
    if one.period:
        path, periods = one.period
        yield Placed("first, last", path.text, f"one period, like {' or '.join(periods.templates)}")
    if one.words:
        yield Placed("words", one.words.text, "")


def _how(form: Form) -> str:
    match form:
        case Day():
            return f"like {form.pattern}"
        case YesNo():
            return f"“{form.yes}” and “{form.no}”, or a number like {form.number.like}"
        case Number():
            times = f", times {form.factor}" if form.factor != 1 else ""
            return f"a number of JSON{times}" if form.is_json else f"like {form.like}{times}"
        case Words():
            return "; ".join(f"{ours}: {_either(words)}" for ours, words in form.theirs.items())
        case Plain(written) if written != "{}":
            return f"like {written}"
    return ""


def _missing(
    mapping: PortalMapping, editions: Iterable[Catalogue], promised: Mapping[tuple[str, str], int]
) -> Iterator[Missing]:
    codes = next((one.codes for one in mapping.of.values()), None)
    if codes is None or not any("measure" in one.fields for one in mapping.of.values()):
        return
    looked_at: set[tuple[str, str]] = set()
    for edition in editions:
        for measure in edition.measures:
            unit = measure.unit.id
            looked_at.add((measure.ref, unit))
            try:
                codes.outward(measure.ref, unit)
            except ValueError as why:
                settled = [row.none for row in codes.rows if row.ref == measure.ref and row.none]
                because = (
                    settled[0] if settled else str(why) if any(row.ref == measure.ref for row in codes.rows) else ""
                )
                yield Missing(edition.key, measure.ref, measure.title, promised.get((measure.ref, unit), 0), because)
    for (ref, unit), count in sorted(promised.items()):
        if (ref, unit) not in looked_at:
            try:
                codes.outward(ref, unit)
            except ValueError as why:
                yield Missing("", ref, "", count, str(why))


def _shown(mapping: PortalMapping, example: Path) -> dict[RecordKind, list[Shown]]:
    from quarterday_portal_sync.mapping.learning.reading_by import records_of

    found: dict[RecordKind, list[Shown]] = {}
    for kind in mapping.kinds:
        for raw in records_of(mapping, kind, example, SHOWN):
            inward = mapping.inward(kind, raw)
            outward: Mapping[str, object] = {}
            stopped = ""
            if not inward.trouble and mapping.of[kind].agreement.goes_out:
                try:
                    outward = mapping.outward(kind, inward.key or f"{kind}/0", inward.external_id, inward.fields, "")
                except Unmapped as why:
                    stopped = str(why)
            found.setdefault(kind, []).append(
                Shown(
                    inward.external_id,
                    inward.key,
                    inward.fields,
                    tuple(inward.unknown),
                    inward.trouble,
                    outward,
                    stopped,
                )
            )
    if not found:
        raise Refused(
            "{file} has no record of any kind that the mapping knows; look at its “table” and “items”.",
            file=example.name,
        )
    return found


def _to_confirm(path: Path) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if TO_CONFIRM.search(line):
            yield number, line.strip()


def summary(explained: Explained) -> Sentence:
    """One sentence on how it stands."""
    if explained.problems:
        many = len(explained.problems)
        return numbered(
            many,
            "{n} thing has to be put right before it can be used.",
            "{n} things have to be put right before it can be used.",
        )
    return said("It can be used.")
