"""The settings of an installation, typed: this class is their documentation.

``quarterday.toml`` in the data folder is read first; an environment variable ``QUARTERDAY_<NAME>`` wins over it. A
secret may stand in a file that ``QUARTERDAY_<NAME>_FILE``, or ``<name>_file`` in ``quarterday.toml``, names. A name
nobody knows is an error.
Every process reads them, also one that only waits, so nothing large is imported for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

from quarterday.errors import NotConfigured
from quarterday.setting_values import Hidden, Rule, Seconds, Secret, Unfit, Whole, address, folder, names, text
from quarterday.settings_file import IMPORT_SECONDS, PREFIX, data_folder, read_settings_file, settings_file, variables


@dataclass(frozen=True, slots=True)
class Plugins:
    """The table ``[plugins]`` of ``quarterday.toml``; it stands only there."""

    order: Annotated[tuple[str, ...], names] = ()
    """The plugins to load first, in this order; the others follow by name."""

    disabled: Annotated[tuple[str, ...], names] = ()
    """The plugins not to load; “quarterday plugins disable NAME” writes it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one installation."""

    data_dir: Annotated[Path, folder] = field(default_factory=data_folder)
    """The data folder, where quarterday.toml stands: “--data”, else the environment, else the current folder."""

    import_seconds: Annotated[float, Seconds(most=3600)] = IMPORT_SECONDS
    """How many seconds a plugin may take to import, or to answer one question, before the host goes on without it."""

    database_url: Annotated[Secret | None, Hidden()] = None
    """Where the record is kept: sqlite:///FILE or postgresql://…; by default the file record.db in the data folder."""

    secret_key: Annotated[Secret | None, Hidden(least=32)] = None
    """The key that seals the plugins' secrets and signs links: at least 32 characters, kept outside the database."""

    evidence_url: Annotated[str | None, text] = None
    """Where evidence is kept: a folder, or a place fsspec knows, s3://BUCKET/FOLDER; by default the folder evidence in
    the data folder."""

    evidence_options: Annotated[Secret | None, Hidden(is_object=True)] = None
    """What that place needs beyond its name, as JSON of what fsspec takes: {"key": "…", "secret": "…"}."""

    evidence_megabytes: Annotated[int, Whole(1, 2048)] = 25
    """How large one file of evidence may be, in MB."""

    evidence_pieces: Annotated[int, Whole(1, 1000)] = 20
    """How many files, links and statements may back one entry."""

    clamav: Annotated[str | None, text] = None
    """Where ClamAV's daemon scans evidence: HOST:PORT, or the path of its socket; without it nothing is scanned."""

    public_url: Annotated[str | None, address] = None
    """Where people find the pages, for the links in mails: https://returns.example.gov.uk, with a path where a proxy
    adds one."""

    mail_sink: Annotated[str, text] = "smtp"
    """The sink that mails go through: smtp, which sends them, govuk-notify, or mailbox, which keeps them in the data
    folder."""

    process_seconds: Annotated[float, Seconds(most=3600)] = 120
    """How many seconds a plugin may take over one delivery, or the next records of a source, before it is ended."""

    job_seconds: Annotated[float, Seconds(most=86_400)] = 1800
    """How many seconds a job of the clock may take before it is ended."""

    process_megabytes: Annotated[int, Whole(64, 1_048_576)] = 1024
    """How much memory the process of a plugin may use, in MB, before it is ended."""

    plugins: Plugins = Plugins()
    """Which plugins load, and in which order."""


def _rules(kind: type) -> dict[str, Rule]:
    """The rule of each setting that a class has by itself; the tables in it have their own."""
    hints = get_type_hints(kind, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items() if hasattr(hint, "__metadata__")}


RULES: Mapping[type, Mapping[str, Rule]] = {kind: _rules(kind) for kind in (Settings, Plugins)}
"""How each setting is read, by class and name."""

SECRETS = [name for name, rule in RULES[Settings].items() if isinstance(rule, Hidden)]
"""The settings that are shown as ``***`` and may stand in a file of their own."""

K = TypeVar("K", Settings, Plugins)


