"""A mapping file held to its JSON Schema: what is wrong, each in a sentence that says where and what to write."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from quarterday import Sentence, did_you_mean, said

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

SCHEMA = "mapping.schema.json"
_TYPES = {
    "string": said("text in quotes"),
    "object": said("a table"),
    "array": said("a list"),
    "integer": said("a whole number"),
    "number": said("a number"),
    "boolean": said("true or false"),
}


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something in a mapping file that can't be used."""

    table: str
    """The table it stands in, as TOML names it: ``entries.fields``; "" for the top of the file."""
    name: str
    what: Sentence
    """What is wrong, and what to write instead."""

    @property
    def says(self) -> Sentence:
        """The whole sentence: where, and what."""
        if not self.table:
            return said("“{name}”: {what}", name=self.name, what=self.what)
        return said("In {table}, “{name}”: {what}", table=self.table, name=self.name, what=self.what)


def schema() -> Mapping[str, Any]:
    """The JSON Schema of mapping files, as it ships."""
    read: Mapping[str, Any] = json.loads(files(__package__).joinpath(SCHEMA).read_text(encoding="utf-8"))
    return read


def flaws(data: Mapping[str, Any]) -> list[Flaw]:
    """Whatever the schema has against a mapping file's content, in the order of the file's tables."""
    return [flaw for error in _validator().iter_errors(data) for flaw in _flaws(error)]


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # takes a while to import

    return Draft202012Validator(schema())


def _flaws(error: ValidationError) -> Iterator[Flaw]:
    place = [str(step) for step in error.absolute_path]
    inside = ".".join(place)
    part: Any = error.schema
    given: Any = error.instance
    known: Mapping[str, Any] = part.get("properties", {})
    match error.validator:
        case "additionalProperties":
            for name in sorted(set(given) - set(known)):
                yield Flaw(inside, name, said("that isn't known here; {hint}", hint=did_you_mean(name, known)))
        case "required":
            missing = [name for name in part["required"] if name not in given and f"'{name}'" in error.message]
            for name in missing:
                yield Flaw(inside, name, said("it is missing; write {what}.", what=_means(known.get(name))))
        case _:
            yield Flaw(".".join(place[:-1]), place[-1] if place else "", _what(str(error.validator), given, part))


def _what(validator: str, given: object, part: Mapping[str, Any]) -> Sentence:
    wanted = part.get(validator)
    match validator:
        case "type":
            kinds = [_TYPES[one] for one in ([wanted] if isinstance(wanted, str) else wanted or [])]
            either = kinds[0] if len(kinds) == 1 else said("{one} or {other}", one=kinds[0], other=kinds[-1])
            return said("it must be {either}: {what}.", either=either, what=_means(part))
        case "enum":
            hint = did_you_mean(str(given), wanted or ())
            return said("“{given}” isn't known here; {hint}", given=str(given)[:40], hint=hint)
        case "const":
            return said("this Quarterday reads format {wanted}; write {wanted}.", wanted=wanted)
    return said("“{given}” can't be used; write {what}.", given=str(given)[:40], what=_means(part))


def _means(part: Any) -> Sentence:
    """What the schema says a value is."""
    if isinstance(part, Mapping) and (reference := part.get("$ref")):
        part = schema()["$defs"][str(reference).rpartition("/")[2]]
    return Sentence(part.get("description", "")) if isinstance(part, Mapping) else Sentence("")
