"""What a plugin must be told by each authority, as a typed class that is its documentation.

Import this late: pydantic takes longer to import than the rest of the command line together.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import TypeVar, get_args
from urllib.parse import quote, quote_plus, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic.fields import FieldInfo

from quarterday.errors import NotConfigured


class PluginSettings(BaseModel):
    """The settings of a plugin for one authority: subclass it, with a field and its docstring for each setting.

    Whatever can be checked without opening anything is checked by the types and validators of the fields.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


S = TypeVar("S", bound=PluginSettings)


def is_secret(field: FieldInfo) -> bool:
    """Whether a setting is a secret: its type says so."""
    return SecretStr in (field.annotation, *get_args(field.annotation))


def secrets_in(settings: PluginSettings) -> list[str]:
    """What must never be shown of a plugin's settings: each secret, each line of a key, the password in an address that
    is one, and all but lines as they are written in JSON, in an address and in Base64."""
    found = [value.get_secret_value() for _, value in settings if isinstance(value, SecretStr)]
    lines = [line for one in found for line in one.splitlines() if line != one and not line.startswith("-----")]
    found += [password for one in found if "://" in one for password in _passwords(one)]
    return list(dict.fromkeys([*(text for one in filter(None, found) for text in _written(one)), *filter(None, lines)]))


def _passwords(address: str) -> list[str]:
    """The password in an address, alone and with its name."""
    try:
        parts = urlsplit(address)
        name, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        return []
    return [password, f"{name}:{password}"] if password else []


def _written(secret: str) -> list[str]:
    encoded = secret.encode(errors="surrogatepass")
    return [secret, json.dumps(secret)[1:-1], quote(encoded, safe=""), quote_plus(encoded), b64encode(encoded).decode()]


def known_to(kind: type[PluginSettings], values: Mapping[str, object]) -> dict[str, object]:
    """Those of a plugin's settings that one class of it has: what a plugin offers may share them."""
    return {name: value for name, value in values.items() if name in kind.model_fields}


def taken(kind: type[S], values: Mapping[str, object]) -> S:
    """The settings as their class reads them.

    Raises :class:`NotConfigured` with a sentence for each thing that is wrong, and the first setting as its field; the
    sentences never hold a value, which may be a secret.
    """
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        names = [".".join(map(str, fault["loc"])) for fault in faults]
        secret = {name for name, field in kind.model_fields.items() if is_secret(field)}
        says = [
            f"“{name}”: {_sentence(fault['type'], fault['msg'], of_secret=name in secret)}"
            for name, fault in zip(names, faults, strict=True)
        ]
        raise NotConfigured(names[0], "\n".join(says)) from None


def _sentence(kind: str, message: str, *, of_secret: bool) -> str:
    """One fault in plain words; of a secret it repeats nothing that a validator says, which could be the secret."""
    match kind:
        case "missing":
            return "set it; nothing can be delivered without it."
        case _ if of_secret:
            return "it can't be used; give it again."
        case "extra_forbidden":
            return "there is no such setting; remove it."
        case "value_error":
            return message.removeprefix("Value error, ")
        case _:
            return f"{message}."
