"""The beginning of an installation: from six answers to a council that is ready, empty and safe."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import tomlkit
from sqlalchemy import select

from quarterday.areas import authorities_of, name_of
from quarterday.db.models import Authority
from quarterday.db.work import Actor, Work
from quarterday.domain import names
from quarterday.domain.catalogue import LocalArea
from quarterday.domain.contracts import MemberRole, Nation
from quarterday.domain.nearest import did_you_mean
from quarterday.errors import Refused
from quarterday.finding import installed_names
from quarterday.services import audit_trail
from quarterday.services.organisations import authorities, local_areas, people
from quarterday.services.record import is_empty_record, open_record, upgrade_record
from quarterday.settings import load
from quarterday.settings_file import data_folder, rewrite

KEY_FILE = "secret.key"
"""The file in the data folder with the key that seals secrets, where the settings name no other."""

_ACTOR = Actor.operator("cli")
_NATIONS = {"S": Nation.SCOTLAND, "N": Nation.NORTHERN_IRELAND}
"""The nation by the letter with which an area's code begins, where it isn't England or Wales."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What an installation must be told."""

    council: str
    """The council's full name."""
    key: str
    """Its short name in commands."""
    first_month: int
    """The month in which its financial year begins."""
    local_area: tuple[str, ...]
    """The codes of the areas that are local; the first is the council's own."""
    administrator: str
    """The name of the first administrator."""
    email: str
    """The administrator's e-mail address."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question: how it is asked, and how its answer is read, which raises :class:`ValueError` with a sentence."""

    asks: str
    read: Callable[[str], Any]


def _month(text: str) -> int:
    if not text.strip().isdecimal() or not 1 <= int(text) <= 12:
        raise ValueError(f"“{text[:20]}” is no month; write its number, from 1 to 12.")
    return int(text)


def _codes(text: str) -> tuple[str, ...]:
    if not (codes := text.replace(",", " ").split()):
        raise ValueError("Say which area is local, by its code, like E08000018.")
    return authorities_of(codes)


QUESTIONS: Mapping[str, Question] = {
    "council": Question("The council's full name", lambda text: names.name(text, "the council's name")),
    "key": Question("Its short name in commands", names.key),
    "first_month": Question("The month in which its financial year begins, 1 to 12", _month),
    "local_area": Question("The code of the area that is local to it; several with commas", _codes),
    "administrator": Question(
        "The first administrator's name", lambda text: names.name(text, "the administrator's name")
    ),
    "email": Question("The administrator's e-mail address", names.email),
}
"""The six questions by field, in the order in which they are asked."""


def answers_in(path: Path) -> Answers:
    """The answers in a TOML file, one a line under the field's name.

    Raises :class:`Refused` with a sentence for each that is missing, can't be used or belongs to no question.
    """
    try:
        said = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise Refused(f"{path} can't be read as TOML: {problem}.") from problem
    found, faults = {}, []
    for field, question in QUESTIONS.items():
        try:
            if field not in said:
                raise ValueError("answer it; there is no such line.")
            found[field] = question.read(_text(said[field]))
        except ValueError as problem:
            faults.append(f"“{field}” in {path}: {problem}")
    faults += [
        f"“{name}” in {path} answers no question; {did_you_mean(name, QUESTIONS)}" for name in said.keys() - QUESTIONS
    ]
    if faults:
        raise Refused("\n".join(faults))
    return Answers(**found)


def _text(answer: Any) -> str:
    return ", ".join(map(str, answer)) if isinstance(answer, list) else str(answer)


def begin(answers: Answers, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Path | None:
    """Make a running, empty council in the data folder: settings, key, record, authority, “local”, administrator.

    By ``clock`` it all begins; the demo's stands in the past.

    Returns the file with the key, where the settings did not name one before.

    The authority with all that belongs to it comes last and in one transaction, so that a beginning that was
    interrupted is begun again. Raises :class:`Refused`, having changed nothing, where there is an authority already,
    and :class:`~quarterday.errors.NotConfigured` for a database that can't be used.
    """
    must_be_new()
    key = _make_key()
    upgrade_record()
    uow = open_record(clock)
    with uow.begin(_ACTOR) as work:
        _must_have_none(work)
        _put_council(work, answers)
    audit_trail.seal(uow)
    return key


def must_be_new() -> None:
    """Raise :class:`Refused` where there is an authority already.

    What else an interrupted beginning left is no obstacle, for the authority is the last thing it makes.
    """
    if not is_empty_record():
        with open_record().read(_ACTOR) as work:
            _must_have_none(work)


def _must_have_none(work: Work) -> None:
    if there := work.all(select(Authority.c.key).order_by(Authority.c.id)):
        raise Refused(
            f"This installation is begun already (with {there[0].key}), and nothing was changed; "
            "“quarterday authority add” adds another council."
        )


def _put_council(work: Work, answers: Answers) -> None:
    authority_id = authorities.put_authority(
        work,
        key=answers.key,
        name=answers.council,
        first_month=answers.first_month,
        nation=_NATIONS.get(answers.local_area[0][0], Nation.ENGLAND_AND_WALES),
    )
    own, *others = map(name_of, answers.local_area)
    named = f"{own} and {len(others)} more" if len(others) > 1 else " and ".join([own, *others])
    area = LocalArea(name=named, codes=answers.local_area, since=work.today.isoformat())
    local_areas.put_definition(work, authority_id, area, work.today)
    people.put_user(
        work,
        email=answers.email,
        name=answers.administrator,
        role=MemberRole.ADMINISTRATOR,
        authority_id=authority_id,
    )


def _make_key() -> Path | None:
    """The file with the key that seals secrets, made for its owner alone to read; None where the settings have one."""
    if load(installed_names()).secret_key is not None:
        return None
    path = data_folder() / KEY_FILE
    new = path.with_name(f".{KEY_FILE}.{os.getpid()}")
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):  # a beginning before this one was interrupted after making it
            os.link(new, path)
    except OSError as problem:
        raise Refused(f"{path} can't be written ({problem.strerror}); name a folder that can.") from problem
    finally:
        new.unlink(missing_ok=True)
    rewrite(_with_key)
    return path


def _with_key(text: str) -> str:
    document = tomlkit.parse(text or "# “quarterday settings” lists every setting there is.\n")
    document["secret_key_file"] = KEY_FILE
    return document.as_string()
