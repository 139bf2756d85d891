"""The text of a drafted mapping: what is sure stands there, and what isn't is a comment that says what to confirm."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from pathlib import Path

from quarterday import Catalogue, RecordKind, Refused
from quarterday_portal_sync.mapping.agreed import NEEDED, OUT_ONLY
from quarterday_portal_sync.mapping.kinds import FIELDS, PERIOD
from quarterday_portal_sync.mapping.layouts import Format
from quarterday_portal_sync.mapping.learning import codes
from quarterday_portal_sync.mapping.learning.examples import Table, read_example
from quarterday_portal_sync.mapping.learning.guessing import Guess, Guessed, guess
from quarterday_portal_sync.mapping.reading import NAMES

HINTS = {
    "share": 'where they always count the whole: share = { constant = "1" }',
    "unit": "where a unit stands with each measure above, it comes from there",
    "entry": "our reference of the entry has to stand somewhere, or nothing is found here",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A drafted mapping."""

    text: str
    kinds: tuple[RecordKind, ...]
    """The kinds that were found."""
    sure: int
    """How many lines are sure."""
    to_confirm: int
    """How many are commented out, to be confirmed."""

    def save(self, path: Path) -> None:
        """Write it; raises :class:`Refused` where the file exists, which a person may have edited."""
        try:
            with path.open("x", encoding="utf-8") as file:
                file.write(self.text)
        except FileExistsError as why:
            raise Refused("{path} exists already; name another file, or move it away.", path=path) from why
        except OSError as why:
            raise Refused("{path} can't be written ({why}); name another file.", path=path, why=why.strerror) from why


def learn(
    paths: Sequence[Path], *, edition: Catalogue | None = None, kinds: Sequence[RecordKind] = (), title: str = ""
) -> Draft:
    """A mapping drafted from examples of what a portal gives out; nothing is written.

    Codes are held against the ``edition``; of ``kinds`` only what is said is looked for. Raises :class:`Refused` for a
    file that can't be read, and where no kind of record is recognised in any.
    """
    found: dict[RecordKind, tuple[Path, Guessed]] = {}
    for path in paths:
        for table in read_example(path):
            for one in guess(table, edition, kinds):
                found.setdefault(one.kind, (path, one))
    if not found:
        raise Refused(
            "No records are recognised in {files}; say what they are with --kind, or write the mapping by hand.",
            files=", ".join(path.name for path in paths),
        )
    ordered = {kind: found[kind] for kind in RecordKind if kind in found}
    text = "\n".join(_lines(ordered, edition, title or paths[0].stem, [path.name for path in paths])) + "\n"
    body = [line for line in text.splitlines() if line]
    to_confirm = sum("please confirm" in line for line in body)
    sure = sum("sure:" in line for line in body)
    return Draft(text, tuple(ordered), sure, to_confirm)


def _lines(
    found: Mapping[RecordKind, tuple[Path, Guessed]], edition: Catalogue | None, title: str, names: Sequence[str]
) -> Iterator[str]:
    first = next(iter(found.values()))[1].table
    yield "# Drafted by “quarterday sync learn” from"
    yield from (f"#   {name}" for name in names)
    yield "# What is commented out isn't sure: look at it, and take the “#” away, or write what is right. What is still"
    yield "# missing then, “quarterday sync check” says."
    yield "# What may stand here: docs/reference/mapping-file.md."
    yield "format = 1"
    yield f"title = {_toml(title)}"
    yield ""
    yield "[exchange]  # please confirm what the authority chose"
    yield 'entries = "claimed"       # or "accepted": those only that the council accepted'
    yield 'verdicts = "suggestion"   # or "review": theirs count'
    yield 'evidence = "link"         # or "file": files go out, too'
    yield ""
    if first.format is not Format.JSON:
        yield "[files]"
        yield f'format = "{first.format}"'
        if first.format is Format.CSV:
            yield f"delimiter = {_toml(first.delimiter)}"
            yield f'encoding = "{first.encoding}"'
        yield ""
    yield from _measures([one for _, one in found.values()], edition)
    for path, one in found.values():
        yield from _kind(path, one, first, [other for _, other in found.values() if other is not one])


def _measures(found: Sequence[Guessed], edition: Catalogue | None) -> Iterator[str]:
    with_codes = [one for one in found if "measure" in one.fields]
    if edition is None or not with_codes:
        yield '# [measures."EDITION"]  please confirm: our refs and their codes; give --catalogue to have them compared'
        yield ""
        return
    texts: list[str] = []
    titles: dict[str, str] = {}
    for one in with_codes:
        column = next(column for column in one.table.columns if column.name == one.fields["measure"].column)
        texts += column.texts
        titles = codes.titles_of(one.table, column) | titles
    compared = codes.compare(texts, titles, edition)
    yield f'[measures."{edition.key}"]'
    for measure, code, why in compared.sure:
        yield f"{_key(measure.ref)} = {{ code = {_toml(code)}, unit = {_toml(measure.unit.id)} }}  # sure: {why}"
    for measure, code, why in compared.doubtful:
        says = f"{_key(measure.ref)} = {{ code = {_toml(code)}, unit = {_toml(measure.unit.id)} }}"
        yield f"# {says}  # please confirm: {why} (“{measure.title}”)"
    for code in compared.unknown:
        yield f"# {_toml(code)}: no counterpart found; what comes with it is stopped until it has one"
    doubtful = {measure.ref for measure, _, _ in compared.doubtful}
    for measure in compared.missing:
        if measure.ref not in doubtful:
            yield f'# {_key(measure.ref)} = "…"  # no counterpart in the example: “{measure.title}”'
    yield ""


