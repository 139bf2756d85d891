"""Which column of an example is which of our fields, how sure that is, and why."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from quarterday import UNITS, Catalogue, RecordKind
from quarterday_portal_sync.mapping.learning import codes, values
from quarterday_portal_sync.mapping.learning.examples import Column, Table
from quarterday_portal_sync.mapping.learning.names import plain, score, vocabulary
from quarterday_portal_sync.mapping.reading import DAYS, NUMBERS

OURS = re.compile(r"(.*?)(contract|commitment|entry|evidence|verdict)/\d+(.*)", re.ASCII)
UNDOUBTED = "decision verdict outcome assessmentoutcome verificationresult"
"""What is called so is a decision, whatever its words are."""
ESSENTIAL: Mapping[RecordKind, tuple[tuple[str, ...], ...]] = {
    RecordKind.CONTRACT: (("contract",), ("title", "supplier")),
    RecordKind.COMMITMENT: (("contract",), ("measure",), ("target",)),
    RecordKind.ENTRY: (("contract",), ("measure",), ("quantity",), ("first", "period")),
    RecordKind.EVIDENCE: (("link", "file", "digest"),),
    RecordKind.VERDICT: (("decision",),),
}
"""Of each group one field has to be there, or records of the kind aren't."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A place for a field, or for a mark of the record."""

    column: str
    says: Mapping[str, object] = field(default_factory=dict)
    """Beside “at”, what the mapping says of it."""
    because: str = ""
    doubt: str = ""
    """Why somebody has to confirm it; "" where it is sure."""


@dataclass
class Guessed:
    """A kind of record that an example holds."""

    kind: RecordKind
    table: Table
    where: Mapping[str, str] = field(default_factory=dict)
    fields: dict[str, Guess] = field(default_factory=dict)
    marks: dict[str, Guess] = field(default_factory=dict)
    unless: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What somebody has to see to, each in a sentence."""

    @property
    def used(self) -> set[str]:
        """The columns that it takes."""
        guesses = [*self.fields.values(), *self.marks.values()]
        return {guess.column for guess in guesses} | set(self.where) | set(self.unless)


def guess(table: Table, edition: Catalogue | None, wanted: Sequence[RecordKind] = ()) -> list[Guessed]:
    """The kinds of record in a table, each with what its columns may be; of ``wanted`` only, where some are said."""
    parts = _parts(table)
    found: list[Guessed] = []
    for rows, where, kinds in parts:
        for kind in wanted or kinds:
            if kind in kinds:
                made = _of_kind(Guessed(kind, rows, where), edition)
                if _is_there(made) or (wanted and len(parts) == 1):
                    found.append(made)
    return sorted(found, key=lambda one: list(RecordKind).index(one.kind))


def _parts(table: Table) -> list[tuple[Table, Mapping[str, str], Sequence[RecordKind]]]:
    """The rows by the word that says what each is, where there is one; and the kinds that may be in them."""
    known = {word: kind for kind, words in vocabulary()["kinds"].items() for word in words.split()}
    for column in table.columns:
        words = list(dict.fromkeys(column.texts))
        named = [word for word in words if plain(word) in known]
        if len(named) > 1 and len(named) >= len(words) - 1 and len(column.texts) == len(table.rows):
            return [
                (table.of([row for row in table.rows if row.get(column.name) == word]), {column.name: word},
                 [RecordKind(known[plain(word)])])
                for word in named
            ]  # fmt: skip
    return [(table, {}, list(RecordKind))]


def _is_there(made: Guessed) -> bool:
    keys = {match[2] for column in made.table.columns for text in column.texts if (match := OURS.fullmatch(text))}
    if made.kind in (RecordKind.CONTRACT, RecordKind.COMMITMENT, RecordKind.ENTRY) and keys and made.kind not in keys:
        return False
    return all(any(name in made.fields for name in group) for group in ESSENTIAL[made.kind])


def _of_kind(made: Guessed, edition: Catalogue | None) -> Guessed:
    _own_keys(made)
    names: Mapping[str, str] = vocabulary()["fields"][str(made.kind)]
    rated = sorted(
        (
            (points + _bonus(column, name, made.kind, edition), -number, name, column)
            for number, column in enumerate(made.table.columns)
            for name, words in names.items()
            if (points := score(column.name, words)) and not _is_claimed(made, column, name)
        ),
        key=lambda one: (-one[0], -one[1]),
    )
    second = {name: [one for one in rated if one[2] == name][1:2] for name in names}
    for points, _, name, column in rated:
        if name in made.fields or column.name in made.used:
            continue
        writing = _writing(name, column)
        if not writing.fits:
            continue
        rival = [one for one in second[name] if one[0] == points and one[3].name not in made.used | {column.name}]
        doubt = writing.doubt or (f"“{rival[0][3].name}” may be it, too" if rival else "")
        made.fields[name] = Guess(column.name, writing.says, _because(column, writing), doubt)
    if "period" in made.fields and {"first", "last"} <= set(made.fields):
        del made.fields["period"]
    if made.kind is RecordKind.VERDICT and "decision" in made.fields:
        _decisions(made)
    if "unit" in made.fields:
        _units(made)
    _days_alike(made)
    _marks(made)
    return made


def _own_keys(made: Guessed) -> None:
    """Our own keys among the values are sure signs: of the record itself, or of the entry it belongs to."""
    for column in made.table.columns:
        found = [match for text in column.texts if (match := OURS.fullmatch(text))]
        if not column.values or len(found) < len(column.values):
            continue
        kinds = {match[2] for match in found}
        around = {(match[1], match[3]) for match in found}
        if len(around) > 1 or len(kinds) > 1:
            continue
        (before, after), kind = next(iter(around)), next(iter(kinds))
        because = f"each of the {len(found)} is a key of ours" if len(found) > 1 else "it is a key of ours"
        says = {"written": f"{before}{{}}{after}"} if before or after else {}
        if kind == made.kind and "key" not in made.marks:
            made.marks["key"] = Guess(column.name, says, because)
        elif kind == RecordKind.ENTRY and made.kind in (RecordKind.EVIDENCE, RecordKind.VERDICT):
            made.fields["entry"] = Guess(column.name, {"written": f"{before}entry/{{}}{after}"}, because)


def _bonus(column: Column, name: str, kind: RecordKind, edition: Catalogue | None) -> int:
    """What the values, and the words above a column, say for it."""
    points = 0
    if name == "measure":
        points += codes.looks_like(column, edition) // 20
    if any(word in plain(column.name) for word in vocabulary()["kinds"][str(kind)].split()):
        points += 1
    return points


def _is_claimed(made: Guessed, column: Column, name: str) -> bool:
    """Whether a quantity is the claimed one, which is nobody's verdict."""
    if made.kind is not RecordKind.VERDICT or name != "quantity":
        return False
    return score(column.name, vocabulary()["fields"]["entry"]["quantity"]) > score(
        column.name, vocabulary()["fields"]["verdict"]["quantity"]
    )


