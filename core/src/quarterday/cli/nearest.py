"""The answer to a name that nobody has: the nearest one, or where to look."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import click


def unknown(kind: str, name: str, known: Iterable[str], listing: str) -> click.UsageError:
    """The usage error for a name of that kind that isn't known; ``listing`` is the command that shows them all."""
    near = get_close_matches(name, list(known), n=1, cutoff=0.5)
    hint = f"did you mean “{near[0]}”?" if near else f"“{listing}” shows what there is."
    return click.UsageError(f"There is no {kind} “{name}”; {hint}")