def about(kind: type) -> dict[str, str]:
    """What each setting of a class is for: the text under it."""
    import ast
    import inspect

    (described,) = ast.parse(inspect.getsource(kind)).body
    found = {}
    for pair in pairwise(described.body if isinstance(described, ast.ClassDef) else ()):
        match pair:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(said))):
                found[name] = inspect.cleandoc(said)
    return found


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it stands: its name, its value for showing (a secret as ``***``), and where it came from."""

    name: str
    value: object
    origin: str
    about: str
    """What it is for."""


def load(plugins: Collection[str]) -> Settings:
    """The settings of this process; ``plugins`` are the installed ones, whose variables are theirs to check.

    Raises :class:`NotConfigured` with one sentence for each thing that is wrong; it never shows a secret.
    """
    in_file = read_settings_file()
    faults = [*_unknown_variables(plugins), *_misplaced(in_file), *_unknown_tables(in_file, plugins)]
    said = _said(in_file)
    table = said.pop("plugins", {})
    settings = _taken(Settings, said, faults)
    if isinstance(table, dict):
        lists = {name: value for name, value in table.items() if not isinstance(value, dict)}
        settings = replace(settings, plugins=_taken(Plugins, lists, faults, "plugins."))
    else:
        faults.append("“plugins” (from quarterday.toml) is wrong: it must be a table; write [plugins].")
    if faults:
        raise NotConfigured("quarterday.toml", "\n".join(faults))
    return settings


def _said(in_file: Mapping[str, object]) -> dict[str, object]:
    """What is said of each setting, and of what none is: the environment, and the secrets in files that it names, win
    over ``quarterday.toml`` and those it names."""
    elsewhere = {"data_dir", *(f"{name}_file" for name in SECRETS)}
    in_toml = {name: value for name, value in in_file.items() if name not in elsewhere}
    in_environment = {name: variables()[_variable(name)] for name in RULES[Settings] if _variable(name) in variables()}
    secrets = {name: secret_in(path, _named_by(name)) for name in SECRETS if (path := secret_file(name))}
    return {**in_toml, **in_environment, **secrets}


def _taken(kind: type[K], said: Mapping[str, object], faults: list[str], table: str = "") -> K:
    """The settings of a class by their rules; a sentence for each fault is added, and that setting left as it was."""
    found: dict[str, Any] = {}
    for name, value in said.items():
        if name not in RULES[kind]:
            known = sorted({one.name for one in fields(kind)} - {"data_dir"})
            faults.append(f"“{table}{name}” in {settings_file()} is no setting; {_nearest(name, known)}")
            continue
        try:
            found[name] = RULES[kind][name](value)
        except Unfit as unfit:
            origin = "quarterday.toml" if table else _origin(name, read_settings_file())
            faults.append(f"“{table}{name}” (from {origin}) is wrong: {unfit}.")
    return kind(**found)


def listed(plugins: Collection[str]) -> list[Setting]:
    """Every setting as it stands; raises what :func:`load` raises."""
    settings = load(plugins)
    said, described = read_settings_file(), about(Settings)
    found = []
    for name in (one.name for one in fields(Settings)):
        value = getattr(settings, name)
        if isinstance(value, Plugins):
            for key, words in about(Plugins).items():
                origin = "quarterday.toml" if key in said.get(name, {}) else "default"
                found.append(Setting(f"{name}.{key}", list(getattr(value, key)), origin, words))
        else:
            shown = "***" if isinstance(value, Secret) else str(value) if isinstance(value, Path) else value
            found.append(Setting(name, shown, _origin(name, said), described[name]))
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
    known = [_variable(name) for name in RULES[Settings]]
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


def _nearest(name: str, known: list[str], prefix: str = "") -> str:
    """What to do about a name that nobody knows; the prefix that all have in common makes none of them nearer."""
    from difflib import get_close_matches

    near = get_close_matches(name.removeprefix(prefix), [one.removeprefix(prefix) for one in known], n=1, cutoff=0.5)
    return f"did you mean “{prefix}{near[0]}”?" if near else f"remove it, or use one of {', '.join(known)}."
