"""The settings of an installation, typed: this class is their documentation.

``quarterday.toml`` in the data folder is read first; an environment variable ``QUARTERDAY_<NAME>`` wins over it. A
secret may stand in a file that ``QUARTERDAY_<NAME>_FILE``, or ``<name>_file`` in ``quarterday.toml``, names. A name
nobody knows is an error.
Import this late: pydantic takes longer to import than the rest of the command line together.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, DirectoryPath, Field, SecretStr, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from quarterday.errors import NotConfigured
from quarterday.settings_file import IMPORT_SECONDS, PREFIX, data_folder, read_settings_file, settings_file, variables


def _json_object(secret: SecretStr | None) -> SecretStr | None:
    try:
        understood = secret is None or isinstance(json.loads(secret.get_secret_value()), dict)
    except ValueError:
        understood = False
    if not understood:
        raise PydanticCustomError("not_json", 'it must be a JSON object, like {{"key": "…"}}')
    return secret


def _address(url: str | None) -> str | None:
    if url is not None and not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", url):
        raise PydanticCustomError("not_address", "write it like https://returns.example.gov.uk, without ? or #")
    return url and url.rstrip("/")


class Plugins(BaseModel):
    """The table ``[plugins]`` of ``quarterday.toml``; it stands only there."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    order: tuple[str, ...] = ()
    """The plugins to load first, in this order; the others follow by name."""

    disabled: tuple[str, ...] = ()
    """The plugins not to load; “quarterday plugins disable NAME” writes it."""


