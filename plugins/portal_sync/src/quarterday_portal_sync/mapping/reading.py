"""From the content of a mapping file that its schema found right to what turns records into theirs and back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from quarterday import Agreement, Direction, Owner, RecordKind
from quarterday_portal_sync.mapping import days, layouts
from quarterday_portal_sync.mapping.codes import Crosswalk, read_codes
from quarterday_portal_sync.mapping.forms import Form, Number, Plain, Words, YesNo
from quarterday_portal_sync.mapping.held import Flaw
from quarterday_portal_sync.mapping.kinds import PERIOD, KindMapping, Mapped
from quarterday_portal_sync.mapping.layouts import Format, Holds, Listing, Paging, Resource, Sending, Style, TableLayout
from quarterday_portal_sync.mapping.paths import Path, dotted, header, text_of

NAMES: Mapping[RecordKind, str] = {
    RecordKind.CONTRACT: "contracts",
    RecordKind.COMMITMENT: "commitments",
    RecordKind.ENTRY: "entries",
    RecordKind.EVIDENCE: "evidence",
    RecordKind.VERDICT: "verdicts",
}
"""What the table of each kind is called, each after those it refers to."""
DAYS = frozenset({"starts", "ends", "first", "last"})
NUMBERS = frozenset({"quantity", "target", "share"})


@dataclass(frozen=True, slots=True)
class Read:
    """What a mapping file says, and what of it can't be used."""

    kinds: Mapping[RecordKind, KindMapping]
    changes: Listing | None
    flaws: tuple[Flaw, ...]


def read(data: Mapping[str, Any]) -> Read:
    """The kinds of a mapping file that its schema found right; what it couldn't see is in the flaws."""
    found: list[Flaw] = []
    codes = read_codes(data.get("measures", {}), same=data.get("same_measures", False))
    kinds = {kind: _Reader(data, kind, name, codes, found).kind() for kind, name in NAMES.items() if name in data}
    for kind, one in kinds.items():
        others = [other for other in kinds.values() if other is not one and _together(one, other)]
        besides = tuple(path for other in others for path in (*other.paths, *other.ignored))
        kinds[kind] = replace(one, besides=besides)
    changes = data.get("web", {}).get("changes")
    return Read(kinds, _listing(changes) if changes else None, tuple(found))


def _together(one: KindMapping, other: KindMapping) -> bool:
    """Whether records of both kinds stand in the same rows or items."""
    if one.table and other.table:
        mine, its = one.table, other.table
        return (mine.incoming, mine.sheet, mine.items) == (its.incoming, its.sheet, its.items) and bool(mine.incoming)
    lists = one.resource and one.resource.listing, other.resource and other.resource.listing
    return bool(lists[0] and lists[1] and lists[0].path == lists[1].path)


class _Reader:
    """Reads one kind's table."""

    def __init__(
        self, data: Mapping[str, Any], kind: RecordKind, name: str, codes: Crosswalk, found: list[Flaw]
    ) -> None:
        self.data, self.of, self.name, self.codes, self.found = data, kind, name, codes, found
        self.said: Mapping[str, Any] = data[name]
        self.is_table = "table" in self.said
        self.is_flat = self.is_table and self._table_format() is not Format.JSON

    def kind(self) -> KindMapping:
        said, fields = self.said, self.said["fields"]
        blank = "empty" if self.is_flat else self.data.get("web", {}).get("blank", "omit")
        ids = said.get("id", [])
        return KindMapping(
            self.of,
            self.name,
            Agreement(Direction(said["direction"]), Owner(said["owner"])),
            {name: one for name in fields if name != PERIOD and (one := self._field(name, fields[name]))},
            self.codes,
            id=tuple(self._path("id", text) for text in ([ids] if isinstance(ids, str) else ids)),
            key=self._key(),
            version=self._path("version", _at(said["version"])) if "version" in said else None,
            changed_at=self._changed_at(),
            words=self._path("words", said["words"]) if "words" in said else None,
            measure=self._path("measure", said["measure"]) if "measure" in said else None,
            period=self._period(fields[PERIOD]) if PERIOD in fields else None,
            where=self._words("where"),
            unless=self._words("unless"),
            constants={self._path("constants", at): text for at, text in said.get("constants", {}).items()},
            ignored=tuple(self._path("ignored", text) for text in said.get("ignored", ())),
            table=_table(self._table()) if self.is_table else None,
            resource=_resource(said["resource"], self.name) if "resource" in said else None,
            blank=blank,
        )

    def _table(self) -> Mapping[str, Any]:
        return {**self.data.get("files", {}), **self.said.get("table", {})}

    def _table_format(self) -> Format:
        return Format(self._table().get("format", "csv"))

    @contextmanager
    def _in(self, table: str, name: str) -> Iterator[None]:
        """Notes what can't be used there."""
        try:
            yield
        except ValueError as why:
            from quarterday import Sentence

            self.found.append(Flaw(table, name, Sentence(f"{why}.")))

    def _path(self, name: str, text: str) -> Path:
        if self.is_flat:
            return header(" ".join(text.split()))
        with self._in(self.name, name):
            return dotted(text)
        return header(text)

    def _field(self, name: str, said: str | Mapping[str, Any]) -> Mapped | None:
        given: Mapping[str, Any] = {"at": said} if isinstance(said, str) else said
        table = f"{self.name}.fields"
        if ("at" in given) == ("constant" in given):
            with self._in(table, name):
                raise ValueError("say where it stands there with “at”, or what it always is with “constant”")
            return None
        form: Form = Plain()
        with self._in(table, name):
            form = _form(name, given, is_flat=self.is_flat)
        if "constant" in given:
            return Mapped(None, form, given["constant"])
        if "their_id" in given and name != "entry":
            with self._in(table, name):
                raise ValueError("“their_id” is nothing for this field; only “entry” may have it")
        theirs = self._path(f"fields.{name}", given["their_id"]) if "their_id" in given else None
        return Mapped(self._path(f"fields.{name}", given["at"]), form, their_id=theirs)

    def _period(self, said: str | Mapping[str, Any]) -> tuple[Path, days.Periods] | None:
        given: Mapping[str, Any] = {"at": said} if isinstance(said, str) else said
        table = f"{self.name}.fields"
        with self._in(table, PERIOD):
            if "at" not in given or "written" not in given:
                raise ValueError(
                    "say where it stands there with “at”, and with “written” how, like {year}/{nn} Q{quarter}"
                )
            written = given["written"]
            templates = (written,) if isinstance(written, str) else tuple(written)
            periods = days.Periods(templates, given.get("first_month", 4))
            return self._path(f"fields.{PERIOD}", given["at"]), periods
        return None

    def _key(self) -> tuple[Path, Plain] | None:
        if "key" not in self.said:
            return None
        given = self.said["key"]
        written = given.get("written", "{}") if isinstance(given, Mapping) else "{}"
        with self._in(self.name, "key"):
            _holds_ours(written)
        return self._path("key", _at(given)), Plain(written)

    def _changed_at(self) -> tuple[Path, days.Moment] | None:
        if "changed_at" not in self.said:
            return None
        given = self.said["changed_at"]
        moment = days.Moment()
        if isinstance(given, Mapping):
            moment = days.Moment(given.get("date", "iso"), given.get("zone", days.LONDON))
            with self._in(self.name, "changed_at"):
                try:
                    ZoneInfo(moment.zone)
                except (LookupError, ValueError, OSError):
                    raise ValueError(f"“{moment.zone}” is no time zone; write one like Europe/London") from None
        return self._path("changed_at", _at(given)), moment

    def _words(self, name: str) -> dict[Path, tuple[str, ...]]:
        said = self.said.get(name, {})
        return {self._path(name, at): (one,) if isinstance(one, str) else tuple(one) for at, one in said.items()}


