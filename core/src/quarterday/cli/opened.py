"""The record as commands use it, in the scope of the installation's operator. Imported late: SQLAlchemy takes time."""

from __future__ import annotations

from quarterday.db.work import Actor, UnitOfWork
from quarterday.services.organisations.authorities import authority_by_key
from quarterday.services.record import open_record
from quarterday.services.scope import AuthorityRow

OPERATOR = Actor.operator("cli")
"""Who the command line is, in the audit trail and before every scope."""


def record() -> UnitOfWork:
    """The record that the settings name; raises as :func:`~quarterday.services.record.open_record` does."""
    return open_record()


def in_authority(key: str) -> tuple[UnitOfWork, AuthorityRow]:
    """The record and the authority of that key; raises :class:`~quarterday.errors.Refused`, naming those there are."""
    uow = open_record()
    return uow, authority_by_key(uow, OPERATOR, key)