_READERS: Mapping[str, Callable[[Column], values.Writing]] = {
    **dict.fromkeys(DAYS, values.day),
    **dict.fromkeys(NUMBERS, values.number),
    "period": values.period,
}


def _writing(name: str, column: Column) -> values.Writing:
    if not column.values:
        return values.Writing(doubt="all of them are blank")
    return _READERS.get(name, values.text)(column)


def _because(column: Column, writing: values.Writing) -> str:
    return writing.because if writing.is_of_values else f"it is called “{column.name}”"


def _decisions(made: Guessed) -> None:
    guessed = made.fields["decision"]
    column = next(one for one in made.table.columns if one.name == guessed.column)
    told, undecided, unknown = values.decisions(column)
    if not told and score(guessed.column, UNDOUBTED) < 2:
        del made.fields["decision"]
        return
    if len(column.texts) < len(made.table.rows) or undecided:
        made.unless[column.name] = ["", *undecided]
    doubt = f"say what these mean: {', '.join(unknown)}" if unknown else ""
    says = {"values": {ours: words if len(words) > 1 else words[0] for ours, words in told.items()}} if told else {}
    made.fields["decision"] = Guess(column.name, says, "its words are those of decisions", doubt)
    for ours in ("accepted", "queried", "rejected"):
        if told and ours not in told:
            made.notes.append(f"no word of theirs for “{ours}” is in the example; add it to the values of “decision”.")


def _units(made: Guessed) -> None:
    """Their words for units, where these aren't ours."""
    guessed = made.fields["unit"]
    words = dict.fromkeys(next(one for one in made.table.columns if one.name == guessed.column).texts)
    ours = {name.casefold(): name for name in UNITS}
    known = {ours[word.casefold()]: word for word in words if word.casefold() in ours}
    others = [word for word in words if word.casefold() not in ours]
    if others:
        doubt = f"say for which of our units these stand: {', '.join(others)}"
        made.fields["unit"] = Guess(guessed.column, {"values": known} if known else {}, "", doubt)
    elif any(name != word for name, word in known.items()):
        made.fields["unit"] = Guess(guessed.column, {"values": known}, "they are our units")


def _days_alike(made: Guessed) -> None:
    """Days of one example are written alike: where one is 3 Mar, 13 Mar is no sign of two digits."""
    patterns = {str(one.says.get("date", "")) for one in made.fields.values()}
    for name, one in made.fields.items():
        pattern = str(one.says.get("date", ""))
        shorter = pattern.replace("dd", "d").replace("MM", "M") if "MMM" not in pattern else pattern.replace("dd", "d")
        if shorter != pattern and shorter in patterns:
            made.fields[name] = replace(one, says={**one.says, "date": shorter}, because="it is a day, as the others")


def _marks(made: Guessed) -> None:
    for name, words in vocabulary()["marks"].items():
        if name in made.marks:
            continue
        rated = [
            (points + _bonus(column, name, made.kind, None), -number, column)
            for number, column in enumerate(made.table.columns)
            if (points := score(column.name, words))
        ]
        for _, _, column in sorted(rated, key=lambda one: (-one[0], -one[1])):
            if column.name in made.used:
                continue
            writing = _mark(name, column, made)
            if writing.fits:
                made.marks[name] = Guess(column.name, writing.says, _because(column, writing), writing.doubt)
                break


def _mark(name: str, column: Column, made: Guessed) -> values.Writing:
    if name == "changed_at":
        return values.moment(column)
    if name == "id":
        is_one_each = len(set(column.texts)) == len(column.texts) == len(made.table.rows)
        return values.Writing(because="no two are the same", is_of_values=True) if is_one_each else values.NONE
    if name == "key":
        if made.kind in (RecordKind.VERDICT, RecordKind.EVIDENCE) and "entry" in made.fields:
            return values.NONE
        doubt = "none of them is a key of ours so far" if column.values else "all of them are blank"
        return values.Writing(doubt=doubt)
    return values.text(column)