def _form(name: str, given: Mapping[str, Any], *, is_flat: bool) -> Form:
    """How a field is written; raises ``ValueError`` with what to write instead."""
    told = {"date", "number", "values", "written", "factor", "fractions", "yes"} & set(given)
    allowed = (
        {"date"}
        if name in DAYS
        else {"number", "factor", "fractions", "yes"}
        if name in NUMBERS
        else {"values", "written"}
    )
    if wrong := sorted(told - allowed):
        raise ValueError(f"“{wrong[0]}” is nothing for this field; it may have {', '.join(sorted(allowed))}")
    if name in DAYS:
        return days.Day(given.get("date", days.ISO))
    if name in NUMBERS:
        number = _number(given, is_flat=is_flat)
        if ("yes" in given) != ("no" in given):
            raise ValueError("say both how they write “yes” and how they write “no”")
        if "yes" not in given:
            return number
        yes, no = (text_of(given[word]) if is_flat else given[word] for word in ("yes", "no"))
        return YesNo(yes, no, number)
    if "values" in given:
        return Words({ours: (one,) if isinstance(one, str) else tuple(one) for ours, one in given["values"].items()})
    written = given.get("written", "{}")
    _holds_ours(written)
    return Plain(written)


def _holds_ours(written: object) -> None:
    if not isinstance(written, str) or written.count("{}") != 1:
        raise ValueError("write a text with {} once, where ours goes, like “QD-{}”")


def _number(given: Mapping[str, Any], *, is_flat: bool) -> Number:
    like = given.get("number", "1234.5")
    factor = Fraction(given.get("factor", "1"))
    if not factor:
        raise ValueError("a factor of 0 makes everything nothing; write how many of theirs one of ours is")
    return Number(
        like if isinstance(like, str) else f"{like}",
        is_json=not isinstance(like, str) and not is_flat,
        factor=factor,
        fractions=given.get("fractions", False),
    )


def _at(said: str | Mapping[str, Any]) -> str:
    return said if isinstance(said, str) else str(said.get("at", ""))


def _table(said: Mapping[str, Any]) -> TableLayout:
    given = dict(said)
    kind = Format(given.pop("format", Format.CSV))
    holds = Holds(given.pop("holds", Holds.ALL))
    columns = tuple(given.pop("columns", ()))
    incoming, outgoing = given.pop("incoming", ""), given.pop("outgoing", "")
    return TableLayout(incoming, outgoing, format=kind, holds=holds, columns=columns, **given)


def _listing(said: Mapping[str, Any]) -> Listing:
    given = dict(said)
    paging = dict(given.pop("paging", {}))
    style = Style(paging.pop("style", Style.NONE))
    return Listing(**given, paging=Paging(style, **paging))


def _resource(said: Mapping[str, Any], name: str) -> Resource:
    read: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {"listing": _listing, "sending": _sending}
    parts = {part: reader(said[part]) for part, reader in read.items() if part in said}
    return layouts.Resource(said.get("name", name), **parts)


def _sending(said: Mapping[str, Any]) -> Sending:
    lists = {name: tuple(said[name]) for name in ("taken", "overtaken") if name in said}
    return Sending(**{**said, **lists})
