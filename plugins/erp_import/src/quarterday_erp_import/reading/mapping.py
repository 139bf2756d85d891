"""What a council has settled about the files of one feed: a small TOML file that it keeps and edits."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any

from quarterday import Refused
from quarterday_erp_import.reading.dates import DAY_FIRST, MONTH_FIRST
from quarterday_erp_import.reading.layout import KEPT, MONEY

CHOICES = {
    "date_order": (DAY_FIRST, MONTH_FIRST),
    "amount_is": ("net", "gross", "unknown"),
    "payments": ("positive", "negative"),
    "kind": ("spend", "card"),
    "periods": ("calendar", "financial year, by its first year", "financial year, by its last year"),
}
"""What can be settled besides the columns and the sheet, and the answers there are."""

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Settled:
    """What is settled; what isn't is worked out from each file."""

    columns: Mapping[str, str | int] = field(default_factory=dict)
    """The column of a field, by its name in the header or its number from 1."""
    date_order: str = ""
    amount_is: str = ""
    payments: str = ""
    kind: str = ""
    periods: str = ""
    sheet: str = ""

    def answering(self, answers: Iterable[str]) -> Settled:
        """The same with further answers, each ``KEY=VALUE``; a key is a field's name or one of :data:`CHOICES`.

        Raises :class:`Refused` for a key or a value that isn't known.
        """
        said = {key: value for key, _, value in (answer.partition("=") for answer in answers)}
        given: dict[str, Any] = {key: value for key, value in said.items() if key not in (*KEPT, *MONEY)}
        columns = {key: int(value) if value.isdecimal() else value for key, value in said.items() if key not in given}
        return _checked(given | {"columns": {**self.columns, **columns}}, self)

    def toml(self, name: str) -> str:
        """This as the text of a file that people read and edit."""
        lines = [
            f"# How the files of “{name}” are laid out. What stands here is taken as settled; delete a line, and it is",
            "# worked out from each file. A column is named as in the header, or by its number from 1.",
        ]
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name != "columns" and value:
                lines.append(f"{one.name} = {json.dumps(value, ensure_ascii=False)}")
        lines += ["", "[columns]"]
        lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in self.columns.items()]
        return "\n".join(lines) + "\n"


def read_settled(path: Path) -> Settled:
    """What a mapping file settles. Raises :class:`Refused` where it can't be read or says what isn't known."""
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"The mapping “{path.name}” is not proper TOML: {error}.") from error
    return _checked(said, Settled())


def saved(name: str, folder: Path) -> Path:
    """Where the mapping of that name is: in the folder, or one that ships. Raises :class:`Refused` when nowhere."""
    if not _NAME.fullmatch(name):
        raise Refused(f"“{name}” can't name a mapping; use small letters, digits and hyphens, like town-payments.")
    if (own := folder / f"{name}.toml").is_file():
        return own
    shipped = Path(str(files(__package__).joinpath("profiles", f"{name}.toml")))
    if shipped.is_file():
        return shipped
    raise Refused(f"There is no mapping “{name}”. Make one with “quarterday spend profile FILE --save {name}”.")


def save(settled: Settled, name: str, folder: Path) -> Path:
    """Write the mapping for the next files of the feed; the file it was written to.

    Raises :class:`Refused` for a malformed name and where one of that name exists, which a person may have edited.
    """
    if not _NAME.fullmatch(name):
        raise Refused(f"“{name}” can't name a mapping; use small letters, digits and hyphens, like town-payments.")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.toml"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(settled.toml(name))
    except FileExistsError as error:
        raise Refused(
            f"There is a mapping “{name}” already. Edit {path}, delete it, or choose another name."
        ) from error
    return path


def _checked(said: Mapping[str, Any], onto: Settled) -> Settled:
    known = {one.name for one in fields(Settled)}
    for key, value in said.items():
        if key not in known:
            settled = ", ".join(sorted(known - {"columns"} | set(KEPT) | set(MONEY)))
            raise Refused(f"“{key}” is nothing that can be settled; there are {settled}.")
        if key in CHOICES and value not in CHOICES[key]:
            raise Refused(f"“{value}” is no answer to “{key}”; say one of: {'; '.join(CHOICES[key])}.")
        if key == "sheet" and not isinstance(value, str):
            raise Refused("Name the sheet in quotes.")
    columns = said.get("columns", onto.columns)
    if not isinstance(columns, Mapping):
        raise Refused("“columns” must be a table that gives each field its column.")
    for key, value in columns.items():
        if key not in (*KEPT, *MONEY):
            raise Refused(f"“{key}” is no field of a spend line; there are {', '.join(sorted((*KEPT, *MONEY)))}.")
        if isinstance(value, bool) or not isinstance(value, str | int) or value in ("", 0):
            raise Refused(f"Name the column of “{key}” as in the header, or by its number from 1.")
    return replace(onto, **{key: value for key, value in said.items() if key != "columns"}, columns=dict(columns))
