"""Errors that say who should act: what a plugin raises, and what the host tells a person.

``Retryable``, ``NotConfigured``, ``BadRecord`` and ``Refused`` are for plugins; anything else that a plugin
raises is a fault of the plugin. ``Trouble`` is the host's own: a sentence for a person, with the exit code.
"""

from __future__ import annotations

from dataclasses import dataclass

from quarterday.domain.sentences import Sentence, said


class Trouble(Exception):
    """Something a person can put right; the message is one sentence that says what to do next.

    Parts are filled in as :func:`~quarterday.said` does: ``Refused("“{name}” is used already.", name=name)``.
    ``code`` is the command line's exit code: 1 a fault, 2 usage, 3 done with rejects, 4 not configured, 5 refused.
    """

    code = 1

    def __init__(self, why: str = "", /, **parts: object) -> None:
        super().__init__(said(why, **parts) if parts else Sentence(why))


class Usage(Trouble):
    """What was asked for isn't there or can't be read: a misspelt name, options that don't go together."""

    code = 2


class Retryable(Trouble):
    """The other side can't answer now; try again, at the earliest after ``after`` seconds."""

    def __init__(self, why: str, /, *, after: float = 60, **parts: object) -> None:
        super().__init__(why, **parts)
        self.after = after


class NotConfigured(Trouble):
    """A setting is missing or wrong; the operator must act. ``field`` names the setting."""

    code = 4

    def __init__(self, field: str, why: str = "", /, **parts: object) -> None:
        super().__init__(why or said("Set “{field}”; nothing works without it.", field=field), **parts)
        self.field = field


class Refused(Trouble):
    """The answer is no, and trying again won't change it."""

    code = 5


class NotThere(Refused):
    """There is no such thing in the asker's scope; whether it is anywhere else isn't said."""


class Overtaken(Trouble):
    """Nothing is left to do: what it was for has happened meanwhile. It is done then, and nothing is wrong."""


class NotAllowed(Refused):
    """Somebody asks for what isn't theirs to do; the message says whose it is."""


@dataclass(frozen=True, slots=True)
class BadRecord:
    """One record that can't be used: its key (a line, a cell, an id), and why. Yielded, never raised."""

    key: str
    why: str
    cursor: str = ""
    """Of a source's record: where the next reading begins once this is kept; "" for where it began before."""