class Settings(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    data_dir: Annotated[DirectoryPath, AfterValidator(Path.absolute)] = Field(default_factory=data_folder)
    """The data folder, where quarterday.toml stands: “--data”, else the environment, else the current folder."""

    import_seconds: float = Field(default=IMPORT_SECONDS, gt=0, le=3600)
    """How many seconds a plugin may take to import, or to answer one question, before the host goes on without it."""

    database_url: SecretStr | None = None
    """Where the record is kept: sqlite:///FILE or postgresql://…; by default the file record.db in the data folder."""

    secret_key: SecretStr | None = Field(default=None, min_length=32)
    """The key that seals the plugins' secrets and signs links: at least 32 characters, kept outside the database."""

    evidence_url: str | None = None
    """Where evidence is kept: a folder, or a place fsspec knows, s3://BUCKET/FOLDER; by default the folder evidence in
    the data folder."""

    evidence_options: Annotated[SecretStr | None, AfterValidator(_json_object)] = None
    """What that place needs beyond its name, as JSON of what fsspec takes: {"key": "…", "secret": "…"}."""

    evidence_megabytes: int = Field(default=25, ge=1, le=2048)
    """How large one file of evidence may be, in MB."""

    evidence_pieces: int = Field(default=20, ge=1, le=1000)
    """How many files, links and statements may back one entry."""

    clamav: str | None = None
    """Where ClamAV's daemon scans evidence: HOST:PORT, or the path of its socket; without it nothing is scanned."""

    public_url: Annotated[str | None, AfterValidator(_address)] = None
    """Where people find the pages, for the links in mails: https://returns.example.gov.uk, with a path where a proxy
    adds one."""

    mail_sink: str = "smtp"
    """The sink that mails go through: smtp, which sends them, govuk-notify, or mailbox, which keeps them in the data
    folder."""

    process_seconds: float = Field(default=120, gt=0, le=3600)
    """How many seconds a plugin may take over one delivery, or the next records of a source, before it is ended."""

    job_seconds: float = Field(default=1800, gt=0, le=86_400)
    """How many seconds a job of the clock may take before it is ended."""

    process_megabytes: int = Field(default=1024, ge=64, le=1_048_576)
    """How much memory the process of a plugin may use, in MB, before it is ended."""

    plugins: Annotated[Plugins, NoDecode] = Plugins()
    """Which plugins load, and in which order."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, and the secrets in files that it names, win over ``quarterday.toml`` and those it names."""
        secrets = {name: secret_in(path, _named_by(name)) for name in SECRETS if (path := secret_file(name))}
        elsewhere = {"data_dir", *(f"{name}_file" for name in SECRETS)}
        in_toml = {name: value for name, value in read_settings_file().items() if name not in elsewhere}
        if isinstance(plugins := in_toml.get("plugins"), dict):
            in_toml["plugins"] = {name: value for name, value in plugins.items() if not isinstance(value, dict)}
        return InitSettingsSource(settings_cls, secrets), env_settings, InitSettingsSource(settings_cls, in_toml)


SECRETS = [name for name, field in Settings.model_fields.items() if SecretStr in get_args(field.annotation)]
"""The settings that are shown as ``***`` and may stand in a file of their own."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it stands: its name, its value for showing (a secret as ``***``), and where it came from."""

    name: str
    value: object
    origin: str
    about: str
    """What it is for."""


_WORDS = {
    "too_short": "it must have at least {min_length} characters",
    "tuple_type": 'it must be a list of names, like ["a", "b"]',
    "model_type": "it must be a table; write [plugins]",
    "path_not_directory": "there is no such folder",
}
"""Plainer words for some of pydantic's errors, by type."""


def load(plugins: Collection[str]) -> Settings:
    """The settings of this process; ``plugins`` are the installed ones, whose variables are theirs to check.

    Raises :class:`NotConfigured` with one sentence for each thing that is wrong; it never shows a secret.
    """
    said = read_settings_file()
    faults = [*_unknown_variables(plugins), *_misplaced(said), *_unknown_tables(said, plugins)]
    try:
        settings = Settings()
    except ValidationError as error:
        faults += [_sentence(detail) for detail in error.errors(include_input=False, include_url=False)]
    if faults:
        raise NotConfigured("quarterday.toml", "\n".join(faults))
    return settings


def listed(plugins: Collection[str]) -> list[Setting]:
    """Every setting as it stands; raises what :func:`load` raises."""
    settings = load(plugins)
    said = read_settings_file()
    found = []
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if isinstance(value, Plugins):
            for key, inner in Plugins.model_fields.items():
                origin = "quarterday.toml" if key in said.get(name, {}) else "default"
                found.append(Setting(f"{name}.{key}", list(getattr(value, key)), origin, inner.description or ""))
        else:
            shown = "***" if isinstance(value, SecretStr) else str(value) if isinstance(value, Path) else value
            found.append(Setting(name, shown, _origin(name, said), field.description or ""))
    return found


def said_for(plugin: str) -> dict[str, object]:
    """What the installation says to one plugin: the table ``[plugins.NAME]`` of ``quarterday.toml``, and over it the
    environment's ``QUARTERDAY_NAME__SETTING``. Either names the file of a secret by the setting's name and ``_file``.

    The plugin's own class of settings checks it. Raises :class:`NotConfigured` for a file that can't be read.
    """
    table = read_settings_file().get("plugins")
    said = table.get(plugin) if isinstance(table, dict) else None
    written = said if isinstance(said, dict) else {}
    prefix = f"{_variable(plugin.replace('-', '_'))}__"
    over = {name.removeprefix(prefix).lower(): text for name, text in variables().items() if name.startswith(prefix)}
    return {
        **_with_secrets(written, data_folder(), lambda name: f"“{name}” in [plugins.{plugin}] of {settings_file()}"),
        **_with_secrets(over, Path(), lambda name: f"{prefix}{name.upper()}"),
    }


def _with_secrets(said: dict[str, Any], folder: Path, named_by: Callable[[str], str]) -> dict[str, object]:
    """The settings with the secrets that stand in files of their own, which are named as seen from ``folder``."""
    found: dict[str, object] = {}
    for name, value in said.items():
        setting = name.removesuffix("_file")
        if setting == name or setting in said:
            found[name] = value
        else:
            found[setting] = secret_in(folder / str(value), named_by(name))
    return found


def secret_file(name: str) -> Path | None:
    """The file that holds a secret, None where it stands in none."""
    if path := variables().get(f"{_variable(name)}_FILE"):
        return Path(path)
    key, said = f"{name}_file", read_settings_file()
    return data_folder() / str(said[key]) if key in said and _variable(name) not in variables() else None


def secret_in(path: Path, named_by: str) -> str:
    """The secret in a file; raises :class:`NotConfigured`, saying what names the file, where it can't be read."""
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise NotConfigured(named_by, f"The file {path}, which {named_by} names, can't be read ({why}).") from error


def _variable(name: str) -> str:
    """The environment variable of a setting."""
    return PREFIX + name.upper()


def _origin(name: str, said: dict[str, Any]) -> str:
    """Where the value of a setting comes from, as a person would look for it."""
    for variable in (f"{_variable(name)}_FILE", _variable(name)):
        if variable in variables():
            return variable
    return "quarterday.toml" if {name, f"{name}_file"} & said.keys() else "default"


def _named_by(name: str) -> str:
    """What names the file of a secret, in words."""
    variable = f"{_variable(name)}_FILE"
    return variable if variable in variables() else f"“{name}_file” in {settings_file()}"


def _unknown_variables(plugins: Collection[str]) -> Iterator[str]:
    """A sentence for each environment variable that nobody reads."""
    known = [_variable(name) for name in Settings.model_fields if name != "plugins"]
    known += [f"{_variable(name)}_FILE" for name in SECRETS]
    theirs = tuple(f"{_variable(plugin.replace('-', '_'))}__" for plugin in plugins)
    for variable in variables():
        if variable not in known and not variable.startswith(theirs):
            hint = _nearest(variable.upper(), [*known, *theirs], PREFIX)
            yield f"The environment variable {variable} is no setting; {hint}"


def _misplaced(said: dict[str, Any]) -> Iterator[str]:
    """A sentence for each setting that stands where it has no effect, or twice."""
    if "data_dir" in said:
        yield f"“data_dir” in {settings_file()} has no effect there; give --data or {_variable('data_dir')} instead."
    for name in SECRETS:
        both = {_variable(name), f"{_variable(name)}_FILE"}
        if both <= variables().keys():
            yield f"{' and '.join(sorted(both))} are both set; unset one of them."
        if {name, f"{name}_file"} <= said.keys():
            yield f"“{name}” and “{name}_file” both stand in {settings_file()}; remove one of them."


def _unknown_tables(said: dict[str, Any], plugins: Collection[str]) -> Iterator[str]:
    """A sentence for each table of settings for a plugin that isn't installed."""
    tables = said.get("plugins")
    for name, value in tables.items() if isinstance(tables, dict) else ():
        if isinstance(value, dict) and name not in plugins:
            yield f"[plugins.{name}] in {settings_file()} is for no installed plugin; {_nearest(name, sorted(plugins))}"


def _sentence(detail: ErrorDetails) -> str:
    """One fault of the values as a sentence; it never holds the value, which may be a secret."""
    name, *within = [str(part) for part in detail["loc"]]
    key = ".".join([name, *within])
    if detail["type"] == "extra_forbidden":
        known = Plugins.model_fields if name == "plugins" else Settings.model_fields.keys() - {"data_dir"}
        return f"“{key}” in {settings_file()} is no setting; {_nearest(key.split('.')[-1], sorted(known))}"
    why = _WORDS.get(detail["type"]) or detail["msg"][0].lower() + detail["msg"][1:]
    return f"“{key}” (from {_origin(name, read_settings_file())}) is wrong: {why.format(**detail.get('ctx', {}))}."


def _nearest(name: str, known: list[str], prefix: str = "") -> str:
    """What to do about a name that nobody knows; the prefix that all have in common makes none of them nearer."""
    near = get_close_matches(name.removeprefix(prefix), [one.removeprefix(prefix) for one in known], n=1, cutoff=0.5)
    return f"did you mean “{prefix}{near[0]}”?" if near else f"remove it, or use one of {', '.join(known)}."
