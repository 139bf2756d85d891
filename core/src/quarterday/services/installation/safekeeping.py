"""What ``quarterday doctor`` says of what protects the record: the key of its secrets, the seals of its audit trail."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from quarterday.db.work import Actor
from quarterday.errors import Trouble
from quarterday.finding import installed_names
from quarterday.ports import Health, Verdict
from quarterday.services import audit_trail
from quarterday.services.record import open_record
from quarterday.settings import load, secret_file

SEALED_WITHIN = timedelta(minutes=5)
"""How old an unsealed row of the audit trail may be: the worker seals each minute."""


def examine_key() -> Iterator[Verdict]:
    """Whether there is a key for secrets, and whether only its owner reads it."""
    try:
        key, path = load(installed_names()).secret_key, secret_file("secret_key")
    except Trouble:  # the check of the settings says so
        return
    if key is None:
        to_do = "Name a file that holds one, of 32 characters or more, in “secret_key_file”."
        yield Verdict(Health.WARNING, "there is none, so no plugin can keep a secret.", to_do)
    elif path and (others := _who_else_reads(path)):
        yield Verdict(Health.WARNING, f"{path} can be read by {others}.", f"Run “chmod 600 {path}”.")
    else:
        yield Verdict(Health.GOOD, "there is one, outside the record")


def examine_seals() -> Iterator[Verdict]:
    """How long ago the oldest row of the audit trail was written that no seal covers."""
    try:
        uow = open_record()
    except Trouble:  # the check of the record says so
        return
    with uow.read(Actor.operator("doctor")) as work:
        oldest = audit_trail.oldest_unsealed(work)
        waiting = work.now - oldest if oldest else timedelta()
    if waiting > SEALED_WITHIN:
        hours, minutes = divmod(int(waiting.total_seconds()) // 60, 60)
        since = f"{hours:,} h {minutes} min" if hours else f"{minutes} min"
        to_do = "Let “quarterday worker” run, or run “quarterday audit seal” now."
        yield Verdict(Health.WARNING, f"rows have waited to be sealed for {since}.", to_do)
    else:
        yield Verdict(Health.GOOD, "every row is sealed, or waits for the next minute's seal")


def _who_else_reads(path: Path) -> str:
    mode = path.stat().st_mode
    return "everybody" if mode & stat.S_IROTH else "its group" if mode & stat.S_IRGRP else ""