def _kind(path: Path, one: Guessed, first: Table, others: Sequence[Guessed]) -> Iterator[str]:
    name = NAMES[one.kind]
    yield f"[{name}]  # {len(one.table.rows)} in {path.name}"
    out = one.kind in OUT_ONLY
    direction = "out" if out else "in" if one.kind is RecordKind.VERDICT else "both"
    choice = "nothing of it comes in" if out else "please confirm: out, in or both"
    yield f'direction = "{direction}"  # {choice}'
    owner = "theirs" if one.kind is RecordKind.VERDICT else "ours"
    yield f'owner = "{owner}"  # ' + ("nothing of it comes in" if out else "please confirm: ours, theirs or newest")
    marks = ("id", "key", "version", "changed_at", "words")
    for mark in [mark for mark in marks if mark != "key" or one.kind is not RecordKind.VERDICT]:
        yield from _guessed(mark, one.marks.get(mark), mark)
    if one.where:
        yield f"where = {_toml(one.where)}  # sure: it tells these from others"
    if one.unless:
        yield f"unless = {_toml(one.unless)}  # sure: these hold none"
    used = one.used | {column for other in others if _same(one.table, other.table) for column in other.used}
    besides = list(dict.fromkeys(_besides(one.table, used)))
    if besides:
        yield f"# ignored = {_toml(besides)}  # kept and shown with each, but for what you name here"
    for note in one.notes:
        yield f"# Please see to it: {note}"
    yield ""
    if one.kind is RecordKind.VERDICT and any(_same(one.table, other.table) for other in others):
        _name_claims(one)
    yield f"[{name}.fields]"
    has_period = PERIOD in one.fields
    if has_period:
        yield from _guessed(PERIOD, one.fields[PERIOD], PERIOD)
    for field in FIELDS[one.kind]:
        if field in ("first", "last") and has_period:
            continue
        yield from _guessed(field, one.fields.get(field), field, needed=field in NEEDED[one.kind])
    yield ""
    yield from _table(path, one, first, name) if one.table.format is not Format.JSON else _resource(one, name)


def _name_claims(one: Guessed) -> None:
    """Where a verdict stands in its claim's row, the id of the row is what they call the entry, too."""
    entry, mark = one.fields.get("entry"), one.marks.get("id")
    if entry and mark:
        one.fields["entry"] = replace(entry, says={**entry.says, "their_id": mark.column})


def _guessed(name: str, guess: Guess | None, hint: str, *, needed: bool = False) -> Iterator[str]:
    if guess is None:
        more = f"; {HINTS[hint]}" if hint in HINTS else ""
        yield f'# {name} = "…"  # no counterpart found' + (", and it is needed" if needed else "") + more
        return
    says = _toml({"at": guess.column, **guess.says}) if guess.says else _toml(guess.column)
    if guess.doubt:
        yield f"# {name} = {says}  # please confirm: {guess.doubt}"
    else:
        yield f"{name} = {says}  # sure: {guess.because}"


def _table(path: Path, one: Guessed, first: Table, name: str) -> Iterator[str]:
    stem = re.sub(r"[0-9][0-9_.\- ]*", "*", path.stem)
    table = one.table
    yield f"[{name}.table]"
    yield f"incoming = {_toml(f'{stem}{path.suffix}')}  # please confirm: the names of such files"
    if one.kind is not RecordKind.VERDICT:
        yield f'outgoing = "quarterday_{name}_{{key}}{path.suffix}"  # please confirm: what files for them are called'
    if table.sheet:
        yield f"sheet = {_toml(table.sheet)}"
    for said in ("format", "delimiter", "encoding"):
        if getattr(table, said) != getattr(first, said):
            yield f"{said} = {_toml(getattr(table, said))}"
    yield f"header_row = {table.header_row}"
    yield f"header_rows = {table.header_rows}"
    yield 'holds = "all"  # please confirm: or "changes", where a file has only what changed'
    if one.kind is not RecordKind.VERDICT:
        yield "columns = ["
        yield from (f"  {_toml(column.name)}," for column in table.columns)
        yield "]"
    yield ""


def _resource(one: Guessed, name: str) -> Iterator[str]:
    paging = {**one.table.paging}
    style = paging.pop("style", "none")
    yield f"# [{name}.resource.listing]  # please confirm: where the list is, and how its parts are asked for"
    yield '# path = "/…"'
    if one.table.items:
        yield f"# items = {_toml(one.table.items)}  # sure: it is where the example has it"
    asked = {"parameter": "cursor", "limit": "limit"} if style == "cursor" else {}
    yield f"# paging = {_toml({'style': str(style), **asked, **paging})}"
    if one.kind is not RecordKind.VERDICT:
        yield f"# [{name}.resource.sending]  # please confirm: where it is sent, and what is answered"
        yield '# path = "/…"'
    yield ""


def _besides(table: Table, used: Set[str]) -> Iterator[str]:
    """What no field takes, a list of texts as one."""
    for column in table.columns:
        name = re.sub(r"\[\d+\].*", "", column.name) if table.format is Format.JSON else column.name
        if name not in used and not any(one.startswith(f"{name}.") for one in used):
            yield name


def _same(one: Table, other: Table) -> bool:
    return [column.name for column in one.columns] == [column.name for column in other.columns]


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: object) -> str:
    """A value as TOML writes it on one line."""
    match value:
        case Mapping():
            return "{ " + ", ".join(f"{_key(str(name))} = {_toml(one)}" for name, one in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(_toml(one) for one in value) + "]"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
